//! One running execution: its interpreter, its inbox, and whoever waits for its end.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use journal::{Header, JournalError};
use machine::{Execution, Identity, Input, MapRunId, Outcome, TaskId};
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;

/// A running or finished execution.
pub struct ExecutionHandle {
    /// Who it is.
    pub identity: Arc<Identity>,
    /// What is on record of its beginning.
    pub header: Arc<Header>,
    pub(crate) inbox: Mutex<Inbox>,
    pub(crate) interpreter: tokio::sync::Mutex<Execution>,
    pub(crate) tasks: Mutex<HashMap<TaskId, RunningTask>>,
    /// What is being read or written for its map runs.
    pub(crate) transfers: Mutex<Vec<AbortHandle>>,
    /// Whose child it is.
    pub(crate) parent: Option<Parent>,
    pub(crate) outcome: watch::Sender<Option<Outcome>>,
}

/// The map run that a child execution belongs to.
pub(crate) struct Parent {
    pub(crate) execution: Arc<ExecutionHandle>,
    pub(crate) map_run: MapRunId,
    pub(crate) child: u64,
}

#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) waiting: VecDeque<Input>,
    /// Whether somebody is taking inputs out.
    pub(crate) driven: bool,
    /// Its beginning is not on record yet; told when it is.
    pub(crate) begin: Option<oneshot::Sender<Result<(), JournalError>>>,
}

/// A task in flight, and how to give it up.
pub(crate) struct RunningTask {
    pub(crate) token: Option<Arc<str>>,
    pub(crate) abort: AbortHandle,
}

impl ExecutionHandle {
    pub(crate) fn new(
        identity: Arc<Identity>,
        header: Arc<Header>,
        interpreter: Execution,
        parent: Option<Parent>,
    ) -> Self {
        Self {
            identity,
            header,
            inbox: Mutex::default(),
            interpreter: tokio::sync::Mutex::new(interpreter),
            tasks: Mutex::default(),
            transfers: Mutex::default(),
            parent,
            outcome: watch::Sender::new(None),
        }
    }

    /// The guarded values are whole after any panic: each change is one call.
    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, HashMap<TaskId, RunningTask>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn transfers(&self) -> MutexGuard<'_, Vec<AbortHandle>> {
        self.transfers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.borrow().clone()
    }

    /// Waits for its end, which is in the journal by then.
    pub async fn finished(&self) -> Outcome {
        let mut outcome = self.outcome.subscribe();
        // The sender lives in `self`, so the channel can't close before there is an outcome.
        match outcome.wait_for(Option::is_some).await {
            Ok(found) => found.clone().unwrap_or(Outcome::Aborted(machine::ErrorCause::default())),
            Err(_) => Outcome::Aborted(machine::ErrorCause::default()),
        }
    }
}

impl std::fmt::Debug for ExecutionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutionHandle").field("identity", &self.identity).finish_non_exhaustive()
    }
}
