//! What is told of executions to `CloudWatch` Logs, as the `loggingConfiguration` of their state machines says
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>).
//!
//! An execution hands its events over and goes on; a task of its own makes records of them and writes them. As on AWS that is
//! best effort: events that come faster than they can be written are lost once [`MOST_WAITING`] of them wait, and a warning
//! tells how many.

mod record;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use aws::LogWriter;
use journal::Header;
use machine::{EventKind, HistoryEvent};
use runtime::{ExecutionHandle, Observer};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// Events that may wait to be written.
const MOST_WAITING: usize = 200_000;
/// Batches of events that are taken at once.
const BATCHES: usize = 64;

/// Writes the events of executions to their log groups, and passes them on.
pub struct LogDelivery {
    next: Option<Arc<dyn Observer>>,
    queue: mpsc::UnboundedSender<Work>,
    waiting: Arc<AtomicUsize>,
    lost: AtomicU64,
}

enum Work {
    Events(Batch),
    /// Everything before this is written.
    Drained(oneshot::Sender<()>),
}

/// Events that an execution handed over.
struct Batch {
    /// Of the execution that somebody started; a map run's children are logged as it says.
    root: Arc<Header>,
    execution_arn: Arc<str>,
    redrive_count: u64,
    events: Vec<HistoryEvent>,
}

/// `loggingConfiguration`, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Configuration<'a> {
    level: Level,
    include_execution_data: bool,
    group: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    All,
    Error,
    Fatal,
}

impl<'a> Configuration<'a> {
    /// None: nothing is logged.
    fn of(header: &'a Header) -> Option<Self> {
        let logging: &Value = header.origin.logging.as_deref()?;
        let level = match logging["level"].as_str()? {
            "ALL" => Level::All,
            "ERROR" => Level::Error,
            "FATAL" => Level::Fatal,
            _ => return None,
        };
        let destination = &logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"];
        let (_, group) = destination.as_str()?.split_once(":log-group:")?;
        let include_execution_data = logging["includeExecutionData"].as_bool().unwrap_or(false);
        Some(Self { level, include_execution_data, group: group.strip_suffix(":*").unwrap_or(group) })
    }
}

impl Level {
    /// Whether events of that kind are logged, as the page's table of log levels has it. It leaves out those of activities
    /// and `EvaluationFailed`, which follow the same rule here.
    fn takes(self, kind: &EventKind) -> bool {
        let name = kind.type_name();
        let is_error = || {
            name == "FailStateEntered" || ["Failed", "TimedOut", "Aborted"].iter().any(|ending| name.ends_with(ending))
        };
        match self {
            Self::All => true,
            Self::Error => is_error(),
            Self::Fatal => name.starts_with("Execution") && is_error(),
        }
    }
}

impl LogDelivery {
    /// Delivers to `writer`, and passes all events on to `next`. Must be called within a Tokio runtime.
    pub fn new(writer: LogWriter, next: Option<Arc<dyn Observer>>) -> Self {
        let (queue, work) = mpsc::unbounded_channel();
        let waiting = Arc::<AtomicUsize>::default();
        tokio::spawn(deliver(work, writer, Arc::clone(&waiting)));
        Self { next, queue, waiting, lost: AtomicU64::new(0) }
    }

    /// Waits until what was handed over so far is with the log groups.
    pub async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.queue.send(Work::Drained(done)).is_ok() {
            // The task ends with its runtime only.
            let _ = drained.await;
        }
    }
}

impl Observer for LogDelivery {
    fn wants(&self, execution: &ExecutionHandle) -> bool {
        Configuration::of(&execution.root().header).is_some()
            || self.next.as_ref().is_some_and(|next| next.wants(execution))
    }

    fn recorded(&self, execution: &ExecutionHandle, redrive_count: u64, events: &[HistoryEvent]) {
        if let Some(next) = &self.next
            && next.wants(execution)
        {
            next.recorded(execution, redrive_count, events);
        }
        let root = &execution.root().header;
        let Some(configuration) = Configuration::of(root) else { return };
        let events: Vec<_> = events.iter().filter(|event| configuration.level.takes(&event.kind)).cloned().collect();
        if events.is_empty() {
            return;
        }
        let count = events.len();
        if self.waiting.fetch_add(count, Ordering::Relaxed) + count > MOST_WAITING {
            self.waiting.fetch_sub(count, Ordering::Relaxed);
            // Told of once in a while, not for each of many.
            if self.lost.fetch_add(count as u64, Ordering::Relaxed) == 0 {
                tracing::warn!(
                    "events of executions come faster than they can be logged: some are left out of the logs"
                );
            }
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "events of executions were left out of the logs");
        }
        let execution_arn = execution.identity.execution_arn.clone();
        // The task ends with its runtime only.
        let _ = self.queue.send(Work::Events(Batch { root: root.clone(), execution_arn, redrive_count, events }));
    }
}

/// Writes what is handed over, until nobody can hand anything over any more.
async fn deliver(mut work: mpsc::UnboundedReceiver<Work>, writer: LogWriter, waiting: Arc<AtomicUsize>) {
    let mut taken = Vec::with_capacity(BATCHES);
    while work.recv_many(&mut taken, BATCHES).await > 0 {
        for work in taken.drain(..) {
            match work {
                Work::Events(batch) => {
                    write(&writer, &batch);
                    waiting.fetch_sub(batch.events.len(), Ordering::Relaxed);
                }
                // Who asked may have gone.
                Work::Drained(done) => drop(done.send(())),
            }
        }
        // Records are work: others have their turn.
        tokio::task::yield_now().await;
    }
}

fn write(writer: &LogWriter, batch: &Batch) {
    let Some(configuration) = Configuration::of(&batch.root) else { return };
    for event in &batch.events {
        let record = record::of(event, &batch.execution_arn, batch.redrive_count, configuration.include_execution_data);
        let stream = record::stream(&batch.root.state_machine_name, event.timestamp);
        writer.write(configuration.group, &stream, event.timestamp, &record);
    }
}

#[cfg(test)]
mod tests;
