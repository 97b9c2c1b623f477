//! The form of a log record, and the stream that it is in.
//!
//! Recorded: `logs/logs--log_group_with_multiple_runs.json` and `express/express_async--*.json`, which sort the members. Their
//! order and the stream's name are those of `aws logs tail` against AWS in 2026, as users show it:
//! `states/NAME/2026-08-24-03/00000000 {"details":{"roleArn":…},"redrive_count":"0","id":"1","type":"ExecutionStarted",
//! "previous_event_id":"0","event_timestamp":"1787541942883","execution_arn":…}`. (In 2022 the stream's date had minutes.)

use jiff::Timestamp;
use machine::HistoryEvent;
use serde_json::{Map, Value};

/// The most bytes that an input or output takes in a record, escaped
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>, "CloudWatch Logs payloads").
const MOST_BYTES: usize = 248 * 1024;

/// What is execution data: left out of records that may not have it, as the records of users show for
/// `TaskScheduled`, whose parameters go with inputs and outputs.
const DATA: [&str; 7] =
    ["input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables", "assignedVariablesDetails"];

/// The log stream of what happened then.
pub(super) fn stream(state_machine_name: &str, at: Timestamp) -> String {
    format!("states/{state_machine_name}/{}/00000000", at.strftime("%Y-%m-%d-%H"))
}

/// An event as a record, JSON text. Numbers are texts.
pub(super) fn of(event: &HistoryEvent, execution_arn: &str, redrive_count: u64, data: bool) -> String {
    let mut record = Map::new();
    record.insert("details".into(), Value::Object(details(event, data)));
    for (name, value) in [
        ("redrive_count", redrive_count.to_string()),
        ("id", event.id.to_string()),
        ("type", event.kind.type_name().to_owned()),
        ("previous_event_id", event.previous_event_id.to_string()),
        ("event_timestamp", event.timestamp.as_millisecond().to_string()),
        ("execution_arn", execution_arn.to_owned()),
    ] {
        record.insert(name.into(), value.into());
    }
    Value::Object(record).to_string()
}

/// The members of the event's `…EventDetails`, sorted.
fn details(event: &HistoryEvent, data: bool) -> Map<String, Value> {
    let Ok(Value::Object(event)) = serde_json::to_value(event) else { return Map::new() };
    let found = event.into_iter().find(|(name, _)| name.ends_with("EventDetails"));
    let Some((_, Value::Object(mut details))) = found else { return Map::new() };
    details.sort_keys();
    if !data {
        details.retain(|name, _| !DATA.contains(&name.as_str()));
        return details;
    }
    for (text, told) in [("input", "inputDetails"), ("output", "outputDetails")] {
        let Some(Value::String(value)) = details.get_mut(text) else { continue };
        if let Some(end) = too_long(value) {
            value.truncate(end);
            details.insert(told.into(), serde_json::json!({"truncated": true}));
        }
    }
    details
}

/// Where a text must end that is too long when it is escaped.
fn too_long(text: &str) -> Option<usize> {
    // Escaped, a character takes six bytes at most.
    if text.len() * 6 <= MOST_BYTES {
        return None;
    }
    let mut bytes = 0;
    text.char_indices().find_map(|(at, character)| {
        bytes += match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\u{0}'..='\u{1f}' => 6,
            character => character.len_utf8(),
        };
        (bytes > MOST_BYTES).then_some(at)
    })
}
