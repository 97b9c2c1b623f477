//! One running execution: its interpreter, its inbox, and whoever waits for its end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::driver::{Busy, Runtime};
use crate::inbox::Inbox;
use journal::{Header, JournalError, Summary};
use machine::{ErrorCause, Execution, Identity, MapRunId, Outcome, TaskId};
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle};

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
    /// Whether it is written down.
    pub(crate) recorded: bool,
    /// Whether somebody started it in this process, and it was never redriven.
    pub(crate) fresh: bool,
    /// Whether it was over and is redriven.
    pub(crate) redriven: bool,
    /// Whether its beginning (or its redrive) is on record; none: not yet.
    pub(crate) begun: watch::Sender<Option<Result<(), JournalError>>>,
    pub(crate) outcome: watch::Sender<Option<Outcome>>,
    /// Who wants to be told of the end before time goes on.
    waiting: Mutex<Vec<oneshot::Sender<(Outcome, Busy)>>>,
}

/// The map run that a child execution belongs to.
pub(crate) struct Parent {
    pub(crate) execution: Arc<ExecutionHandle>,
    pub(crate) map_run: MapRunId,
    pub(crate) child: u64,
}

/// A task in flight, and how to give it up.
pub(crate) struct RunningTask {
    pub(crate) token: Option<Arc<str>>,
    /// None: nothing is under way here, only the token is waited for.
    pub(crate) doing: Option<JoinHandle<()>>,
}

impl RunningTask {
    /// Gives it up.
    pub(crate) fn abort(&self) {
        if let Some(doing) = &self.doing {
            doing.abort();
        }
    }

    /// Gives it up, and no time is skipped before what it gives up with it knows.
    pub(crate) fn give_up(self, runtime: &Runtime) {
        let Some(doing) = self.doing else { return };
        doing.abort();
        let busy = runtime.busy();
        tokio::spawn(async move {
            // It was cancelled, or had ended.
            let _ = doing.await;
            drop(busy);
        });
    }
}

impl ExecutionHandle {
    pub(crate) fn new(
        identity: Arc<Identity>,
        header: Arc<Header>,
        interpreter: Execution,
        parent: Option<Parent>,
    ) -> Self {
        // A child's beginning is on record with its parent's step.
        let begun = parent.is_some().then_some(Ok(()));
        Self {
            identity,
            header,
            inbox: Mutex::default(),
            interpreter: tokio::sync::Mutex::new(interpreter),
            tasks: Mutex::default(),
            transfers: Mutex::default(),
            parent,
            recorded: true,
            fresh: false,
            redriven: false,
            begun: watch::Sender::new(begun),
            outcome: watch::Sender::new(None),
            waiting: Mutex::default(),
        }
    }

    /// The execution that somebody started: itself, or for a child of a map run that which has the map run, however deep.
    pub fn root(&self) -> &Self {
        let mut execution = self;
        while let Some(parent) = &execution.parent {
            execution = &parent.execution;
        }
        execution
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

    pub(crate) fn waiting(&self) -> MutexGuard<'_, Vec<oneshot::Sender<(Outcome, Busy)>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal failed: the execution stops where it is, and whoever waits for it hears so.
    pub(crate) fn abandon(&self, error: &JournalError) {
        for (_, running) in self.tasks().drain() {
            running.abort();
        }
        let failure = ErrorCause { error: Some("Batuta.JournalFailed".into()), cause: Some(error.to_string().into()) };
        self.outcome.send_replace(Some(Outcome::Aborted(failure)));
    }

    /// What the journal says of it, but for its number there, which is 0: as long as it runs, if it began in this process and
    /// its beginning is on record. Else the journal is to be asked.
    pub fn running(&self) -> Option<Summary> {
        let is_running = self.fresh && self.recorded && matches!(&*self.begun.borrow(), Some(Ok(())));
        (is_running && self.outcome.borrow().is_none()).then(|| crate::ended::summary(&self.header, None))
    }

    /// Waits until its beginning is in the journal.
    pub async fn begun(&self) -> Result<(), JournalError> {
        let mut begun = self.begun.subscribe();
        // The sender lives in `self`, so the channel can't close before.
        begun.wait_for(Option::is_some).await.ok().and_then(|begun| begun.clone()).unwrap_or(Err(JournalError::Closed))
    }

    /// Waits for its end, as [`ExecutionHandle::finished`] does; time is not skipped between the end and the drop of the
    /// [`Busy`].
    pub async fn ended(&self, runtime: &Runtime) -> (Outcome, Busy) {
        let told = {
            let mut waiting = self.waiting();
            if let Some(outcome) = self.outcome() {
                return (outcome, runtime.busy());
            }
            let (tell, told) = oneshot::channel();
            waiting.push(tell);
            told
        };
        match told.await {
            Ok(ended) => ended,
            // It was given up with its journal.
            Err(_) => (self.finished().await, runtime.busy()),
        }
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
