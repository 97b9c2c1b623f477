//! What happens in a run, told on standard error as it happens.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use machine::{EventId, EventKind, HistoryEvent};
use runtime::{ExecutionHandle, Observer};

use super::duration;
use super::style::Style;
use crate::output::tell;

/// Tells of each state as it is entered and left, of retries and of errors.
pub(crate) struct Progress {
    style: Style,
    quiet: bool,
    strands: Mutex<HashMap<Box<str>, Strands>>,
}

/// The states that the branches of one execution are in, each known by the last event of its chain.
#[derive(Default)]
struct Strands {
    at: HashMap<EventId, Visit>,
}

/// One visit of a state.
#[derive(Clone)]
struct Visit {
    name: String,
    entered: Timestamp,
    depth: usize,
    attempts: u64,
}

impl Progress {
    /// Tells on standard error; when `quiet`, of nothing.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { style: Style::stderr(), quiet, strands: Mutex::default() }
    }

    /// A line of the run that is not an event.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            tell!("{line}");
        }
    }

    fn lines(&self, strands: &mut Strands, event: &HistoryEvent) -> Option<String> {
        let style = self.style;
        let before = strands.at.get(&event.previous_event_id).cloned();
        let depth = before.as_ref().map_or(0, |visit| visit.depth);
        let indent = |depth: usize| "  ".repeat(depth + 1);
        let took = |visit: &Visit| {
            let elapsed = event.timestamp.duration_since(visit.entered).unsigned_abs();
            duration::show(elapsed)
        };
        let mut next = before.clone();
        let line = match &event.kind {
            EventKind::StateEntered { name, .. } => {
                let depth = before.as_ref().map_or(0, |visit| {
                    // Branches and iterations follow their Parallel or Map state and stand deeper than it.
                    visit.depth + usize::from(visit.attempts == u64::MAX)
                });
                next = Some(Visit { name: name.to_string(), entered: event.timestamp, depth, attempts: 0 });
                Some(format!("{}{} {name}", indent(depth), style.dim("▸")))
            }
            EventKind::StateExited { name, .. } => {
                let visit = before.filter(|visit| *visit.name == **name);
                let took = visit.as_ref().map(took).unwrap_or_default();
                Some(format!("{}{} {name}  {}", indent(depth), style.good("✓"), style.dim(&took)))
            }
            EventKind::LambdaFunctionScheduled { .. }
            | EventKind::TaskScheduled { .. }
            | EventKind::ActivityScheduled { .. } => {
                let mut line = None;
                if let Some(visit) = &mut next {
                    visit.attempts += 1;
                    if visit.attempts > 1 {
                        line = Some(format!(
                            "{}{} {}  {}",
                            indent(depth),
                            style.odd("↻"),
                            visit.name,
                            style.dim(&format!("retry {}", visit.attempts - 1))
                        ));
                    }
                }
                line
            }
            EventKind::LambdaFunctionFailed(failure)
            | EventKind::LambdaFunctionTimedOut(failure)
            | EventKind::ActivityFailed(failure)
            | EventKind::ActivityTimedOut(failure)
            | EventKind::TaskFailed { failure, .. }
            | EventKind::TaskTimedOut { failure, .. }
            | EventKind::EvaluationFailed { failure, .. }
            | EventKind::ExecutionFailed(failure)
            | EventKind::ExecutionTimedOut(failure)
            | EventKind::ExecutionAborted(failure) => {
                let name = before.as_ref().map_or("execution", |visit| &visit.name);
                let mut line = format!(
                    "{}{} {name}  {}",
                    indent(depth),
                    style.bad("✗"),
                    style.bad(failure.error.as_deref().unwrap_or("no error name"))
                );
                if let Some(cause) = &failure.cause {
                    // Writing to a string does not fail.
                    let _ = write!(line, "  {}", style.dim(&told(cause)));
                }
                Some(line)
            }
            EventKind::TaskSubmitted { task, .. } if task.resource.ends_with(".waitForTaskToken") => {
                Some(format!("{}{}", indent(depth + 1), style.dim("waits for its task token")))
            }
            EventKind::MapIterationStarted { index, .. } => {
                next = before.map(|visit| Visit { attempts: u64::MAX, ..visit });
                Some(format!("{}{}", indent(depth + 1), style.dim(&format!("item {index}"))))
            }
            EventKind::ParallelStateStarted => {
                next = before.map(|visit| Visit { attempts: u64::MAX, ..visit });
                None
            }
            _ => None,
        };
        if let Some(next) = next {
            strands.at.insert(event.id, next);
        }
        line
    }
}

/// What a cause says, in one line: the message of a function's error, or the text itself.
fn told(cause: &str) -> String {
    let message = serde_json::from_str::<serde_json::Value>(cause)
        .ok()
        .and_then(|cause| cause.get("errorMessage")?.as_str().map(str::to_owned));
    message.unwrap_or_else(|| cause.to_owned()).replace('\n', " ")
}

impl Observer for Progress {
    fn recorded(&self, execution: &ExecutionHandle, _redrive_count: u64, events: &[HistoryEvent]) {
        if self.quiet {
            return;
        }
        let mut strands = self.strands.lock().unwrap_or_else(PoisonError::into_inner);
        let strands = strands.entry((*execution.identity.execution_arn).into()).or_default();
        for event in events {
            if let Some(line) = self.lines(strands, event) {
                tell!("{line}");
            }
        }
    }
}

/// How long something took, for a closing line.
pub(crate) fn took(duration: Duration) -> String {
    duration::show(duration)
}
