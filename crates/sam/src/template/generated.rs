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
pub(super) struct Plan {
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

/// A declared resource, as far as it decides what is generated.
struct Declared<'n> {
    id: &'n str,
    type_name: &'n str,
    own: Option<&'n Node>,
    globals: Option<&'n Node>,
}

impl<'n> Declared<'n> {
    fn new(skeleton: &Skeleton<'n>, globals: Option<&'n Node>) -> Self {
        let section = skeleton.type_name.strip_prefix("AWS::Serverless::");
        Self {
            id: skeleton.logical_id,
            type_name: skeleton.type_name,
            own: skeleton.body.get("Properties"),
            globals: globals.zip(section).and_then(|(globals, section)| globals.get(section)),
        }
    }

    fn get(&self, property: &str) -> Option<&'n Node> {
        let own = self.own.and_then(|properties| properties.get(property));
        own.or_else(|| self.globals?.get(property))
    }

    fn has(&self, property: &str) -> bool {
        self.get(property).is_some()
    }

    /// The text of a property, when it is written as such.
    fn literal(&self, property: &str) -> Option<&'n str> {
        match &self.get(property)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Each event with its type, and whether it names the API it belongs to.
    fn events(&self) -> impl Iterator<Item = (&'n str, &'n str, bool)> {
        let events = self.get("Events").map_or(&[][..], Node::entries).iter();
        events.filter_map(|Entry { key, value, .. }| {
            let Data::Text(kind) = &value.get("Type")?.data else { return None };
            let properties = value.get("Properties");
            let named = properties.is_some_and(|node| node.get("RestApiId").or_else(|| node.get("ApiId")).is_some());
            Some((key.as_str(), kind.as_str(), named))
        })
    }
}

/// What SAM generates for some resources.
pub(super) fn plan<'n>(skeletons: &[Skeleton<'n>], globals: Option<&'n Node>) -> Vec<Plan> {
    let mut plans = Vec::new();
    for resource in skeletons.iter().map(|skeleton| Declared::new(skeleton, globals)) {
        match resource.type_name {
            FUNCTION | STATE_MACHINE => of_caller(&resource, &mut plans),
            REST_API | HTTP_API => plans.push(match resource.literal("StageName") {
                Some(stage) => stage_of(resource.id, stage),
                None if resource.has("StageName") => {
                    // A stage that a function names isn't a part of the logical id.
                    let mut plan = Plan::new(format!("{}Stage", resource.id), STAGE, resource.id);
                    plan.copied = &[("StageName", "StageName")];
                    plan
                }
                None => stage_of(resource.id, "$default"),
            }),
            _ => {}
        }
    }
    plans
}

/// What is generated for a function or a state machine.
fn of_caller(resource: &Declared<'_>, plans: &mut Vec<Plan>) {
    let id = resource.id;
    let is_function = resource.type_name == FUNCTION;
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
pub(super) fn name(plans: &[Plan], skeletons: &[Skeleton<'_>], scope: &mut Scope) {
    for plan in plans {
        scope.resources.insert(plan.logical_id.clone(), types::known(plan.type_name));
    }
    for skeleton in skeletons {
        scope.resources.insert(skeleton.logical_id.to_owned(), skeleton.kind);
    }
}

/// Adds the generated resources behind the declared ones, unless a declared one has the same logical id.
pub(super) fn add(plans: Vec<Plan>, resources: &mut Vec<Resource>) {
    let mut index: HashMap<String, usize> =
        resources.iter().enumerate().map(|(at, resource)| (resource.logical_id.clone(), at)).collect();
    for plan in plans {
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
