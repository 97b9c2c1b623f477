//! `mock`: what stands for the work of the state.

use std::sync::Arc;

use asl::model::{Map, StateKind, Task};
use machine::{Document, ErrorCause, Pattern, Resource, TaskOutcome, error_name};
use serde_json::Value;

use super::request::{ErrorOutput, FieldValidation, MockInput, Request};
use super::schema;
use super::subject::Subject;
use crate::error::ApiError;

/// What the state's work comes to.
pub(super) enum Mocked {
    Result(Document),
    Error(ErrorCause),
}

impl Mocked {
    /// As the end of a task.
    pub(super) fn outcome(self) -> TaskOutcome {
        match self {
            Self::Result(result) => TaskOutcome::Succeeded(result),
            Self::Error(ErrorCause { error, cause }) if error.as_deref() == Some(error_name::TIMEOUT) => {
                TaskOutcome::TimedOut { error, cause }
            }
            Self::Error(ErrorCause { error, cause }) => TaskOutcome::Failed { error, cause },
        }
    }
}

/// The mock of the request, if the state may have one, or none if the state needs none. The sentences are recorded in
/// `test_state/state_mock_validation--*` and `test_state/test_state_mock_scenarios--*` where nothing else is said.
pub(super) fn checked(request: &Request, subject: &Subject) -> Result<Option<Mocked>, ApiError> {
    let kind = &subject.state().kind;
    let Some(mock) = &request.mock else {
        return without(request, kind).map(|()| None);
    };
    if !matches!(kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_)) {
        let name = kind.type_name();
        return Err(ApiError::validation(format!("State type '{name}' is not supported when a mock is specified")));
    }
    if request.reveal_secrets == Some(true) {
        return Err(ApiError::validation("TestState does not support RevealSecrets when a mock is specified."));
    }
    configuration(request, subject)?;
    match (&mock.result, &mock.error_output) {
        (Some(_), Some(_)) => Err(ApiError::validation(
            "A test mock should have only one of the following fields: [result, errorOutput].",
        )),
        (None, None) => {
            Err(ApiError::validation("A test mock should have one of the following fields: [result, errorOutput]."))
        }
        (None, Some(output)) => Ok(Some(Mocked::Error(error(output)?))),
        (Some(text), None) => Ok(Some(Mocked::Result(result(text, mock, kind)?))),
    }
}

/// What a state needs that has no mock.
fn without(request: &Request, kind: &StateKind) -> Result<(), ApiError> {
    match kind {
        StateKind::Parallel(_) | StateKind::Map(_) => Err(ApiError::bad_request(
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, \
             Succeed, Fail, Choice]",
        )),
        StateKind::Task(task) => {
            // What is not supported is listed in the API reference; the sentence is our own.
            if Resource::parse(&task.resource).is_some_and(|resource| resource.has_token() || resource.is_submitted()) {
                return Err(ApiError::bad_request(
                    "InvalidDefinition",
                    "TestState API supports activities and the service integration patterns '.sync' and \
                     '.waitForTaskToken' only when a mock is specified.",
                ));
            }
            if request.role_arn.is_none() {
                return Err(ApiError::validation("RoleArn must be specified when testing a Task state"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `stateConfiguration` must be about the state.
fn configuration(request: &Request, subject: &Subject) -> Result<(), ApiError> {
    let Some(configuration) = &request.state_configuration else { return reader_data(subject, None) };
    if let Some(name) = &configuration.error_caused_by_state
        && subject.inner(name).is_none()
    {
        return Err(ApiError::validation(format!(
            "The state '{name}' of errorCausedByState is not in the Map or Parallel state under test."
        )));
    }
    reader_data(subject, configuration.map_item_reader_data.as_deref())
}

fn reader_data(subject: &Subject, data: Option<&str>) -> Result<(), ApiError> {
    match &subject.state().kind {
        StateKind::Map(map) if data.is_none() && reads(map) => Err(ApiError::validation(
            "ItemReader data must be specified when testing a Map state with ItemReader specified.",
        )),
        _ => Ok(()),
    }
}

fn reads(map: &Map) -> bool {
    map.distributed.as_ref().is_some_and(|distributed| distributed.item_reader.is_some())
}

fn error(output: &ErrorOutput) -> Result<ErrorCause, ApiError> {
    match &output.error {
        Some(error) => {
            Ok(ErrorCause { error: Some(error.as_str().into()), cause: output.cause.as_deref().map(Into::into) })
        }
        None => Err(ApiError::validation("An error was not specified in the mocked error output.")),
    }
}

fn result(text: &str, mock: &MockInput, kind: &StateKind) -> Result<Document, ApiError> {
    let result = Document::parse(text).map_err(|_| ApiError::validation("Mocked result must be valid JSON"))?;
    match kind {
        StateKind::Parallel(parallel) => match result.value() {
            Value::Array(items) if items.len() == parallel.branches.len() => {}
            Value::Array(_) => {
                return Err(ApiError::validation(
                    "Mocked result must contain the same number of items as number of Parallel branches.",
                ));
            }
            _ => return Err(ApiError::validation("Mocked result must be an array.")),
        },
        StateKind::Map(map) => {
            // What is written elsewhere leaves an object that says where.
            let exports = map.distributed.as_ref().is_some_and(|distributed| {
                distributed.result_writer.as_ref().is_some_and(|writer| writer.resource.is_some())
            });
            match result.value() {
                Value::Object(_) if exports => {}
                _ if exports => return Err(ApiError::validation("Mocked result must be a JSON object.")),
                Value::Array(_) => {}
                _ => return Err(ApiError::validation("Mocked result must be an array.")),
            }
        }
        StateKind::Task(task) => answer(task, result.value(), mock.validation())?,
        _ => {}
    }
    Ok(result)
}

/// A task's result must be what its service answers.
fn answer(task: &Task, result: &Value, mode: FieldValidation) -> Result<(), ApiError> {
    let Some(Resource::Service { service, action, pattern, .. }) = Resource::parse(&task.resource) else {
        // A function or a worker answers what it likes.
        return Ok(());
    };
    // Nor is there a model of what whoever has the task token answers, and of what a job leaves.
    if mode == FieldValidation::None || pattern == Pattern::WaitForTaskToken {
        return Ok(());
    }
    let Some((service, action)) = operation(&service, &action, pattern) else { return Ok(()) };
    schema::check(&service, &action, result, mode)
        .map_err(|reason| ApiError::validation(format!("Mock result schema validation error: {reason}")))
}

/// The service and operation whose answer is the task's result. None: the result is no answer of an operation.
fn operation(service: &str, action: &str, pattern: Pattern) -> Option<(Arc<str>, Arc<str>)> {
    if let Some(service) = service.strip_prefix("aws-sdk:") {
        return Some((service.into(), action.into()));
    }
    // Optimized integrations (<https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>).
    let service = match service {
        "apigateway" | "http" | "eks" => return None,
        "states" => "sfn",
        "events" => "eventbridge",
        "elasticmapreduce" => "emr",
        "bedrock" if action == "invokeModel" => return None,
        other => other,
    };
    if pattern != Pattern::Sync {
        return Some((service.replace('-', "").into(), action.into()));
    }
    // What a job comes to is told by another operation than the one that began it.
    (action == "startExecution.sync").then(|| (service.into(), "describeExecution".into()))
}
