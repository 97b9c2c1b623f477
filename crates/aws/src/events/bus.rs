//! Event buses: `CreateEventBus`, `DescribeEventBus`, `DeleteEventBus`, `ListEventBuses`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rule::Rule;
use super::{DEFAULT_BUS, Events, fault};
use crate::error::ServiceError;
use crate::place::Place;
use crate::wire::json::page;

/// A bus with its rules.
pub(super) struct Bus {
    pub(super) name: String,
    pub(super) arn: String,
    created: Timestamp,
    /// By name.
    pub(super) rules: BTreeMap<String, Arc<Rule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    name_prefix: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

impl Bus {
    pub(super) fn new(name: &str, place: &Place) -> Self {
        let arn = place.arn("events", &format!("event-bus/{name}"));
        Self { name: name.to_owned(), arn, created: Timestamp::now(), rules: BTreeMap::new() }
    }

    fn describe(&self) -> Value {
        let created = self.created.as_millisecond() as f64 / 1000.0;
        json!({"Name": self.name, "Arn": self.arn, "CreationTime": created, "LastModifiedTime": created})
    }
}

/// The name in a name or an ARN of a bus; nothing means the default one.
pub(super) fn name_of<'a>(place: &Place, bus: Option<&'a str>) -> &'a str {
    let bus = bus.unwrap_or(DEFAULT_BUS);
    place.resource("events", bus).and_then(|resource| resource.strip_prefix("event-bus/")).unwrap_or(bus)
}

impl Events {
    pub(super) fn create_event_bus(&self, request: Create) -> Result<Value, ServiceError> {
        let name = request.name;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
        if name.is_empty() || name.len() > 256 || !name.chars().all(fits) {
            return Err(fault::validation(format!(
                "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [/\\.\\-_A-Za-z0-9]+"
            )));
        }
        if name.contains('/') {
            return Err(fault::validation("Event bus name must not contain '/'."));
        }
        let mut buses = self.buses();
        if buses.contains_key(&name) {
            return Err(fault::bus_exists(&name));
        }
        let bus = Bus::new(&name, &self.place);
        let output = json!({"EventBusArn": bus.arn});
        buses.insert(name, bus);
        Ok(output)
    }

    pub(super) fn describe_event_bus(&self, request: &Describe) -> Result<Value, ServiceError> {
        let buses = self.buses();
        let name = name_of(&self.place, request.name.as_deref());
        buses.get(name).map(Bus::describe).ok_or_else(|| fault::no_such_bus(name))
    }

    pub(super) fn delete_event_bus(&self, request: &Create) -> Result<Value, ServiceError> {
        let name = name_of(&self.place, Some(&request.name));
        if name == DEFAULT_BUS {
            return Err(fault::validation("Cannot delete event bus default."));
        }
        let mut buses = self.buses();
        if buses.get(name).is_some_and(|bus| !bus.rules.is_empty()) {
            return Err(fault::validation("Event bus can't be deleted since it has rules."));
        }
        // One that isn't there is deleted already.
        buses.remove(name);
        Ok(json!({}))
    }

    pub(super) fn list_event_buses(&self, request: List) -> Result<Value, ServiceError> {
        let prefix = request.name_prefix.unwrap_or_default();
        let buses: Vec<Value> =
            self.buses().values().filter(|bus| bus.name.starts_with(&prefix)).map(Bus::describe).collect();
        let limit = request.limit.unwrap_or(100);
        let (buses, next) = page(buses, request.next_token.as_deref(), limit, fault::bad_token)?;
        let mut output = json!({"EventBuses": buses});
        if let Some(next) = next {
            output["NextToken"] = next.into();
        }
        Ok(output)
    }
}
