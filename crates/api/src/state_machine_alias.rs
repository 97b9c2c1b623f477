//! Aliases: `CreateStateMachineAlias`, `UpdateStateMachineAlias`, `DeleteStateMachineAlias`, `DescribeStateMachineAlias`,
//! `ListStateMachineAliases`. The refusals are recorded in `sfn_api_aliasing/*`.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, DESCRIPTION, NAME};
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN};
use crate::registry::{Alias, Machine, Route, version_number};
use crate::reply::{Date, EMPTY, reply};

const LIST: &str = "aliases";

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Routing {
    #[serde(default)]
    state_machine_version_arn: String,
    #[serde(default)]
    weight: i64,
}

/// Adds the constraints on a routing configuration.
fn routing_constraints(constraints: &mut Constraints, routing: &[Routing]) {
    let shown: Vec<_> = routing
        .iter()
        .map(|route| {
            let Routing { state_machine_version_arn, weight } = route;
            format!("RoutingConfigurationListItem(stateMachineVersionArn={state_machine_version_arn}, weight={weight})")
        })
        .collect();
    let shown = format!("[{}]", shown.join(", "));
    constraints
        .must(!routing.is_empty(), "routingConfiguration", &shown, "Member must have length greater than or equal to 1")
        .must(routing.len() <= 2, "routingConfiguration", &shown, "Member must have length less than or equal to 2");
    for (index, route) in (1..).zip(routing) {
        let member = |name: &str| format!("routingConfiguration.{index}.member.{name}");
        constraints.length(&member("stateMachineVersionArn"), Some(&route.state_machine_version_arn), (1, ARN)).range(
            &member("weight"),
            Some(route.weight),
            (0, 100),
        );
    }
}

/// The ARN of the state machine whose versions these are, and the routes.
fn routes(routing: &[Routing]) -> Result<(&str, Vec<Route>), ApiError> {
    let arns: Vec<_> = routing.iter().map(|route| &*route.state_machine_version_arn).collect();
    let received = || format!("Received: [{}]", arns.join(", "));
    let named = arns.iter().map(|text| arn::state_machine(text)).collect::<Result<Vec<_>, _>>()?;
    let versions: Option<Vec<u64>> = named.iter().map(|named| version_number(named.qualifier?)).collect();
    let Some(versions) = versions else {
        let message = format!("Routing configuration must contain state machine version ARNs. {}", received());
        return Err(ApiError::validation(message));
    };
    if arns.len() == 2 && arns[0] == arns[1] {
        let message = format!("Routing configuration must contain distinct state machine version ARNs. {}", received());
        return Err(ApiError::validation(message));
    }
    let base = named.first().map_or("", |named| named.base);
    if named.iter().any(|named| named.base != base) {
        let message = format!("Routing configuration must contain versions of one state machine. {}", received());
        return Err(ApiError::validation(message));
    }
    let weights: Vec<_> = routing.iter().map(|route| route.weight).collect();
    if weights.iter().sum::<i64>() != 100 {
        let message = format!("Sum of routing configuration weights must equal 100. Received: {weights:?}");
        return Err(ApiError::validation(message));
    }
    let routes = versions.into_iter().zip(weights).map(|(version, weight)| Route { version, weight: weight as u8 });
    Ok((base, routes.collect()))
}

fn check_versions(machine: &Machine, routes: &[Route]) -> Result<(), ApiError> {
    if routes.iter().all(|route| machine.versions.contains_key(&route.version)) { Ok(()) } else { Err(not_found()) }
}

/// Recorded in `sfn_api_aliasing--update_no_such_alias_arn`.
fn not_found() -> ApiError {
    ApiError::bad_request("ResourceNotFound", "Request references a resource that does not exist.")
}

/// A name of an alias has something besides digits, so that it is told from a version.
fn is_name(name: &str) -> bool {
    let in_pattern = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
    name.chars().all(in_pattern) && name.contains(|char: char| !char.is_ascii_digit())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    state_machine_alias_arn: &'a str,
    creation_date: Date,
}

