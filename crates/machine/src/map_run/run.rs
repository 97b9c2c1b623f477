//! The course of a map run.

use std::sync::Arc;

use asl::model::StateKind;

use super::{MapRun, MapRunStatus, Stage, WriteResults};
use crate::command::Command;
use crate::document::Document;
use crate::event::{EventId, EventKind};
use crate::execution::Execution;
use crate::failure::Failure;
use crate::input::MapRunId;
use crate::items::{Item, TransferError};
use crate::scope::{Phase, ScopeId};
use crate::sentences;

impl Execution {
    /// The items are there.
    pub(crate) fn items_read(&mut self, map_run: MapRunId, items: Arc<[Item]>) {
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        if !matches!(run.stage, Stage::Reading) {
            return;
        }
        run.items = items;
        run.stage = Stage::Running;
        self.note_change();
        self.weigh_map_run(map_run);
    }

    /// Reading or writing failed.
    pub(crate) fn transfer_failed(&mut self, map_run: MapRunId, error: &str, cause: Arc<str>) {
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        let failure = Failure::new(error, cause);
        match &mut run.stage {
            Stage::Reading => self.map_run_over(map_run, Some(failure)),
            Stage::Running => {}
            Stage::Writing(earlier) => {
                let failure = earlier.take().unwrap_or(failure);
                self.conclude_map_run(map_run, Some(failure));
            }
        }
    }

    /// The results were written.
    pub(crate) fn results_written(&mut self, map_run: MapRunId) {
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        if let Stage::Writing(failure) = &mut run.stage {
            let failure = failure.take();
            let written = |counts: &mut super::Counts| {
                counts.results_written = counts.succeeded + counts.failed + counts.timed_out + counts.aborted;
            };
            written(&mut run.summary.item_counts);
            written(&mut run.summary.execution_counts);
            self.conclude_map_run(map_run, failure);
        }
    }

    /// `UpdateMapRun`
    pub(crate) fn update_map_run(
        &mut self,
        map_run: MapRunId,
        max_concurrency: Option<u64>,
        tolerated_failure_count: Option<u64>,
        tolerated_failure_percentage: Option<f64>,
    ) {
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        let summary = &mut run.summary;
        summary.max_concurrency = max_concurrency.unwrap_or(summary.max_concurrency);
        summary.tolerated_failure_count = tolerated_failure_count.or(summary.tolerated_failure_count);
        summary.tolerated_failure_percentage = tolerated_failure_percentage.or(summary.tolerated_failure_percentage);
        self.note_change();
        self.weigh_map_run(map_run);
    }

    /// No child is started any more, and those that run are given up: the results are written, then the map run ends.
    pub(super) fn map_run_over(&mut self, map_run: MapRunId, failure: Option<Failure>) {
        let Some(mut run) = self.map_runs.remove(&map_run) else { return };
        self.abort_map_run_children(&mut run);
        let was_reading = matches!(run.stage, Stage::Reading);
        let Some(writer) = run.writer.as_ref().filter(|_| !was_reading) else {
            // What was never read has no results, and what is not exported is the state's output.
            if failure.is_none() {
                run.summary.item_counts.results_written = run.items.len() as u64;
                run.summary.execution_counts.results_written = run.children.len() as u64;
            }
            self.map_runs.insert(map_run, run);
            return self.conclude_map_run(map_run, failure);
        };
        if let Some(bucket) = writer.bucket.clone() {
            let pending = self.pending_inputs(&run);
            self.command(Command::WriteResults(run.write_results(bucket, pending)));
            run.stage = Stage::Writing(failure);
            self.map_runs.insert(map_run, run);
        } else {
            self.map_runs.insert(map_run, run);
            let missing = TransferError::writer(sentences::no_parameter("Bucket")).into();
            self.conclude_map_run(map_run, Some(failure.unwrap_or(missing)));
        }
    }

    /// Ends a map run, and with it the Map state's attempt.
    fn conclude_map_run(&mut self, map_run: MapRunId, failure: Option<Failure>) {
        let Some(mut run) = self.map_runs.remove(&map_run) else { return };
        let status = if failure.is_some() { MapRunStatus::Failed } else { MapRunStatus::Succeeded };
        self.keep_summary(&mut run, status);
        let scope = run.scope;
        let state = self.current(scope);
        if let Some(failure) = failure {
            let failure = self.described(scope, &state, failure);
            self.chain(scope, EventKind::MapRunFailed(failure.error.clone()));
            self.keep_for_redrive(run);
            return self.handle(scope, &state, failure);
        }
        let result = match run.writer.as_ref().and_then(|writer| writer.bucket.clone()) {
            Some(bucket) => run.export(&bucket),
            None => run.output(),
        };
        let begun = run.begun;
        if let Err(failure) = self.map_run_succeeded(scope, &state, begun, result) {
            self.state_failed(scope, &state, failure);
        }
    }

    fn map_run_succeeded(
        &mut self,
        scope: ScopeId,
        state: &asl::model::State,
        started: EventId,
        result: Document,
    ) -> Result<(), Failure> {
        // Recorded beside the chain: the state's exit follows the start of the map run (recorded since November 2024, such
        // as `scenarios/base_scenarios--map_state_nested_config_distributed.json`; before, it followed its end).
        let succeeded = self.event(started, EventKind::MapRunSucceeded);
        self.event(succeeded, EventKind::MapStateSucceeded);
        self.scopes[scope].phase = Phase::Ready;
        let StateKind::Map(map) = &state.kind else { return Ok(()) };
        self.complete_with(scope, state, map.result_selector.as_ref(), &map.result_path, result)
    }

    /// A map run is given up, because of that event, or (none) because its execution is over. What there is of its results
    /// is to be written all the same, and nobody waits for that ("Map Run might still be writing results",
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>).
    pub(crate) fn map_run_aborted(&mut self, map_run: MapRunId, cause: Option<EventId>) -> Option<WriteResults> {
        let mut run = self.map_runs.remove(&map_run)?;
        self.abort_map_run_children(&mut run);
        let bucket = run.writer.as_ref().and_then(|writer| writer.bucket.clone());
        let bucket = bucket.filter(|_| !matches!(run.stage, Stage::Reading));
        let write = bucket.map(|bucket| run.write_results(bucket, self.pending_inputs(&run)));
        self.keep_summary(&mut run, MapRunStatus::Aborted);
        self.keep_for_redrive(run);
        if let Some(cause) = cause {
            self.event(cause, EventKind::MapRunAborted);
        }
        write
    }

    /// Keeps what a redrive goes on from. A map run whose items were never read has nothing: another one takes its place
    /// (<https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>).
    fn keep_for_redrive(&mut self, run: MapRun) {
        if !matches!(run.stage, Stage::Reading) {
            let scope = run.scope;
            self.scopes[scope].stopped_map_run = Some(Box::new(run));
        }
    }

    fn keep_summary(&mut self, run: &mut MapRun, status: MapRunStatus) {
        run.summary.status = status;
        run.summary.stopped_at = Some(self.now);
        self.past_map_runs.push(run.summary());
    }
}
