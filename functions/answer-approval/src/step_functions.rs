use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use domain::TaskToken;
use support::aws::{self, SdkConfig};

use crate::{TaskTokens, TokenError};

/// The tokens of Step Functions.
#[derive(Clone, Debug)]
pub struct StepFunctions {
    client: Client,
}

impl StepFunctions {
    /// Those that this configuration reaches.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl TaskTokens for StepFunctions {
    async fn heartbeat(&self, token: &TaskToken) -> Result<(), TokenError> {
        let sent = self.client.send_task_heartbeat().task_token(token.secret()).send().await;
        sent.map(drop).map_err(|error| read(&error))
    }

    async fn succeed(&self, token: &TaskToken, output: &str) -> Result<(), TokenError> {
        let sent = self.client.send_task_success().task_token(token.secret()).output(output).send().await;
        sent.map(drop).map_err(|error| read(&error))
    }

    async fn fail(&self, token: &TaskToken, error: &str, cause: &str) -> Result<(), TokenError> {
        let sent = self.client.send_task_failure().task_token(token.secret()).error(error).cause(cause).send().await;
        sent.map(drop).map_err(|error| read(&error))
    }
}

/// The three operations name their errors alike.
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>, Errors.
fn read<E>(error: &SdkError<E>) -> TokenError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error.code() {
        Some("TaskTimedOut" | "TaskDoesNotExist") => TokenError::Ended,
        // A token of a wrong length is refused before it is looked at.
        Some("InvalidToken" | "ValidationException") => TokenError::Invalid,
        _ => TokenError::Unreachable(aws::reason(error)),
    }
}
