//! From the journal back to a running execution.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::model::StateMachine;
use jiff::Timestamp;
use machine::{Command, Execution, TaskCall, TaskId, TimerId};

use crate::{Entry, Header, JournalError};

/// An execution as it was when its last step was recorded, and what the world still owes it.
#[derive(Debug)]
pub struct Recovered {
    /// The execution.
    pub execution: Execution,
    /// The timers to arm again, at their own absolute times.
    pub timers: BTreeMap<TimerId, Timestamp>,
    /// The tasks that were asked for and have not ended. Whether one was carried out before the crash is not known.
    pub calls: BTreeMap<TaskId, TaskCall>,
    /// The tasks among them whose request was answered: only their result is to come.
    pub submitted: Vec<TaskId>,
    /// Whether the last step was cut short and wants to go on.
    pub to_continue: bool,
}

/// Why an execution could not be recovered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecoverError {
    /// The journal itself.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its definition is no longer one.
    #[error("the definition of execution {execution} can't be read back: {reason}")]
    Definition {
        /// The execution's ARN.
        execution: String,
        /// Why.
        reason: String,
    },
}

/// Folds the entries of an execution. Each step must give the events that were recorded for it; if one does not, the
/// journal was damaged or written by another version, and nothing is guessed.
pub fn recover(machine: Arc<StateMachine>, header: &Header, entries: &[Entry]) -> Result<Recovered, RecoverError> {
    let mut execution = Execution::new(machine, Arc::new(header.identity()), header.input.clone());
    let mut timers = BTreeMap::new();
    let mut calls: BTreeMap<TaskId, TaskCall> = BTreeMap::new();
    let mut submitted = Vec::new();
    let mut to_continue = false;
    for (number, entry) in entries.iter().enumerate() {
        match &entry.input {
            machine::Input::TimerFired { timer } => {
                timers.remove(timer);
            }
            machine::Input::TaskEnded { task, .. } => {
                calls.remove(task);
            }
            machine::Input::TaskSubmitted { task, .. } => submitted.push(*task),
            machine::Input::Continue => to_continue = false,
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
                    calls.insert(call.task, call);
                }
                Command::Abort { task } => {
                    calls.remove(&task);
                }
                Command::Arm { timer, at } => {
                    timers.insert(timer, at);
                }
                Command::Disarm { timer } => {
                    timers.remove(&timer);
                }
                Command::Continue => to_continue = true,
                Command::Finish(_) => {
                    timers.clear();
                    calls.clear();
                }
            }
        }
    }
    calls.retain(|task, _| execution.is_waiting_for(*task));
    submitted.retain(|task| calls.contains_key(task));
    Ok(Recovered { execution, timers, calls, submitted, to_continue })
}
