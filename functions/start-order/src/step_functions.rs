use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use support::aws::{self, SdkConfig};
use support::environment;
use warehouse::Draft;

use crate::{Executions, StartError};

/// The executions of a state machine.
#[derive(Clone, Debug)]
pub struct StepFunctions {
    client: Client,
    state_machine: String,
}

impl StepFunctions {
    /// Those of the state machine `STATE_MACHINE_ARN`.
    pub fn from_environment(config: &SdkConfig) -> Result<Self, support::Error> {
        Ok(Self { client: Client::new(config), state_machine: environment::required("STATE_MACHINE_ARN")? })
    }
}

impl Executions for StepFunctions {
    async fn start(&self, order: &Draft) -> Result<String, StartError> {
        // Written anew and not passed on as it came: the same order is then the same text, whatever its members' order
        // and blanks, and Step Functions recognises it.
        let input = serde_json::to_string(order).map_err(|error| StartError::Unreachable(error.to_string()))?;
        let start = self.client.start_execution().state_machine_arn(&self.state_machine).name(order.order_id.as_str());
        match start.input(input).send().await {
            Ok(started) => Ok(started.execution_arn),
            Err(error) => match error.as_service_error() {
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => Err(StartError::Exists),
                _ => Err(StartError::Unreachable(aws::reason(&error))),
            },
        }
    }
}
