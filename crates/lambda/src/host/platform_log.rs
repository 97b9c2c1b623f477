//! The lines that Lambda itself writes about an invocation, in its text and its JSON format.
//!
//! Sources: Developer Guide, "Understanding the Lambda execution environment lifecycle" (the examples of failures in
//! the new style, with `Status` and `Error Type`) and "Configuring JSON and plain text log formats"; the spacing and
//! the rounding follow `REPORT` lines quoted from real invocations, such as `REPORT RequestId: 2b68f3d0-…\tDuration:
//! 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 402.04
//! ms\tStatus: timeout`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::LogFormat;

/// How an invocation or an init phase ended, as far as `REPORT` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    /// The function answered with an error: the text format does not tell this from success.
    FunctionError,
    /// The execution environment failed: `Status: error`, with its type.
    Error(&'static str),
    Timeout,
}

/// The numbers of `REPORT`.
pub(crate) struct Report<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) duration: Duration,
    pub(crate) billed: Duration,
    pub(crate) memory_mb: u32,
    pub(crate) max_memory_used_mb: Option<u64>,
    pub(crate) init: Option<Duration>,
    pub(crate) status: Status,
}

/// Milliseconds as a JSON number, to the microsecond.
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

fn event(kind: &str, record: &serde_json::Value) -> String {
    let time = Timestamp::now();
    json!({ "time": format!("{time:.3}"), "type": kind, "record": record }).to_string()
}

/// The line before an invocation.
pub(crate) fn start(format: LogFormat, request_id: &str, version: &str) -> String {
    match format {
        LogFormat::Text => format!("START RequestId: {request_id} Version: {version}"),
        LogFormat::Json => event("platform.start", &json!({ "requestId": request_id, "version": version })),
    }
}

/// The line between an invocation and its report; the JSON format has none at the default level.
pub(crate) fn end(format: LogFormat, request_id: &str) -> Option<String> {
    match format {
        LogFormat::Text => Some(format!("END RequestId: {request_id}")),
        LogFormat::Json => None,
    }
}

/// The line after an invocation.
pub(crate) fn report(format: LogFormat, report: &Report<'_>) -> String {
    match format {
        LogFormat::Text => report_text(report),
        LogFormat::Json => report_json(report),
    }
}

fn report_text(report: &Report<'_>) -> String {
    use std::fmt::Write as _;

    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t",
        report.request_id,
        millis(report.duration),
        report.billed.as_millis(),
        report.memory_mb,
    );
    // Writing into a String cannot fail.
    if let Some(used) = report.max_memory_used_mb {
        let _ = write!(line, "Max Memory Used: {used} MB\t");
    }
    if let Some(init) = report.init {
        let _ = write!(line, "Init Duration: {:.2} ms\t", millis(init));
    }
    match report.status {
        Status::Success | Status::FunctionError => {}
        Status::Error(kind) => {
            let _ = write!(line, "Status: error\tError Type: {kind}");
        }
        Status::Timeout => line.push_str("Status: timeout"),
    }
    line
}

fn report_json(report: &Report<'_>) -> String {
    let mut metrics = json!({
        "durationMs": millis(report.duration),
        "billedDurationMs": report.billed.as_millis() as u64,
        "memorySizeMB": report.memory_mb,
    });
    if let Some(used) = report.max_memory_used_mb {
        metrics["maxMemoryUsedMB"] = used.into();
    }
    if let Some(init) = report.init {
        metrics["initDurationMs"] = millis(init).into();
    }
    let mut record = json!({ "requestId": report.request_id, "metrics": metrics });
    add_status(&mut record, report.status);
    event("platform.report", &record)
}

fn add_status(record: &mut serde_json::Value, status: Status) {
    let (word, error_type) = match status {
        Status::Success => ("success", None),
        Status::FunctionError => ("error", None),
        Status::Error(kind) => ("error", Some(kind)),
        Status::Timeout => ("timeout", None),
    };
    record["status"] = word.into();
    if let Some(error_type) = error_type {
        record["errorType"] = error_type.into();
    }
}

/// The line about an init phase that failed; `phase` is `init`, or `invoke` for the second attempt.
pub(crate) fn init_report(format: LogFormat, duration: Duration, phase: &str, status: Status) -> String {
    match format {
        LogFormat::Text => {
            let status = match status {
                Status::Timeout => "timeout".to_owned(),
                Status::Error(kind) => format!("error\tError Type: {kind}"),
                Status::Success | Status::FunctionError => "success".to_owned(),
            };
            format!("INIT_REPORT Init Duration: {:.2} ms\tPhase: {phase}\tStatus: {status}", millis(duration))
        }
        LogFormat::Json => {
            let mut record = json!({
                "initializationType": "on-demand",
                "phase": phase,
                "metrics": { "durationMs": millis(duration) },
            });
            add_status(&mut record, status);
            event("platform.initReport", &record)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(status: Status) -> Report<'static> {
        Report {
            request_id: "2b68f3d0",
            duration: Duration::from_secs(3),
            billed: Duration::from_millis(3403),
            memory_mb: 128,
            max_memory_used_mb: Some(73),
            init: Some(Duration::from_micros(402_040)),
            status,
        }
    }

    #[test]
    fn report_lines_are_those_of_lambda() {
        assert_eq!(
            report(LogFormat::Text, &sample(Status::Timeout)),
            "REPORT RequestId: 2b68f3d0\tDuration: 3000.00 ms\tBilled Duration: 3403 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 402.04 ms\tStatus: timeout"
        );
        let crash = report(LogFormat::Text, &sample(Status::Error("Runtime.ExitError")));
        assert!(crash.ends_with("Init Duration: 402.04 ms\tStatus: error\tError Type: Runtime.ExitError"), "{crash}");
        let plain = report(LogFormat::Text, &Report { init: None, ..sample(Status::FunctionError) });
        assert!(plain.ends_with("Max Memory Used: 73 MB\t"), "{plain}");
    }

    #[test]
    fn json_lines_have_the_fields_of_the_telemetry_api() {
        let line: serde_json::Value =
            serde_json::from_str(&report(LogFormat::Json, &sample(Status::Error("Runtime.ExitError")))).unwrap();
        assert_eq!(line["type"], "platform.report");
        assert_eq!(
            line["record"],
            json!({
                "requestId": "2b68f3d0",
                "metrics": {
                    "durationMs": 3000.0, "billedDurationMs": 3403, "memorySizeMB": 128,
                    "maxMemoryUsedMB": 73, "initDurationMs": 402.04
                },
                "status": "error",
                "errorType": "Runtime.ExitError"
            })
        );
        assert_eq!(end(LogFormat::Json, "r"), None);
        let started: serde_json::Value = serde_json::from_str(&start(LogFormat::Json, "r", "$LATEST")).unwrap();
        assert_eq!(started["record"], json!({ "requestId": "r", "version": "$LATEST" }));
    }

    #[test]
    fn a_failed_init_phase_is_reported() {
        let line =
            init_report(LogFormat::Text, Duration::from_micros(154_030), "init", Status::Error("Runtime.ExitError"));
        assert_eq!(
            line,
            "INIT_REPORT Init Duration: 154.03 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError"
        );
        let line = init_report(LogFormat::Text, Duration::from_secs(10), "init", Status::Timeout);
        assert_eq!(line, "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout");
    }
}
