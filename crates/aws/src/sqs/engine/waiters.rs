//! Receivers that wait for messages.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Who waits at which queue.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    by_queue: Mutex<HashMap<String, Arc<Notify>>>,
    closed: AtomicBool,
}

impl Waiters {
    /// The bell of a queue, which rings when there may be something to receive.
    pub(super) fn of(&self, queue: &str) -> Arc<Notify> {
        let mut bells = self.by_queue.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(queue.to_owned()).or_default())
    }

    /// Has everybody who waits at the queue look again.
    pub(super) fn wake(&self, queue: &str) {
        if let Some(bell) = self.by_queue.lock().unwrap_or_else(PoisonError::into_inner).get(queue) {
            bell.notify_waiters();
        }
    }

    /// Ends all waiting, now and later.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for bell in self.by_queue.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bell.notify_waiters();
        }
    }

    pub(super) fn closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}
