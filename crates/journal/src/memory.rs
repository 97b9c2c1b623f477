//! A journal that lives as long as the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::{Done, Entry, Header, Journal, JournalError, Record, Summary};

/// A journal in memory: for tests, and for runs that nobody wants to look at again.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    executions: HashMap<Arc<str>, Execution>,
    order: Vec<Arc<str>>,
}

#[derive(Debug)]
struct Execution {
    header: Arc<Header>,
    summary: Summary,
    entries: Vec<Entry>,
}

impl State {
    fn newest_first(&self) -> impl Iterator<Item = &Execution> {
        self.order.iter().rev().map(|arn| &self.executions[arn])
    }
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere leaves whole records behind: each is put in with one call.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn append(&self, batch: Vec<Record>, done: Done) {
        let mut state = self.lock();
        for record in batch {
            match record {
                Record::Begin(header) => {
                    let arn = header.execution_arn.clone();
                    let summary = Summary {
                        execution_arn: arn.clone(),
                        execution_name: header.execution_name.clone(),
                        state_machine_arn: header.state_machine_arn.clone(),
                        status: "RUNNING".into(),
                        started_at: jiff::Timestamp::UNIX_EPOCH,
                        stopped_at: None,
                    };
                    state.order.push(arn.clone());
                    state.executions.insert(arn, Execution { header, summary, entries: Vec::new() });
                }
                Record::Step { execution_arn, input, at, events } => {
                    if let Some(execution) = state.executions.get_mut(&execution_arn) {
                        if execution.entries.is_empty() {
                            execution.summary.started_at = at;
                        }
                        let events = events.iter().map(machine::HistoryEvent::to_wire).collect();
                        execution.entries.push(Entry { input, at, events });
                    }
                }
                Record::End { execution_arn, outcome, at } => {
                    if let Some(execution) = state.executions.get_mut(&execution_arn) {
                        execution.summary.status = outcome.status().into();
                        execution.summary.stopped_at = Some(at);
                    }
                }
            }
        }
        drop(state);
        done(Ok(()));
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        Ok(self.lock().executions.get(execution_arn).map(|execution| execution.header.clone()))
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        Ok(self.lock().executions.get(execution_arn).map(|execution| execution.entries.clone()).unwrap_or_default())
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        Ok(self.entries(execution_arn)?.into_iter().flat_map(|entry| entry.events).collect())
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        let state = self.lock();
        let started = state.newest_first().filter(|execution| execution.header.child_of.is_none());
        Ok(started.map(|execution| execution.summary.clone()).collect())
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        let state = self.lock();
        let of_map_run = |execution: &&Execution| {
            execution.header.child_of.as_ref().is_some_and(|child_of| &*child_of.map_run_arn == map_run_arn)
        };
        Ok(state.newest_first().filter(of_map_run).map(|execution| execution.summary.clone()).collect())
    }
}
