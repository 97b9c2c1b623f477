//! The timers of all executions: one heap, one sleeper.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
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

    /// Fires timers for ever. `idle` tells whether nothing is running, so that time may be skipped.
    pub(crate) async fn run(&self, clock: &Clock, idle: impl Fn() -> bool, fire: impl Fn(Arc<ExecutionHandle>, Input)) {
        loop {
            let changed = self.changed.notified();
            let now = clock.now();
            for (execution, timer) in self.take_due(now) {
                fire(execution, Input::TimerFired { timer });
            }
            let Some(due) = self.next_due() else {
                changed.await;
                continue;
            };
            if clock.pace() == Pace::Skip && idle() {
                clock.skip_to(due);
                continue;
            }
            let wait = due.duration_since(now).unsigned_abs().min(LONGEST_SLEEP);
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}
