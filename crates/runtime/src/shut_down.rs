//! The end of a runtime, which is not the end of its executions.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::driver::Runtime;

impl Runtime {
    /// Lets what is under way come to its end, for that long at most: no timer fires and no task begins any more; tasks in
    /// flight may still answer, and what they answer is recorded. Says whether all of it ended.
    pub async fn drain(&self, patience: Duration) -> bool {
        self.shared.draining.store(true, Ordering::SeqCst);
        self.stop_timers();
        let idle = async {
            loop {
                let drained = self.shared.drained.notified();
                tokio::pin!(drained);
                // Before the look, or the last of them could end between the look and the wait.
                drained.as_mut().enable();
                if self.shared.busy.load(Ordering::SeqCst) == 0 {
                    return;
                }
                drained.await;
            }
        };
        tokio::time::timeout(patience, idle).await.is_ok()
    }

    /// Ends the runtime: no timer fires any more, and tasks in flight are given up. Nothing is recorded of it, so what was
    /// running can be recovered from the journal ([`Runtime::resume`]).
    pub fn shut_down(&self) {
        self.shared.draining.store(true, Ordering::SeqCst);
        self.shared.closed.store(true, Ordering::SeqCst);
        self.stop_timers();
        let executions = std::mem::take(&mut *self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner));
        for execution in executions.into_values() {
            for (_, running) in execution.tasks().drain() {
                running.abort();
            }
            for transfer in execution.transfers().drain(..) {
                transfer.abort();
            }
        }
    }

    fn stop_timers(&self) {
        if let Some(sleeper) = self.shared.sleeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
            sleeper.abort();
        }
    }
}
