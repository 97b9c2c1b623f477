//! Resource ARN to call: the service integrations of Task states.
//!
//! A service integration turns the evaluated `Parameters` of a Task state into a call of a Lambda function or of an
//! embedded service, and the answer back into the task's output or failure, in AWS's shapes and with AWS's error names.
//! What no integration here knows is refused by name; nothing pretends to have succeeded.

#![warn(missing_docs)]

mod aws_sdk;
mod failure;
mod functions;
mod lambda_function;
mod lambda_invoke;
mod metadata;
mod mocks;
mod optimized;
#[cfg(test)]
mod testing;

pub use functions::HostedFunctions;
pub use mocks::{MockError, MockTable, Mocked, MockedResponse};

use std::sync::Arc;

use async_trait::async_trait;
use aws::Cloud;
use lambda::Executor;
use machine::{Pattern, Resource, TaskCall};
use runtime::{Answer, TaskContext, TaskHandler};

/// Does the tasks of executions with the functions and services of one stack.
#[derive(Clone)]
pub struct Integrations {
    pub(crate) functions: Arc<Executor>,
    pub(crate) cloud: Arc<Cloud>,
}

impl Integrations {
    /// Integrations that call these functions and these services.
    pub fn new(functions: Arc<Executor>, cloud: Arc<Cloud>) -> Self {
        Self { functions, cloud }
    }
}

#[async_trait]
impl TaskHandler for Integrations {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        match call.resource.clone() {
            Resource::Lambda { arn } => lambda_function::invoke(self, &arn, &call, &context).await,
            Resource::Activity { arn } => Answer::failed(
                "States.Runtime",
                format!("Activities are not supported by this version of batuta: {arn}"),
            ),
            Resource::Service { service, action, pattern, arn } => {
                let operation = action.split_once('.').map_or(&*action, |(operation, _)| operation);
                match (&*service, operation) {
                    (_, _) if pattern == Pattern::Sync => unsupported(&arn),
                    ("lambda", "invoke") => lambda_invoke::invoke(self, &call, &context, pattern).await,
                    (service, operation) => match service.strip_prefix("aws-sdk:") {
                        Some(service) => aws_sdk::call(self, service, operation, &call, pattern, &arn).await,
                        None => optimized::call(self, service, operation, &call, pattern, &arn).await,
                    },
                }
            }
        }
    }
}

/// The answer to a resource that AWS knows and this engine does not.
fn unsupported(arn: &str) -> Answer {
    Answer::failed(
        "Batuta.UnsupportedIntegration",
        format!("The service integration {arn} is not supported by this version of batuta."),
    )
}
