//! `arn:aws:states:::states:startExecution`
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>).

pub(crate) mod once;

use std::sync::Arc;

use aws::{ServiceError, ServiceReply};
use machine::{Document, Pattern, TaskCall, TaskOutcome};
use runtime::{Answer, Job, TaskContext};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::letter_case::pascal;
use crate::parameters::{Parameters, Refusal};
use crate::{Executions, Integrations, failure, metadata, unsupported};

pub(crate) async fn call(
    integrations: &Integrations,
    operation: &str,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    if operation != "startExecution" {
        return unsupported(arn);
    }
    match start_execution(integrations, call, context, pattern, arn.ends_with(".sync:2")).await {
        Ok(answer) | Err(answer) => answer,
    }
}

/// Waits again for the execution that a task started before the process died.
pub(crate) fn resume(integrations: &Integrations, arn: &str, submitted: Document) -> Answer {
    let executions = match integrations.executions() {
        Ok(executions) => executions,
        Err(error) => return failed(&error),
    };
    let started = submitted.value()["ExecutionArn"].as_str().unwrap_or_default().to_owned();
    let running = Running { executions, arn: started, over: false };
    job(submitted, running, arn.ends_with(".sync:2"))
}

async fn start_execution(
    integrations: &Integrations,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
    parsed: bool,
) -> Result<Answer, Answer> {
    let request = request(&call.parameters)?;
    let executions = integrations.executions().map_err(|error| failed(&error))?;
    if pattern != Pattern::Sync {
        let reply = once::start(&*executions, request, call, context, false).await.map_err(|error| failed(&error))?;
        let output = Value::Object(output(reply));
        return Ok(match pattern {
            Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
            _ => Answer::succeeded(output),
        });
    }
    let (reply, running) = start(executions, request, call, context).await.map_err(|error| failed(&error))?;
    Ok(job(Value::Object(output(reply)).into(), running, parsed))
}

fn job(submitted: Document, running: Running, parsed: bool) -> Answer {
    let end = Box::pin(async move {
        match running.ended().await {
            Ok((description, busy)) => (outcome(description, parsed), Some(busy)),
            Err(error) => {
                let name = Some("States.TaskFailed".into());
                (TaskOutcome::Failed { error: name, cause: Some(error.to_string().into()) }, None)
            }
        }
    });
    // The execution tells by itself whether it works: while it waits, time may be skipped.
    Answer::Job(Job { submitted, end, works: false })
}

/// The request of the API that the parameters make.
pub(crate) fn request(parameters: &Document) -> Result<Value, Refusal> {
    let parameters = Parameters::of(parameters, "states", "startExecution")?;
    let mut request = Map::new();
    request.insert("stateMachineArn".into(), json!(parameters.required_text("StateMachineArn")?));
    for (member, name) in [("Name", "name"), ("TraceHeader", "traceHeader")] {
        if let Some(text) = parameters.text(member)? {
            request.insert(name.into(), json!(text));
        }
    }
    match parameters.get("Input") {
        None => {}
        Some(Value::String(text)) => drop(request.insert("input".into(), json!(text))),
        // Recorded case `services/sfn_task_service--start_execution_input_json.json`.
        Some(input) => drop(request.insert("input".into(), json!(input.to_string()))),
    }
    Ok(Value::Object(request))
}

/// Recorded case `error_handling/task_service_sfn--start_execution_no_such_arn.json`.
fn failed(error: &ServiceError) -> Answer {
    failure::optimized(error, "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException")
}

/// Starts an execution in a way that none is left behind: if the caller is dropped meanwhile, the execution is stopped.
async fn start(
    executions: Arc<dyn Executions>,
    request: Value,
    call: &TaskCall,
    context: &TaskContext,
) -> Result<(ServiceReply, Running), ServiceError> {
    let (tell, told) = oneshot::channel();
    let (call, context) = (call.clone(), context.clone());
    tokio::spawn(async move {
        let started = once::start(&*executions, request, &call, &context, true).await.map(|reply| {
            let arn = reply.output["executionArn"].as_str().unwrap_or_default().to_owned();
            (reply, Running { executions, arn, over: false })
        });
        // What nobody waits for any more is dropped here, and stopped by that.
        let _ = tell.send(started);
    });
    told.await
        .unwrap_or_else(|_| Err(ServiceError::new(500, "InternalFailure", "StartExecution ended without an answer")))
}

/// An execution that is stopped when this is dropped before its end.
struct Running {
    executions: Arc<dyn Executions>,
    arn: String,
    over: bool,
}

impl Running {
    async fn ended(mut self) -> Result<(Value, runtime::Busy), ServiceError> {
        let ended = self.executions.ended(&self.arn).await;
        self.over = true;
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let (false, Ok(handle)) = (self.over, tokio::runtime::Handle::try_current()) else { return };
        let (executions, request) = (self.executions.clone(), json!({"executionArn": self.arn}));
        let busy = executions.busy();
        handle.spawn(async move {
            if let Err(error) = executions.call("StopExecution", request).await {
                tracing::warn!(%error, "an execution whose task was given up could not be stopped");
            }
            drop(busy);
        });
    }
}

/// The answer to `StartExecution` in Step Functions' shape.
fn output(reply: ServiceReply) -> Map<String, Value> {
    let mut members = described(reply.output);
    metadata::add(&mut members, reply.status, &reply.headers, &reply.request_id);
    members
}

/// What came of an execution: its description, with input and output as texts (`.sync`) or as what they say
/// (`.sync:2`; recorded cases `callback/callback--start_execution_sync.json` and `…_sync2.json`). A failure has the
/// description with texts as its cause (recorded case `callback/callback--start_execution_sync_delegate_timeout.json`).
fn outcome(description: Value, parsed: bool) -> TaskOutcome {
    let mut members = described(description);
    if members.get("Status").and_then(Value::as_str) != Some("SUCCEEDED") {
        let cause = Value::Object(members).to_string();
        return TaskOutcome::Failed { error: Some("States.TaskFailed".into()), cause: Some(cause.into()) };
    }
    if parsed {
        for member in ["Input", "Output"] {
            if let Some(Value::String(text)) = members.get(member)
                && let Ok(value) = serde_json::from_str(text)
            {
                members[member] = value;
            }
        }
    }
    TaskOutcome::Succeeded(Value::Object(members).into())
}

/// A description with members in Pascal case, in alphabetical order, and times in milliseconds since 1970, as Step
/// Functions' Java client writes them.
fn described(description: Value) -> Map<String, Value> {
    let Value::Object(members) = description else { return Map::new() };
    let mut members: Vec<(String, Value)> = members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = match value.as_f64() {
                Some(seconds) if name.ends_with("Date") => json!((seconds * 1000.0).round() as i64),
                _ => match value {
                    // `inputDetails`: its members are spelled like those around it.
                    Value::Object(inner) => Value::Object(described(Value::Object(inner))),
                    other => other,
                },
            };
            (pascal(&name), value)
        })
        .collect();
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    members.into_iter().collect()
}

#[cfg(test)]
mod tests;
