//! An invocation on its way through the host.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{Invocation, InvokeError};

/// What a function is told about an invocation. It does not change from the call to the answer.
pub(crate) struct Call {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    pub(crate) invoked_arn: String,
    pub(crate) trace_id: String,
    /// JSON text.
    pub(crate) client_context: Option<String>,
    pub(crate) tag: Option<Arc<str>>,
    pub(crate) log_tail: bool,
}

/// Where the answer goes. The caller may have gone; the function runs all the same, as on AWS.
pub(crate) type Reply = oneshot::Sender<Result<Invocation, InvokeError>>;

/// An invocation that no process has taken yet.
pub(crate) struct Pending {
    pub(crate) call: Arc<Call>,
    pub(crate) reply: Reply,
    pub(crate) permit: Permit,
    pub(crate) attempt: Attempt,
}

/// Which start of a process an invocation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The init phase proper: it has ten seconds of its own and does not count as duration.
    Init,
    /// Init failed, and is done again within the invoke phase: it counts as duration and falls under the timeout.
    WithinInvoke { started: Instant, deadline: Instant },
}

/// An invocation that a process is working on.
pub(crate) struct Running {
    pub(crate) call: Arc<Call>,
    pub(crate) reply: Reply,
    pub(crate) permit: Permit,
    pub(crate) started: Instant,
    pub(crate) deadline: Instant,
    /// How long the process took to start, if it was started for this invocation.
    pub(crate) init: Option<Duration>,
}

/// What `next` hands to the process.
pub(crate) struct Delivery {
    pub(crate) call: Arc<Call>,
    /// Milliseconds since the epoch.
    pub(crate) deadline_ms: u64,
}

/// Counts one invocation for as long as it lives.
pub(crate) struct Permit {
    counter: Arc<AtomicUsize>,
}

impl Permit {
    /// Takes a place if there are fewer than `limit`.
    pub(crate) fn take(counter: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let place = |count: usize| (count < limit).then_some(count + 1);
        counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, place).ok()?;
        Some(Self { counter: Arc::clone(counter) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Call {
    pub(crate) fn sample(request_id: &str, log_tail: bool) -> Self {
        Self {
            request_id: request_id.to_owned(),
            payload: Bytes::from_static(b"{}"),
            invoked_arn: "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
            trace_id: String::new(),
            client_context: None,
            tag: None,
            log_tail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_come_back() {
        let counter = Arc::new(AtomicUsize::new(0));
        let first = Permit::take(&counter, 1).unwrap();
        assert!(Permit::take(&counter, 1).is_none());
        drop(first);
        assert!(Permit::take(&counter, 1).is_some());
        assert!(Permit::take(&counter, 0).is_none());
    }
}
