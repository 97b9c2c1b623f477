//! `StartExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use machine::Document;
use machine::limits::MAX_PAYLOAD_BYTES;
use runtime::{Runtime, RuntimeError};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::StateMachine;
use crate::error::{ApiError, request};
use crate::state_machine::StateMachines;

/// The most characters of an execution's name, as the API reference has it.
const MAX_NAME_LENGTH: usize = 80;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    state_machine_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
}

/// Starts executions. Standard ones that the caller names are started one after the other, so that two of one name can't both find
/// that there is none.
pub(crate) struct Starter {
    machines: Arc<dyn StateMachines>,
    /// When executions that were named were started, by their ARN.
    named: Mutex<HashMap<Arc<str>, Timestamp>>,
}

impl Starter {
    pub(crate) fn new(machines: Arc<dyn StateMachines>) -> Self {
        Self { machines, named: Mutex::default() }
    }

    pub(crate) async fn start(&self, runtime: &Runtime, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { state_machine_arn, name, input } = request(body)?;
        let arn = state_machine_arn.ok_or_else(|| ApiError::missing("stateMachineArn"))?;
        if let Some(name) = &name {
            check_name(name)?;
        }
        check_arn(&arn)?;
        let input = read_input(input.as_deref().unwrap_or("{}"))?;
        let machine = self.machines.find(&arn).ok_or_else(|| {
            ApiError::bad_request("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
        })?;
        // Nobody else asks for a name that is made up here, and Express executions may share theirs.
        if let (Some(name), false) = (&name, machine.express) {
            return self.start_named(runtime, &machine, name, input).await;
        }
        let name = name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let execution = runtime.start(machine.execution(&name, input)).await.map_err(broken)?;
        Ok(answer(&execution.identity.execution_arn, runtime.now()))
    }

    async fn start_named(
        &self,
        runtime: &Runtime,
        machine: &StateMachine,
        name: &str,
        input: Document,
    ) -> Result<Bytes, ApiError> {
        let start = machine.execution(name, input.clone());
        let arn = start.execution_arn.clone();
        let mut named = self.named.lock().await;
        // An execution of before this process is in the journal only.
        let known = runtime.journal().header(&arn).map_err(|error| broken(error.into()))?;
        let Some(known) = known else {
            runtime.start(start).await.map_err(broken)?;
            let started = runtime.now();
            named.insert(arn.clone(), started);
            return Ok(answer(&arn, started));
        };
        // The same name with the same input is the same execution, as long as it runs.
        let runs = runtime.execution(&arn).is_some_and(|execution| execution.outcome().is_none());
        if !runs || known.input != input {
            return Err(ApiError::bad_request("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'")));
        }
        let started = if let Some(started) = named.get(&arn) {
            *started
        } else {
            let entries = runtime.journal().entries(&arn).map_err(|error| broken(error.into()))?;
            entries.first().map_or_else(|| runtime.now(), |entry| entry.at)
        };
        Ok(answer(&arn, started))
    }
}

/// Dates are seconds since 1970, with milliseconds behind the point.
fn answer(execution_arn: &str, started: Timestamp) -> Bytes {
    let seconds = started.as_millisecond() as f64 / 1000.0;
    json!({"executionArn": execution_arn, "startDate": seconds}).to_string().into()
}

fn broken(error: RuntimeError) -> ApiError {
    match error {
        RuntimeError::ExecutionExists(arn) => {
            ApiError::bad_request("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'"))
        }
        error => ApiError { status: 500, kind: "InternalServerException", message: error.to_string() },
    }
}

/// A name has no blanks, brackets, wildcards, special characters and control characters (API reference, `name`; the
/// sentence is recorded for activities in `sfn_api_activities--create_activity_invalid_name`).
fn check_name(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME_LENGTH {
        let bound = if length == 0 { "greater than or equal to 1" } else { "less than or equal to 80" };
        return Err(ApiError::bad_request(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must have \
                 length {bound}"
            ),
        ));
    }
    let refused = |char: char| char.is_whitespace() || char.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(char);
    if name.contains(refused) {
        return Err(ApiError::bad_request("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

/// `arn:<partition>:states:<region>:<account>:stateMachine:<name>`. The first two sentences are recorded in
/// `sfn_api--describe_invalid_arn_sm` and `sfn_api_express--start_async_describe_history_execution`.
fn check_arn(arn: &str) -> Result<(), ApiError> {
    let invalid = |reason: String| ApiError::bad_request("InvalidArn", format!("Invalid Arn: '{reason}'"));
    let parts: Vec<_> = arn.split(':').collect();
    match parts[..] {
        ["arn", _, "states", _, _, "stateMachine", name] if !name.is_empty() && !name.contains('/') => Ok(()),
        ["arn", _, "states", _, _, "stateMachine", name] if name.contains('/') => Err(ApiError::bad_request(
            "ValidationException",
            format!("The ARN '{arn}' names a Distributed Map state, which is not started by itself."),
        )),
        ["arn", _, "states", _, _, "stateMachine", _, _] => {
            Err(ApiError::unsupported("StartExecution of a version or an alias"))
        }
        ["arn", _, "states", _, _, kind, ..] if kind != "stateMachine" => {
            Err(invalid(format!("Resource type not valid in this context: {kind}")))
        }
        ["arn", ..] => Err(invalid(format!("Invalid ARN: {arn}"))),
        _ => Err(invalid(format!("Invalid ARN prefix: {arn}"))),
    }
}

/// The sentences are recorded in `sfn_api--invalid_start_execution_input`.
fn read_input(text: &str) -> Result<Document, ApiError> {
    if text.len() > MAX_PAYLOAD_BYTES {
        return Err(ApiError::bad_request(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than \
             or equal to 262144",
        ));
    }
    let invalid = |reason: &str| {
        ApiError::bad_request("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{reason}'"))
    };
    if text.trim().is_empty() {
        return Err(invalid("Invalid execution input."));
    }
    Document::parse(text).map_err(|error| invalid(&unreadable(text, &error)))
}

/// What AWS's parser says of a text that is no JSON, where that is known; else what ours says.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    let trimmed = text.trim_start();
    let word: String = trimmed.chars().take_while(|char| char.is_alphanumeric() || "_$".contains(*char)).collect();
    if word.starts_with(|first: char| !first.is_ascii_digit()) && !["null", "true", "false"].contains(&word.as_str()) {
        return format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
             'false')"
        );
    }
    let within = trimmed.strip_prefix('{').and_then(|rest| rest.trim_start().chars().next());
    match within.filter(|first| !matches!(first, '"' | '}')) {
        Some(found) => format!(
            "Unexpected character ('{found}' (code {})): was expecting double-quote to start field name",
            u32::from(found)
        ),
        None => error.to_string(),
    }
}
