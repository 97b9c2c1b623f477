//! What Parallel and Map states share: scopes that run under another.

use asl::model::{State, StateKind};

use crate::command::Command;
use crate::document::Document;
use crate::event::EventKind;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::scope::{Children, Phase, ScopeId};

impl Execution {
    /// A branch or iteration came to its end.
    pub(crate) fn child_succeeded(&mut self, parent: ScopeId, index: usize, child: ScopeId, output: Document) {
        let state = self.current(parent);
        let last = self.scopes[child].previous;
        // The iteration's end is the last event of the map's chain only when no other iteration starts after it
        // (recorded case `scenarios/base_scenarios--map_state_legacy_reentrant.json`).
        let succeeded = matches!(state.kind, StateKind::Map(_)).then(|| {
            self.event(last, EventKind::MapIterationSucceeded { name: state.name.clone(), index: index as u64 })
        });
        self.remove_scope(child);
        let Phase::Children(children) = &mut self.scopes[parent].phase else { return };
        children.scopes[index] = None;
        children.outputs[index] = Some(output);
        children.left -= 1;
        if children.left > 0 {
            if children.next < children.items.len()
                && let Err(failure) = self.start_iteration(parent, &state, last)
            {
                self.scopes[parent].previous = last;
                self.iteration_failed_to_start(parent, &state, failure);
            }
            return;
        }
        self.scopes[parent].previous = succeeded.unwrap_or(last);
        let Phase::Children(children) = std::mem::replace(&mut self.scopes[parent].phase, Phase::Ready) else {
            return;
        };
        if let Err(failure) = self.children_succeeded(parent, &state, *children) {
            self.state_failed(parent, &state, failure);
        }
    }

    /// All branches or iterations came to their end.
    pub(crate) fn children_succeeded(
        &mut self,
        scope: ScopeId,
        state: &State,
        children: Children,
    ) -> Result<(), Failure> {
        let outputs: Vec<Document> = children.outputs.into_iter().flatten().collect();
        let (succeeded, selector, result_path) = match &state.kind {
            StateKind::Parallel(parallel) => {
                (EventKind::ParallelStateSucceeded, &parallel.result_selector, &parallel.result_path)
            }
            StateKind::Map(map) => (EventKind::MapStateSucceeded, &map.result_selector, &map.result_path),
            _ => return Ok(()),
        };
        // Recorded beside the chain: the state's exit follows the last event of its children.
        let previous = self.scopes[scope].previous;
        self.event(previous, succeeded);
        self.complete_with(scope, state, selector.as_ref(), result_path, Document::array(&outputs))
    }

    /// A branch or iteration failed: the others are given up.
    pub(crate) fn child_failed(&mut self, parent: ScopeId, index: usize, child: ScopeId, failure: Failure) {
        let state = self.current(parent);
        let last = self.scopes[child].previous;
        if matches!(state.kind, StateKind::Map(_)) {
            self.event(last, EventKind::MapIterationFailed { name: state.name.clone(), index: index as u64 });
        }
        // A Fail state is where its flow ends, and `EvaluationFailed` ends its state (recorded case
        // `states_variables/error_output--map_catch_error-MAP_CATCH_ERROR_OUTPUT_WITH_RETRY.json`); any other state that
        // failed is given up.
        let told = failure.evaluation.is_some() || matches!(self.current(child).kind, StateKind::Fail(_));
        if !told {
            self.state_aborted(child, last);
        }
        self.park(child, None);
        if let Phase::Children(children) = &mut self.scopes[parent].phase {
            children.scopes[index] = None;
        }
        self.abort_children(parent, last);
        self.scopes[parent].previous = last;
        // An evaluation that failed is told of where it failed, not again by every state around it.
        self.handle(parent, &state, Failure { evaluation: None, ..failure });
    }

    /// The input of a Map state's next iteration could not be made: those that run are given up.
    pub(crate) fn iteration_failed_to_start(&mut self, parent: ScopeId, state: &State, failure: Failure) {
        self.abort_children(parent, self.scopes[parent].previous);
        // The iteration that was not started has no scope to come back to.
        self.forget_parked(parent);
        self.state_failed(parent, state, failure);
    }

    /// Gives up the running children of a state; the events that say so follow the one that caused it.
    fn abort_children(&mut self, parent: ScopeId, cause: u64) {
        let state = self.current(parent);
        let Phase::Children(children) = &mut self.scopes[parent].phase else { return };
        let running: Vec<(usize, ScopeId)> = children
            .scopes
            .iter_mut()
            .enumerate()
            .filter_map(|(index, scope)| scope.take().map(|scope| (index, scope)))
            .collect();
        for (index, child) in running {
            if matches!(state.kind, StateKind::Map(_)) {
                self.event(cause, EventKind::MapIterationAborted { name: state.name.clone(), index: index as u64 });
            }
            self.abort_scope(child, cause);
        }
    }

    /// Gives up a scope with everything it waits for.
    fn abort_scope(&mut self, scope: ScopeId, cause: u64) {
        self.abort_children(scope, cause);
        match &self.scopes[scope].phase {
            Phase::Task(task) => {
                let (id, timers) = (task.id, [task.timeout, task.heartbeat]);
                for timer in timers.into_iter().flatten() {
                    self.disarm(timer);
                }
                self.tasks.remove(&id);
                self.command(Command::Abort { task: id });
            }
            Phase::Wait(timer) | Phase::Retry(timer) => {
                let timer = *timer;
                self.disarm(timer);
            }
            Phase::MapRun(map_run) => {
                let map_run = *map_run;
                if let Some(write) = self.map_run_aborted(map_run, Some(cause)) {
                    self.command(Command::WriteResults(write));
                }
            }
            Phase::Ready | Phase::Children(_) | Phase::Over => {}
        }
        let turn = self.ready.iter().find(|(waiting, _)| *waiting == scope).map(|(_, turn)| *turn);
        self.ready.retain(|(waiting, _)| *waiting != scope);
        // One that was started but had no turn yet has entered no state.
        if self.scopes[scope].entered > 0 {
            self.state_aborted(scope, cause);
        }
        self.park(scope, turn);
    }
}
