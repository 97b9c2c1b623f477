//! `StopExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, CAUSE, Constraints, ERROR};
use crate::error::{ApiError, request};
use crate::reply::{Date, reply};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_arn: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    stop_date: Date,
}

impl StepFunctions {
    /// An execution that is over stays as it is, and its end is told.
    pub(crate) async fn stop_execution(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { execution_arn, error, cause } = request(body)?;
        Constraints::default()
            .required("executionArn", execution_arn.as_deref(), (1, ARN))
            .length("error", error.as_deref(), (0, ERROR))
            .length("cause", cause.as_deref(), (0, CAUSE))
            .check()?;
        let arn = execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        if let Some(running) = self.runtime.execution(&arn) {
            self.runtime.stop(&running, error.as_deref(), cause.as_deref());
            running.finished().await;
        } else {
            self.runtime.stop_stuck(&arn, error.as_deref(), cause.as_deref()).await?;
        }
        let summary = self.runtime.journal().summary(&arn)?.ok_or_else(|| ApiError::no_execution(&arn))?;
        Ok(reply(&Answer { stop_date: Date(summary.stopped_at.unwrap_or_else(|| self.runtime.now())) }))
    }
}
