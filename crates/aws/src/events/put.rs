//! `PutEvents`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Events, bus, fault};
use crate::error::ServiceError;

/// The most entries of a request, and bytes of all (quotas).
const MAX_ENTRIES: usize = 10;
const MAX_BYTES: usize = 262_144;

/// An event that was put on a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct PutEvent {
    /// Name of the bus.
    pub event_bus: String,
    /// The event as rules see it and targets receive it: `version`, `id`, `detail-type`, `source`, `account`, `time`,
    /// `region`, `resources`, `detail`.
    pub event: Value,
    /// ARNs of the rules that took it.
    pub rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    entries: Vec<Entry>,
    endpoint_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    /// Seconds since 1970, or a timestamp.
    time: Option<Value>,
    event_bus_name: Option<String>,
}

impl Entry {
    /// What AWS counts (user guide "`PutEvents` event entry size").
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let bytes: usize = texts.into_iter().flatten().map(String::len).sum();
        bytes + self.resources.iter().map(String::len).sum::<usize>() + if self.time.is_some() { 14 } else { 0 }
    }

    /// The detail; the error is the entry's error code and sentence.
    fn check(&self) -> Result<Map<String, Value>, (&'static str, String)> {
        let given = |name: &str, text: &Option<String>| {
            let reason = || format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            text.as_deref()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| ("InvalidArgument", reason()))
        };
        let source = given("Source", &self.source)?;
        given("DetailType", &self.detail_type)?;
        let detail = given("Detail", &self.detail)?;
        if source.starts_with("aws.") {
            return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
        }
        match serde_json::from_str(&detail) {
            Ok(Value::Object(detail)) => Ok(detail),
            _ => Err(("MalformedDetail", "Detail is malformed.".to_owned())),
        }
    }
}

/// A time as events have it: whole seconds.
fn time_of(given: Option<&Value>) -> Result<String, ServiceError> {
    let bad = || fault::validation("Parameter Time is not valid.");
    let time = match given {
        None | Some(Value::Null) => Timestamp::now(),
        Some(Value::String(text)) => text.parse().map_err(|_| bad())?,
        Some(number) => Timestamp::from_second(number.as_f64().ok_or_else(bad)? as i64).map_err(|_| bad())?,
    };
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

impl Events {
    pub(super) fn put_events(&self, request: Put) -> Result<Value, ServiceError> {
        let entries = request.entries;
        if entries.is_empty() || entries.len() > MAX_ENTRIES {
            let (bound, number) = if entries.is_empty() { ("greater", 1) } else { ("less", MAX_ENTRIES) };
            return Err(fault::validation(format!(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: \
                 Member must have length {bound} than or equal to {number}"
            )));
        }
        if request.endpoint_id.is_some() {
            return Err(fault::validation("Global endpoints (EndpointId) are not emulated here."));
        }
        if entries.iter().map(Entry::size).sum::<usize>() > MAX_BYTES {
            return Err(fault::validation("Total size of the entries in the request is over the limit."));
        }
        let times: Vec<String> = entries.iter().map(|entry| time_of(entry.time.as_ref())).collect::<Result<_, _>>()?;
        let (mut results, mut failed) = (Vec::new(), 0);
        for (entry, time) in entries.iter().zip(times) {
            match entry.check() {
                Err((code, message)) => {
                    failed += 1;
                    results.push(json!({"ErrorCode": code, "ErrorMessage": message}));
                }
                Ok(detail) => {
                    let id = Uuid::new_v4().to_string();
                    let event = json!({
                        "version": "0",
                        "id": id,
                        "detail-type": entry.detail_type,
                        "source": entry.source,
                        "account": self.place.account,
                        "time": time,
                        "region": self.place.region,
                        "resources": entry.resources,
                        "detail": detail,
                    });
                    self.accept(bus::name_of(&self.place, entry.event_bus_name.as_deref()), &event, 0);
                    results.push(json!({"EventId": id}));
                }
            }
        }
        Ok(json!({"FailedEntryCount": failed, "Entries": results}))
    }

    /// Takes an event onto a bus, over `hops` others, and lets its rules deliver it.
    pub(super) fn accept(&self, bus: &str, event: &Value, hops: usize) {
        let rules: Vec<_> = {
            let buses = self.buses();
            if let Some(bus) = buses.get(bus) {
                bus.rules.values().filter(|rule| rule.takes(event)).cloned().collect()
            } else {
                // AWS answers with an EventId and drops the event.
                tracing::warn!(bus, "an event was put on an event bus that doesn't exist, so nobody receives it");
                Vec::new()
            }
        };
        self.put.push(PutEvent {
            event_bus: bus.to_owned(),
            event: event.clone(),
            rules: rules.iter().map(|rule| rule.arn.clone()).collect(),
        });
        for rule in rules {
            self.deliver(&rule, event, hops);
        }
    }
}
