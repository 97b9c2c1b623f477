//! A journal that lives as long as the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use machine::{HistoryEvent, Input};
use serde_json::Value;

use crate::query::ExecutionsOf;
use crate::{Done, Entry, Header, HistoryPage, Journal, JournalError, Query, Record, Summary};

/// A journal in memory: for tests, and for runs that nobody wants to look at again.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    executions: HashMap<Arc<str>, Execution>,
    order: Vec<Arc<str>>,
    /// How far the clock is ahead.
    ahead: SignedDuration,
}

#[derive(Debug)]
struct Execution {
    header: Arc<Header>,
    summary: Summary,
    steps: Vec<Step>,
    /// The events of all steps; what nobody reads is never written out.
    events: Vec<HistoryEvent>,
}

#[derive(Debug)]
struct Step {
    input: Input,
    at: Timestamp,
    /// How many events it made.
    events: usize,
}

impl State {
    fn newest_first(&self) -> impl Iterator<Item = &Execution> {
        self.order.iter().rev().filter_map(|arn| self.executions.get(arn))
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Begin(header) => {
                let arn = header.execution_arn.clone();
                let summary = Summary {
                    number: self.order.len() as u64 + 1,
                    execution_arn: arn.clone(),
                    execution_name: header.execution_name.clone(),
                    state_machine_arn: header.state_machine_arn.clone(),
                    version_arn: header.origin.version_arn.clone(),
                    alias_arn: header.origin.alias_arn.clone(),
                    map_run_arn: header.child_of.as_ref().map(|child_of| child_of.map_run_arn.clone()),
                    status: "RUNNING".into(),
                    started_at: header.started_at,
                    stopped_at: None,
                    redrive_count: 0,
                    redriven_at: None,
                };
                self.order.push(arn.clone());
                self.executions.insert(arn, Execution { header, summary, steps: Vec::new(), events: Vec::new() });
            }
            Record::Step { execution_arn, input, at, events } => {
                if let Some(execution) = self.executions.get_mut(&execution_arn) {
                    if execution.steps.is_empty() {
                        execution.summary.started_at = at;
                    }
                    execution.steps.push(Step { input, at, events: events.len() });
                    execution.events.extend(events);
                }
            }
            Record::End { execution_arn, outcome, at } => {
                if let Some(execution) = self.executions.get_mut(&execution_arn) {
                    execution.summary.status = outcome.status().into();
                    execution.summary.stopped_at = Some(at);
                }
            }
            Record::Redrive { execution_arn, at } => {
                if let Some(execution) = self.executions.get_mut(&execution_arn) {
                    execution.summary.status = "RUNNING".into();
                    execution.summary.stopped_at = None;
                    execution.summary.redrive_count += 1;
                    execution.summary.redriven_at = Some(at);
                }
            }
            Record::Clock { ahead } => self.ahead = ahead,
        }
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
        let exists = batch.iter().find_map(|record| match record {
            Record::Begin(header) if state.executions.contains_key(&header.execution_arn) => {
                Some(JournalError::Exists { execution: header.execution_arn.to_string() })
            }
            _ => None,
        });
        if let Some(exists) = exists {
            drop(state);
            return done(Err(exists));
        }
        for record in batch {
            state.take(record);
        }
        drop(state);
        done(Ok(()));
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        Ok(self.lock().executions.get(execution_arn).map(|execution| execution.header.clone()))
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        let state = self.lock();
        let Some(execution) = state.executions.get(execution_arn) else { return Ok(Vec::new()) };
        let mut events = execution.events.iter();
        let entries = execution.steps.iter().map(|step| Entry {
            input: step.input.clone(),
            at: step.at,
            events: events.by_ref().take(step.events).map(HistoryEvent::to_wire).collect(),
        });
        Ok(entries.collect())
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        let state = self.lock();
        let execution = state.executions.get(execution_arn);
        Ok(execution.map(|execution| execution.events.iter().map(HistoryEvent::to_wire).collect()).unwrap_or_default())
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        let state = self.lock();
        let Some(execution) = state.executions.get(execution_arn) else { return Ok(Vec::new()) };
        let events = &execution.events;
        let text = |event: &HistoryEvent| {
            serde_json::to_string(event).expect("an event is made of texts, numbers and objects of them")
        };
        // Events are numbered from 1 without gaps.
        let from = usize::try_from(page.from).unwrap_or(usize::MAX);
        Ok(if page.reverse {
            events[..from.min(events.len())].iter().rev().take(page.limit).map(text).collect()
        } else {
            events.iter().skip(from.saturating_sub(1)).take(page.limit).map(text).collect()
        })
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        let state = self.lock();
        let found = state.newest_first().filter(|execution| query.admits(&execution.summary)).take(query.limit);
        Ok(found.map(|execution| execution.summary.clone()).collect())
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        Ok(self.lock().executions.get(execution_arn).map(|execution| execution.summary.clone()))
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::Anybody))
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::MapRun(map_run_arn)))
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        let state = self.lock();
        let known = state.order.iter().filter_map(|arn| state.executions.get_key_value(arn));
        Ok(known.filter(|(_, execution)| execution.summary.status == "RUNNING").map(|(arn, _)| arn.clone()).collect())
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        Ok(self.lock().ahead)
    }
}
