//! What SAM generates beside the declared resources, as far as a template can refer to it or a local run needs it.
//!
//! The logical ids are those that aws-sam-translator 1.115 gives.

use std::collections::HashMap;

use super::Resource;
use super::resource::{Ignored, Skeleton};
use crate::expression::{Expression, Form, Pair, Scope};
use crate::intrinsic::{Call, Ref};
use crate::resource::{self as types, ROLE};
use crate::syntax::{Data, Entry, Node, Place};

/// The API of the functions' `Api` events that name none.
pub(crate) const IMPLICIT_REST_API: &str = "ServerlessRestApi";
/// The same for `HttpApi` events.
pub(crate) const IMPLICIT_HTTP_API: &str = "ServerlessHttpApi";

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";
const REST_API: &str = "AWS::Serverless::Api";
const HTTP_API: &str = "AWS::Serverless::HttpApi";
const STAGE: &str = "AWS::ApiGateway::Stage";

/// One generated resource.
struct Plan {
    logical_id: String,
    type_name: &'static str,
    owner: String,
    /// Properties copied from the owner: the generated resource's name of each, and the owner's.
    copied: &'static [(&'static str, &'static str)],
    /// Properties with fixed values.
    fixed: Vec<(&'static str, String)>,
    /// The property that refers to the owner.
    refers: Option<&'static str>,
}

impl Plan {
    fn new(logical_id: String, type_name: &'static str, owner: &str) -> Self {
        Self { logical_id, type_name, owner: owner.to_owned(), copied: &[], fixed: Vec::new(), refers: None }
    }
}

/// What plans need to know of a resource; both before and after it is compiled.
trait Declared {
    fn id(&self) -> &str;
    fn type_name(&self) -> &str;
    fn has(&self, property: &str) -> bool;
    /// The text of a property, when it is written as such.
    fn literal(&self, property: &str) -> Option<&str>;
    /// Each event with its type, and whether it names the API it belongs to.
    fn events(&self) -> Vec<(&str, &str, bool)>;
}

impl Declared for Skeleton<'_> {
    fn id(&self) -> &str {
        self.logical_id
    }

    fn type_name(&self) -> &str {
        self.type_name
    }

    fn has(&self, property: &str) -> bool {
        self.body.get("Properties").is_some_and(|properties| properties.get(property).is_some())
    }

    fn literal(&self, property: &str) -> Option<&str> {
        match &self.body.get("Properties")?.get(property)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    fn events(&self) -> Vec<(&str, &str, bool)> {
        let events = self.body.get("Properties").and_then(|properties| properties.get("Events"));
        let events = events.map_or(&[][..], Node::entries).iter().filter_map(|Entry { key, value, .. }| {
            let Data::Text(kind) = &value.get("Type")?.data else { return None };
            let properties = value.get("Properties");
            let named = properties.is_some_and(|node| node.get("RestApiId").or_else(|| node.get("ApiId")).is_some());
            Some((key.as_str(), kind.as_str(), named))
        });
        events.collect()
    }
}

impl Declared for Resource {
    fn id(&self) -> &str {
        &self.logical_id
    }

    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn has(&self, property: &str) -> bool {
        self.properties.get(property).is_some()
    }

    fn literal(&self, property: &str) -> Option<&str> {
        self.properties.get(property)?.literal_text()
    }

