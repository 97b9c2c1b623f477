//! Events without what differs from run to run: times, and what services call their doings.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

/// Members whose values are times or belong to a connection.
const LEFT_OUT: [&str; 10] = [
    "timestamp",
    "SdkHttpMetadata",
    "SdkResponseMetadata",
    "Headers",
    "SequenceNumber",
    "StartDate",
    "StopDate",
    "Attachments",
    "ContainerInstanceArn",
    "NetworkInterfaces",
];

/// UUIDs, other random numbers, and times.
static RANDOM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}(-[0-9]{6,})?|[0-9-]{10}T[0-9:.]+Z|[A-Za-z0-9_-]{64}",
    )
    .expect("a pattern")
});

pub(crate) fn event(event: &Value) -> Value {
    match event {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()) && !name.ends_with("At"))
            .map(|(name, value)| (name.clone(), self::event(value)))
            .collect(),
        Value::Array(items) => items.iter().map(self::event).collect(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => self::event(&inner),
            _ => RANDOM.replace_all(text, "#").into_owned().into(),
        },
        other => other.clone(),
    }
}
