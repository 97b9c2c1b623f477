//! The child executions of a map run: started as the concurrency allows, counted as they end.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Child, Counts, MapRun, Stage};
use crate::command::{ChildStart, Command, Outcome};
use crate::context::View;
use crate::document::Document;
use crate::execution::{Execution, Turn};
use crate::failure::{Failure, name};
use crate::input::MapRunId;
use crate::scope::{Phase, ScopeId};
use crate::sentences;

/// How many children one turn starts, so that others have theirs.
const STARTS_PER_TURN: usize = 64;

/// How many children of a map run run at the same time, whatever its `MaxConcurrency`
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>).
const MOST_CHILDREN: u64 = 10_000;

impl MapRun {
    /// Whether another child may be started now.
    fn has_room(&self) -> bool {
        let most = match self.summary.max_concurrency {
            0 => MOST_CHILDREN,
            wanted => wanted.min(MOST_CHILDREN),
        };
        let left = !self.to_redrive.is_empty() || self.next_item < self.items.len();
        matches!(self.stage, Stage::Running) && self.running < most && left
    }

    /// Counts a child, and its items, in or out of a state.
    pub(super) fn count(&mut self, items: u64, place: impl Fn(&mut Counts) -> &mut u64, out: bool) {
        let counts = [(&mut self.summary.item_counts, items), (&mut self.summary.execution_counts, 1)];
        for (counts, number) in counts {
            let place = place(counts);
            *place = if out { *place - number } else { *place + number };
        }
    }

    /// A child is over.
    pub(super) fn child_over(&mut self, child: usize, outcome: Outcome, at: jiff::Timestamp) {
        let shows_inputs = self.format.shows_inputs();
        let ended = &mut self.children[child];
        ended.stopped_at = at;
        if matches!(outcome, Outcome::Succeeded(_)) && !shows_inputs {
            ended.input = None;
        }
        let items = ended.items;
        let place = place_of(&outcome);
        ended.outcome = Some(outcome);
        self.running -= 1;
        self.count(items, |counts| &mut counts.running, true);
        self.count(items, place, false);
    }
}

/// Where a child that ended so is counted.
pub(super) fn place_of(outcome: &Outcome) -> fn(&mut Counts) -> &mut u64 {
    match outcome {
        Outcome::Succeeded(_) => |counts| &mut counts.succeeded,
        Outcome::Failed(_) => |counts| &mut counts.failed,
        Outcome::TimedOut(_) => |counts| &mut counts.timed_out,
        Outcome::Aborted(_) => |counts| &mut counts.aborted,
    }
}

impl Execution {
    /// Has a turn come in which children are started, if there is room for one.
    pub(super) fn plan_children(&mut self, map_run: MapRunId) {
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        if run.has_room() && !std::mem::replace(&mut run.starting, true) {
            let scope = run.scope;
            self.ready.push_back((scope, Turn::StartChildren));
        }
    }

    /// Starts as many children as there is room for, in one turn or more.
    pub(crate) fn start_map_run_children(&mut self, scope: ScopeId) {
        let Phase::MapRun(id) = self.scopes[scope].phase else { return };
        if let Some(run) = self.map_runs.get_mut(&id) {
            run.starting = false;
        }
        for _ in 0..STARTS_PER_TURN {
            if !self.map_runs.get(&id).is_some_and(MapRun::has_room) {
                break;
            }
            let started = match self.map_runs.get_mut(&id).and_then(|run| run.to_redrive.pop_front()) {
                Some(child) => {
                    self.redrive_map_run_child(id, child);
                    Ok(())
                }
                None => self.start_map_run_child(id),
            };
            if let Err(failure) = started {
                return self.map_run_over(id, Some(failure));
            }
        }
        self.plan_children(id);
    }

    fn start_map_run_child(&mut self, id: MapRunId) -> Result<(), Failure> {
        let run = &self.map_runs[&id];
        let (input, items) = self.child_input(run, run.next_item)?;
        Failure::if_excessive(&input, &self.current(self.map_runs[&id].scope).name)?;
        let now = self.now;
        let start = self.child_start(&self.map_runs[&id], self.map_runs[&id].children.len(), input.clone());
        let Some(run) = self.map_runs.get_mut(&id) else { return Ok(()) };
        let execution_arn = start.execution_arn.clone();
        run.next_item += items;
        run.running += 1;
        let items = items as u64;
        run.children.push(Child {
            execution_arn,
            input: Some(input),
            items,
            started_at: now,
            stopped_at: now,
            redrives: 0,
            outcome: None,
        });
        run.count(items, |counts| &mut counts.running, false);
        self.command(Command::StartChild(start));
        Ok(())
    }

