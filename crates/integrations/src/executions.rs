//! The executions of the same runtime, as integrations start, stop and await them.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{ServiceError, ServiceReply};
use machine::TaskId;
use runtime::Busy;
use serde_json::Value;

/// Step Functions itself.
#[async_trait]
pub trait Executions: Send + Sync + 'static {
    /// Carries out an operation: `call("StartExecution", …)`. Members of request and answer are those of the API
    /// (`stateMachineArn`), times are numbers of seconds since 1970.
    ///
    /// # Errors
    /// The API's error reply.
    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError>;

    /// `StartExecution` for a task that waits for the end: the execution is given up with the task, also if the process dies
    /// in between.
    ///
    /// # Errors
    /// The API's error reply.
    async fn start_awaited(
        &self,
        request: Value,
        execution_arn: &Arc<str>,
        task: TaskId,
    ) -> Result<ServiceReply, ServiceError>;

    /// No time is skipped while the answer lives.
    fn busy(&self) -> Busy;

    /// Waits for the end of an execution, and gives what `DescribeExecution` answers then. Time is not skipped while the
    /// [`Busy`] lives, so that whoever waits can act before it goes on.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`.
    async fn ended(&self, execution_arn: &str) -> Result<(Value, Busy), ServiceError>;
}