    fn events(&self) -> Vec<(&str, &str, bool)> {
        let events = self.properties.get("Events").map_or(&[][..], Expression::pairs);
        let events = events.iter().filter_map(|Pair { key, value, .. }| {
            let kind = value.get("Type")?.literal_text()?;
            let properties = value.get("Properties");
            let named = properties.is_some_and(|map| map.get("RestApiId").or_else(|| map.get("ApiId")).is_some());
            Some((key.as_str(), kind, named))
        });
        events.collect()
    }
}

fn plans<'r, D: Declared + 'r>(resources: impl Iterator<Item = &'r D>) -> Vec<Plan> {
    let mut plans = Vec::new();
    for resource in resources {
        let id = resource.id();
        match resource.type_name() {
            FUNCTION | STATE_MACHINE => of_caller(resource, &mut plans),
            REST_API | HTTP_API => plans.push(match resource.literal("StageName") {
                Some(stage) => stage_of(id, stage),
                None if resource.has("StageName") => {
                    // A stage that a function names isn't a part of the logical id.
                    let mut plan = Plan::new(format!("{id}Stage"), STAGE, id);
                    plan.copied = &[("StageName", "StageName")];
                    plan
                }
                None => stage_of(id, "$default"),
            }),
            _ => {}
        }
    }
    plans
}

/// What is generated for a function or a state machine.
fn of_caller(resource: &impl Declared, plans: &mut Vec<Plan>) {
    let id = resource.id();
    let is_function = resource.type_name() == FUNCTION;
    if !resource.has("Role") {
        let mut role = Plan::new(format!("{id}Role"), ROLE, id);
        role.copied = &[
            ("AssumeRolePolicyDocument", "AssumeRolePolicyDocument"),
            ("Path", "RolePath"),
            ("PermissionsBoundary", "PermissionsBoundary"),
            ("Policies", "Policies"),
        ];
        plans.push(role);
    }
    if let Some(alias) = resource.literal("AutoPublishAlias") {
        let type_name = if is_function { "AWS::Lambda::Alias" } else { "AWS::StepFunctions::StateMachineAlias" };
        let mut plan = Plan::new(format!("{id}Alias{alias}"), type_name, id);
        plan.fixed = vec![("Name", alias.to_owned())];
        plan.refers = Some(if is_function { "FunctionName" } else { "StateMachineArn" });
        plans.push(plan);
        if !is_function {
            let mut plan = Plan::new(format!("{id}Version"), "AWS::StepFunctions::StateMachineVersion", id);
            plan.refers = Some("StateMachineArn");
            plans.push(plan);
        }
    }
    if is_function && resource.has("FunctionUrlConfig") {
        plans.push(Plan::new(format!("{id}Url"), "AWS::Lambda::Url", id));
    }
    for (event, kind, names_api) in resource.events() {
        let generated = match kind {
            "SQS" | "DynamoDB" | "Kinesis" => "AWS::Lambda::EventSourceMapping",
            "SNS" => "AWS::SNS::Subscription",
            "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => "AWS::Events::Rule",
            "ScheduleV2" => "AWS::Scheduler::Schedule",
            "Api" | "HttpApi" if !names_api => {
                let (api, type_name, stage) = if kind == "Api" {
                    (IMPLICIT_REST_API, REST_API, Some("Prod"))
                } else {
                    (IMPLICIT_HTTP_API, HTTP_API, None)
                };
                let mut plan = Plan::new(api.to_owned(), type_name, id);
                plan.fixed = stage.map(|stage| ("StageName", stage.to_owned())).into_iter().collect();
                plans.push(plan);
                plans.push(stage_of(api, stage.unwrap_or("$default")));
                continue;
            }
            _ => continue,
        };
        plans.push(Plan::new(format!("{id}{event}"), generated, id));
        if !is_function {
            // What starts a state machine needs a role of its own.
            plans.push(Plan::new(format!("{id}{event}Role"), ROLE, id));
        }
    }
}

fn stage_of(api: &str, stage: &str) -> Plan {
    let part = if stage == "$default" { "ApiGatewayDefault" } else { stage };
    let mut plan = Plan::new(format!("{api}{part}Stage"), STAGE, api);
    plan.fixed = vec![("StageName", stage.to_owned())];
    plan
}

/// Adds the names of all resources to a scope.
pub(super) fn name(skeletons: &[Skeleton<'_>], scope: &mut Scope) {
    for plan in plans(skeletons.iter()) {
        scope.resources.insert(plan.logical_id, types::known(plan.type_name));
    }
    for skeleton in skeletons {
        scope.resources.insert(skeleton.logical_id.to_owned(), skeleton.kind);
    }
}

/// Adds the generated resources behind the declared ones, unless a declared one has the same logical id.
pub(super) fn add(resources: &mut Vec<Resource>) {
    let mut index: HashMap<String, usize> =
        resources.iter().enumerate().map(|(at, resource)| (resource.logical_id.clone(), at)).collect();
    for plan in plans(resources.iter()) {
        if index.contains_key(&plan.logical_id) {
            continue;
        }
        // A stage's owner may be an implicit API, which has been added just before.
        let Some(owner) = index.get(&plan.owner).map(|at| &resources[*at]) else { continue };
        index.insert(plan.logical_id.clone(), resources.len());
        let place = owner.place;
        let copied = plan.copied.iter().filter_map(|(name, from)| {
            let value = owner.properties.get(from)?.clone();
            Some(Pair { key: (*name).to_owned(), key_place: place, value })
        });
        let fixed = plan.fixed.into_iter().map(|(name, text)| Pair {
            key: name.to_owned(),
            key_place: place,
            value: Expression::new(place, Form::Scalar(Data::Text(text))),
        });
        let refers = plan.refers.map(|name| Pair {
            key: name.to_owned(),
            key_place: place,
            value: Expression::new(place, Form::Call(Box::new(Call::Ref(Ref::Resource(plan.owner))))),
        });
        let properties = copied.chain(fixed).chain(refers).collect();
        let resource = generated(plan.logical_id, plan.type_name, place, properties, owner);
        resources.push(resource);
    }
}

fn generated(logical_id: String, type_name: &str, place: Place, properties: Vec<Pair>, owner: &Resource) -> Resource {
    // An implicit API belongs to all functions that use it, so that no one's condition is its own.
    let is_shared = logical_id == IMPLICIT_REST_API || logical_id == IMPLICIT_HTTP_API;
    Resource {
        logical_id,
        place,
        type_name: type_name.to_owned(),
        type_place: place,
        kind: types::known(type_name),
        properties: Expression::new(place, Form::Map(properties)),
        metadata: None,
        condition: if is_shared { None } else { owner.condition.clone() },
        depends_on: Vec::new(),
        ignored_globals: Ignored::Some(Vec::new()),
        owner: Some(owner.logical_id.clone()),
    }
}
