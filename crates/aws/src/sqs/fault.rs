//! SQS's errors: the Query protocol's codes, the JSON protocol's shapes, and the sentences.
//!
//! On the wire the JSON body's `__type` holds the shape and the `x-amzn-query-error` header the code, which boto3 shows.

use http::{HeaderName, HeaderValue};
use serde_json::json;

use crate::error::ServiceError;
use crate::service::JsonReply;

/// `x-amzn-query-error: <code>;Sender`.
static QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// Code in the Query protocol and shape in the model.
const MODELLED: [(&str, &str); 20] = [
    ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    ("AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"),
    ("AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight"),
    ("AWS.SimpleQueueService.EmptyBatchRequest", "EmptyBatchRequest"),
    ("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest"),
    ("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct"),
    ("AWS.SimpleQueueService.BatchRequestTooLong", "BatchRequestTooLong"),
    ("AWS.SimpleQueueService.InvalidBatchEntryId", "InvalidBatchEntryId"),
    ("AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress"),
    ("AWS.SimpleQueueService.UnsupportedOperation", "UnsupportedOperation"),
    ("QueueAlreadyExists", "QueueNameExists"),
    ("InvalidAttributeName", "InvalidAttributeName"),
    ("InvalidAttributeValue", "InvalidAttributeValue"),
    ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
    ("InvalidMessageContents", "InvalidMessageContents"),
    ("InvalidAddress", "InvalidAddress"),
    ("InvalidSecurity", "InvalidSecurity"),
    ("OverLimit", "OverLimit"),
    ("RequestThrottled", "RequestThrottled"),
    ("ResourceNotFoundException", "ResourceNotFoundException"),
];

/// An error by its Query code.
pub(crate) fn fault(code: &'static str, message: impl Into<String>) -> ServiceError {
    let status = match code {
        "AWS.SimpleQueueService.PurgeQueueInProgress" | "OverLimit" => 403,
        "InvalidAddress" | "ReceiptHandleIsInvalid" => 404,
        "InternalError" => 500,
        _ => 400,
    };
    let error = ServiceError::new(status, code, message);
    match MODELLED.iter().find(|(known, _)| *known == code) {
        Some((_, shape)) => error.exception(*shape),
        None => error,
    }
}

/// The queue isn't there.
pub(crate) fn no_such_queue() -> ServiceError {
    fault("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}

/// A required member is absent, as recorded in `error_handling/task_service_sqs--send_message_empty_body.json`.
pub(crate) fn missing(member: &str) -> ServiceError {
    fault("MissingParameter", format!("The request must contain the parameter {member}."))
}

/// A member's value is out of the question.
pub(crate) fn invalid(member: &str, value: impl std::fmt::Display, reason: &str) -> ServiceError {
    fault("InvalidParameterValue", format!("Value {value} for parameter {member} is invalid. Reason: {reason}"))
}

/// An operation that exists in AWS and not here.
pub(crate) fn not_emulated(operation: &str) -> ServiceError {
    fault("AWS.SimpleQueueService.UnsupportedOperation", format!("The SQS operation {operation} is not emulated here"))
}

/// The error on the wire.
pub(crate) fn reply(error: &ServiceError) -> JsonReply {
    let kind = match (&error.exception, &*error.code) {
        (Some(shape), _) => format!("com.amazonaws.sqs#{shape}"),
        (None, "InvalidParameterValue") => "com.amazon.coral.service#InvalidParameterValueException".to_owned(),
        (None, "MissingParameter") => "com.amazon.coral.service#MissingRequiredParameterException".to_owned(),
        (None, "InternalError") => "com.amazon.coral.service#InternalFailure".to_owned(),
        (None, code) => format!("com.amazon.coral.service#{code}"),
    };
    let fault = if error.status >= 500 { "Receiver" } else { "Sender" };
    let query_error = HeaderValue::from_str(&format!("{};{fault}", error.code));
    JsonReply {
        status: error.status,
        body: json!({"__type": kind, "message": error.message}).to_string().into(),
        request_id: error.request_id.clone(),
        headers: query_error.into_iter().map(|value| (QUERY_ERROR.clone(), value)).collect(),
    }
}
