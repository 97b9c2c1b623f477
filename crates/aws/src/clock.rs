//! Wall-clock time for what is written down, that passes as the runtime's does.

use jiff::Timestamp;
use tokio::time::{Duration, Instant};

/// The present in milliseconds since 1970. It never jumps while the process lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    at: i64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), at: Timestamp::now().as_millisecond() }
    }

    pub(crate) fn now(&self) -> i64 {
        self.at + self.started.elapsed().as_millis() as i64
    }

    /// The instant at which it is `millis`; the start for what was before.
    pub(crate) fn instant(&self, millis: i64) -> Instant {
        self.started + Duration::from_millis(u64::try_from(millis - self.at).unwrap_or_default())
    }
}
