//! `EventBridge`: event buses, rules with event patterns, and delivery to their targets.
//!
//! Targets are functions, queues, topics, log groups, state machines and other buses. A rule with a schedule is kept, but
//! never fires: that is told by a warning. Permissions, archives, API destinations and partner sources are refused by name.

mod bus;
mod deliver;
mod fault;
mod pattern;
mod put;
mod rule;
mod target;
mod transform;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::error::{Error, ServiceError};
use crate::feed::Feed;
use crate::front::JsonServices;
use crate::lambda::Invocations;
use crate::logs::LogWriter;
use crate::place::Place;
use crate::service::Service;
use crate::sqs::Queues;
use crate::wire::json::{self, Operations};
use bus::Bus;
pub use put::PutEvent;

/// The bus that is there from the beginning.
const DEFAULT_BUS: &str = "default";

/// The service.
pub(crate) struct Events {
    /// For deliveries, which outlive the calls that start them.
    this: Weak<Events>,
    place: Place,
    /// By name.
    buses: Mutex<BTreeMap<String, Bus>>,
    targets: Targets,
    tracker: TaskTracker,
    pub(crate) put: Feed<PutEvent>,
}

/// Where events can be delivered to.
pub(crate) struct Targets {
    pub(crate) invocations: Arc<Invocations>,
    pub(crate) queues: Arc<dyn Queues>,
    pub(crate) topics: Arc<dyn Service>,
    pub(crate) logs: LogWriter,
    /// The services that speak AWS JSON, Step Functions among them.
    pub(crate) json: Weak<RwLock<JsonServices>>,
}

impl Events {
    pub(crate) fn new(place: Place, targets: Targets, tracker: TaskTracker) -> Arc<Self> {
        let buses = BTreeMap::from([(DEFAULT_BUS.to_owned(), Bus::new(DEFAULT_BUS, &place))]);
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            place,
            buses: Mutex::new(buses),
            targets,
            tracker,
            put: Feed::new(),
        })
    }

    fn buses(&self) -> MutexGuard<'_, BTreeMap<String, Bus>> {
        // Nothing that holds the lock leaves the buses half changed when it panics.
        self.buses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a bus, or finds it. Returns its ARN.
    pub(crate) fn furnish_bus(&self, name: &str) -> Result<String, Error> {
        if let Some(bus) = self.buses().get(name) {
            return Ok(bus.arn.clone());
        }
        let made = json::read(json!({"Name": name})).and_then(|request| self.create_event_bus(request));
        let output = made.map_err(|source| Error::refused(format!("event bus {name}"), source))?;
        Ok(output["EventBusArn"].as_str().unwrap_or_default().to_owned())
    }

    /// Makes a rule, or changes it to this, with these targets alone. Returns its ARN.
    pub(crate) fn furnish_rule(&self, rule: Value, targets: Vec<Value>) -> Result<String, Error> {
        let name = rule["Name"].as_str().unwrap_or_default().to_owned();
        let refused = |source| Error::refused(format!("event rule {name}"), source);
        let place = json!({"Rule": name, "EventBusName": rule["EventBusName"]});
        let output = json::read(rule).and_then(|rule| self.put_rule(rule)).map_err(refused)?;
        let mut remaining = place.clone();
        remaining["Ids"] =
            self.list_targets_by_rule(&json::read(place.clone()).map_err(refused)?).map_err(refused)?["Targets"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|target| target["Id"].clone())
                .filter(|id| !targets.iter().any(|target| target["Id"] == *id))
                .collect();
        json::read(remaining).and_then(|request| self.remove_targets(&request)).map_err(refused)?;
        let mut wanted = place;
        wanted["Targets"] = targets.into();
        json::read(wanted).and_then(|request| self.put_targets(request)).map_err(refused)?;
        Ok(output["RuleArn"].as_str().unwrap_or_default().to_owned())
    }
}

#[async_trait]
impl Operations for Events {
    const NAME: &'static str = "events";
    const PREFIX: &'static str = "AWSEvents";

    async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError> {
        match operation {
            "PutEvents" => self.put_events(json::read(request)?),
            "CreateEventBus" => self.create_event_bus(json::read(request)?),
            "DescribeEventBus" => self.describe_event_bus(&json::read(request)?),
            "DeleteEventBus" => self.delete_event_bus(&json::read(request)?),
            "ListEventBuses" => self.list_event_buses(json::read(request)?),
            "PutRule" => self.put_rule(json::read(request)?),
            "DescribeRule" => self.describe_rule(&json::read(request)?),
            "EnableRule" => self.enable_rule(&json::read(request)?, true),
            "DisableRule" => self.enable_rule(&json::read(request)?, false),
            "DeleteRule" => self.delete_rule(&json::read(request)?),
            "ListRules" => self.list_rules(json::read(request)?),
            "PutTargets" => self.put_targets(json::read(request)?),
            "RemoveTargets" => self.remove_targets(&json::read(request)?),
            "ListTargetsByRule" => self.list_targets_by_rule(&json::read(request)?),
            "TestEventPattern" => rule::test_event_pattern(&json::read(request)?),
            _ => Err(json::no_such_operation("EventBridge", operation)),
        }
    }
}

#[cfg(test)]
mod tests;
