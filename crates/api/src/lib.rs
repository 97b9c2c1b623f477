//! The Step Functions API over AWS JSON 1.0, as far as functions of a workflow call it: answering task tokens and starting
//! executions.
//!
//! It is one more service on the port of the embedded cloud, found by its `X-Amz-Target: AWSStepFunctions.…`. An operation
//! that is not here yet is refused by name.

#![warn(missing_docs)]

mod error;
mod start_execution;
mod state_machine;
mod task_token;

use std::sync::Arc;

use async_trait::async_trait;
use aws::{JsonReply, JsonService};
use bytes::Bytes;
use http::HeaderMap;
use runtime::Runtime;

pub use state_machine::{StateMachine, StateMachines};

use error::ApiError;
use start_execution::Starter;

/// The Step Functions API in front of a runtime.
pub struct StepFunctions {
    runtime: Runtime,
    starter: Starter,
}

impl StepFunctions {
    /// The API of that runtime, which starts executions of these state machines.
    pub fn new(runtime: Runtime, machines: Arc<dyn StateMachines>) -> Self {
        Self { runtime, starter: Starter::new(machines) }
    }

    async fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Bytes, ApiError> {
        match operation {
            "StartExecution" => self.starter.start(&self.runtime, body).await,
            "SendTaskSuccess" => task_token::send_task_success(&self.runtime, body),
            "SendTaskFailure" => task_token::send_task_failure(&self.runtime, body),
            "SendTaskHeartbeat" => task_token::send_task_heartbeat(&self.runtime, body),
            other => Err(ApiError::unsupported(other)),
        }
    }
}

#[async_trait]
impl JsonService for StepFunctions {
    fn target_prefix(&self) -> &'static str {
        "AWSStepFunctions"
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        match self.dispatch(operation, &body).await {
            Ok(body) => JsonReply::ok(body),
            Err(error) => JsonReply::error(error.status, error.kind, &error.message),
        }
    }
}
