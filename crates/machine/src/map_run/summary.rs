//! What can be seen of a map run from outside (`DescribeMapRun`).

use std::sync::Arc;

use jiff::Timestamp;

use crate::input::MapRunId;

/// A map run as `DescribeMapRun` tells of it (recorded case
/// `sfn_api_map_run/sfn_api_map_run--list_map_runs_and_describe_map_run.json`).
#[derive(Debug, Clone, PartialEq)]
pub struct MapRunSummary {
    /// Its number within its execution.
    pub id: MapRunId,
    /// `mapRunArn`: `arn:…:mapRun:NAME/LABEL:UUID`
    pub map_run_arn: Arc<str>,
    /// `stateMachineArn`: `arn:…:stateMachine:NAME/LABEL`
    pub state_machine_arn: Arc<str>,
    /// `status`
    pub status: MapRunStatus,
    /// `startDate`
    pub started_at: Timestamp,
    /// `stopDate`
    pub stopped_at: Option<Timestamp>,
    /// `maxConcurrency`; 0 for no limit.
    pub max_concurrency: u64,
    /// `toleratedFailureCount`; none was given.
    pub tolerated_failure_count: Option<u64>,
    /// `toleratedFailurePercentage`; none was given.
    pub tolerated_failure_percentage: Option<f64>,
    /// `itemCounts`
    pub item_counts: Counts,
    /// `executionCounts`
    pub execution_counts: Counts,
    /// `redriveCount`
    pub redrive_count: u64,
    /// `redriveDate`: when it was redriven the last time.
    pub redriven_at: Option<Timestamp>,
}

/// `MapRunStatus`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapRunStatus {
    /// `RUNNING`
    Running,
    /// `SUCCEEDED`
    Succeeded,
    /// `FAILED`
    Failed,
    /// `ABORTED`
    Aborted,
}

impl MapRunStatus {
    /// AWS's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

/// How many items or child executions are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not started.
    pub pending: u64,
    /// Running.
    pub running: u64,
    /// Succeeded.
    pub succeeded: u64,
    /// Failed.
    pub failed: u64,
    /// Timed out.
    pub timed_out: u64,
    /// Aborted.
    pub aborted: u64,
    /// Over without success, and going to be redriven.
    pub pending_redrive: u64,
    /// All of these.
    pub total: u64,
    /// Whose results are part of the map run's output, or were written to S3.
    pub results_written: u64,
}

impl Counts {
    pub(super) fn sum_up(&mut self) {
        let over = self.succeeded + self.failed + self.timed_out + self.aborted;
        self.total = self.pending + self.pending_redrive + self.running + over;
    }
}
