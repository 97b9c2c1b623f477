//! `DescribeExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use journal::{Header, HistoryPage, Summary};
use machine::limits::MAX_HISTORY_EVENTS;
use machine::{ErrorCause, Outcome};
use runtime::Ended;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::describe_state_machine::INCLUDED_DATA;
use crate::error::{ApiError, request};
use crate::reply::{Date, reply};

/// How long an execution can be redriven after its end.
const REDRIVABLE: SignedDuration = SignedDuration::from_hours(14 * 24);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_arn: Option<String>,
    included_data: Option<String>,
}

/// Whether data are in the answer.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Included {
    pub(crate) included: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'a str,
    start_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<Included>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_alias_arn: Option<&'a str>,
    redrive_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<Date>,
    redrive_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_status_reason: Option<String>,
}

/// Whether an execution can be redriven, and why not.
pub(crate) struct Redrivable {
    pub(crate) status: &'static str,
    pub(crate) reason: Option<String>,
}

impl Redrivable {
    /// By its status, the number of its last event, and the time. The reasons are the API reference's.
    pub(crate) fn of(summary: &Summary, last_event: u64, now: Timestamp) -> Self {
        let not = |reason: String| Self { status: "NOT_REDRIVABLE", reason: Some(reason) };
        match summary.status.as_str() {
            status @ ("RUNNING" | "SUCCEEDED") => not(format!("Execution is {status} and cannot be redriven")),
            _ if last_event + 1 >= MAX_HISTORY_EVENTS => not("Execution history event limit exceeded".into()),
            _ if summary.stopped_at.is_some_and(|at| now.duration_since(at) > REDRIVABLE) => {
                not("Execution redrivable period exceeded".into())
            }
            _ if summary.map_run_arn.is_some() => Self { status: "REDRIVABLE_BY_MAP_RUN", reason: None },
            _ => Self { status: "REDRIVABLE", reason: None },
        }
    }
}

/// What is told of an execution.
struct Known {
    header: Arc<Header>,
    summary: Summary,
    /// The number of the last event of one that ended.
    last_event: u64,
    output: Option<Arc<str>>,
    error: Option<Arc<str>>,
    cause: Option<Arc<str>>,
}

impl Known {
    fn of(ended: &Ended) -> Self {
        let nothing = ErrorCause::default();
        let (output, failure) = match &ended.outcome {
            Outcome::Succeeded(output) => (Some(output.text().into()), &nothing),
            Outcome::Failed(failure) | Outcome::Aborted(failure) => (None, failure),
            Outcome::TimedOut(_) => (None, &nothing),
        };
        Self {
            header: ended.header.clone(),
            summary: ended.summary(),
            last_event: ended.last_event,
            output,
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        }
    }
}

impl StepFunctions {
    /// What is on record of an execution's beginning.
    pub(crate) fn header(&self, execution_arn: &str) -> Result<Arc<Header>, ApiError> {
        if let Some(running) = self.runtime.execution(execution_arn) {
            return Ok(running.header.clone());
        }
        let header = self.runtime.journal().header(execution_arn)?;
        header.ok_or_else(|| ApiError::no_execution(execution_arn))
    }

    /// The last event of an execution's history: how it ended, if it did.
    pub(crate) fn last_event(&self, execution_arn: &str) -> Result<Value, ApiError> {
        let page = HistoryPage { from: u64::MAX, reverse: true, limit: 1 };
        let last = self.runtime.journal().history_page(execution_arn, page)?.pop();
        Ok(last.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// What is known of an execution: of one that runs or ended lately without the journal.
    fn known(&self, execution_arn: &str) -> Result<Known, ApiError> {
        let running = self.runtime.execution(execution_arn);
        if let Some((running, summary)) =
            running.and_then(|running| running.running().map(|summary| (running, summary)))
        {
            let header = running.header.clone();
            return Ok(Known { header, summary, last_event: 0, output: None, error: None, cause: None });
        }
        if let Some(ended) = self.runtime.ended(execution_arn) {
            return Ok(Known::of(&ended));
        }
        let header = self.header(execution_arn)?;
        let summary = self.runtime.journal().summary(execution_arn)?;
        // An execution whose beginning is not durable yet is not there.
        let summary = summary.ok_or_else(|| ApiError::no_execution(execution_arn))?;
        let last = if summary.status == "RUNNING" { Value::Null } else { self.last_event(execution_arn)? };
        let details = match summary.status.as_str() {
            "SUCCEEDED" => &last["executionSucceededEventDetails"],
            "FAILED" => &last["executionFailedEventDetails"],
            "ABORTED" => &last["executionAbortedEventDetails"],
            // An execution whose own time is up has no error (recorded in `timeouts--global_timeout`).
            _ => &Value::Null,
        };
        let text = |member: &str| details[member].as_str().map(Into::into);
        let last_event = last["id"].as_u64().unwrap_or(0);
        Ok(Known { output: text("output"), error: text("error"), cause: text("cause"), header, summary, last_event })
    }

    pub(crate) fn describe_execution(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { execution_arn, included_data } = request(body)?;
        Constraints::default()
            .required("executionArn", execution_arn.as_deref(), (1, ARN))
            .one_of("includedData", included_data.as_deref(), INCLUDED_DATA)
            .check()?;
        let arn = execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        let Known { header, summary, last_event, output, error, cause } = self.known(&arn)?;
        let all_data = included_data.as_deref() != Some("METADATA_ONLY");
        let included = Included { included: all_data };
        let redrivable = Redrivable::of(&summary, last_event, self.runtime.now());
        let output = output.as_deref();
        Ok(reply(&Answer {
            execution_arn: &arn,
            state_machine_arn: &header.state_machine_arn,
            name: &header.execution_name,
            status: &summary.status,
            start_date: Date(summary.started_at),
            stop_date: summary.stopped_at.map(Date),
            input: all_data.then(|| header.input.text()),
            input_details: included,
            output: output.filter(|_| all_data),
            output_details: output.map(|_| included),
            trace_header: header.origin.trace_header.as_deref(),
            map_run_arn: summary.map_run_arn.as_deref(),
            error: error.as_deref(),
            cause: cause.as_deref(),
            state_machine_version_arn: summary.version_arn.as_deref(),
            state_machine_alias_arn: summary.alias_arn.as_deref(),
            redrive_count: summary.redrive_count,
            redrive_date: summary.redriven_at.map(Date),
            redrive_status: redrivable.status,
            redrive_status_reason: redrivable.reason,
        }))
    }
}
