//! One invocation as its caller sees it, and the checks its request passes first.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::{
    InvokeError,
    limits::{MAX_CLIENT_CONTEXT_BYTES, MAX_REQUEST_BYTES},
};

/// What a caller may say about an invocation besides its event.
#[derive(Debug, Clone, Default)]
pub struct InvokeContext {
    /// `X-Amzn-Trace-Id`, such as `Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1`.
    /// Without one, an unsampled trace is begun, as Lambda does.
    pub trace_id: Option<String>,
    /// `ClientContext` as on the wire: Base64 of a JSON object, at most 3,583 bytes.
    pub client_context: Option<String>,
    /// Handed to the log sink with every line of this invocation: an execution ARN, for example.
    pub log_tag: Option<Arc<str>>,
    /// `LogType: Tail`: return the end of the invocation's log.
    pub log_tail: bool,
}

/// What an invocation came to. A function that failed has also answered: see `function_error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The request ID, as the function saw it.
    pub request_id: String,
    /// The function's response, byte for byte, or the error object. Lambda does not check that it is JSON (the
    /// Developer Guide's own tutorial of a custom runtime answers with plain text).
    pub payload: Bytes,
    /// `X-Amz-Function-Error`; `None` is success.
    pub function_error: Option<FunctionErrorKind>,
    /// `X-Amz-Executed-Version`.
    pub executed_version: String,
    /// The last 4 KB of the log, if asked for; lines end in `\n`.
    pub log_tail: Option<String>,
    /// How long the invocation phase took.
    pub duration: Duration,
    /// How long the process took to ask for its first event, when this invocation started it.
    pub init_duration: Option<Duration>,
    /// What Lambda would bill: duration and init duration, rounded up to whole milliseconds.
    pub billed_duration: Duration,
    /// The most memory the process has used so far, in MB; only Linux tells.
    pub max_memory_used_mb: Option<u64>,
}

/// `X-Amz-Function-Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionErrorKind {
    /// Only old runtimes, and endpoints other than this host, say so.
    Handled,
    /// What Lambda says of every error of an OS-only runtime.
    Unhandled,
}

impl FunctionErrorKind {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Handled => "Handled",
            Self::Unhandled => "Unhandled",
        }
    }
}

/// Checks an event as `Invoke` does; nothing at all stands for `{}`.
pub(crate) fn check_payload(payload: Bytes) -> Result<Bytes, InvokeError> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if payload.len() > MAX_REQUEST_BYTES {
        return Err(InvokeError::RequestTooLarge);
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(IgnoredAny) => Ok(payload),
        Err(error) => Err(InvokeError::InvalidRequestContent {
            message: format!("Could not parse request body into json: Could not parse payload into json: {error}"),
        }),
    }
}

/// Decodes a client context into the JSON text that the function receives.
pub(crate) fn check_client_context(context: &str) -> Result<String, InvokeError> {
    let refusal = || InvokeError::InvalidRequestContent {
        message: "Client context must be a valid Base64-encoded JSON object.".to_owned(),
    };
    if context.len() > MAX_CLIENT_CONTEXT_BYTES {
        return Err(refusal());
    }
    let decoded = BASE64_STANDARD.decode(context).map_err(|_| refusal())?;
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&decoded).map_err(|_| refusal())?;
    Ok(ascii_json(&object))
}

/// JSON in one line of ASCII, as a header needs it: other characters become `\u` escapes.
fn ascii_json(object: &serde_json::Map<String, serde_json::Value>) -> String {
    let text = serde_json::to_string(object).expect("a map with string keys always serialises");
    if text.is_ascii() {
        return text;
    }
    let mut ascii = String::with_capacity(text.len() * 2);
    let mut units = [0; 2];
    for character in text.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                // Writing into a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

/// Rounds up to whole milliseconds, which is what Lambda bills. The init phase has been billed like the rest since
/// August 2025.
pub(crate) fn billed(duration: Duration, init: Option<Duration>) -> Duration {
    let total = duration + init.unwrap_or_default();
    Duration::from_millis(total.as_nanos().div_ceil(1_000_000) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_checked_as_invoke_does() {
        assert_eq!(check_payload(Bytes::new()).unwrap(), "{}");
        assert_eq!(check_payload(Bytes::from_static(b" [1] ")).unwrap(), " [1] ");
        let refusal = check_payload(Bytes::from_static(b"Hello World")).unwrap_err();
        assert_eq!(refusal.code(), "InvalidRequestContentException");
        assert!(refusal.to_string().starts_with("Could not parse request body into json: "), "{refusal}");

        let string = |bytes: usize| Bytes::from(format!("\"{}\"", "x".repeat(bytes - 2)));
        assert!(check_payload(string(6_291_456)).is_ok());
        let refusal = check_payload(string(6_291_457)).unwrap_err();
        assert_eq!(refusal.code(), "RequestEntityTooLargeException");
        assert_eq!(refusal.to_string(), "Request must be smaller than 6291456 bytes for the InvokeFunction operation");
    }

    #[test]
    fn a_client_context_becomes_ascii_json() {
        let wire = BASE64_STANDARD.encode("{ \"custom\": {\"who\": \"João 🎼\"} }");
        assert_eq!(check_client_context(&wire).unwrap(), r#"{"custom":{"who":"Jo\u00e3o \ud83c\udfbc"}}"#);
        for bad in ["%", &BASE64_STANDARD.encode("[1]"), &BASE64_STANDARD.encode("{"), &"e30=".repeat(1000)] {
            let refusal = check_client_context(bad).unwrap_err();
            assert_eq!(refusal.to_string(), "Client context must be a valid Base64-encoded JSON object.");
        }
    }

    #[test]
    fn billing_rounds_duration_and_init_up_together() {
        // The REPORT lines of two real invocations: 3000.00 + 402.04 gave 3403, 1248.31 + 293.05 gave 1542.
        let micros = Duration::from_micros;
        assert_eq!(billed(micros(3_000_000), Some(micros(402_040))).as_millis(), 3403);
        assert_eq!(billed(micros(1_248_310), Some(micros(293_050))).as_millis(), 1542);
        assert_eq!(billed(micros(1_150), None).as_millis(), 2);
        assert_eq!(billed(micros(2_000), None).as_millis(), 2);
    }
}
