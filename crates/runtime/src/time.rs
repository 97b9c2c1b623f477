//! The time of executions, which may be moved by hand.

use jiff::{SignedDuration, Timestamp};
use journal::Record;

use crate::clock::Pace;
use crate::driver::Runtime;

impl Runtime {
    /// The present time of executions.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// How time passes.
    pub fn pace(&self) -> Pace {
        self.shared.clock.pace()
    }

    /// How far the time of executions is ahead of the wall's.
    pub fn ahead(&self) -> SignedDuration {
        self.shared.clock.ahead()
    }

    /// Moves the time of executions that far ahead, from timer to timer: each fires at its own time, and what it sets off
    /// runs before time goes on, so that waits which follow each other all get their due. Task tokens that wait for an
    /// answer don't hold time back here. Gives the time then.
    ///
    /// It comes back when that time is reached; a task that runs holds it back until it ends.
    pub async fn advance(&self, by: SignedDuration) -> Timestamp {
        let arrived = self.shared.timers.arrived.notified();
        tokio::pin!(arrived);
        // Before it is aimed, or it could arrive between the aim and the wait.
        arrived.as_mut().enable();
        let goal = self.shared.clock.aim(by.max(SignedDuration::ZERO));
        self.shared.timers.changed.notify_one();
        while self.now() < goal || self.shared.clock.goal().is_some_and(|still| still <= goal) {
            arrived.as_mut().await;
            arrived.set(self.shared.timers.arrived.notified());
            arrived.as_mut().enable();
        }
        self.now()
    }

    /// Notes that the clock jumped. What happens at the new time is recorded after this, by the order of the journal.
    pub(crate) fn record_clock(&self, ahead: SignedDuration) {
        let written = Box::new(|written: Result<(), journal::JournalError>| {
            if let Err(error) = written {
                tracing::error!(%error, "the journal could not note that time was skipped");
            }
        });
        self.shared.journal.append(vec![Record::Clock { ahead }], written);
    }
}
