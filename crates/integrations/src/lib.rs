//! Resource ARN to call: the service integrations of Task states.
//!
//! A service integration turns the evaluated `Parameters` of a Task state into a call of a Lambda function or of an
//! embedded service, and the answer back into the task's output or failure, in AWS's shapes and with AWS's error names.
//! What no integration here knows is refused by name; nothing pretends to have succeeded.

#![warn(missing_docs)]

mod apigateway;
mod aws_sdk;
mod ecs;
mod events;
mod executions;
mod failure;
mod functions;
mod lambda_function;
mod lambda_invoke;
mod letter_case;
mod metadata;
mod mocks;
mod optimized;
mod parameters;
mod refusal;
mod services;
mod states;
#[cfg(test)]
mod testing;

pub use executions::Executions;
pub use functions::HostedFunctions;
pub use mocks::{MockError, MockTable, Mocked, MockedResponse};
pub use services::Services;

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use aws::ServiceError;
use lambda::Executor;
use machine::{Document, Resource, Scheduling, TaskCall};
use runtime::{Answer, TaskContext, TaskHandler};

/// Does the tasks of executions with the functions and services of one stack.
#[derive(Clone)]
pub struct Integrations {
    pub(crate) functions: Arc<Executor>,
    pub(crate) services: Arc<dyn Services>,
    executions: Arc<OnceLock<Weak<dyn Executions>>>,
}

impl Integrations {
    /// Integrations that call these functions and these services: an [`aws::Cloud`], or what a test puts in its place.
    pub fn new(functions: Arc<Executor>, services: Arc<dyn Services>) -> Self {
        Self { functions, services, executions: Arc::default() }
    }

    /// Attaches Step Functions itself, for workflows that call other workflows. The runtime, which executions need, is
    /// made with these integrations, so this comes after; held weakly, because the two would own each other. Says whether
    /// it was the first.
    pub fn attach_executions(&self, executions: &Arc<dyn Executions>) -> bool {
        self.executions.set(Arc::downgrade(executions)).is_ok()
    }

    pub(crate) fn executions(&self) -> Result<Arc<dyn Executions>, ServiceError> {
        self.executions.get().and_then(Weak::upgrade).ok_or_else(|| {
            let sentence = "No executions are attached here: state machines can't be called from tasks";
            ServiceError::new(501, "NotEmulated", sentence)
        })
    }
}

#[async_trait]
impl TaskHandler for Integrations {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        match call.resource.clone() {
            Resource::Lambda { arn } => lambda_function::invoke(self, &arn, &call, &context).await,
            // The runtime keeps them until a worker asks.
            Resource::Activity { .. } => Answer::Queued,
            Resource::Service { service, action, pattern, arn } => {
                let operation = action.split_once('.').map_or(&*action, |(operation, _)| operation);
                match &*service {
                    "apigateway" => apigateway::call(self, operation, &call, pattern, &arn).await,
                    "ecs" => ecs::call(self, operation, &call, pattern, &arn).await,
                    "events" => events::call(self, operation, &call, &context, pattern, &arn).await,
                    "lambda" => lambda_invoke::call(self, operation, &call, &context, pattern, &arn).await,
                    "states" => states::call(self, operation, &call, &context, pattern, &arn).await,
                    service => match service.strip_prefix("aws-sdk:") {
                        Some(service) => aws_sdk::call(self, service, operation, &call, &context, pattern, &arn).await,
                        None => optimized::call(self, service, operation, &call, pattern, &arn).await,
                    },
                }
            }
        }
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        match &call.resource {
            // The other execution was taken up, too, or is over.
            Resource::Service { service, arn, .. } if &**service == "states" => states::resume(self, arn, submitted),
            // Containers die with the process that runs them: they are run once more.
            _ => self.handle(call, context).await,
        }
    }

    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        refusal::of(task.resource, task.parameters)
    }
}

/// The answer to a resource that AWS knows and this engine does not.
fn unsupported(arn: &str) -> Answer {
    Answer::failed(
        "Batuta.UnsupportedIntegration",
        format!("The service integration {arn} is not supported by this version of batuta."),
    )
}
