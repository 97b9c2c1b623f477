//! Errors in the form of the Step Functions API.

use runtime::{RuntimeError, TokenError};
use serde::de::DeserializeOwned;

use crate::registry::RegistryError;

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

    /// An operation that is none of Step Functions'.
    pub(crate) fn unknown(operation: &str) -> Self {
        Self::bad_request(
            "com.amazon.coral.service#UnknownOperationException",
            format!("Step Functions has no operation {operation}."),
        )
    }

    /// AWS's answer to a member that is missing (recorded in the API cases).
    pub(crate) fn missing(member: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::bad_request("ValidationException", message)
    }

    pub(crate) fn no_state_machine(arn: &str) -> Self {
        Self::bad_request("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
    }

    pub(crate) fn no_execution(arn: &str) -> Self {
        Self::bad_request("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
    }

    /// Recorded in `sfn_api_tagging--tag_state_machine_version`.
    pub(crate) fn no_resource(arn: &str) -> Self {
        Self::bad_request("ResourceNotFound", format!("Resource not found: '{arn}'"))
    }

    /// Recorded in `sfn_api--start_sync_execution` and `sfn_api_express--start_async_describe_history_execution`.
    pub(crate) fn type_not_supported() -> Self {
        Self::bad_request(
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine",
        )
    }

    /// Something here does not work; the caller can't help it.
    #[allow(clippy::needless_pass_by_value, reason = "so that it can stand in map_err")]
    pub(crate) fn internal(reason: impl ToString) -> Self {
        Self { status: 500, kind: "InternalServerException", message: reason.to_string() }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let kind = match error {
            TokenError::InvalidToken => "InvalidToken",
            TokenError::TaskTimedOut => "TaskTimedOut",
            TokenError::NotRecorded(_) => return Self::internal(error),
        };
        Self::bad_request(kind, error.to_string())
    }
}

impl From<RuntimeError> for ApiError {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::ExecutionExists(arn) => {
                Self::bad_request("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'"))
            }
            RuntimeError::ExecutionDoesNotExist(arn) => Self::no_execution(&arn),
            RuntimeError::MapRunDoesNotExist(arn) => Self::no_resource(&arn),
            RuntimeError::NotRedrivable(reason) => Self::bad_request("ExecutionNotRedrivable", reason),
            error => Self::internal(error),
        }
    }
}

impl From<journal::JournalError> for ApiError {
    fn from(error: journal::JournalError) -> Self {
        Self::internal(error)
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        Self::internal(error)
    }
}

/// Reads a request.
pub(crate) fn request<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::bad_request("SerializationException", error.to_string()))
}