impl<'a> Item<'a> {
    fn of(alias: &'a Alias) -> Self {
        Self { state_machine_alias_arn: &alias.arn, creation_date: Date(alias.created_at) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    state_machine_alias_arn: Option<String>,
}

impl One {
    fn read(body: &[u8]) -> Result<String, ApiError> {
        let Self { state_machine_alias_arn } = request(body)?;
        Constraints::default()
            .required("stateMachineAliasArn", state_machine_alias_arn.as_deref(), (1, ARN))
            .check()?;
        Ok(state_machine_alias_arn.unwrap_or_default())
    }
}

/// The state machine and the alias that an ARN names.
fn parts(text: &str) -> Result<(&str, &str), ApiError> {
    let named = arn::state_machine(text)?;
    let alias = named.qualifier.filter(|qualifier| version_number(qualifier).is_none());
    let alias =
        alias.ok_or_else(|| ApiError::validation(format!("The ARN '{text}' names no alias of a state machine.")))?;
    Ok((named.base, alias))
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html>
    pub(crate) fn create_state_machine_alias(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            name: Option<String>,
            description: Option<String>,
            routing_configuration: Option<Vec<Routing>>,
        }
        let Request { name, description, routing_configuration } = request(body)?;
        let mut constraints = Constraints::default();
        constraints
            .required("name", name.as_deref(), (1, NAME))
            .length("description", description.as_deref(), (0, DESCRIPTION))
            .present("routingConfiguration", routing_configuration.is_some());
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            constraints.must(
                is_name(name),
                "name",
                &name,
                r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
            );
        }
        if let Some(routing) = &routing_configuration {
            routing_constraints(&mut constraints, routing);
        }
        constraints.check()?;
        let name: Arc<str> = name.unwrap_or_default().into();
        let routing = routing_configuration.unwrap_or_default();
        let (base, routes) = routes(&routing)?;
        let now = self.runtime.now();
        let alias = self.registry.change(base, |known, position| {
            let mut machine = Machine::clone(known.ok_or_else(not_found)?);
            check_versions(&machine, &routes)?;
            if let Some(known) = machine.aliases.get(&name).cloned() {
                // The same again is the same (`sfn_api_aliasing--idempotent_create_alias`).
                if known.routes == routes && known.description == description {
                    return Ok((Some(machine), known));
                }
                let message = format!("Alias '{}' already exists with a different description or routing.", known.arn);
                return Err(ApiError::bad_request("ConflictException", message));
            }
            let alias = Arc::new(Alias {
                arn: format!("{base}:{name}").into(),
                name: name.clone(),
                description,
                routes,
                created_at: now,
                updated_at: now,
                position,
            });
            machine.aliases.insert(name, alias.clone());
            Ok((Some(machine), alias))
        })?;
        Ok(reply(&Item::of(&alias)))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html>
    pub(crate) fn update_state_machine_alias(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_alias_arn: Option<String>,
            description: Option<String>,
            routing_configuration: Option<Vec<Routing>>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            update_date: Date,
        }
        let Request { state_machine_alias_arn, description, routing_configuration } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("stateMachineAliasArn", state_machine_alias_arn.as_deref(), (1, ARN)).length(
            "description",
            description.as_deref(),
            (0, DESCRIPTION),
        );
        if let Some(routing) = &routing_configuration {
            routing_constraints(&mut constraints, routing);
        }
        constraints.check()?;
        let text = state_machine_alias_arn.unwrap_or_default();
        let (base, name) = parts(&text)?;
        if description.is_none() && routing_configuration.is_none() {
            let message = "Either the description or the routing configuration must be specified";
            return Err(ApiError::validation(message));
        }
        let routes = routing_configuration.as_deref().map(routes).transpose()?;
        if routes.as_ref().is_some_and(|(of, _)| *of != base) {
            return Err(ApiError::validation(
                "Routing configuration must contain versions of the alias's state machine.",
            ));
        }
        let now = self.runtime.now();
        self.registry.change(base, |known, _| {
            let mut machine = Machine::clone(known.ok_or_else(not_found)?);
            let known = machine.aliases.get(name).ok_or_else(not_found)?;
            let mut alias = Alias { updated_at: now, ..Alias::clone(known) };
            if let Some(description) = description {
                alias.description = Some(description);
            }
            if let Some((_, routes)) = routes {
                check_versions(&machine, &routes)?;
                alias.routes = routes;
            }
            machine.aliases.insert(alias.name.clone(), Arc::new(alias));
            Ok::<_, ApiError>((Some(machine), ()))
        })?;
        Ok(reply(&Answer { update_date: Date(now) }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html>. One that is not
    /// there is deleted well (recorded in `sfn_api_aliasing--delete_no_such_alias_arn`).
    pub(crate) fn delete_state_machine_alias(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let text = One::read(body)?;
        let (base, name) = parts(&text)?;
        self.registry.change(base, |known, _| {
            let machine = known.cloned().map(|mut machine| {
                machine.aliases.remove(name);
                machine
            });
            Ok::<_, ApiError>((machine, ()))
        })?;
        Ok(EMPTY)
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html>
    pub(crate) fn describe_state_machine_alias(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            state_machine_alias_arn: &'a str,
            name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: Option<&'a str>,
            routing_configuration: Vec<Routing>,
            creation_date: Date,
            update_date: Date,
        }
        let text = One::read(body)?;
        let (base, name) = parts(&text)?;
        let machine = self.registry.find(base).ok_or_else(not_found)?;
        let alias = machine.aliases.get(name).ok_or_else(not_found)?;
        let routing = alias.routes.iter().map(|route| Routing {
            state_machine_version_arn: format!("{base}:{}", route.version),
            weight: route.weight.into(),
        });
        Ok(reply(&Answer {
            state_machine_alias_arn: &alias.arn,
            name: &alias.name,
            description: alias.description.as_deref(),
            routing_configuration: routing.collect(),
            creation_date: Date(alias.created_at),
            update_date: Date(alias.updated_at),
        }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html>: in the order of
    /// their creation; of a version, those that lead to it.
    pub(crate) fn list_state_machine_aliases(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_arn: Option<String>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            state_machine_aliases: Vec<Item<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
        let Request { state_machine_arn, max_results, next_token } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("stateMachineArn", state_machine_arn.as_deref(), (1, ARN));
        Page::constraints(&mut constraints, max_results, next_token.as_deref(), TOKEN);
        constraints.check()?;
        let text = state_machine_arn.unwrap_or_default();
        let named = arn::state_machine(&text)?;
        let page = Page::read(LIST, max_results, next_token.as_deref())?;
        let missing = || ApiError::no_state_machine(&text);
        let machine = self.registry.find(named.base).ok_or_else(missing)?;
        let aliases = match named.qualifier {
            None => {
                let mut aliases: Vec<_> = machine.aliases.values().collect();
                aliases.sort_by_key(|alias| alias.position);
                aliases
            }
            Some(qualifier) => machine.aliases_of(version_number(qualifier).ok_or_else(missing)?),
        };
        let (aliases, next_token) = page.cut(LIST, aliases, |alias| alias.position);
        let state_machine_aliases = aliases.into_iter().map(|alias| Item::of(alias)).collect();
        Ok(reply(&Answer { state_machine_aliases, next_token }))
    }
}
