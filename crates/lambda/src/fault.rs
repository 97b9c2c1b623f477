//! The error objects that the Lambda service itself puts in the place of a function's answer.

use std::{fmt::Display, os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use bytes::Bytes;
use serde::Serialize;

use crate::limits::MAX_RESPONSE_BYTES;

/// An error object and the name under which `REPORT` counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) error_type: &'static str,
    pub(crate) payload: Bytes,
}

/// The key order of the objects that the sandbox writes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SandboxError<'a> {
    error_type: &'a str,
    error_message: String,
}

/// The key order of the objects that the invoke front end writes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionError<'a> {
    error_message: String,
    error_type: &'a str,
}

fn sandbox(error_type: &'static str, request_id: &str, message: impl Display) -> Fault {
    let error = SandboxError { error_type, error_message: format!("RequestId: {request_id} Error: {message}") };
    Fault { error_type, payload: json(&error) }
}

fn json(error: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(error).expect("two strings always serialise"))
}

/// The function took longer than its timeout.
///
/// Lambda has answered so since its sandbox of 2024; before, the object was `{"errorMessage":"2024-03-04T17:22:38.033Z
/// REQUEST-ID Task timed out after 3.00 seconds"}` without a type. Sources: Developer Guide, "Troubleshoot invocation
/// issues", `Sandbox.Timedout`; AWS `AppSync` users see the same type (`aws/aws-appsync-community`, issue 386).
pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> Fault {
    let message = format_args!("Task timed out after {:.2} seconds", timeout.as_secs_f64()).to_string();
    sandbox("Sandbox.Timedout", request_id, message)
}

/// The process ended before it answered.
///
/// Source of the sentences: `REPORT` and error objects quoted by users of the Rust runtime, such as
/// `RequestId: … Error: Runtime exited with error: exit status 101` in the README of `aws-cloudformation/cloudformation-guard`, and
/// the Developer Guide's "Runtime exited without providing a reason".
pub(crate) fn exited(request_id: &str, status: ExitStatus) -> Fault {
    let message = match (status.code(), status.signal()) {
        (Some(code), _) if code != 0 => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        _ => "Runtime exited without providing a reason".to_owned(),
    };
    sandbox("Runtime.ExitError", request_id, message)
}

/// The executable is not there, or is not one. Lambda names the paths that it tried; the host has only one.
pub(crate) fn no_entrypoint(request_id: &str, binary: &std::path::Path) -> Fault {
    let message = format!("Couldn't find valid bootstrap(s): [{}]", binary.display());
    sandbox("Runtime.InvalidEntrypoint", request_id, message)
}

/// The response is larger than a synchronous invocation may return. Source: see [`MAX_RESPONSE_BYTES`].
pub(crate) fn response_too_large() -> Fault {
    let error_type = "Function.ResponseSizeTooLarge";
    let error_message =
        format!("Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    Fault { error_type, payload: json(&FunctionError { error_message, error_type }) }
}

/// The function streams its response, which this host does not offer. The name is the host's own.
pub(crate) fn streaming_unsupported(request_id: &str) -> Fault {
    sandbox(
        "Runtime.ResponseStreamingUnsupported",
        request_id,
        "Response streaming isn't offered by the local Lambda host: return a buffered response",
    )
}

/// A signal as Lambda's sandbox spells it.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        // Their numbers differ between Linux and macOS, and nothing here depends on them.
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_are_those_of_aws() {
        assert_eq!(
            timed_out("2b68f3d0", Duration::from_secs(3)).payload,
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 2b68f3d0 Error: Task timed out after 3.00 seconds"}"#
        );
        assert_eq!(
            response_too_large().payload,
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#
        );
        let exit = |status: i32| {
            let fault = exited("r", ExitStatus::from_raw(status));
            assert_eq!(fault.error_type, "Runtime.ExitError");
            let object: serde_json::Value = serde_json::from_slice(&fault.payload).unwrap();
            object["errorMessage"].as_str().unwrap().to_owned()
        };
        assert_eq!(exit(101 << 8), "RequestId: r Error: Runtime exited with error: exit status 101");
        assert_eq!(exit(0), "RequestId: r Error: Runtime exited without providing a reason");
        assert_eq!(exit(9), "RequestId: r Error: Runtime exited with error: signal: killed");
        assert_eq!(exit(6 | 0x80), "RequestId: r Error: Runtime exited with error: signal: aborted");
    }
}
