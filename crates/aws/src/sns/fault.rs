//! SNS's errors: codes, shapes and sentences.
//!
//! The sentences are those recorded from AWS in `LocalStack`'s snapshot `tests/aws/services/sns/test_sns.snapshot.json`;
//! two of them are also in `services/sns_task_service--*.json`.

use crate::error::ServiceError;

/// `InvalidParameter`: "Invalid parameter: …".
pub(crate) fn invalid(what: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(400, "InvalidParameter", format!("Invalid parameter: {what}"))
        .exception("InvalidParameterException")
}

/// A message attribute is wrong.
pub(crate) fn invalid_attribute(problem: String) -> ServiceError {
    ServiceError::new(400, "ParameterValueInvalid", problem).exception("InvalidParameterValueException")
}

/// A required member is absent or of the wrong type. `member` begins in lower case, as AWS writes it here.
pub(crate) fn missing(member: &str) -> ServiceError {
    let sentence = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    ServiceError::new(400, "ValidationError", sentence)
}

pub(crate) fn no_such_topic() -> ServiceError {
    ServiceError::new(404, "NotFound", "Topic does not exist").exception("NotFoundException")
}

pub(crate) fn no_such_subscription() -> ServiceError {
    ServiceError::new(404, "NotFound", "Subscription does not exist").exception("NotFoundException")
}

/// A batch as a whole is wrong.
pub(crate) fn batch(code: &'static str, sentence: &str) -> ServiceError {
    ServiceError::new(400, code, sentence).exception(format!("{code}Exception"))
}

/// No ARN at all.
pub(crate) fn no_arn(member: &str, text: &str) -> ServiceError {
    let parts = text.split(':').count();
    invalid(format_args!("{member} Reason: An ARN must have at least 6 elements, not {parts}"))
}

/// An operation that this emulation doesn't have.
pub(crate) fn no_such_operation(operation: &str) -> ServiceError {
    let sentence = format!("The SNS operation {operation} is not emulated here");
    ServiceError::new(400, "InvalidAction", sentence)
}
