//! `Invoke` (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::de::IgnoredAny;

use super::fault::{Fault, invalid, of, too_large};
use super::{Lambda, Trigger, name, parameter, reply};
use crate::functions::Origin;
use crate::service::new_request_id;

/// The largest event of a synchronous invocation, in bytes (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub(super) const LARGEST: usize = 6_291_456;
/// The largest event of an asynchronous invocation, in bytes (the same page).
const LARGEST_ASYNCHRONOUS: usize = 1_048_576;

static FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
static LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
static EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");

/// The most that the event may weigh, in bytes.
pub(super) fn largest_payload(headers: &HeaderMap) -> usize {
    if header(headers, "x-amz-invocation-type") == Some("Event") { LARGEST_ASYNCHRONOUS } else { LARGEST }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Lambda {
    pub(super) async fn invoke(
        &self,
        function: &str,
        query: &str,
        headers: &HeaderMap,
        payload: Bytes,
    ) -> Result<Response<Bytes>, Fault> {
        let function = name::function(function, parameter(query, "Qualifier").as_deref(), &self.place)?;
        let fault = |error| of(error, &function, &self.place);
        let log_tail = match header(headers, "x-amz-log-type") {
            None | Some("None") => false,
            Some("Tail") => true,
            Some(other) => return Err(invalid(other, "logType", "enum value set: [None, Tail]")),
        };
        let client_context = header(headers, "x-amz-client-context").map(str::to_owned);
        let trace_id = header(headers, "x-amzn-trace-id").map(str::to_owned);
        match header(headers, "x-amz-invocation-type").unwrap_or("RequestResponse") {
            "RequestResponse" => {
                let origin = Origin::Api { client_context, trace_id, log_tail };
                let answer = self.functions.invoke(&function, payload, origin).await.map_err(fault)?;
                let mut response = reply(answer.payload, &answer.request_id);
                let mut add = |name: &HeaderName, value: &str| {
                    if let Ok(value) = HeaderValue::from_str(value) {
                        response.headers_mut().insert(name.clone(), value);
                    }
                };
                if let Some(kind) = &answer.function_error {
                    add(&FUNCTION_ERROR, kind);
                }
                if let Some(tail) = &answer.log_tail {
                    add(&LOG_RESULT, &STANDARD.encode(tail));
                }
                if !answer.executed_version.is_empty() {
                    add(&EXECUTED_VERSION, &answer.executed_version);
                }
                Ok(response)
            }
            // Recorded in LocalStack's snapshots `test_invocation_type_event` and `…_dry_run`: no body, no version.
            "Event" => {
                check(&payload)?;
                let trigger = Trigger::Api { client_context, trace_id };
                let event = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
                let request_id = self.invocations.accept(&function, event, trigger).await.map_err(fault)?;
                Ok(empty(StatusCode::ACCEPTED, &request_id))
            }
            "DryRun" => {
                self.functions.describe(&function).map_err(fault)?;
                Ok(empty(StatusCode::NO_CONTENT, &new_request_id()))
            }
            other => Err(invalid(other, "invocationType", "enum value set: [Event, RequestResponse, DryRun]")),
        }
    }
}

/// Checks an event that nobody waits for as one is checked that is run at once.
fn check(payload: &Bytes) -> Result<(), Fault> {
    if payload.len() > LARGEST_ASYNCHRONOUS {
        return Err(too_large(LARGEST_ASYNCHRONOUS));
    }
    if payload.is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<IgnoredAny>(payload).map(drop).map_err(|error| {
        let sentence = format!("Could not parse request body into json: Could not parse payload into json: {error}");
        Fault::new(400, "InvalidRequestContentException", sentence)
    })
}

fn empty(status: StatusCode, request_id: &str) -> Response<Bytes> {
    let mut response = reply(Bytes::new(), request_id);
    *response.status_mut() = status;
    response
}
