//! What time it is for executions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// Whether there is a goal; looked at whenever something stops running.
    advancing: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// How far it is ahead of the wall's.
    ahead: SignedDuration,
    last: Timestamp,
    /// Somebody moves it by hand: it is to get there, from timer to timer.
    goal: Option<Timestamp>,
}

impl Clock {
    /// A clock that shows the wall's time now.
    pub fn new(pace: Pace) -> Self {
        let state = State { ahead: SignedDuration::ZERO, last: Timestamp::UNIX_EPOCH, goal: None };
        Self { pace, state: Mutex::new(state), advancing: AtomicBool::new(false) }
    }

    /// Each change is one assignment, so the state is whole after any panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How time passes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The present time, to the microsecond (which is what the journal keeps).
    pub fn now(&self) -> Timestamp {
        now(&mut self.lock())
    }

    /// How far it is ahead of the wall's.
    pub fn ahead(&self) -> SignedDuration {
        self.lock().ahead
    }

    /// Goes on where the clock of an earlier process was.
    pub(crate) fn set_ahead(&self, ahead: SignedDuration) {
        self.lock().ahead = ahead;
    }

    /// Makes it that time at least, and says how far ahead it is then; none: it was later than that already.
    pub(crate) fn skip_to(&self, at: Timestamp) -> Option<SignedDuration> {
        let mut state = self.lock();
        let now = now(&mut state);
        (at > now).then(|| {
            state.ahead = state.ahead.saturating_add(at.duration_since(now));
            state.ahead
        })
    }

    /// Whether it may jump at all.
    pub(crate) fn jumps(&self) -> bool {
        self.pace == Pace::Skip || self.advancing.load(Ordering::SeqCst)
    }

    /// Where it is to get by hand.
    pub(crate) fn goal(&self) -> Option<Timestamp> {
        if self.advancing.load(Ordering::SeqCst) { self.lock().goal } else { None }
    }

    /// From now on it is to get that far, and where that is. Who moves it while somebody else does moves it further.
    pub(crate) fn aim(&self, by: SignedDuration) -> Timestamp {
        let mut state = self.lock();
        let from = state.goal.unwrap_or(Timestamp::UNIX_EPOCH).max(now(&mut state));
        let goal = from.checked_add(by).unwrap_or(Timestamp::MAX);
        state.goal = Some(goal);
        self.advancing.store(true, Ordering::SeqCst);
        goal
    }

    /// It got there.
    pub(crate) fn arrived(&self) {
        self.lock().goal = None;
        self.advancing.store(false, Ordering::SeqCst);
    }
}

fn now(state: &mut State) -> Timestamp {
    let wall = Timestamp::now().checked_add(state.ahead).unwrap_or(Timestamp::MAX);
    // Rounding down a valid time gives a valid time.
    let now = Timestamp::from_microsecond(wall.as_microsecond()).unwrap_or(wall);
    state.last = state.last.max(now);
    state.last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_time_stays_skipped() {
        let clock = Clock::new(Pace::Skip);
        let before = clock.now();
        let later = before.checked_add(SignedDuration::from_hours(24)).expect("in range");
        let ahead = clock.skip_to(later).expect("it was earlier");
        assert!(clock.now() >= later);
        assert_eq!(clock.skip_to(before), None);
        assert!(clock.now() >= later);
        let again = Clock::new(Pace::Real);
        again.set_ahead(ahead);
        assert!(again.now() >= later, "the clock of the next process goes on");
    }

    #[test]
    fn who_moves_a_clock_that_is_moved_moves_it_further() {
        let clock = Clock::new(Pace::Real);
        let day = SignedDuration::from_hours(24);
        let (first, second) = (clock.aim(day), clock.aim(day));
        assert_eq!(second.duration_since(first), day);
        assert_eq!(clock.goal(), Some(second));
        clock.arrived();
        assert!(!clock.jumps());
    }
}
