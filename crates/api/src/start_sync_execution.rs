//! `StartSyncExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>.

use bytes::Bytes;
use machine::{ErrorCause, Outcome};
use serde::Serialize;

use crate::StepFunctions;
use crate::describe_execution::Included;
use crate::error::{ApiError, request};
use crate::reply::{Date, reply};
use crate::start_execution::Request;

/// The least memory that AWS bills, which is also what executions of a few kilobytes need.
const BILLED_MEMORY_MB: i64 = 64;
/// Durations are billed by steps of so many milliseconds.
const BILLED_STEP_MILLIS: i64 = 100;

/// The answer (recorded in `sfn_api_express--start_sync_execution`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    start_date: Date,
    stop_date: Date,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    output_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    billing_details: BillingDetails,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BillingDetails {
    billed_duration_in_milliseconds: i64,
    #[serde(rename = "billedMemoryUsedInMB")]
    billed_memory_used_in_mb: i64,
}

impl StepFunctions {
    pub(crate) async fn start_sync_execution(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        let (target, input) = request.read(self)?;
        if !target.machine.about.express {
            return Err(ApiError::type_not_supported());
        }
        let made_up;
        let name = if let Some(name) = &request.name {
            name
        } else {
            made_up = uuid::Uuid::new_v4().to_string();
            &made_up
        };
        let execution = self.runtime.start_unrecorded(target.execution(self, name, input)?).await?;
        let outcome = execution.finished().await;
        let (started, stopped) = (execution.header.started_at, self.runtime.now());
        let nothing = ErrorCause::default();
        let (output, failure) = match &outcome {
            Outcome::Succeeded(output) => (Some(output.text()), &nothing),
            Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => (None, failure),
        };
        let millis = stopped.duration_since(started).as_millis() as i64;
        let steps = (millis.max(1) + BILLED_STEP_MILLIS - 1) / BILLED_STEP_MILLIS;
        let all_data = request.all_data();
        Ok(reply(&Answer {
            execution_arn: &execution.identity.execution_arn,
            state_machine_arn: &execution.identity.state_machine_arn,
            name,
            start_date: Date(started),
            stop_date: Date(stopped),
            status: if matches!(outcome, Outcome::Aborted(_)) { "FAILED" } else { outcome.status() },
            error: failure.error.as_deref(),
            cause: failure.cause.as_deref(),
            input: all_data.then(|| execution.header.input.text()),
            input_details: Included { included: all_data },
            output: output.filter(|_| all_data),
            output_details: Included { included: all_data },
            trace_header: request.trace_header(),
            billing_details: BillingDetails {
                billed_duration_in_milliseconds: steps * BILLED_STEP_MILLIS,
                billed_memory_used_in_mb: BILLED_MEMORY_MB,
            },
        }))
    }
}
