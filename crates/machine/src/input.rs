//! Everything that may happen to an execution from outside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::command::Outcome;
use crate::document::Document;
use crate::items::Item;

/// A task in flight: the number of the event that scheduled it.
pub type TaskId = u64;

/// A timer that was armed, numbered within its execution.
pub type TimerId = u64;

/// A map run, by the number of the event that started it.
pub type MapRunId = u64;

/// Something that happens to an execution. The set is closed: the journal is a list of these, and replaying them gives
/// the execution back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// It begins.
    Start,
    /// A worker took the task (activities only; other tasks start as soon as they are scheduled).
    TaskStarted {
        /// Which task.
        task: TaskId,
        /// The worker's name, if it gave one.
        worker_name: Option<Arc<str>>,
    },
    /// The service took the request of a `.sync` or `.waitForTaskToken` task; the result is to come.
    TaskSubmitted {
        /// Which task.
        task: TaskId,
        /// The service's answer to the request.
        output: Document,
    },
    /// The task ended.
    TaskEnded {
        /// Which task.
        task: TaskId,
        /// How.
        outcome: TaskOutcome,
    },
    /// A sign of life of the task.
    Heartbeat {
        /// Which task.
        task: TaskId,
    },
    /// A timer's time has come.
    TimerFired {
        /// Which timer.
        timer: TimerId,
    },
    /// The items of a map run were read.
    ItemsRead {
        /// Which map run.
        map_run: MapRunId,
        /// The items.
        items: Arc<[Item]>,
    },
    /// The items of a map run could not be read, or its results not be written.
    TransferFailed {
        /// Which map run.
        map_run: MapRunId,
        /// The error name.
        error: Arc<str>,
        /// The cause.
        cause: Arc<str>,
    },
    /// The results of a map run were written.
    ResultsWritten {
        /// Which map run.
        map_run: MapRunId,
    },
    /// A child execution of a map run is over.
    ChildEnded {
        /// Which map run.
        map_run: MapRunId,
        /// Which of its children.
        child: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// `UpdateMapRun`: what is not given stays.
    UpdateMapRun {
        /// Which map run.
        map_run: MapRunId,
        /// `maxConcurrency`; 0 for no limit.
        max_concurrency: Option<u64>,
        /// `toleratedFailureCount`
        tolerated_failure_count: Option<u64>,
        /// `toleratedFailurePercentage`, 0 to 100
        tolerated_failure_percentage: Option<f64>,
    },
    /// The execution is stopped from outside (`StopExecution`).
    Stop {
        /// The error to record.
        error: Option<Arc<str>>,
        /// The cause to record.
        cause: Option<Arc<str>>,
    },
    /// An execution that ended without success goes on where it stopped (`RedriveExecution`).
    Redrive,
    /// Go on: the last step was cut because it was long.
    Continue,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TaskOutcome {
    /// With a result.
    Succeeded(Document),
    /// With an error.
    Failed {
        /// The error name.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// The service itself said that its time was up.
    TimedOut {
        /// The error name, `States.Timeout` when none is given.
        error: Option<Arc<str>>,
        /// The cause.
        cause: Option<Arc<str>>,
    },
    /// The task could not be started at all: the execution fails, nothing can catch it.
    Impossible {
        /// What is wrong, without the state's name (`The activity … does not exist.`).
        cause: Arc<str>,
    },
}
