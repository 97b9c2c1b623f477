//! Everything that the world must do for an execution.

use std::sync::Arc;

use asl::graph::EdgeKind;
use jiff::Timestamp;

use crate::document::Document;
use crate::event::{ErrorCause, HistoryEvent};
use crate::input::{TaskId, TimerId};
use crate::resource::Resource;

/// Something to be done. It must not be begun before the step that asked for it is in the journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Have a task done.
    Call(TaskCall),
    /// Give up a task: its state is over.
    Abort {
        /// Which task.
        task: TaskId,
    },
    /// Send [`crate::Input::TimerFired`] at that time or as soon after it as possible.
    Arm {
        /// Which timer.
        timer: TimerId,
        /// When.
        at: Timestamp,
    },
    /// Forget a timer.
    Disarm {
        /// Which timer.
        timer: TimerId,
    },
    /// Send [`crate::Input::Continue`] when others had their turn.
    Continue,
    /// The execution is over.
    Finish(Outcome),
}

/// A task to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCall {
    /// Its number.
    pub task: TaskId,
    /// The state that asks.
    pub state: Arc<str>,
    /// What is asked.
    pub resource: Resource,
    /// The evaluated `Parameters` or `Arguments` (or the input, when there are none).
    pub parameters: Document,
    /// The token that answers the task, for `.waitForTaskToken` and activities.
    pub token: Option<Arc<str>>,
    /// The role of `Credentials`.
    pub credentials: Option<Arc<str>>,
    /// The seconds without a sign of life after which the task times out.
    pub heartbeat_seconds: Option<u64>,
    /// When the task's time is up. None: after the service's limit of 99,999,999 seconds.
    pub deadline: Option<Timestamp>,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// `SUCCEEDED`
    Succeeded(Document),
    /// `FAILED`
    Failed(ErrorCause),
    /// `TIMED_OUT`
    TimedOut(ErrorCause),
    /// `ABORTED`
    Aborted(ErrorCause),
}

impl Outcome {
    /// AWS's `ExecutionStatus`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "SUCCEEDED",
            Self::Failed(_) => "FAILED",
            Self::TimedOut(_) => "TIMED_OUT",
            Self::Aborted(_) => "ABORTED",
        }
    }
}

/// What came of one input: the events to record and the commands to follow, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// Record these first.
    pub events: Vec<HistoryEvent>,
    /// Then do these.
    pub commands: Vec<Command>,
    /// The arms and catchers that the step took, in order. They follow from definition and inputs like everything else
    /// here, so nobody needs to record them; the events alone don't tell two arms with one target apart.
    pub taken: Vec<Taken>,
}

/// A way out of a state that was taken because of the data or of an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Taken {
    /// The state that was left.
    pub state: Arc<str>,
    /// Which of its ways: a rule of a Choice state, its `Default`, or a catcher.
    pub edge: EdgeKind,
}
