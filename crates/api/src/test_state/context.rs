//! `context`: a context object that stands for the execution's own.

use asl::model::StateKind;
use machine::{Pattern, Resource};
use serde_json::{Map, Value};

use super::object;
use super::request::Request;
use super::subject::Subject;
use crate::error::ApiError;

/// What a member of the context object has to be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Any,
}

/// The members that a context object may have
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>), but for `Map`.
const MEMBERS: [(&str, &[(&str, Kind)]); 4] = [
    (
        "Execution",
        &[
            ("Id", Kind::Text),
            ("Input", Kind::Any),
            ("Name", Kind::Text),
            ("RoleArn", Kind::Text),
            ("StartTime", Kind::Text),
            ("RedriveCount", Kind::Number),
            ("RedriveTime", Kind::Text),
        ],
    ),
    ("State", &[("EnteredTime", Kind::Text), ("Name", Kind::Text), ("RetryCount", Kind::Number)]),
    ("StateMachine", &[("Id", Kind::Text), ("Name", Kind::Text)]),
    ("Task", &[("Token", Kind::Text)]),
];

/// The context object of the request. The sentences are recorded in `test_state/state_context_object--*`, as far as they are.
pub(super) fn checked(request: &Request, subject: &Subject) -> Result<Option<Map<String, Value>>, ApiError> {
    let Some(text) = &request.context else { return Ok(None) };
    if request.mock.is_none() {
        return Err(ApiError::validation("A Context object can only be specified when a mock is specified."));
    }
    let context = object(text).ok_or_else(|| invalid("Context object must be a valid JSON object"))?;
    for (name, value) in &context {
        if name == "Map" {
            return Err(invalid("'Map' field is not supported when mocking a Context object"));
        }
        let (_, members) = MEMBERS.iter().find(|(known, _)| known == name).ok_or_else(|| not_allowed(name))?;
        let Value::Object(found) = value else { return Err(invalid(&format!("{name} must be an object"))) };
        if name == "Task" && !has_task(subject) {
            return Err(invalid(
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' \
                 service integration pattern",
            ));
        }
        for (member, value) in found {
            let (_, kind) = members.iter().find(|(known, _)| known == member).ok_or_else(|| not_allowed(member))?;
            let wanted = match kind {
                Kind::Text if !value.is_string() => "a string",
                Kind::Number if !value.is_number() => "a number",
                _ => continue,
            };
            return Err(invalid(&format!("{name}.{member} must be {wanted}")));
        }
    }
    Ok(Some(context))
}

/// Whether the context object of the state has a member `Task`.
fn has_task(subject: &Subject) -> bool {
    let StateKind::Task(task) = &subject.state().kind else { return false };
    let pattern = Resource::parse(&task.resource).and_then(|resource| match resource {
        Resource::Service { pattern, .. } => Some(pattern),
        _ => None,
    });
    pattern.is_some_and(|pattern| pattern != Pattern::RequestResponse)
}

fn not_allowed(member: &str) -> ApiError {
    invalid(&format!("Field '{member}' is not allowed"))
}

fn invalid(reason: &str) -> ApiError {
    ApiError::validation(format!("Invalid Context object provided: {reason}"))
}
