//! What a log sink receives.

use std::sync::Arc;

use jiff::Timestamp;

/// One line of a function's log, as `CloudWatch` would keep it.
#[derive(Debug, Clone, Copy)]
pub struct LogRecord<'a> {
    /// The function's name.
    pub function_name: &'a str,
    /// The log group of the function.
    pub log_group: &'a str,
    /// The log stream of the execution environment: `2026/11/21/[$LATEST]…`.
    pub log_stream: &'a str,
    /// The invocation during which the line was written; `None` while the process starts, and between invocations.
    pub request_id: Option<&'a str>,
    /// [`InvokeContext::log_tag`](crate::InvokeContext::log_tag) of that invocation.
    pub tag: Option<&'a Arc<str>>,
    /// When the host saw the line.
    pub timestamp: Timestamp,
    /// Who wrote it.
    pub source: LogSource,
    /// The line without its end.
    pub message: &'a str,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// The function, on standard output or standard error.
    Function,
    /// Lambda: `START`, `END`, `REPORT`, `INIT_REPORT`, or their JSON counterparts.
    Platform,
}

/// Receives every line, in order for one log stream. It is called within the path of an invocation: it must neither
/// block nor call back into the host.
pub type LogSink = Arc<dyn Fn(&LogRecord<'_>) + Send + Sync>;
