//! Where the lines of functions and containers go: to their log groups, and to who wants to hear them.

use std::sync::Arc;

use aws::{ContainerLine, ContainerLog, LogWriter};
use lambda::{LogFormat, LogRecord, LogSink, LogSource, LoggingConfig};
use sam::stack::Function;

/// Writes the lines of functions to their log groups, and gives them to `heard`.
pub(crate) fn of_functions(writer: LogWriter, heard: Option<LogSink>) -> LogSink {
    Arc::new(move |record: &LogRecord<'_>| {
        writer.write(record.log_group, record.log_stream, record.timestamp, record.message);
        if let Some(heard) = &heard {
            heard(record);
        }
    })
}

/// Gives the lines of containers to `heard`, as those of a function named like the container. The cloud itself writes
/// them to their log groups.
pub(crate) fn of_containers(heard: LogSink) -> ContainerLog {
    Arc::new(move |line: &ContainerLine<'_>| {
        heard(&LogRecord {
            function_name: line.container,
            log_group: line.log_group,
            log_stream: line.log_stream,
            request_id: None,
            tag: None,
            timestamp: line.timestamp,
            source: LogSource::Function,
            message: line.message,
        });
    })
}

/// What a function's `LoggingConfig` says; without one, text in `/aws/lambda/<name>`.
pub(crate) fn configuration(function: &Function) -> LoggingConfig {
    let given = |member: &str| function.logging.as_ref()?.get(member)?.as_str().map(str::to_owned);
    LoggingConfig {
        log_group: given("LogGroup").unwrap_or_else(|| format!("/aws/lambda/{}", function.name)),
        format: if given("LogFormat").as_deref() == Some("JSON") { LogFormat::Json } else { LogFormat::Text },
        application_log_level: given("ApplicationLogLevel"),
    }
}