    /// A new execution for a child of a map run.
    pub(super) fn child_start(&self, run: &MapRun, child: usize, input: Document) -> ChildStart {
        let execution_name: Arc<str> = self.entropy.uuid().into();
        let seed = self.entropy.seed();
        let state_machine_arn = &run.summary.state_machine_arn;
        let execution_arn: Arc<str> = if run.express {
            let kind = state_machine_arn.replacen(":stateMachine:", ":express:", 1);
            format!("{kind}:{execution_name}:{}", self.entropy.uuid()).into()
        } else {
            format!("{}:{execution_name}", state_machine_arn.replacen(":stateMachine:", ":execution:", 1)).into()
        };
        ChildStart {
            map_run: run.id(),
            map_run_arn: run.summary.map_run_arn.clone(),
            child: child as u64,
            execution_arn,
            execution_name,
            state_machine_arn: state_machine_arn.clone(),
            state_machine_name: run.state_machine_name.clone(),
            express: run.express,
            processor: run.processor.clone(),
            input,
            seed,
        }
    }

    /// The input of the child that begins with that item, and how many items it takes.
    pub(super) fn child_input(&self, run: &MapRun, first: usize) -> Result<(Document, usize), Failure> {
        let Some(batching) = &run.batching else {
            return Ok((self.item_input(run, first)?, 1));
        };
        let mut batch = Map::new();
        if let Some(input) = &batching.input {
            batch.insert("BatchInput".into(), input.value().clone());
        }
        // `,"Items":[]}` and what comes before it.
        let mut bytes = batching.input.as_ref().map_or(0, |input| input.text().len() + "\"BatchInput\":,".len())
            + r#"{"Items":[]}"#.len();
        let mut items = Vec::new();
        while items.len() < batching.most_items && first + items.len() < run.items.len() {
            let item = self.item_input(run, first + items.len())?;
            let more = item.text().len() + usize::from(!items.is_empty());
            // A single item makes a batch, however large it is.
            if !items.is_empty() && bytes + more > batching.most_bytes {
                break;
            }
            bytes += more;
            items.push(item.into_value());
        }
        let count = items.len();
        batch.insert("Items".into(), Value::Array(items));
        Ok((Document::new(Value::Object(batch)), count))
    }

    /// An item after `ItemSelector`.
    pub(super) fn item_input(&self, run: &MapRun, index: usize) -> Result<Document, Failure> {
        let item = &run.items[index];
        let state = self.current(run.scope);
        let asl::model::StateKind::Map(map) = &state.kind else { return Ok(item.input()) };
        let Some(selector) = &map.item_selector else { return Ok(item.input()) };
        let effective = &self.scopes[run.scope].effective;
        let view = View::new(self, run.scope, effective.value()).with_distributed_item(index as u64, item);
        let location = if map.legacy_parameters { "Parameters" } else { "ItemSelector" };
        Ok(Document::new(selector.evaluate_shared(&view, location)?))
    }

    /// A child ended.
    pub(crate) fn map_run_child_ended(&mut self, map_run: MapRunId, child: u64, outcome: Outcome) {
        let now = self.now;
        let Some(run) = self.map_runs.get_mut(&map_run) else { return };
        let Ok(child) = usize::try_from(child) else { return };
        if run.children.get(child).is_none_or(|child| child.outcome.is_some()) {
            return;
        }
        run.child_over(child, outcome, now);
        self.note_change();
        self.weigh_map_run(map_run);
    }

    /// Looks whether a map run is over, and starts more children when it isn't.
    pub(super) fn weigh_map_run(&mut self, map_run: MapRunId) {
        let Some(run) = self.map_runs.get(&map_run) else { return };
        if !matches!(run.stage, Stage::Running) {
            return;
        }
        if run.exceeds_threshold() {
            let failure = Failure::new(name::EXCEED_TOLERATED_FAILURE_THRESHOLD, sentences::THRESHOLD_EXCEEDED);
            return self.map_run_over(map_run, Some(failure));
        }
        if run.running == 0 && run.to_redrive.is_empty() && run.next_item == run.items.len() {
            return self.map_run_over(map_run, None);
        }
        self.plan_children(map_run);
    }

    /// Gives up the children that run.
    pub(super) fn abort_map_run_children(&mut self, run: &mut MapRun) {
        // Those that were to be redriven stay as they ended.
        for child in std::mem::take(&mut run.to_redrive) {
            let items = run.children[child].items;
            run.count(items, |counts| &mut counts.pending_redrive, true);
            if let Some(outcome) = &run.children[child].outcome {
                run.count(items, place_of(outcome), false);
            }
        }
        if run.running == 0 {
            return;
        }
        for child in 0..run.children.len() {
            if run.children[child].outcome.is_some() {
                continue;
            }
            let execution_arn = run.children[child].execution_arn.clone();
            self.command(Command::AbortChild { map_run: run.id(), child: child as u64, execution_arn });
            run.child_over(child, Outcome::Aborted(crate::event::ErrorCause::default()), self.now);
        }
    }

    /// The inputs of the children that were not started, as far as they can be made.
    pub(super) fn pending_inputs(&self, run: &MapRun) -> Vec<Document> {
        let mut inputs = Vec::new();
        let mut first = run.next_item;
        while first < run.items.len() {
            let Ok((input, items)) = self.child_input(run, first) else { break };
            inputs.push(input);
            first += items;
        }
        inputs
    }
}
