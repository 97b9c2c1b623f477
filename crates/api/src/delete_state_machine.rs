//! `DeleteStateMachine`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>.

use bytes::Bytes;
use serde::Deserialize;

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::error::{ApiError, request};
use crate::reply::EMPTY;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    state_machine_arn: Option<String>,
}

impl StepFunctions {
    /// Versions and aliases go with it. Executions that run go on to their end; they have their definition with them.
    pub(crate) fn delete_state_machine(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { state_machine_arn } = request(body)?;
        Constraints::default().required("stateMachineArn", state_machine_arn.as_deref(), (1, ARN)).check()?;
        let text = state_machine_arn.unwrap_or_default();
        if arn::state_machine(&text)?.qualifier.is_some() {
            return Err(ApiError::validation(format!(
                "The ARN '{text}' names a version or an alias: DeleteStateMachineVersion and DeleteStateMachineAlias delete \
                 those."
            )));
        }
        self.registry.change(&text, |_, _| Ok::<_, ApiError>((None, ())))?;
        Ok(EMPTY)
    }
}
