//! Executions start and answer others on behalf of tasks: at most once, though the tasks themselves may be done again after a
//! crash.

use aws::{ServiceError, ServiceReply};
use machine::TaskCall;
use runtime::TaskContext;
use serde_json::{Value, json};

use crate::Executions;

/// Starts the execution that a task asks for. One without a name is given one that follows from who asks, so that a task
/// that is done again finds what it has started. Whoever awaits it gives it up with the task.
pub(crate) async fn start(
    executions: &dyn Executions,
    mut request: Value,
    call: &TaskCall,
    context: &TaskContext,
    awaited: bool,
) -> Result<ServiceReply, ServiceError> {
    if request.get("name").is_none_or(Value::is_null) {
        request["name"] = json!(name(call, context));
    }
    let started = if awaited {
        executions.start_awaited(request.clone(), &context.identity.execution_arn, call.task).await
    } else {
        executions.call("StartExecution", request.clone()).await
    };
    match started {
        // One that has ended since, with the same name and the same input, is the one that was asked for before.
        Err(error) if context.again && error.code == "ExecutionAlreadyExists" => {
            found(executions, &request).await.ok_or(error)
        }
        started => started,
    }
}

/// Answers a task token for a task. One that is done again may have ended the token's task before.
pub(crate) async fn answer(
    executions: &dyn Executions,
    operation: &str,
    request: Value,
    context: &TaskContext,
) -> Result<ServiceReply, ServiceError> {
    match executions.call(operation, request).await {
        Err(error) if context.again && error.code == "TaskTimedOut" => {
            let request_id = uuid::Uuid::new_v4().to_string();
            Ok(ServiceReply { output: json!({}), request_id, status: 200, headers: Vec::new() })
        }
        answered => answered,
    }
}

/// A name in the form of AWS's own, a UUID. Events of an execution are numbered for good, and so are its tasks.
fn name(call: &TaskCall, context: &TaskContext) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.identity.seed[..16]);
    for (byte, task) in bytes.iter_mut().zip(call.task.to_le_bytes()) {
        *byte ^= task;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// The answer that an execution's start had.
async fn found(executions: &dyn Executions, request: &Value) -> Option<ServiceReply> {
    let execution_arn = execution_arn(request["stateMachineArn"].as_str()?, request["name"].as_str()?)?;
    let described = executions.call("DescribeExecution", json!({"executionArn": execution_arn})).await.ok()?;
    let input = |value: &Value| value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let asked = request.get("input").map_or_else(|| Some(json!({})), input);
    if asked.is_none() || input(&described.output["input"]) != asked {
        return None;
    }
    let output = json!({"executionArn": execution_arn, "startDate": described.output["startDate"]});
    Some(ServiceReply { output, ..described })
}

/// The ARN of a state machine's, a version's or an alias's execution.
fn execution_arn(state_machine_arn: &str, name: &str) -> Option<String> {
    let mut parts = state_machine_arn.split(':');
    let place: Vec<&str> = parts.by_ref().take(5).collect();
    let (kind, machine) = (parts.next()?, parts.next()?);
    (kind == "stateMachine").then(|| format!("{}:execution:{machine}:{name}", place.join(":")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_of_versions_and_aliases_are_those_of_the_state_machine() {
        for qualifier in ["", ":7", ":live"] {
            let arn = format!("arn:aws:states:us-east-1:123456789012:stateMachine:m{qualifier}");
            let expected = "arn:aws:states:us-east-1:123456789012:execution:m:e".to_owned();
            assert_eq!(execution_arn(&arn, "e"), Some(expected));
        }
        assert_eq!(execution_arn("arn:nobody", "e"), None);
    }

    #[test]
    fn each_task_of_an_execution_has_a_name_of_its_own() {
        let context = crate::testing::context();
        let call =
            |task| TaskCall { task, ..crate::testing::call("arn:aws:states:::states:startExecution", json!({})) };
        let names: Vec<String> = [1, 2, 300].into_iter().map(|task| name(&call(task), &context)).collect();
        assert!(names[0] != names[1] && names[1] != names[2]);
        assert_eq!(name(&call(1), &context), names[0]);
        assert_eq!(names[0].len(), 36);
    }
}
