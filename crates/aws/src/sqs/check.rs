//! Checks requests before the queue engine sees them: required members, ranges, sizes, names.
//!
//! Sentences are those recorded from AWS in `LocalStack`'s snapshot `tests/aws/services/sqs/test_sqs.snapshot.json`,
//! where a comment doesn't say otherwise.

use serde_json::{Map, Value, json};

use super::fault::{fault, invalid, missing, no_such_queue, not_emulated};
use crate::attribute;
use crate::error::ServiceError;
use crate::place::{Arn, Place};

/// The largest batch, with its messages' attributes, in bytes
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
const MAX_BYTES: usize = 1_048_576;

/// Attributes that `GetQueueAttributes` knows.
const ATTRIBUTES: [&str; 22] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

/// Checks a request and puts its members into the form that the engine takes.
pub(crate) fn check(operation: &str, members: &mut Map<String, Value>, place: &Place) -> Result<(), ServiceError> {
    // AWS takes a null for an absent member.
    members.retain(|_, value| !value.is_null());
    match operation {
        "CreateQueue" => return create_queue(members),
        "GetQueueUrl" => return required_text(members, "QueueName").map(drop),
        "ListQueues" => return range(members, "MaxResults", 1, 1000, "Must be between 1 and 1000, if provided."),
        "AddPermission"
        | "RemovePermission"
        | "StartMessageMoveTask"
        | "CancelMessageMoveTask"
        | "ListMessageMoveTasks" => return Err(not_emulated(operation)),
        _ => {}
    }
    let queue = queue_name(required_text(members, "QueueUrl")?, place)?.to_owned();
    match operation {
        "SendMessage" => message(members, &queue),
        "ReceiveMessage" => {
            range(members, "MaxNumberOfMessages", 1, 10, "Must be between 1 and 10, if provided.")?;
            range(members, "WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided.")?;
            range(members, "VisibilityTimeout", 0, 43_200, "Must be >= 0 and <= 43200, if provided.")
        }
        "DeleteMessage" => required_text(members, "ReceiptHandle").map(drop),
        "ChangeMessageVisibility" => {
            required_text(members, "ReceiptHandle")?;
            if !members.contains_key("VisibilityTimeout") {
                return Err(missing("VisibilityTimeout"));
            }
            range(members, "VisibilityTimeout", 0, 43_200, "VisibilityTimeout must be between 0 and 43200.")
        }
        "SendMessageBatch" => {
            let entries = batch(members)?;
            let size: usize = entries.iter().map(body_and_attributes).sum();
            if size > MAX_BYTES {
                let message =
                    format!("Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {size} bytes.");
                return Err(fault("AWS.SimpleQueueService.BatchRequestTooLong", message));
            }
            Ok(())
        }
        "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => batch(members).map(drop),
        "GetQueueAttributes" => {
            let names = members.get("AttributeNames").and_then(Value::as_array).into_iter().flatten();
            let unknown = names.filter_map(Value::as_str).find(|name| !ATTRIBUTES.contains(name));
            unknown.map_or(Ok(()), |name| Err(fault("InvalidAttributeName", format!("Unknown Attribute {name}."))))
        }
        "SetQueueAttributes" => queue_attributes(members),
        _ => Ok(()),
    }
}

