//! A world that does what an execution asks for in any order, answers as chance has it, and says things nobody asked for.
//!
//! The journal's tests use this file as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use machine::items::Item;
use machine::{Command, Document, ErrorCause, Execution, HistoryEvent, Identity, Input, Outcome, Step, TaskOutcome};
use serde_json::json;

use crate::tape::Tape;
use crate::value;

/// After so many inputs the execution is stopped: a definition may loop for ever.
const MOST_INPUTS: usize = 400;

/// So many times it may ask to go on: each stands for thousands of turns.
const MOST_CONTINUES: usize = 3;

/// How often an execution is redriven, at the most.
const MOST_REDRIVES: usize = 2;

/// What the world owes an execution, and what happened so far.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    /// The tasks to do; true when the request was answered, or somebody took the task.
    pub(crate) calls: BTreeMap<u64, bool>,
    pub(crate) timers: BTreeMap<u64, Timestamp>,
    pub(crate) children: BTreeSet<(u64, u64)>,
    pub(crate) reads: BTreeSet<u64>,
    pub(crate) writes: BTreeSet<u64>,
    pub(crate) to_continue: bool,
    continues: usize,
    redrives: usize,
    /// Every input that was given, with its time and what came of it.
    pub(crate) taken: Vec<(Input, Timestamp, Step)>,
    pub(crate) outcome: Option<Outcome>,
    last_event: u64,
}

