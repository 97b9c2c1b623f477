//! What happened to an execution and was not taken in yet.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use journal::JournalError;
use machine::Input;
use tokio::sync::oneshot;

use crate::driver::Runtime;
use crate::execution::ExecutionHandle;

/// The inputs that wait for an execution.
#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) waiting: VecDeque<Input>,
    /// Who wants to know when what waits now is on record.
    pub(crate) told: Vec<oneshot::Sender<Result<(), JournalError>>>,
    /// Whether somebody is taking inputs out.
    pub(crate) driven: bool,
    /// Why none is taken out any more.
    pub(crate) failed: Option<JournalError>,
}

impl Runtime {
    /// Puts an input into an execution's inbox and has it taken out.
    pub(crate) fn submit(&self, execution: &Arc<ExecutionHandle>, input: Input) {
        if self.put(execution, input, None) {
            self.have_driven(execution);
        }
    }

    /// The same for somebody who is about to wait for what comes of it: it is begun on the spot.
    pub(crate) async fn submit_now(&self, execution: &Arc<ExecutionHandle>, input: Input) {
        if self.put(execution, input, None) {
            self.have_driven_now(execution).await;
        }
    }

    /// Puts an input into an execution's inbox, has it taken out, and waits until it is on record: whoever gave it may be
    /// told that it counts. It counts also if nobody waits any more.
    pub(crate) async fn record(&self, execution: &Arc<ExecutionHandle>, input: Input) -> Result<(), JournalError> {
        let (tell, told) = oneshot::channel();
        if self.put(execution, input, Some(tell)) {
            self.have_driven_now(execution).await;
        }
        told.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Puts an input into an execution's inbox, and tells whether the caller is to have it taken out.
    fn put(
        &self,
        execution: &Arc<ExecutionHandle>,
        input: Input,
        tell: Option<oneshot::Sender<Result<(), JournalError>>>,
    ) -> bool {
        if self.shared.closed.load(Ordering::SeqCst) {
            return false;
        }
        let mut inbox = execution.inbox();
        if let Some(failed) = &inbox.failed {
            if let Some(tell) = tell {
                // It may have given up waiting.
                let _ = tell.send(Err(failed.clone()));
            }
            return false;
        }
        inbox.waiting.push_back(input);
        inbox.told.extend(tell);
        !std::mem::replace(&mut inbox.driven, true)
    }

    /// Has inputs taken out, of an inbox that says so of itself.
    pub(crate) fn have_driven(&self, execution: &Arc<ExecutionHandle>) {
        let (runtime, execution, busy) = (self.clone(), execution.clone(), self.busy());
        tokio::spawn(async move {
            runtime.drive(&execution).await;
            drop(busy);
        });
    }

    /// The same, begun in the caller's task, which spares a change of threads when the journal has time. What is not done at
    /// once goes on by itself, also if nobody waits any more.
    async fn have_driven_now(&self, execution: &Arc<ExecutionHandle>) {
        let (runtime, execution, busy) = (self.clone(), execution.clone(), self.busy());
        let mut driving = Box::pin(async move {
            runtime.drive(&execution).await;
            drop(busy);
        });
        let is_done = poll_fn(|context| Poll::Ready(driving.as_mut().poll(context).is_ready())).await;
        if !is_done {
            tokio::spawn(driving);
        }
    }
}
