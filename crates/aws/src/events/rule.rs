//! Rules: `PutRule`, `DescribeRule`, `EnableRule`, `DisableRule`, `DeleteRule`, `ListRules`, `TestEventPattern`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::target::Target;
use super::{DEFAULT_BUS, Events, bus, fault};
use crate::error::ServiceError;
use crate::wire::json::page;

/// A rule with its targets. It is replaced, never changed, so that a delivery under way sees one state of it.
#[derive(Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) arn: String,
    /// The name of its bus.
    bus: String,
    /// As it was given.
    pattern_text: Option<String>,
    pattern: Option<Pattern>,
    schedule: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    state: String,
    pub(super) targets: Vec<Arc<Target>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    name: String,
    event_bus_name: Option<String>,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Selection {
    name: String,
    event_bus_name: Option<String>,
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Test {
    event_pattern: String,
    event: String,
}

impl Rule {
    /// Whether the rule takes an event.
    pub(super) fn takes(&self, event: &Value) -> bool {
        self.state != "DISABLED" && self.pattern.as_ref().is_some_and(|pattern| pattern.matches(event))
    }

    fn describe(&self) -> Value {
        let mut rule = json!({"Name": self.name, "Arn": self.arn, "State": self.state, "EventBusName": self.bus});
        for (member, value) in [
            ("EventPattern", &self.pattern_text),
            ("ScheduleExpression", &self.schedule),
            ("Description", &self.description),
            ("RoleArn", &self.role_arn),
        ] {
            if let Some(value) = value {
                rule[member] = value.as_str().into();
            }
        }
        rule
    }
}

impl Events {
    pub(super) fn put_rule(&self, request: Put) -> Result<Value, ServiceError> {
        let name = request.name;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(fault::validation(format!(
                "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [\\.\\-_A-Za-z0-9]+, with at most 64 characters"
            )));
        }
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (pattern_text, schedule) = (given(request.event_pattern), given(request.schedule_expression));
        if pattern_text.is_none() && schedule.is_none() {
            return Err(fault::validation("Parameter(s) EventPattern or ScheduleExpression must be specified."));
        }
        let pattern =
            pattern_text.as_deref().map(Pattern::parse).transpose().map_err(|e| fault::invalid_pattern(&e))?;
        let bus_name = bus::name_of(&self.place, request.event_bus_name.as_deref());
        if let Some(schedule) = &schedule {
            if bus_name != DEFAULT_BUS {
                return Err(fault::validation("ScheduleExpression is supported only on the default event bus."));
            }
            let known = ["rate(", "cron("].into_iter().any(|start| schedule.starts_with(start));
            if !known || !schedule.ends_with(')') {
                return Err(fault::validation("Parameter ScheduleExpression is not valid."));
            }
            tracing::warn!(rule = name, schedule, "scheduled rules never fire here: start what it runs by hand");
        }
        let state = request.state.unwrap_or_else(|| "ENABLED".to_owned());
        if !["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"].contains(&state.as_str()) {
            return Err(fault::validation(format!(
                "1 validation error detected: Value '{state}' at 'state' failed to satisfy constraint: Member must satisfy \
                 enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
            )));
        }
        let mut buses = self.buses();
        let bus = buses.get_mut(bus_name).ok_or_else(|| fault::no_such_bus(bus_name))?;
        let path = if bus_name == DEFAULT_BUS { name.clone() } else { format!("{bus_name}/{name}") };
        let arn = self.place.arn("events", &format!("rule/{path}"));
        let targets = bus.rules.get(&name).map(|rule| rule.targets.clone()).unwrap_or_default();
        let rule = Rule {
            name: name.clone(),
            arn: arn.clone(),
            bus: bus_name.to_owned(),
            pattern_text,
            pattern,
            schedule,
            description: given(request.description),
            role_arn: given(request.role_arn),
            state,
            targets,
        };
        bus.rules.insert(name, Arc::new(rule));
        Ok(json!({"RuleArn": arn}))
    }

    /// Looks at a rule of a bus.
    pub(super) fn with_rule<T>(
        &self,
        bus: Option<&str>,
        name: &str,
        look: impl FnOnce(&mut Arc<Rule>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let bus = bus::name_of(&self.place, bus);
        let mut buses = self.buses();
        let found = buses.get_mut(bus).ok_or_else(|| fault::no_such_bus(bus))?;
        look(found.rules.get_mut(name).ok_or_else(|| fault::no_such_rule(name, bus))?)
    }

    pub(super) fn describe_rule(&self, request: &Selection) -> Result<Value, ServiceError> {
        self.with_rule(request.event_bus_name.as_deref(), &request.name, |rule| {
            let mut described = rule.describe();
            described["CreatedBy"] = self.place.account.as_str().into();
            Ok(described)
        })
    }

    pub(super) fn enable_rule(&self, request: &Selection, enabled: bool) -> Result<Value, ServiceError> {
        self.with_rule(request.event_bus_name.as_deref(), &request.name, |rule| {
            let state = if enabled { "ENABLED" } else { "DISABLED" };
            state.clone_into(&mut Arc::make_mut(rule).state);
            Ok(json!({}))
        })
    }

    pub(super) fn delete_rule(&self, request: &Selection) -> Result<Value, ServiceError> {
        let bus = bus::name_of(&self.place, request.event_bus_name.as_deref());
        let mut buses = self.buses();
        let bus = buses.get_mut(bus).ok_or_else(|| fault::no_such_bus(bus))?;
        if !request.force && bus.rules.get(&request.name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(fault::validation("Rule can't be deleted since it has targets."));
        }
        // One that isn't there is deleted already.
        bus.rules.remove(&request.name);
        Ok(json!({}))
    }

    pub(super) fn list_rules(&self, request: List) -> Result<Value, ServiceError> {
        let bus = bus::name_of(&self.place, request.event_bus_name.as_deref());
        let prefix = request.name_prefix.unwrap_or_default();
        let rules: Vec<Value> = {
            let buses = self.buses();
            let bus = buses.get(bus).ok_or_else(|| fault::no_such_bus(bus))?;
            bus.rules.values().filter(|rule| rule.name.starts_with(&prefix)).map(|rule| rule.describe()).collect()
        };
        let limit = request.limit.unwrap_or(100);
        let (rules, next) = page(rules, request.next_token.as_deref(), limit, fault::bad_token)?;
        let mut output = json!({"Rules": rules});
        if let Some(next) = next {
            output["NextToken"] = next.into();
        }
        Ok(output)
    }
}

/// Holds an event against a pattern. The event must have all members that `EventBridge` gives events.
pub(super) fn test_event_pattern(request: &Test) -> Result<Value, ServiceError> {
    let pattern = Pattern::parse(&request.event_pattern).map_err(|e| fault::invalid_pattern(&e))?;
    let event: Value =
        serde_json::from_str(&request.event).map_err(|_| fault::validation("Parameter Event is not valid."))?;
    let missing = ["id", "account", "source", "time", "region", "resources", "detail-type"]
        .into_iter()
        .find(|member| event.get(member).is_none());
    match missing {
        Some(member) => Err(fault::validation(format!("Parameter Event is not valid. Reason: {member} is missing."))),
        None => Ok(json!({"Result": pattern.matches(&event)})),
    }
}
