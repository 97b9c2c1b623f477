//! The executions of this runtime as tasks of other executions reach them: `arn:aws:states:::states:startExecution`.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{ServiceError, ServiceReply};
use integrations::Executions;
use journal::AwaitedBy;
use machine::{Outcome, TaskId};
use runtime::Busy;
use serde_json::{Value, json};

use crate::StepFunctions;
use crate::error::ApiError;

/// What tasks see of an execution that ended: all of `DescribeExecution` but what is said of redrives (recorded cases
/// `callback/callback--start_execution_sync.json`, `…_delegate_failure.json`).
const UNSEEN: [&str; 4] = ["redriveCount", "redriveDate", "redriveStatus", "redriveStatusReason"];

#[async_trait]
impl Executions for StepFunctions {
    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        reply(&self.dispatch(operation, request.to_string().as_bytes()).await.map_err(error)?)
    }

    async fn start_awaited(
        &self,
        request: Value,
        execution_arn: &Arc<str>,
        task: TaskId,
    ) -> Result<ServiceReply, ServiceError> {
        let by = AwaitedBy { execution_arn: execution_arn.clone(), task };
        reply(&self.start_execution(request.to_string().as_bytes(), Some(by)).await.map_err(error)?)
    }

    fn busy(&self) -> Busy {
        self.runtime.busy()
    }

    async fn ended(&self, execution_arn: &str) -> Result<(Value, Busy), ServiceError> {
        let Some(running) = self.runtime.execution(execution_arn) else {
            let busy = self.runtime.busy();
            return Ok((self.seen(execution_arn)?, busy));
        };
        let (outcome, busy) = running.ended(&self.runtime).await;
        if !running.identity.express {
            return Ok((self.seen(execution_arn)?, busy));
        }
        // DescribeExecution does not know Express executions.
        let mut description = json!({
            "executionArn": execution_arn,
            "stateMachineArn": &*running.identity.state_machine_arn,
            "name": &*running.identity.execution_name,
            "status": outcome.status(),
            "input": running.header.input.text(),
            "inputDetails": {"included": true},
        });
        if let Outcome::Succeeded(output) = &outcome {
            description["output"] = json!(output.text());
            description["outputDetails"] = json!({"included": true});
        }
        Ok((description, busy))
    }
}

impl StepFunctions {
    fn seen(&self, execution_arn: &str) -> Result<Value, ServiceError> {
        let request = json!({"executionArn": execution_arn}).to_string();
        let body = self.describe_execution(request.as_bytes()).map_err(error)?;
        let mut description: Value =
            serde_json::from_slice(&body).map_err(|reason| error(ApiError::internal(reason)))?;
        if let Value::Object(members) = &mut description {
            members.retain(|name, _| !UNSEEN.contains(&name.as_str()));
        }
        Ok(description)
    }
}

/// The answer to a request that came over no wire.
fn reply(body: &[u8]) -> Result<ServiceReply, ServiceError> {
    let request_id = uuid::Uuid::new_v4().to_string();
    // As recorded in `services/sfn_task_service--start_execution.json`.
    let headers = vec![
        ("x-amzn-RequestId", request_id.clone()),
        ("connection", "keep-alive".to_owned()),
        ("Content-Length", body.len().to_string()),
        ("Date", aws_date()),
        ("Content-Type", "application/x-amz-json-1.0".to_owned()),
    ];
    let output = serde_json::from_slice(body).map_err(|reason| error(ApiError::internal(reason)))?;
    Ok(ServiceReply { output, request_id, status: 200, headers })
}

/// The time as the header has it.
fn aws_date() -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::now())
        .expect("the present lies between the years 0 and 9999")
}

fn error(error: ApiError) -> ServiceError {
    let ApiError { status, kind, message } = error;
    ServiceError::new(status, kind, message).exception(kind)
}
