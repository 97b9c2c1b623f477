//! One strand of an execution: the machine's own flow, a branch of a Parallel state, an iteration of a Map state.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::model::{Flow, StateIndex};
use jiff::Timestamp;

use crate::document::Document;
use crate::event::EventId;
use crate::execution::Turn;
use crate::input::{MapRunId, TaskId, TimerId};
use crate::map_run::MapRun;

/// A scope's place in the execution's slab.
pub(crate) type ScopeId = usize;

/// A strand with its own chain of `previousEventId`, its own current state and its own variables.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The state that runs it, and its position among that state's children. None: the machine's own flow.
    pub(crate) parent: Option<(ScopeId, usize)>,
    pub(crate) flow: Arc<Flow>,
    /// The last event of its chain.
    pub(crate) previous: EventId,
    /// The current state.
    pub(crate) state: StateIndex,
    /// The event that entered the current state.
    pub(crate) entered: EventId,
    /// The event that this one follows.
    pub(crate) before_entry: EventId,
    pub(crate) entered_at: Timestamp,
    /// The raw input of the current state.
    pub(crate) input: Document,
    /// The same after `InputPath`.
    pub(crate) effective: Document,
    /// The variables that were assigned in this scope.
    pub(crate) variables: BTreeMap<Arc<str>, Document>,
    /// The item of a Map iteration: its index and value.
    pub(crate) item: Option<(u64, Document)>,
    /// How often each retrier of the current state was used.
    pub(crate) attempts: Vec<u64>,
    pub(crate) phase: Phase,
    /// The children that were given up when the current state failed, in case the execution is redriven.
    pub(crate) parked: Option<Box<Parked>>,
    /// The map run of the current state that failed or was given up, likewise.
    pub(crate) stopped_map_run: Option<Box<MapRun>>,
}

/// The branches or iterations of a state that failed, as they were when they were given up.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    /// What the state knew of them; none while it may yet be retried or caught.
    pub(crate) children: Option<Box<Children>>,
    /// Each one's position, and the turn that was to come.
    pub(crate) scopes: Vec<(usize, Scope, Option<Turn>)>,
}

impl Scope {
    pub(crate) fn new(flow: Arc<Flow>, parent: Option<(ScopeId, usize)>, previous: EventId, input: Document) -> Self {
        let state = flow.start_at;
        Self {
            parent,
            flow,
            previous,
            state,
            entered: 0,
            before_entry: previous,
            entered_at: Timestamp::UNIX_EPOCH,
            effective: input.clone(),
            input,
            variables: BTreeMap::new(),
            item: None,
            attempts: Vec::new(),
            phase: Phase::Ready,
            parked: None,
            stopped_map_run: None,
        }
    }

    /// `$$.State.RetryCount`.
    pub(crate) fn retry_count(&self) -> u64 {
        self.attempts.iter().sum()
    }
}

/// What the current state of a scope is waiting for.
#[derive(Debug)]
pub(crate) enum Phase {
    /// For its turn.
    Ready,
    /// For a task.
    Task(Box<TaskPhase>),
    /// For a timer: a Wait state.
    Wait(TimerId),
    /// For a timer: the delay before a retry.
    Retry(TimerId),
    /// For its branches or iterations.
    Children(Box<Children>),
    /// For its map run.
    MapRun(MapRunId),
    /// For nothing: its flow is over.
    Over,
}

/// A task in flight.
#[derive(Debug)]
pub(crate) struct TaskPhase {
    pub(crate) id: TaskId,
    pub(crate) resource: crate::resource::Resource,
    pub(crate) parameters: Document,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) credentials: Option<Arc<str>>,
    pub(crate) timeout: Option<TimerId>,
    pub(crate) timeout_at: Option<Timestamp>,
    pub(crate) heartbeat: Option<TimerId>,
    pub(crate) heartbeat_seconds: Option<u64>,
    /// Whether its `…Started` event is written.
    pub(crate) started: bool,
}

/// The branches of a Parallel state or the iterations of a Map state.
#[derive(Debug)]
pub(crate) struct Children {
    /// The running ones by position, None where one is not started or is over.
    pub(crate) scopes: Vec<Option<ScopeId>>,
    /// The outputs of those that are over.
    pub(crate) outputs: Vec<Option<Document>>,
    /// How many are not over.
    pub(crate) left: usize,
    /// The items of a Map state that are not started; none of a Parallel state.
    pub(crate) items: Vec<Document>,
    /// The next item to start.
    pub(crate) next: usize,
}
