//! From the journal back to a running execution.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use asl::model::StateMachine;
use jiff::Timestamp;
use machine::{
    Command, Document, Execution, MapRunId, Preflight, Processor, ReadItems, Scheduling, TaskCall, TaskId, TimerId,
    WriteResults,
};

use crate::{Entry, Header, Journal, JournalError};

/// An execution as it was when its last step was recorded, and what the world still owes it.
#[derive(Debug)]
pub struct Recovered {
    /// The execution.
    pub execution: Execution,
    /// What it waits for.
    pub owed: Owed,
}

/// What the world owes an execution.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Owed {
    /// The timers to arm again, at their own absolute times.
    pub timers: BTreeMap<TimerId, Timestamp>,
    /// The tasks that were asked for and have not ended. Whether one was carried out before the crash is not known.
    pub calls: BTreeMap<TaskId, TaskCall>,
    /// The tasks among them whose request was answered, with the answer: only their result is to come.
    pub submitted: BTreeMap<TaskId, Document>,
    /// The tasks among them that a worker has taken (activities).
    pub taken: BTreeSet<TaskId>,
    /// The ARNs of the child executions that were asked for (or asked to go on) and have not ended, by map run and
    /// position. How far one came its own records tell.
    pub children: BTreeMap<(MapRunId, u64), Arc<str>>,
    /// The items to be read again: reading changes nothing.
    pub reads: BTreeMap<MapRunId, ReadItems>,
    /// The results to be written again: the same files under the same keys.
    pub writes: BTreeMap<MapRunId, WriteResults>,
    /// Whether the last step was cut short and wants to go on.
    pub to_continue: bool,
}

/// Why an execution could not be recovered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecoverError {
    /// The journal itself.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The execution whose map run it belongs to can't be recovered.
    #[error("execution {execution} stays with its parent {parent}, which can't be recovered")]
    OfParent {
        /// The execution's ARN.
        execution: String,
        /// The parent's.
        parent: String,
    },
    /// Its definition is no longer one.
    #[error("the definition of execution {execution} can't be read back: {reason}")]
    Definition {
        /// The execution's ARN.
        execution: String,
        /// Why.
        reason: String,
    },
}

/// The state machine that an execution runs: its definition, or the part of an ancestor's that a child of a map run has.
pub fn machine_of(journal: &dyn Journal, header: &Header) -> Result<Arc<StateMachine>, RecoverError> {
    let unreadable = |reason: &str| RecoverError::Definition {
        execution: header.execution_arn.to_string(),
        reason: reason.to_owned(),
    };
    let mut ancestor = Arc::new(header.clone());
    while let Some(child_of) = &ancestor.child_of {
        ancestor = journal.header(&child_of.execution_arn)?.ok_or_else(|| unreadable("its parent is not recorded"))?;
    }
    let options = asl::Options { express: ancestor.express, ..asl::Options::default() };
    let root = asl::parse(&ancestor.definition, &options).machine.ok_or_else(|| unreadable("it is not sound"))?;
    match &header.child_of {
        None => Ok(root),
        Some(child_of) => {
            let processor = Processor::find(&root, &child_of.processor);
            Ok(processor.ok_or_else(|| unreadable("it has no such Map state"))?.machine().clone())
        }
    }
}

/// What was refused when an execution was recorded, each time that it ended so. Each refusal counts once: a redriven state
/// may be refused again, or not.
#[derive(Debug)]
struct Refused(Mutex<Vec<machine::Recorded>>);

impl Refused {
    /// None: nothing was refused.
    fn of(entries: &[Entry]) -> Option<Self> {
        let events: Vec<_> = entries.iter().flat_map(|entry| &entry.events).collect();
        let ends = events.iter().filter(|event| event["type"] == "ExecutionFailed");
        let refused = ends.filter_map(|end| {
            // Events are numbered from 1 without gaps.
            let before = usize::try_from(end["previousEventId"].as_u64()?).ok()?.checked_sub(1)?;
            machine::Recorded::of(events.get(before)?, end)
        });
        let refused: Vec<_> = refused.collect();
        (!refused.is_empty()).then(|| Self(Mutex::new(refused)))
    }
}

