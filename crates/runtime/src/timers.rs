//! The timers of all executions: one heap, one sleeper.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use machine::{Input, TimerId};
use tokio::sync::Notify;

use crate::clock::{Clock, Pace};
use crate::execution::ExecutionHandle;

/// The longest sleep at one go, so that a wall clock that was set is noticed.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

#[derive(Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    /// Something changed: a timer that is due earlier, or nothing is running any more.
    pub(crate) changed: Notify,
    /// The clock got where somebody moved it.
    pub(crate) arrived: Notify,
}

#[derive(Default)]
struct State {
    heap: BinaryHeap<Reverse<(Timestamp, u64)>>,
    owners: std::collections::HashMap<u64, (Arc<ExecutionHandle>, TimerId)>,
    disarmed: HashSet<u64>,
    keys: std::collections::HashMap<(usize, TimerId), u64>,
    next: u64,
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arm(&self, execution: &Arc<ExecutionHandle>, timer: TimerId, at: Timestamp) {
        let mut state = self.lock();
        state.next += 1;
        let key = state.next;
        let first = state.heap.peek().is_none_or(|Reverse((earliest, _))| at < *earliest);
        state.heap.push(Reverse((at, key)));
        state.keys.insert((Arc::as_ptr(execution) as usize, timer), key);
        state.owners.insert(key, (execution.clone(), timer));
        drop(state);
        if first {
            self.changed.notify_one();
        }
    }

    pub(crate) fn disarm(&self, execution: &Arc<ExecutionHandle>, timer: TimerId) {
        let mut state = self.lock();
        if let Some(key) = state.keys.remove(&(Arc::as_ptr(execution) as usize, timer)) {
            state.owners.remove(&key);
            state.disarmed.insert(key);
            // Timers that were disarmed must not pile up below one that is far away.
            if state.disarmed.len() > 1024 && state.disarmed.len() * 2 > state.heap.len() {
                let disarmed = std::mem::take(&mut state.disarmed);
                state.heap.retain(|Reverse((_, key))| !disarmed.contains(key));
            }
        }
    }

    /// When the next timer is due.
    fn next_due(&self) -> Option<Timestamp> {
        let mut state = self.lock();
        while let Some(Reverse((at, key))) = state.heap.peek().copied() {
            if state.disarmed.remove(&key) {
                state.heap.pop();
                continue;
            }
            return Some(at);
        }
        None
    }

    /// Takes the timers that are due.
    fn take_due(&self, now: Timestamp) -> Vec<(Arc<ExecutionHandle>, TimerId)> {
        let mut state = self.lock();
        let mut due = Vec::new();
        while let Some(Reverse((at, key))) = state.heap.peek().copied() {
            if at > now {
                break;
            }
            state.heap.pop();
            if state.disarmed.remove(&key) {
                continue;
            }
            if let Some((execution, timer)) = state.owners.remove(&key) {
                state.keys.remove(&(Arc::as_ptr(&execution) as usize, timer));
                due.push((execution, timer));
            }
        }
        due
    }

    /// Fires timers for ever. `idle` tells whether nothing is running (by itself, or with `true` also nobody is asked), so
    /// that time may jump; `jumped` is told how far ahead the clock is before anything is fired then.
    pub(crate) async fn run(
        &self,
        clock: &Clock,
        idle: impl Fn(bool) -> bool,
        fire: impl Fn(Arc<ExecutionHandle>, Input),
        jumped: impl Fn(SignedDuration),
    ) {
        loop {
            let changed = self.changed.notified();
            let now = clock.now();
            for (execution, timer) in self.take_due(now) {
                fire(execution, Input::TimerFired { timer });
            }
            let (due, goal) = (self.next_due(), clock.goal());
            if goal.is_some_and(|goal| goal <= now) && idle(false) {
                clock.arrived();
                self.arrived.notify_waiters();
                continue;
            }
            // From timer to timer: what one of them sets off may arm another that is due before the goal.
            let jump = match (due, goal) {
                (due, Some(goal)) if idle(false) => Some(due.map_or(goal, |due| due.min(goal))),
                (Some(due), None) if clock.pace() == Pace::Skip && idle(true) => Some(due),
                _ => None,
            };
            if let Some(at) = jump {
                if let Some(ahead) = clock.skip_to(at) {
                    jumped(ahead);
                }
                continue;
            }
            let Some(due) = due else {
                changed.await;
                continue;
            };
            let wait = due.duration_since(now).unsigned_abs().min(LONGEST_SLEEP);
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
