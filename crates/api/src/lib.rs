//! The Step Functions API over AWS JSON 1.0, as far as functions of a workflow call it: answering task tokens.
//!
//! It is one more service on the port of the embedded cloud, found by its `X-Amz-Target: AWSStepFunctions.…`. An operation
//! that is not here yet is refused by name.

#![warn(missing_docs)]

mod error;
mod task_token;

use async_trait::async_trait;
use aws::{JsonReply, JsonService};
use bytes::Bytes;
use http::HeaderMap;
use runtime::Runtime;

use error::ApiError;

/// The Step Functions API in front of a runtime.
pub struct StepFunctions {
    runtime: Runtime,
}

impl StepFunctions {
    /// The API of that runtime.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Bytes, ApiError> {
        match operation {
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
        match self.dispatch(operation, &body) {
            Ok(body) => JsonReply::ok(body),
            Err(error) => JsonReply::error(error.status, error.kind, &error.message),
        }
    }
}
