//! Error replies in AWS's words, recorded in `LocalStack`'s snapshots `tests/aws/services/logs/*.snapshot.json`.

use crate::error::ServiceError;
use crate::wire::json::fault;

pub(crate) fn no_such_group() -> ServiceError {
    fault("ResourceNotFoundException", "The specified log group does not exist.")
}

pub(crate) fn no_such_stream() -> ServiceError {
    fault("ResourceNotFoundException", "The specified log stream does not exist.")
}

pub(crate) fn group_exists() -> ServiceError {
    fault("ResourceAlreadyExistsException", "The specified log group already exists")
}

pub(crate) fn stream_exists() -> ServiceError {
    fault("ResourceAlreadyExistsException", "The specified log stream already exists")
}

pub(crate) fn invalid(sentence: impl Into<String>) -> ServiceError {
    fault("InvalidParameterException", sentence)
}

pub(crate) fn bad_token() -> ServiceError {
    invalid("The specified nextToken is invalid.")
}

pub(crate) fn missing(member: &str) -> ServiceError {
    invalid(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}

pub(crate) fn both_name_and_identifier() -> ServiceError {
    ServiceError::new(400, "ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
}

/// A limit between 1 and `most`.
pub(crate) fn limit(value: Option<i64>, most: usize) -> Result<usize, ServiceError> {
    let refuse = |bound: &str, number: usize| {
        invalid(format!(
            "1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have value {bound} than or equal to {number}",
            value.unwrap_or_default()
        ))
    };
    match value.map(usize::try_from) {
        None => Ok(most),
        Some(Ok(limit)) if limit > most => Err(refuse("less", most)),
        Some(Ok(limit)) if limit > 0 => Ok(limit),
        Some(_) => Err(refuse("greater", 1)),
    }
}
