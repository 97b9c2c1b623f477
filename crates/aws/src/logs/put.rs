//! `PutLogEvents`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::store::{Addition, EVENT_BYTES};
use super::{Logs, fault, now, stream};
use crate::error::ServiceError;

const HOUR: i64 = 60 * 60 * 1000;
/// Quotas of `PutLogEvents`: events and bytes of a batch, bytes of an event.
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 1_048_576;

#[derive(Deserialize)]
pub(crate) struct Put {
    #[serde(rename = "logGroupName")]
    group: String,
    #[serde(rename = "logStreamName")]
    stream: String,
    #[serde(rename = "logEvents")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    timestamp: i64,
    message: String,
}

impl Logs {
    pub(super) async fn put_log_events(&self, request: Put) -> Result<Value, ServiceError> {
        let events = request.events;
        check(&events)?;
        self.store
            .with(move |database| {
                let stream = stream::find(database, &request.group, &request.stream)?;
                let now = now();
                // They are in order, so what is too old comes first and what is too new last.
                let old = events.partition_point(|event| event.timestamp < now - 14 * 24 * HOUR);
                let new = events.partition_point(|event| event.timestamp <= now + 2 * HOUR);
                let mut addition = Addition::new(stream);
                for event in events.get(old..new).unwrap_or_default() {
                    addition.event(database, event.timestamp, now, &event.message)?;
                }
                addition.settle(database, now)?;
                let mut rejected = Map::new();
                if old > 0 {
                    rejected.insert("tooOldLogEventEndIndex".into(), old.into());
                }
                if new < events.len() {
                    rejected.insert("tooNewLogEventStartIndex".into(), new.into());
                }
                // The token has had no meaning since 2023; it is still sent.
                let mut output = json!({"nextSequenceToken": format!("{:056}", now)});
                if !rejected.is_empty() {
                    output["rejectedLogEventsInfo"] = rejected.into();
                }
                Ok(output)
            })
            .await
    }
}

fn check(events: &[Event]) -> Result<(), ServiceError> {
    if events.is_empty() || events.len() > MAX_EVENTS {
        let (bound, number) = if events.is_empty() { ("greater", 1) } else { ("less", MAX_EVENTS) };
        return Err(fault::invalid(format!(
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length {bound} \
             than or equal to {number}"
        )));
    }
    if let Some(index) = events.iter().position(|event| event.message.is_empty()) {
        return Err(fault::invalid(format!(
            "1 validation error detected: Value '' at 'logEvents.{}.member.message' failed to satisfy constraint: Member \
             must have length greater than or equal to 1",
            index + 1
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(fault::invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    let bytes: usize = events.iter().map(|event| event.message.len() + EVENT_BYTES).sum();
    if bytes > MAX_BYTES {
        return Err(fault::invalid(format!("Upload too large: {bytes} bytes exceeds limit of {MAX_BYTES}")));
    }
    let span = events[events.len() - 1].timestamp - events[0].timestamp;
    if span > 24 * HOUR {
        return Err(fault::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}
