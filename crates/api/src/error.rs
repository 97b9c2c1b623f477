//! Errors in the form of the Step Functions API.

use runtime::TokenError;
use serde::de::DeserializeOwned;

/// An error answer: HTTP status, exception name, message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn bad_request(kind: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, kind, message: message.into() }
    }

    /// An operation that Step Functions has and this server does not.
    pub(crate) fn unsupported(operation: &str) -> Self {
        Self {
            status: 501,
            kind: "UnsupportedOperation",
            message: format!("The operation {operation} of Step Functions is not supported by this version of batuta."),
        }
    }

    /// AWS's answer to a member that is missing (recorded in the API cases).
    pub(crate) fn missing(member: &str) -> Self {
        Self::bad_request(
            "ValidationException",
            format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ),
        )
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let kind = match error {
            TokenError::InvalidToken => "InvalidToken",
            TokenError::TaskTimedOut => "TaskTimedOut",
        };
        Self::bad_request(kind, error.to_string())
    }
}

/// Reads a request.
pub(crate) fn request<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::bad_request("SerializationException", error.to_string()))
}