impl Preflight for Refused {
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = left.iter().position(|refused| refused.refusal(task).is_some())?;
        left.remove(at).refusal(task)
    }
}

/// Folds the entries of an execution. Each step must give the events that were recorded for it; if one does not, the
/// journal was damaged or written by another version, and nothing is guessed.
pub fn recover(machine: Arc<StateMachine>, header: &Header, entries: &[Entry]) -> Result<Recovered, RecoverError> {
    let mut execution = Execution::new(machine, Arc::new(header.identity()), header.input.clone());
    if let Some(refused) = Refused::of(entries) {
        execution = execution.with_preflight(Arc::new(refused));
    }
    let mut owed = Owed::default();
    for (number, entry) in entries.iter().enumerate() {
        match &entry.input {
            machine::Input::TimerFired { timer } => {
                owed.timers.remove(timer);
            }
            machine::Input::TaskEnded { task, .. } => {
                owed.calls.remove(task);
            }
            machine::Input::TaskSubmitted { task, output } => {
                owed.submitted.insert(*task, output.clone());
            }
            machine::Input::TaskStarted { task, .. } => {
                owed.taken.insert(*task);
            }
            machine::Input::ChildEnded { map_run, child, .. } => {
                owed.children.remove(&(*map_run, *child));
            }
            machine::Input::ItemsRead { map_run, .. } => {
                owed.reads.remove(map_run);
            }
            machine::Input::ResultsWritten { map_run } => {
                owed.writes.remove(map_run);
            }
            machine::Input::TransferFailed { map_run, .. } => {
                owed.reads.remove(map_run);
                owed.writes.remove(map_run);
            }
            machine::Input::Continue => owed.to_continue = false,
            _ => {}
        }
        let step = execution.apply(entry.input.clone(), entry.at);
        let events: Vec<_> = step.events.iter().map(machine::HistoryEvent::to_wire).collect();
        if events != entry.events {
            let reason = "its input gives other events than were recorded".into();
            return Err(JournalError::Damaged {
                execution: header.execution_arn.to_string(),
                step: number as u64,
                reason,
            }
            .into());
        }
        for command in step.commands {
            match command {
                Command::Call(call) => {
                    owed.calls.insert(call.task, call);
                }
                Command::Abort { task } => {
                    owed.calls.remove(&task);
                }
                Command::Arm { timer, at } => {
                    owed.timers.insert(timer, at);
                }
                Command::Disarm { timer } => {
                    owed.timers.remove(&timer);
                }
                Command::Continue => owed.to_continue = true,
                Command::StartChild(start) => {
                    owed.children.insert((start.map_run, start.child), start.execution_arn);
                }
                Command::RedriveChild { map_run, child, execution_arn } => {
                    owed.children.insert((map_run, child), execution_arn);
                }
                Command::AbortChild { map_run, child, .. } => {
                    owed.children.remove(&(map_run, child));
                }
                Command::ReadItems(read) => {
                    owed.reads.insert(read.map_run, read);
                }
                Command::WriteResults(write) => {
                    owed.writes.insert(write.map_run, write);
                }
                Command::Finish(_) => {
                    owed.timers.clear();
                    owed.calls.clear();
                    // What is left over from before the end must not go on with a redrive.
                    owed.submitted.clear();
                    owed.taken.clear();
                    owed.reads.clear();
                    owed.writes.clear();
                    owed.to_continue = false;
                }
            }
        }
    }
    owed.calls.retain(|task, _| execution.is_waiting_for(*task));
    owed.submitted.retain(|task, _| owed.calls.contains_key(task));
    owed.taken.retain(|task| owed.calls.contains_key(task));
    owed.children.retain(|(map_run, _), _| execution.has_map_run(*map_run));
    owed.reads.retain(|map_run, _| execution.has_map_run(*map_run));
    owed.writes.retain(|map_run, _| execution.has_map_run(*map_run));
    Ok(Recovered { execution, owed })
}
