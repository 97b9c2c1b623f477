//! Error replies in AWS's words, recorded in `LocalStack`'s snapshot `tests/aws/services/events/test_events.snapshot.json`.

use crate::error::ServiceError;
use crate::wire::json::fault;

pub(crate) fn no_such_bus(name: &str) -> ServiceError {
    fault("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

pub(crate) fn bus_exists(name: &str) -> ServiceError {
    fault("ResourceAlreadyExistsException", format!("Event bus {name} already exists."))
}

pub(crate) fn no_such_rule(name: &str, bus: &str) -> ServiceError {
    fault("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus {bus}."))
}

pub(crate) fn invalid_pattern(reason: &str) -> ServiceError {
    fault("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
}

pub(crate) fn validation(sentence: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", sentence)
}

pub(crate) fn bad_token() -> ServiceError {
    validation("Parameter NextToken is not valid.")
}
