//! Task.

use std::sync::Arc;

use diagnostic::closest;

use crate::check::arn::{IntegrationFault, Pattern, integration_fault, is_activity, is_arn, pattern};
use crate::check::query::Scope;
use crate::check::sentences;
use crate::codes;
use crate::expression::Template;
use crate::integration;
use crate::model::{QueryLanguage, Seconds, Task};
use crate::parse::expression::{result_path, seconds, template};
use crate::parse::state::StateContext;
use crate::parse::{Context, NodeValue, Object, catch, retry};

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Task {
    let object = state.object;
    object.require(context, &["Resource"]);
    let parameters = match state.language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    let resource = resource(context, &object);
    let timeout = seconds(context, &object, "TimeoutSeconds", Some("TimeoutSecondsPath"), 1, state.language);
    let heartbeat = seconds(context, &object, "HeartbeatSeconds", Some("HeartbeatSecondsPath"), 1, state.language);
    advise_times(context, &object, &resource, timeout.as_ref(), heartbeat.as_ref());
    advise_parameters(context, &object, &resource, parameters);
    Task {
        credentials: credentials(context, &object, &resource, state.language),
        resource,
        parameters: template(context, &object, parameters, state.language, Scope::State),
        result_selector: template(context, &object, "ResultSelector", QueryLanguage::JsonPath, Scope::State),
        result_path: result_path(context, &object),
        timeout,
        heartbeat,
        retry: retry::parse(context, &object),
        catch: catch::parse(context, state),
    }
}

fn resource(context: &mut Context<'_>, object: &Object<'_>) -> Arc<str> {
    let Some(property) = object.get("Resource") else { return Arc::from("") };
    let resource = object.string(context, "Resource").unwrap_or_default();
    let place = object.place.field("Resource");
    let span = property.value.span.clone();
    if property.value.as_str().is_some() && !context.is_opaque(&property.value) {
        if !is_arn(resource) {
            context
                .schema(&place, span, sentences::NOT_AN_ARN)
                .set_help("an ARN has six parts: arn:partition:service:region:account:resource");
        } else if let Some(IntegrationFault { certain, help }) = integration_fault(resource) {
            if certain {
                context.schema(&place, span, sentences::unknown_resource(resource)).set_help(help);
            } else {
                let message = "AWS Step Functions may have no such integration";
                context.warn(codes::UNKNOWN_INTEGRATION, &place, span, message).set_help(help);
            }
        } else if context.options.express {
            let refusal = match pattern(resource) {
                _ if is_activity(resource) => Some(sentences::EXPRESS_ACTIVITY),
                Pattern::Sync => Some(sentences::EXPRESS_SYNC),
                Pattern::WaitForTaskToken => Some(sentences::EXPRESS_CALLBACK),
                Pattern::RequestResponse => None,
            };
            if let Some(refusal) = refusal {
                context.schema(&place, span, refusal).set_help("a Standard state machine can do this");
            }
        }
    }
    Arc::from(resource)
}

/// Warns of parameters that Step Functions does not pass on: the definition is accepted, but its execution fails when it
/// comes to the task.
fn advise_parameters(context: &mut Context<'_>, object: &Object<'_>, resource: &str, field: &str) {
    let integration = resource.splitn(3, ':').nth(2).and_then(|rest| rest.strip_prefix("states:::"));
    let Some((service, action)) = integration.and_then(|integration| integration.split_once(':')) else { return };
    let action = action.split('.').next().unwrap_or(action);
    let Some(known) = integration::parameters(service, action) else { return };
    let Some(NodeValue::Object(given)) = object.get(field).map(|property| &property.value.value) else { return };
    let place = object.place.field(field);
    for parameter in given {
        let name = parameter.key.strip_suffix(".$").unwrap_or(&parameter.key);
        if known.contains(&name) {
            continue;
        }
        let help = match closest(name, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("{service}:{action} has: {}", known.join(", ")),
        };
        context
            .warn(
                codes::UNKNOWN_PARAMETER,
                &place.field(&parameter.key),
                parameter.key_span.clone(),
                format!("The field \"{name}\" is not supported by Step Functions: the execution fails here"),
            )
            .set_help(help);
    }
}

/// `Credentials`: the role to call the resource with.
fn credentials(
    context: &mut Context<'_>,
    object: &Object<'_>,
    resource: &str,
    language: QueryLanguage,
) -> Option<Template> {
    const FIELD: &str = "Credentials";
    let property = object.get(FIELD)?;
    let place = object.place.field(FIELD);
    if is_activity(resource) {
        context.schema(&place, property.key_span.clone(), sentences::CREDENTIALS_OF_ACTIVITY);
    }
    let is_object = matches!(property.value.value, NodeValue::Object(_));
    if is_object && property.value.get("RoleArn").is_none() && property.value.get("RoleArn.$").is_none() {
        context.schema(&place, property.value.span.start..property.value.span.start + 1, sentences::ROLE_ARN_MISSING);
    }
    if !is_object && language == QueryLanguage::JsonPath {
        context.schema(&place, property.value.span.clone(), sentences::expected_type("OBJECT"));
    }
    template(context, object, FIELD, language, Scope::State)
}

/// Warns of times that let a task wait forever, or that can't matter.
fn advise_times(
    context: &mut Context<'_>,
    object: &Object<'_>,
    resource: &str,
    timeout: Option<&Seconds>,
    heartbeat: Option<&Seconds>,
) {
    if let (Some(Seconds::Literal(timeout)), Some(Seconds::Literal(heartbeat))) = (timeout, heartbeat)
        && heartbeat >= timeout
        && let Some(property) = object.get("HeartbeatSeconds")
    {
        context
            .warn(
                codes::HEARTBEAT_NOT_SMALLER,
                &object.place.field("HeartbeatSeconds"),
                property.value.span.clone(),
                format!("A heartbeat of {heartbeat} s can't be missed: the task times out after {timeout} s"),
            )
            .set_help("make 'HeartbeatSeconds' smaller than 'TimeoutSeconds'");
    }
    // A field that is there but broken has been reported.
    let limited = ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];
    if pattern(resource) == Pattern::WaitForTaskToken
        && !limited.iter().any(|field| object.has(field))
        && let Some(property) = object.get("Resource")
    {
        context
            .warn(
                codes::MISSING_TASK_TIMEOUT,
                &object.place.field("Resource"),
                property.value.span.clone(),
                "A task that waits for a token waits a year when nobody answers",
            )
            .set_help("add 'TimeoutSeconds' or 'HeartbeatSeconds'");
    }
}
