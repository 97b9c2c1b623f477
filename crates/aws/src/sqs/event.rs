//! The event that a function fed by a queue receives, and what its answer says of the messages.
//!
//! Members as recorded from AWS in `LocalStack`'s snapshot `test_lambda_integration_sqs.snapshot.json`, and as AWS's guide
//! "Using Lambda with Amazon SQS" shows them.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Received;
use crate::attribute::MessageAttribute;

/// One record of the event, as JSON text.
pub(crate) fn record(message: &Received, queue_arn: &str, region: &str) -> String {
    let attributes: Map<String, Value> =
        message.message_attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
    });
    if let Some(md5) = &message.md5_of_attributes {
        record["md5OfMessageAttributes"] = md5.as_str().into();
    }
    record["md5OfBody"] = message.md5_of_body.as_str().into();
    record["eventSource"] = "aws:sqs".into();
    record["eventSourceARN"] = queue_arn.into();
    record["awsRegion"] = region.into();
    record.to_string()
}

fn attribute(attribute: &MessageAttribute) -> Value {
    let mut value = Map::new();
    if let Some(text) = &attribute.string_value {
        value.insert("stringValue".into(), text.as_str().into());
    }
    if let Some(base64) = &attribute.binary_value {
        value.insert("binaryValue".into(), base64.as_str().into());
    }
    value.insert("stringListValues".into(), json!([]));
    value.insert("binaryListValues".into(), json!([]));
    value.insert("dataType".into(), attribute.data_type.as_str().into());
    Value::Object(value)
}

/// The event of some records.
pub(crate) fn event(records: &[&str]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// The messages that a function with `ReportBatchItemFailures` says it failed on.
///
/// The whole batch failed (`None`) when the answer can't be understood: no JSON, an item without `itemIdentifier`, an
/// empty or unknown identifier (guide "Reporting batch item failures", conditions of success and failure).
pub(crate) fn failures(answer: &[u8], known: &HashSet<&str>) -> Option<HashSet<String>> {
    if answer.iter().all(u8::is_ascii_whitespace) {
        return Some(HashSet::new());
    }
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let items = match answer {
        Value::Null => return Some(HashSet::new()),
        Value::Object(mut members) => match members.remove("batchItemFailures") {
            None | Some(Value::Null) => return Some(HashSet::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return None,
        },
        _ => return None,
    };
    items
        .into_iter()
        .map(|item| item["itemIdentifier"].as_str().filter(|id| known.contains(id)).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_record_has_the_recorded_members() {
        let attribute = |kind: &str, text: Option<&str>, binary: Option<&str>| MessageAttribute {
            data_type: kind.into(),
            string_value: text.map(Into::into),
            binary_value: binary.map(Into::into),
        };
        let message = Received {
            message_id: "id".into(),
            receipt: "receipt".into(),
            body: "{\"a\": 1}".into(),
            md5_of_body: "md5".into(),
            md5_of_attributes: Some("md5a".into()),
            attributes: BTreeMap::from([("ApproximateReceiveCount".into(), "1".into())]),
            message_attributes: BTreeMap::from([
                ("kind".into(), attribute("String", Some("x"), None)),
                ("raw".into(), attribute("Binary", None, Some("AgME"))),
            ]),
        };
        let text = event(&[&record(&message, "arn:aws:sqs:us-east-1:1:q", "us-east-1")]);
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            value,
            json!({"Records": [{
                "messageId": "id", "receiptHandle": "receipt", "body": "{\"a\": 1}",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {
                    "kind": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
                    "raw": {"binaryValue": "AgME", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}},
                "md5OfMessageAttributes": "md5a", "md5OfBody": "md5",
                "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:q", "awsRegion": "us-east-1"}]})
        );
    }

    #[test]
    fn an_answer_tells_the_failures_or_fails_the_batch() {
        let known = HashSet::from(["a", "b"]);
        let failed = |answer: &str| failures(answer.as_bytes(), &known).map(|ids| ids.len());
        for success in ["", "null", "{}", "{\"batchItemFailures\":[]}", "{\"batchItemFailures\":null}"] {
            assert_eq!(failed(success), Some(0), "{success}");
        }
        assert_eq!(failed("{\"batchItemFailures\":[{\"itemIdentifier\":\"b\"}]}"), Some(1));
        for failure in [
            "no json",
            "\"text\"",
            "{\"batchItemFailures\":{}}",
            "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}",
            "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}",
            "{\"batchItemFailures\":[{\"id\":\"a\"}]}",
            "{\"batchItemFailures\":[{\"itemIdentifier\":\"unknown\"}]}",
        ] {
            assert_eq!(failed(failure), None, "{failure}");
        }
    }
}