pub(crate) fn identity(express: bool) -> Identity {
    Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:m:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express,
        seed: [3; 32],
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            calls: BTreeMap::new(),
            timers: BTreeMap::new(),
            children: BTreeSet::new(),
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            to_continue: false,
            continues: 0,
            redrives: 0,
            taken: Vec::new(),
            outcome: None,
            last_event: 0,
        }
    }

    /// Runs an execution to its end, or for so many inputs, and looks after each step whether it can be true.
    pub(crate) fn run(&mut self, execution: &mut Execution, tape: &mut Tape<'_>, most: usize) -> Result<(), String> {
        let mut input = Input::Start;
        for _ in 0..most {
            self.give(execution, input)?;
            if self.outcome.is_some() {
                let enough = self.redrives >= MOST_REDRIVES || self.taken.len() > MOST_INPUTS;
                if enough || execution.can_be_redriven().is_err() || !tape.once_in(2) {
                    return Ok(());
                }
                self.redrives += 1;
                self.outcome = None;
                self.reads.clear();
                self.writes.clear();
                self.to_continue = false;
                input = Input::Redrive;
                continue;
            }
            if self.taken.len() > MOST_INPUTS || self.continues > MOST_CONTINUES {
                input = Input::Stop { error: Some("Enough".into()), cause: None };
                continue;
            }
            input = self.next(tape)?;
        }
        Ok(())
    }

    /// Gives one input.
    pub(crate) fn give(&mut self, execution: &mut Execution, input: Input) -> Result<(), String> {
        self.settle(&input);
        let step = execution.apply(input.clone(), self.now);
        let was_over = self.outcome.is_some();
        if was_over && step != Step::default() {
            return Err(format!("after the end {input:?} gave {step:?}"));
        }
        for event in &step.events {
            self.look_at(event)?;
        }
        for command in &step.commands {
            self.owe(command)?;
        }
        if self.outcome.is_some() != execution.outcome().is_some() {
            return Err("the end was not told".to_owned());
        }
        if execution.events() != self.last_event {
            return Err(format!("{} events, {} were told", execution.events(), self.last_event));
        }
        if self.outcome.is_some() && !was_over {
            self.nothing_is_left(&step)?;
        }
        for task in self.calls.keys() {
            if !execution.is_waiting_for(*task) {
                return Err(format!("nobody waits for task {task} any more, and it was not given up"));
            }
        }
        self.taken.push((input, self.now, step));
        Ok(())
    }

    /// What an input takes off the list.
    fn settle(&mut self, input: &Input) {
        match input {
            Input::TaskEnded { task, .. } => {
                self.calls.remove(task);
            }
            Input::TaskSubmitted { task, .. } | Input::TaskStarted { task, .. } => {
                self.calls.entry(*task).and_modify(|answered| *answered = true);
            }
            Input::TimerFired { timer } => {
                self.timers.remove(timer);
            }
            Input::ChildEnded { map_run, child, .. } => {
                self.children.remove(&(*map_run, *child));
            }
            Input::ItemsRead { map_run, .. } => {
                self.reads.remove(map_run);
            }
            Input::ResultsWritten { map_run } => {
                self.writes.remove(map_run);
            }
            Input::TransferFailed { map_run, .. } => {
                self.reads.remove(map_run);
                self.writes.remove(map_run);
            }
            Input::Continue => self.to_continue = false,
            _ => {}
        }
    }

    /// Events are numbered without gaps, and follow one that was there before.
    fn look_at(&mut self, event: &HistoryEvent) -> Result<(), String> {
        self.last_event += 1;
        if event.id != self.last_event || event.previous_event_id >= event.id {
            return Err(format!("event {} after {}: {event:?}", self.last_event, event.previous_event_id));
        }
        if event.timestamp != self.now {
            return Err(format!("an event of another time than {}: {event:?}", self.now));
        }
        let ends = matches!(
            event.kind.type_name(),
            "ExecutionAborted" | "ExecutionTimedOut" | "ExecutionStarted" | "ExecutionFailed" | "ExecutionSucceeded"
        );
        if event.previous_event_id == 0 && !ends && event.id > 2 && event.kind.type_name() != "EvaluationFailed" {
            return Err(format!("an event in the middle that follows none: {event:?}"));
        }
        Ok(())
    }

    fn owe(&mut self, command: &Command) -> Result<(), String> {
        let is_new = match command {
            Command::Call(call) => self.calls.insert(call.task, false).is_none(),
            Command::Abort { task } => {
                self.calls.remove(task);
                true
            }
            Command::Arm { timer, at } => self.timers.insert(*timer, *at).is_none(),
            Command::Disarm { timer } => self.timers.remove(timer).is_some(),
            Command::Continue => {
                self.continues += 1;
                !std::mem::replace(&mut self.to_continue, true)
            }
            Command::ReadItems(read) => self.reads.insert(read.map_run),
            Command::StartChild(start) => self.children.insert((start.map_run, start.child)),
            Command::RedriveChild { map_run, child, .. } => self.children.insert((*map_run, *child)),
            Command::AbortChild { map_run, child, .. } => self.children.remove(&(*map_run, *child)),
            Command::WriteResults(write) => {
                self.writes.insert(write.map_run);
                true
            }
            Command::Finish(outcome) => self.outcome.replace(outcome.clone()).is_none(),
        };
        if is_new { Ok(()) } else { Err(format!("for a second time, or for nothing: {command:?}")) }
    }

    /// At the end everything in flight is given up, and the last event tells of the end.
    fn nothing_is_left(&self, step: &Step) -> Result<(), String> {
        if !self.timers.is_empty() || !self.calls.is_empty() || !self.children.is_empty() {
            return Err(format!("left over: {:?} {:?} {:?}", self.timers, self.calls, self.children));
        }
        let last = step.events.last().map_or("none", |event| event.kind.type_name());
        if last.starts_with("Execution") { Ok(()) } else { Err(format!("the last event is {last}")) }
    }

    /// What happens next.
    fn next(&mut self, tape: &mut Tape<'_>) -> Result<Input, String> {
        if tape.once_in(10) {
            return Ok(noise(tape));
        }
        let mut choices = Vec::new();
        if self.to_continue {
            choices.push(Input::Continue);
        }
        choices.extend(self.calls.clone().into_iter().map(|(task, answered)| task_input(tape, task, answered)));
        choices.extend(self.children.clone().into_iter().map(|(map_run, child)| {
            let outcome = outcome(tape);
            Input::ChildEnded { map_run, child, outcome }
        }));
        choices.extend(self.reads.clone().into_iter().map(|map_run| read(tape, map_run)));
        choices.extend(self.writes.clone().into_iter().map(|map_run| {
            if tape.once_in(5) {
                Input::TransferFailed { map_run, error: "States.ResultWriterFailed".into(), cause: "full".into() }
            } else {
                Input::ResultsWritten { map_run }
            }
        }));
        let soonest = self.timers.iter().map(|(timer, at)| (*at, *timer)).min();
        let Some((at, timer)) = soonest else {
            if choices.is_empty() {
                return Err("the execution waits for nothing".to_owned());
            }
            return Ok(choices.swap_remove(tape.below(choices.len())));
        };
        if !choices.is_empty() && !tape.once_in(4) {
            self.now += SignedDuration::from_millis(tape.below(3) as i64 * 200);
            return Ok(choices.swap_remove(tape.below(choices.len())));
        }
        self.now = self.now.max(at);
        Ok(Input::TimerFired { timer })
    }
}

