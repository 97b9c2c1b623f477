//! What every embedded service looks like from inside and, for the JSON protocols, from the port.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::error::ServiceError;

/// A successful reply of a service to an in-process call.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceReply {
    /// The reply's members, named as in the API (`MessageId`, `Item`, …).
    pub output: Value,
    /// The request's identifier.
    pub request_id: String,
    /// HTTP status.
    pub status: u16,
    /// The reply's HTTP headers as AWS sends them, names spelled as in recorded Step Functions outputs
    /// (`SdkHttpMetadata`), in recorded order, `Content-Length` being that of the reply on the wire.
    pub headers: Vec<(&'static str, String)>,
}

/// One embedded service, called in process.
#[async_trait]
pub(crate) trait Service: Send + Sync {
    /// The name in lower case, as in `arn:aws:states:::<name>:<operation>`.
    fn name(&self) -> &'static str;

    /// Carries out `operation` (`PutItem`) with the request's members named as in the API.
    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError>;
}

/// A service that speaks AWS JSON 1.0 or 1.1: requests are `POST`s that name their operation in `X-Amz-Target`.
#[async_trait]
pub trait JsonService: Send + Sync {
    /// What stands before the point in `X-Amz-Target`, like `AWSStepFunctions`.
    fn target_prefix(&self) -> &'static str;

    /// `application/x-amz-json-1.0` or `-1.1`, whichever the service speaks.
    fn content_type(&self) -> &'static str {
        "application/x-amz-json-1.0"
    }

    /// The largest body of a request, in bytes; one that is larger is refused before it is read. `DynamoDB` takes 16 MiB.
    fn largest_body(&self) -> usize {
        16 * 1024 * 1024
    }

    /// Carries out one operation. `body` is as received; `headers` are the request's.
    async fn handle(&self, operation: &str, body: Bytes, headers: &HeaderMap) -> JsonReply;
}

/// The reply of a [`JsonService`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonReply {
    /// HTTP status.
    pub status: u16,
    /// JSON text.
    pub body: Bytes,
    /// Sent as `x-amzn-RequestId`.
    pub request_id: String,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl JsonReply {
    /// Status 200 with a fresh request identifier.
    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self { status: 200, body: body.into(), request_id: new_request_id(), headers: Vec::new() }
    }

    /// An error reply `{"__type": kind, "message": message}` with a fresh request identifier.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let body = serde_json::json!({"__type": kind, "message": message}).to_string();
        Self { status, body: body.into(), request_id: new_request_id(), headers: Vec::new() }
    }
}

/// A request identifier in the form that most services use.
pub(crate) fn new_request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The time as an HTTP date, `Sat, 21 Nov 2026 11:28:41 GMT`.
pub(crate) fn http_date() -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::now())
        .expect("the present lies between the years 0 and 9999")
}
