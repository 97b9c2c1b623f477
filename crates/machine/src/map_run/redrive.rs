//! Redrives of map runs (<https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>): children that
//! succeeded stay as they are, Standard ones that didn't go on where they stopped, Express ones are started anew with the
//! same input, and items that had no child yet get theirs.

use super::children::place_of;
use super::{MapRun, MapRunStatus, Stage};
use crate::command::{Command, Outcome};
use crate::event::EventKind;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::input::MapRunId;
use crate::scope::{Phase, ScopeId};
use crate::sentences;

/// How often a map run can be redriven, at the most.
const MOST_REDRIVES: u64 = 1_000;

impl Execution {
    /// Has a map run that failed or was given up go on.
    pub(super) fn redrive_map_run(&mut self, scope: ScopeId, mut run: MapRun) -> Result<(), Failure> {
        if run.summary.redrive_count >= MOST_REDRIVES {
            return Err(Failure::runtime(sentences::too_many_redrives(MOST_REDRIVES)));
        }
        let id = run.id();
        self.past_map_runs.retain(|past| past.id != id);
        let summary = &mut run.summary;
        summary.redrive_count += 1;
        summary.redriven_at = Some(self.now);
        summary.status = MapRunStatus::Running;
        summary.stopped_at = None;
        let redriven = EventKind::MapRunRedriven {
            map_run_arn: summary.map_run_arn.clone(),
            redrive_count: summary.redrive_count,
        };
        run.begun = self.chain(scope, redriven);
        run.scope = scope;
        run.stage = Stage::Running;
        run.starting = false;
        for child in 0..run.children.len() {
            let over = match &run.children[child].outcome {
                // None runs any more: they were given up with their map run.
                None | Some(Outcome::Succeeded(_)) => continue,
                Some(outcome) => place_of(outcome),
            };
            let items = run.children[child].items;
            run.count(items, over, true);
            run.count(items, |counts| &mut counts.pending_redrive, false);
            run.to_redrive.push_back(child);
        }
        for counts in [&mut run.summary.item_counts, &mut run.summary.execution_counts] {
            counts.results_written = 0;
        }
        self.scopes[scope].phase = Phase::MapRun(id);
        self.map_runs.insert(id, run);
        self.weigh_map_run(id);
        Ok(())
    }

    /// Has a child go on, or start anew.
    pub(super) fn redrive_map_run_child(&mut self, id: MapRunId, child: usize) {
        let Some(run) = self.map_runs.get(&id) else { return };
        // One that did not succeed has kept its input.
        let again = if let (true, Some(input)) = (run.express, run.children[child].input.clone()) {
            Command::StartChild(self.child_start(run, child, input))
        } else {
            let execution_arn = run.children[child].execution_arn.clone();
            Command::RedriveChild { map_run: id, child: child as u64, execution_arn }
        };
        let Some(run) = self.map_runs.get_mut(&id) else { return };
        let redriven = &mut run.children[child];
        match &again {
            Command::StartChild(start) => redriven.execution_arn = start.execution_arn.clone(),
            _ => redriven.redrives += 1,
        }
        redriven.outcome = None;
        let items = redriven.items;
        run.running += 1;
        run.count(items, |counts| &mut counts.pending_redrive, true);
        run.count(items, |counts| &mut counts.running, false);
        self.command(again);
    }
}
