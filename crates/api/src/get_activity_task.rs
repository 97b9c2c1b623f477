//! `GetActivityTask`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html>.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::activity::no_activity;
use crate::arn;
use crate::constraint::{ARN, Constraints, NAME};
use crate::error::{ApiError, request};
use crate::reply::reply;

/// How long a worker waits for a task before it hears that there is none.
const LONG_POLL: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    activity_arn: Option<String>,
    worker_name: Option<String>,
}

/// Without a task, the token is null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    task_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
}

impl StepFunctions {
    pub(crate) async fn get_activity_task(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { activity_arn, worker_name } = request(body)?;
        Constraints::default()
            .required("activityArn", activity_arn.as_deref(), (1, ARN))
            .length("workerName", worker_name.as_deref(), (1, NAME))
            .check()?;
        let arn = activity_arn.unwrap_or_default();
        arn::activity(&arn)?;
        if self.registry.activity(&arn).is_none() {
            return Err(no_activity(&arn));
        }
        let task = self.runtime.activity_task(&arn, worker_name.as_deref(), LONG_POLL).await;
        Ok(reply(&Answer {
            task_token: task.as_ref().map(|task| &*task.token),
            input: task.as_ref().map(|task| task.input.text()),
        }))
    }
}
