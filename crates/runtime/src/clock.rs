//! What time it is for executions.

use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As it does.
    #[default]
    Real,
    /// As it does while something is running; when nothing is, it jumps to the next timer.
    Skip,
}

/// The clock of a runtime: the wall's, plus all that was skipped. It never goes back.
#[derive(Debug)]
pub struct Clock {
    pace: Pace,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    skipped: SignedDuration,
    last: Timestamp,
}

impl Clock {
    /// A clock that shows the wall's time now.
    pub fn new(pace: Pace) -> Self {
        Self { pace, state: Mutex::new(State { skipped: SignedDuration::ZERO, last: Timestamp::UNIX_EPOCH }) }
    }

    /// How time passes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The present time, to the microsecond (which is what the journal keeps).
    pub fn now(&self) -> Timestamp {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = Timestamp::now().checked_add(state.skipped).unwrap_or(Timestamp::MAX);
        // Rounding down a valid time gives a valid time.
        let now = Timestamp::from_microsecond(wall.as_microsecond()).unwrap_or(wall);
        state.last = state.last.max(now);
        state.last
    }

    /// Makes it that time at least.
    pub(crate) fn skip_to(&self, at: Timestamp) {
        let now = self.now();
        if at > now {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.skipped = state.skipped.saturating_add(at.duration_since(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_time_stays_skipped() {
        let clock = Clock::new(Pace::Skip);
        let before = clock.now();
        let later = before.checked_add(SignedDuration::from_hours(24)).expect("in range");
        clock.skip_to(later);
        assert!(clock.now() >= later);
        clock.skip_to(before);
        assert!(clock.now() >= later);
    }
}