/// Checks one message: a `SendMessage` request or a batch's entry.
pub(crate) fn message(members: &Map<String, Value>, queue: &str) -> Result<(), ServiceError> {
    let body = members.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
    if body.is_empty() {
        return Err(missing("MessageBody"));
    }
    if body
        .chars()
        .any(|c| matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
    {
        // API reference of SendMessage.
        return Err(fault(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to \
             #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    if let Some(delay) = members.get("DelaySeconds") {
        if is_fifo(queue) && delay.as_i64() != Some(0) {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(invalid("DelaySeconds", delay, reason));
        }
        range(members, "DelaySeconds", 0, 900, "DelaySeconds must be >= 0 and <= 900.")?;
    }
    let count = members.get("MessageAttributes").and_then(Value::as_object).map_or(0, Map::len);
    if count > 10 {
        let message = format!("Number of message attributes [{count}] exceeds the allowed maximum [10].");
        return Err(fault("InvalidParameterValue", message));
    }
    attribute::examine(members.get("MessageAttributes"))
        .map(drop)
        .map_err(|problem| fault("InvalidParameterValue", problem))
}

fn body_and_attributes(entry: &Value) -> usize {
    entry["MessageBody"].as_str().map_or(0, str::len)
        + attribute::examine(entry.get("MessageAttributes")).unwrap_or_default()
}

/// The queue's name in its URL, `http://<host>/<account>/<name>`, whatever the host.
pub(crate) fn queue_name<'a>(url: &'a str, place: &Place) -> Result<&'a str, ServiceError> {
    let path = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let mut parts = path.into_iter().flat_map(|path| path.split('/')).skip(1).filter(|part| !part.is_empty());
    let (Some(account), Some(name), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(fault("InvalidAddress", format!("The address {url} is not valid for this endpoint.")));
    };
    if account == place.account { Ok(name) } else { Err(no_such_queue()) }
}

pub(crate) fn is_fifo(queue: &str) -> bool {
    queue.strip_suffix(".fifo").is_some()
}

fn create_queue(members: &mut Map<String, Value>) -> Result<(), ServiceError> {
    let name = required_text(members, "QueueName")?.to_owned();
    let fifo = members.get("Attributes").and_then(|attributes| attributes.get("FifoQueue")).and_then(Value::as_str);
    let stem = match fifo {
        None => name.as_str(),
        Some("true") => name.strip_suffix(".fifo").unwrap_or_default(),
        Some(_) => return Err(fault("InvalidAttributeName", "Unknown Attribute FifoQueue.")),
    };
    let named = stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if stem.is_empty() || name.len() > 80 || !named {
        return Err(fault(
            "InvalidParameterValue",
            if fifo.is_some() {
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end \
                 with .fifo suffix and be 1 to 80 in length"
            } else {
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            },
        ));
    }
    // The older spelling of the member, which the SDKs' models still have.
    if let Some(tags) = members.remove("tags") {
        members.insert("Tags".into(), tags);
    }
    queue_attributes(members)
}

/// Checks the redrive policy; `maxReceiveCount` may be a number or its text.
fn queue_attributes(members: &mut Map<String, Value>) -> Result<(), ServiceError> {
    let Some(policy) = members.get_mut("Attributes").and_then(|attributes| attributes.get_mut("RedrivePolicy")) else {
        return Ok(());
    };
    let text = policy.as_str().unwrap_or_default().to_owned();
    if text.is_empty() {
        return Ok(());
    }
    let refuse = |reason: &str| invalid("RedrivePolicy", &text, reason);
    let Ok(Value::Object(parsed)) = serde_json::from_str(&text) else {
        return Err(refuse("Redrive policy is not a valid JSON map."));
    };
    let target = parsed.get("deadLetterTargetArn").and_then(Value::as_str).unwrap_or_default();
    if Arn::parse(target).is_none_or(|arn| arn.service != "sqs") {
        return Err(refuse("Invalid value for deadLetterTargetArn."));
    }
    let count = match parsed.get("maxReceiveCount") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64(),
        None => None,
    };
    let Some(count) = count.filter(|count| (1..=1000).contains(count)) else {
        return Err(refuse("Invalid value for maxReceiveCount: must be between 1 and 1000."));
    };
    // In this order and form the engine gives it back, which it compares with when the queue is made again.
    *policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": count}).to_string().into();
    Ok(())
}

/// A batch's entries: one to ten, with distinct and well-formed identifiers.
fn batch(members: &Map<String, Value>) -> Result<&[Value], ServiceError> {
    let entries = members.get("Entries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if entries.is_empty() {
        return Err(fault(
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one SendMessageBatchRequestEntry in the request.",
        ));
    }
    if entries.len() > 10 {
        let message = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return Err(fault("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", message));
    }
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        let id = entry["Id"].as_str().unwrap_or_default();
        let formed = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if id.is_empty() || id.len() > 80 || !formed {
            return Err(fault(
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most \
                 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            let message = format!("Id {id} repeated.");
            return Err(fault("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", message));
        }
    }
    Ok(entries)
}

fn required_text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, ServiceError> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

fn range(members: &Map<String, Value>, name: &str, least: i64, most: i64, reason: &str) -> Result<(), ServiceError> {
    match members.get(name) {
        Some(value) if !value.as_i64().is_some_and(|number| (least..=most).contains(&number)) => {
            Err(invalid(name, value, reason))
        }
        _ => Ok(()),
    }
}
