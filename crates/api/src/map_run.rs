//! `DescribeMapRun`, `ListMapRuns`, `UpdateMapRun`.

use bytes::Bytes;
use machine::{Counts, MapRunSummary};
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, LONG_ARN};
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN};
use crate::reply::{Date, EMPTY, reply};

const LIST: &str = "map runs";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownCounts {
    pending: u64,
    running: u64,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    aborted: u64,
    total: u64,
    results_written: u64,
    /// The recording is of a time before redrives; what is shown now is shown when there is something to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_redrive: Option<u64>,
}

impl From<Counts> for ShownCounts {
    fn from(counts: Counts) -> Self {
        let Counts { pending, running, succeeded, failed, timed_out, aborted, pending_redrive, total, results_written } =
            counts;
        let pending_redrive = Some(pending_redrive).filter(|pending| *pending > 0);
        Self { pending, running, succeeded, failed, timed_out, aborted, total, results_written, pending_redrive }
    }
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>
    pub(crate) async fn describe_map_run(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            map_run_arn: Option<String>,
        }
        /// Members as recorded in `sfn_api_map_run--list_map_runs_and_describe_map_run`.
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            map_run_arn: &'a str,
            execution_arn: &'a str,
            status: &'a str,
            start_date: Date,
            #[serde(skip_serializing_if = "Option::is_none")]
            stop_date: Option<Date>,
            max_concurrency: u64,
            tolerated_failure_percentage: f64,
            tolerated_failure_count: u64,
            item_counts: ShownCounts,
            execution_counts: ShownCounts,
            redrive_count: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            redrive_date: Option<Date>,
        }
        let Request { map_run_arn } = request(body)?;
        Constraints::default().required("mapRunArn", map_run_arn.as_deref(), (1, LONG_ARN)).check()?;
        let text = map_run_arn.unwrap_or_default();
        arn::map_run(&text)?;
        let (execution_arn, map_run) = self.runtime.map_run(&text).await?;
        Ok(reply(&Answer {
            map_run_arn: &map_run.map_run_arn,
            execution_arn: &execution_arn,
            status: map_run.status.name(),
            start_date: Date(map_run.started_at),
            stop_date: map_run.stopped_at.map(Date),
            max_concurrency: map_run.max_concurrency,
            tolerated_failure_percentage: map_run.tolerated_failure_percentage.unwrap_or(0.0),
            tolerated_failure_count: map_run.tolerated_failure_count.unwrap_or(0),
            item_counts: map_run.item_counts.into(),
            execution_counts: map_run.execution_counts.into(),
            redrive_count: map_run.redrive_count,
            redrive_date: map_run.redriven_at.map(Date),
        }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html>: newest first.
    pub(crate) async fn list_map_runs(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            execution_arn: Option<String>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            map_runs: Vec<Item<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Item<'a> {
            execution_arn: &'a str,
            map_run_arn: &'a str,
            state_machine_arn: &'a str,
            start_date: Date,
            #[serde(skip_serializing_if = "Option::is_none")]
            stop_date: Option<Date>,
        }
        let Request { execution_arn, max_results, next_token } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("executionArn", execution_arn.as_deref(), (1, ARN));
        Page::constraints(&mut constraints, max_results, next_token.as_deref(), TOKEN);
        constraints.check()?;
        let arn = execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        let page = Page::read(LIST, max_results, next_token.as_deref())?;
        let mut map_runs = self.runtime.map_runs(&arn).await?;
        map_runs.reverse();
        let (map_runs, next_token) = page.cut(LIST, map_runs, |map_run: &MapRunSummary| u64::MAX - map_run.id);
        let items = map_runs.iter().map(|map_run| Item {
            execution_arn: &arn,
            map_run_arn: &map_run.map_run_arn,
            state_machine_arn: &map_run.state_machine_arn,
            start_date: Date(map_run.started_at),
            stop_date: map_run.stopped_at.map(Date),
        });
        Ok(reply(&Answer { map_runs: items.collect(), next_token }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>
    pub(crate) async fn update_map_run(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            map_run_arn: Option<String>,
            max_concurrency: Option<i64>,
            tolerated_failure_percentage: Option<f64>,
            tolerated_failure_count: Option<i64>,
        }
        let request: Request = request(body)?;
        let Request { map_run_arn, max_concurrency, tolerated_failure_percentage, tolerated_failure_count } = request;
        Constraints::default()
            .required("mapRunArn", map_run_arn.as_deref(), (1, LONG_ARN))
            .range("maxConcurrency", max_concurrency, (0, i32::MAX.into()))
            .range("toleratedFailurePercentage", tolerated_failure_percentage, (0.0, 100.0))
            .range("toleratedFailureCount", tolerated_failure_count, (0, i64::MAX))
            .check()?;
        let text = map_run_arn.unwrap_or_default();
        arn::map_run(&text)?;
        let (count, most) = (tolerated_failure_count.map(|n| n as u64), max_concurrency.map(|n| n as u64));
        self.runtime.update_map_run(&text, most, count, tolerated_failure_percentage).await?;
        Ok(EMPTY)
    }
}
