//! What the recorder did to histories, done to ours.

use serde_json::{Value, json};

use crate::compare::sorted;

/// Parses, once, every member that is a string with a JSON object in it.
pub(crate) fn parse_strings(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(text) if text.starts_with('{') => {
                        serde_json::from_str(&text).unwrap_or(Value::String(text))
                    }
                    nested @ (Value::Object(_) | Value::Array(_)) => parse_strings(nested),
                    other => other,
                };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items
            .into_iter()
            .map(|item| if item.is_object() || item.is_array() { parse_strings(item) } else { item })
            .collect(),
        other => other,
    }
}

/// Whether an event lost its number to [`parallel_unordered`].
pub(crate) fn has_no_id(event: &Value) -> bool {
    event["id"].is_array()
}

/// Takes the numbers off the events inside Parallel states, and their order, as the recorder did.
///
/// The recorder changed the list that it walked over: at the exit of a Parallel state it put the sorted events in the
/// place of one event more, so the `ParallelStateSucceeded` before the exit is lost, and the event after the exit is never
/// looked at. The recordings lost the same, so this does the same.
pub(crate) fn parallel_unordered(mut events: Vec<Value>, key: impl Fn(&Value) -> String) -> Vec<Value> {
    let (mut start, mut inside, mut at) = (0, false, 0);
    let mut strand: Vec<Value> = Vec::new();
    while at < events.len() {
        match events[at]["type"].as_str() {
            None => inside = false,
            Some("ParallelStateSucceeded" | "ParallelStateAborted" | "ParallelStateExited" | "ParallelStateFailed") => {
                strand.sort_by_cached_key(&key);
                events.splice(start..at, strand.iter().cloned());
                inside = false;
            }
            Some("ParallelStateStarted") => {
                inside = true;
                strand.clear();
                start = at + 1;
            }
            Some(_) if inside => {
                events[at]["id"] = json!([0]);
                events[at]["previousEventId"] = json!(0);
                strand.push(events[at].clone());
            }
            Some(_) => {}
        }
        at += 1;
    }
    events
}

/// Sorts each run of events without numbers.
pub(crate) fn canonical_runs(mut events: Vec<Value>, key: impl Fn(&Value) -> String) -> Vec<Value> {
    for run in events.chunk_by_mut(|a, b| has_no_id(a) && has_no_id(b)) {
        if has_no_id(&run[0]) {
            run.sort_by_cached_key(&key);
        }
    }
    events
}

/// What events without numbers are sorted by.
pub(crate) fn sort_key(event: &Value) -> String {
    let mut event = sorted(event);
    if let Value::Object(members) = &mut event {
        members.shift_remove("timestamp");
    }
    event.to_string()
}
