//! Targets of rules: `PutTargets`, `RemoveTargets`, `ListTargetsByRule`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::transform::Input;
use super::{Events, fault};
use crate::error::ServiceError;
use crate::place::Arn;
use crate::wire::json::page;

/// The most targets of a rule (quota).
const MAX_TARGETS: usize = 5;

/// Where a rule's events go.
pub(super) struct Target {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) kind: Kind,
    pub(super) input: Input,
    /// ARN of the queue for what can't be delivered.
    pub(super) dead_letter_arn: Option<String>,
    /// As it was given.
    given: Map<String, Value>,
}

/// What kind of thing a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Queue {
        group_id: Option<String>,
    },
    Topic,
    /// With its name.
    LogGroup(String),
    StateMachine,
    /// With its name.
    Bus(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Remove {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    rule: String,
    event_bus_name: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

/// The members of a target that have a meaning here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    id: String,
    arn: String,
    input: Option<String>,
    input_path: Option<String>,
    input_transformer: Option<super::transform::Given>,
    sqs_parameters: Option<SqsParameters>,
    dead_letter_config: Option<DeadLetterConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig {
    arn: Option<String>,
}

impl Target {
    /// Reads a target; the error says what is wrong with it.
    fn read(given: Map<String, Value>) -> Result<Self, String> {
        let read: Given = serde_json::from_value(given.clone().into()).map_err(|e| e.to_string())?;
        let arn = Arn::parse(&read.arn).ok_or_else(|| {
            format!("Parameter {} is not valid. Reason: Provided Arn is not in correct format.", read.arn)
        })?;
        let not_emulated = || format!("Events can't be delivered to {} here", read.arn);
        let kind = match (arn.service, arn.resource) {
            ("lambda", _) => Kind::Function,
            ("sqs", _) => {
                Kind::Queue { group_id: read.sqs_parameters.and_then(|parameters| parameters.message_group_id) }
            }
            ("sns", _) => Kind::Topic,
            ("states", resource) if resource.starts_with("stateMachine:") => Kind::StateMachine,
            ("logs", resource) => {
                let name = resource.strip_prefix("log-group:").ok_or_else(not_emulated)?;
                Kind::LogGroup(name.strip_suffix(":*").unwrap_or(name).to_owned())
            }
            ("events", resource) => Kind::Bus(resource.strip_prefix("event-bus/").ok_or_else(not_emulated)?.to_owned()),
            _ => return Err(not_emulated()),
        };
        Ok(Self {
            id: read.id,
            kind,
            input: Input::read(read.input, read.input_path, read.input_transformer)?,
            dead_letter_arn: read.dead_letter_config.and_then(|config| config.arn),
            arn: read.arn,
            given,
        })
    }
}

impl Events {
    pub(super) fn put_targets(&self, request: Put) -> Result<Value, ServiceError> {
        let targets: Vec<Target> =
            request.targets.into_iter().map(Target::read).collect::<Result<_, _>>().map_err(fault::validation)?;
        self.with_rule(request.event_bus_name.as_deref(), &request.rule, |rule| {
            let mut changed = rule.targets.clone();
            for target in targets {
                match changed.iter_mut().find(|known| known.id == target.id) {
                    Some(known) => *known = Arc::new(target),
                    None => changed.push(Arc::new(target)),
                }
            }
            if changed.len() > MAX_TARGETS {
                let sentence = "The requested resource exceeds the maximum number allowed.";
                return Err(crate::wire::json::fault("LimitExceededException", sentence));
            }
            Arc::make_mut(rule).targets = changed;
            Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
        })
    }

    pub(super) fn remove_targets(&self, request: &Remove) -> Result<Value, ServiceError> {
        self.with_rule(request.event_bus_name.as_deref(), &request.rule, |rule| {
            Arc::make_mut(rule).targets.retain(|target| !request.ids.contains(&target.id));
            Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
        })
    }

    pub(super) fn list_targets_by_rule(&self, request: &List) -> Result<Value, ServiceError> {
        let targets: Vec<Value> = self.with_rule(request.event_bus_name.as_deref(), &request.rule, |rule| {
            Ok(rule.targets.iter().map(|target| Value::from(target.given.clone())).collect())
        })?;
        let limit = request.limit.unwrap_or(100);
        let (targets, next) = page(targets, request.next_token.as_deref(), limit, fault::bad_token)?;
        let mut output = json!({"Targets": targets});
        if let Some(next) = next {
            output["NextToken"] = next.into();
        }
        Ok(output)
    }
}