fn task_input(tape: &mut Tape<'_>, task: u64, answered: bool) -> Input {
    if !answered && tape.once_in(4) {
        return match tape.below(3) {
            0 => Input::TaskStarted { task, worker_name: Some("w".into()) },
            1 => Input::TaskSubmitted { task, output: Document::new(json!({})) },
            _ => Input::Heartbeat { task },
        };
    }
    let outcome = match tape.below(8) {
        0..=4 => TaskOutcome::Succeeded(Document::new(value::value(tape, 2))),
        5 => TaskOutcome::Failed { error: Some("Broken".into()), cause: Some("by chance".into()) },
        6 => TaskOutcome::TimedOut { error: None, cause: None },
        _ if tape.once_in(4) => TaskOutcome::Impossible { cause: "There is no such function.".into() },
        _ => TaskOutcome::Failed { error: None, cause: None },
    };
    Input::TaskEnded { task, outcome }
}

fn outcome(tape: &mut Tape<'_>) -> Outcome {
    let failure = ErrorCause { error: Some("Broken".into()), cause: None };
    match tape.below(6) {
        0..=2 => Outcome::Succeeded(Document::new(value::value(tape, 1))),
        3 => Outcome::Failed(failure),
        4 => Outcome::TimedOut(failure),
        _ => Outcome::Aborted(failure),
    }
}

fn read(tape: &mut Tape<'_>, map_run: u64) -> Input {
    if tape.once_in(5) {
        return Input::TransferFailed { map_run, error: "States.ItemReaderFailed".into(), cause: "gone".into() };
    }
    let items: Arc<[Item]> = (0..tape.below(6))
        .map(|_| Item {
            value: Document::new(value::value(tape, 1)),
            key: tape.once_in(3).then(|| value::name(tape).into()),
            source: "S3://b/k".into(),
        })
        .collect();
    Input::ItemsRead { map_run, items }
}

/// Something that nobody waits for, perhaps.
fn noise(tape: &mut Tape<'_>) -> Input {
    let number = tape.below(30) as u64;
    match tape.below(10) {
        0 => Input::Start,
        1 => Input::Continue,
        2 => Input::Heartbeat { task: number },
        3 => Input::TimerFired { timer: 1_000 + number },
        4 => Input::TaskEnded { task: 1_000_000 + number, outcome: TaskOutcome::Succeeded(Document::new(json!(1))) },
        5 => Input::TransferFailed { map_run: 1_000_000 + number, error: "E".into(), cause: "C".into() },
        6 => Input::ResultsWritten { map_run: 1_000_000 + number },
        7 => Input::ChildEnded { map_run: number, child: 1_000, outcome: Outcome::Succeeded(Document::new(json!(1))) },
        8 => Input::UpdateMapRun {
            map_run: number,
            max_concurrency: Some(number),
            tolerated_failure_count: tape.once_in(2).then_some(number),
            tolerated_failure_percentage: None,
        },
        _ => Input::Stop { error: None, cause: Some("by chance".into()) },
    }
}
