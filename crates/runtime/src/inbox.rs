//! What happened to an execution and was not taken in yet.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

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
        self.put(execution, input, None);
    }

    /// Puts an input into an execution's inbox, has it taken out, and waits until it is on record: whoever gave it may be
    /// told that it counts. It counts also if nobody waits any more.
    pub(crate) async fn record(&self, execution: &Arc<ExecutionHandle>, input: Input) -> Result<(), JournalError> {
        let (tell, told) = oneshot::channel();
        self.put(execution, input, Some(tell));
        told.await.unwrap_or(Err(JournalError::Closed))
    }

    fn put(
        &self,
        execution: &Arc<ExecutionHandle>,
        input: Input,
        tell: Option<oneshot::Sender<Result<(), JournalError>>>,
    ) {
        if self.shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let mut inbox = execution.inbox();
        if let Some(failed) = &inbox.failed {
            if let Some(tell) = tell {
                // It may have given up waiting.
                let _ = tell.send(Err(failed.clone()));
            }
            return;
        }
        inbox.waiting.push_back(input);
        inbox.told.extend(tell);
        if std::mem::replace(&mut inbox.driven, true) {
            return;
        }
        drop(inbox);
        self.have_driven(execution);
    }

    /// Has inputs taken out, of an inbox that says so of itself.
    pub(crate) fn have_driven(&self, execution: &Arc<ExecutionHandle>) {
        let (runtime, execution, busy) = (self.clone(), execution.clone(), self.busy());
        tokio::spawn(async move {
            runtime.drive(&execution).await;
            drop(busy);
        });
    }
}
