//! Everything that the world must do for an execution.

use std::sync::Arc;

use asl::graph::EdgeKind;
use jiff::Timestamp;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::event::{ErrorCause, HistoryEvent};
use crate::execution::Identity;
use crate::input::{MapRunId, TaskId, TimerId};
use crate::items::ReaderConfig;
use crate::map_run::{Processor, WriteResults};
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
    /// Have the items of a distributed Map read; the answer is [`crate::Input::ItemsRead`] or
    /// [`crate::Input::TransferFailed`].
    ReadItems(ReadItems),
    /// Start a child execution of a map run; at its end send [`crate::Input::ChildEnded`].
    StartChild(ChildStart),
    /// Have a child execution of a map run that is over go on where it stopped, with [`crate::Input::Redrive`]; at its end
    /// send [`crate::Input::ChildEnded`].
    RedriveChild {
        /// The map run.
        map_run: MapRunId,
        /// Which of its children.
        child: u64,
        /// The child's ARN.
        execution_arn: Arc<str>,
    },
    /// Stop a child execution: its map run is over.
    AbortChild {
        /// The map run.
        map_run: MapRunId,
        /// Which of its children.
        child: u64,
        /// The child's ARN.
        execution_arn: Arc<str>,
    },
    /// Have the results of a map run written; the answer is [`crate::Input::ResultsWritten`] or
    /// [`crate::Input::TransferFailed`]. The results of one that was given up may be asked for a second time, or after the
    /// end of the execution; then nobody waits for the answer.
    WriteResults(WriteResults),
    /// The execution is over.
    Finish(Outcome),
}

/// The items of a map run, to be read with a [`crate::items::Reader`].
#[derive(Debug, Clone, PartialEq)]
pub struct ReadItems {
    /// The map run.
    pub map_run: MapRunId,
    /// `Resource` of the `ItemReader`, such as `arn:aws:states:::s3:getObject`.
    pub resource: Arc<str>,
    /// The evaluated `Parameters` or `Arguments`.
    pub parameters: Document,
    /// `ReaderConfig`
    pub config: ReaderConfig,
    /// `MaxItems`: how many items are wanted at the most.
    pub max_items: u64,
    /// `ItemsPointer`
    pub items_pointer: Option<Arc<str>>,
}

/// A child execution of a map run, with everything that it takes to start it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildStart {
    /// The map run.
    pub map_run: MapRunId,
    /// Its ARN.
    pub map_run_arn: Arc<str>,
    /// The child's position among the children of its map run, from 0.
    pub child: u64,
    /// The child's ARN.
    pub execution_arn: Arc<str>,
    /// The child's name.
    pub execution_name: Arc<str>,
    /// `arn:…:stateMachine:NAME/LABEL`
    pub state_machine_arn: Arc<str>,
    /// `NAME/LABEL`
    pub state_machine_name: Arc<str>,
    /// `ExecutionType: EXPRESS`
    pub express: bool,
    /// What it runs.
    pub processor: Processor,
    /// Its input.
    pub input: Document,
    /// Where its randomness starts.
    pub seed: [u8; 32],
}

impl ChildStart {
    /// Who the child is; what it doesn't say it has from its parent.
    pub fn identity(&self, parent: &Identity) -> Identity {
        Identity {
            execution_arn: self.execution_arn.clone(),
            execution_name: self.execution_name.clone(),
            state_machine_arn: self.state_machine_arn.clone(),
            state_machine_name: self.state_machine_name.clone(),
            role_arn: parent.role_arn.clone(),
            region: parent.region.clone(),
            redrive_count: 0,
            express: self.express,
            seed: self.seed,
        }
    }
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Whether the input changed the execution though it may have left no event and no command: a child of a map run that
    /// ended among many has to be on record, too.
    pub changed: bool,
}

/// A way out of a state that was taken because of the data or of an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Taken {
    /// The state that was left.
    pub state: Arc<str>,
    /// Which of its ways: a rule of a Choice state, its `Default`, or a catcher.
    pub edge: EdgeKind,
}
