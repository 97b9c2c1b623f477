//! A history as a table.

use serde_json::Value;

use super::duration;

/// One line per event: number, the event before it, time since the start, type, and what it is about.
pub(crate) fn table(events: &[Value]) -> String {
    let start = events.first().map_or(0.0, |event| event["timestamp"].as_f64().unwrap_or_default());
    let rows: Vec<[String; 5]> = events
        .iter()
        .map(|event| {
            let elapsed = (event["timestamp"].as_f64().unwrap_or(start) - start).max(0.0);
            [
                event["id"].to_string(),
                event["previousEventId"].to_string(),
                duration::show(std::time::Duration::from_secs_f64(elapsed)),
                event["type"].as_str().unwrap_or_default().to_owned(),
                about(event),
            ]
        })
        .collect();
    let heads = ["ID", "AFTER", "TIME", "EVENT", "WHAT"].map(str::to_owned);
    let mut widths = [0; 4];
    for row in std::iter::once(&heads).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in std::iter::once(&heads).chain(&rows) {
        let [id, after, time, event, what] = row;
        let [w0, w1, w2, w3] = widths;
        table.push_str(format!("{id:>w0$}  {after:>w1$}  {time:>w2$}  {event:<w3$}  {what}").trim_end());
        table.push('\n');
    }
    table
}

/// The most telling details of an event, in one line.
fn about(event: &Value) -> String {
    let details = event
        .as_object()
        .and_then(|members| members.iter().find(|(name, _)| name.ends_with("EventDetails")))
        .map_or(&Value::Null, |(_, details)| details);
    let text = |name: &str| details.get(name).and_then(Value::as_str);
    let mut parts = Vec::new();
    if let Some(name) = text("name") {
        parts.push(name.to_owned());
    }
    if let (Some(service), Some(action)) = (text("resourceType"), text("resource")) {
        parts.push(format!("{service}:{action}"));
    } else if let Some(resource) = text("resource") {
        parts.push(resource.rsplit(':').next().unwrap_or(resource).to_owned());
    }
    for name in ["index", "length"] {
        if let Some(number) = details.get(name) {
            parts.push(format!("{name} {number}"));
        }
    }
    for name in ["error", "cause", "input", "parameters", "output"] {
        if let Some(text) = text(name) {
            parts.push(format!("{name} {}", shortened(text)));
        }
    }
    parts.join("  ")
}

/// The first line of a text, cut to what a terminal's line holds.
fn shortened(text: &str) -> String {
    const LENGTH: usize = 96;
    let line = text.split('\n').next().unwrap_or_default();
    if line.chars().count() <= LENGTH && line.len() == text.len() {
        return line.to_owned();
    }
    line.chars().take(LENGTH).collect::<String>() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_history_is_shown_one_event_a_line() {
        let events = [
            json!({"id": 1, "previousEventId": 0, "timestamp": 100.0, "type": "ExecutionStarted",
                "executionStartedEventDetails": {"input": "{}", "roleArn": "r"}}),
            json!({"id": 2, "previousEventId": 0, "timestamp": 100.012, "type": "TaskStateEntered",
                "stateEnteredEventDetails": {"name": "Buy Stock", "input": "{}"}}),
            json!({"id": 3, "previousEventId": 2, "timestamp": 101.5, "type": "TaskFailed",
                "taskFailedEventDetails": {"resourceType": "lambda", "resource": "invoke", "error": "InsufficientFunds"}}),
        ];
        assert_eq!(
            table(&events),
            "ID  AFTER   TIME  EVENT             WHAT\n \
             1      0   0 µs  ExecutionStarted  input {}\n \
             2      0  12 ms  TaskStateEntered  Buy Stock  input {}\n \
             3      2  1.5 s  TaskFailed        lambda:invoke  error InsufficientFunds\n"
        );
    }
}
