//! Lambda's errors: JSON bodies with `Type` and `Message` or `message`, whichever the model spells, and the error's name in
//! `x-amzn-ErrorType`.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::functions::FunctionsError;
use crate::place::Place;
use crate::service::new_request_id;

static ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An error reply.
#[derive(Debug)]
pub(super) struct Fault {
    status: u16,
    code: &'static str,
    message: String,
    /// `Reason` of a throttle.
    reason: Option<String>,
}

impl Fault {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason: None }
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut body = match self.code {
            "ResourceNotFoundException" => json!({"Type": "User", "Message": self.message}),
            "ServiceException" => json!({"Type": "Service", "Message": self.message}),
            // These come from the front, which knows no type.
            "ValidationException" | "AccessDeniedException" => json!({"message": self.message}),
            _ => json!({"Type": "User", "message": self.message}),
        };
        if let Some(reason) = self.reason {
            body["Reason"] = Value::String(reason);
        }
        let mut reply = super::reply(body.to_string().into(), &new_request_id());
        *reply.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        reply.headers_mut().insert(ERROR_TYPE.clone(), HeaderValue::from_static(self.code));
        reply
    }
}

/// An operation that exists in AWS, or doesn't, and not here.
pub(super) fn not_emulated(method: &Method, path: &str) -> Fault {
    let sentence =
        format!("The Lambda operation {method} {path} is not emulated here: functions are made by the stack");
    Fault::new(501, "NotImplementedException", sentence)
}

/// An event is too large. The sentence is the one that synchronous invocations get; no recording shows that of asynchronous
/// ones.
pub(super) fn too_large(limit: usize) -> Fault {
    let sentence = format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
    Fault::new(413, "RequestEntityTooLargeException", sentence)
}

/// A member that doesn't satisfy its constraint.
pub(super) fn invalid(value: &str, member: &str, constraint: &str) -> Fault {
    let sentence = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy \
         {constraint}"
    );
    Fault::new(400, "ValidationException", sentence)
}

/// Why the host could not run or describe `function`, which is a name with its qualifier if one was given.
pub(super) fn of(error: FunctionsError, function: &str, place: &Place) -> Fault {
    match error {
        FunctionsError::NotFound(_) => {
            let arn = place.arn("lambda", &format!("function:{function}"));
            Fault::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
        }
        FunctionsError::Throttled { reason, .. } => {
            Fault { reason: Some(reason), ..Fault::new(429, "TooManyRequestsException", "Rate Exceeded.") }
        }
        FunctionsError::PayloadTooLarge(_) => too_large(super::invoke::LARGEST),
        FunctionsError::InvalidRequest(sentence) => Fault::new(400, "InvalidRequestContentException", sentence),
        error @ (FunctionsError::NoHost(_) | FunctionsError::Host { .. }) => {
            Fault::new(500, "ServiceException", error.to_string())
        }
    }
}
