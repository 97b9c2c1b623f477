//! Timers: armed, disarmed, fired.

use jiff::{Timestamp, ToSpan as _};

use crate::command::{Command, Outcome};
use crate::event::ErrorCause;
use crate::execution::{Execution, Turn};
use crate::failure::name;
use crate::input::TimerId;
use crate::limits;
use crate::scope::{Phase, ScopeId};

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `TimeoutSeconds` of the whole machine.
    Execution,
    /// A Wait state.
    Wait(ScopeId),
    /// The delay before a retry.
    Retry(ScopeId),
    /// `TimeoutSeconds` of a task.
    TaskTimeout(ScopeId),
    /// `HeartbeatSeconds` of a task.
    TaskHeartbeat(ScopeId),
}

impl Execution {
    pub(crate) fn timer_fired(&mut self, timer: TimerId) {
        let Some((at, purpose)) = self.timers.remove(&timer) else { return };
        match purpose {
            Purpose::Execution => {
                let failure = ErrorCause { error: Some(name::TIMEOUT.into()), cause: None };
                self.finish(Outcome::TimedOut(failure));
            }
            Purpose::Wait(scope) => self.wait_over(scope),
            Purpose::Retry(scope) => {
                self.scopes[scope].phase = Phase::Ready;
                self.ready.push_back((scope, Turn::Retry));
            }
            Purpose::TaskTimeout(scope) => self.task_time_is_up(scope, false),
            Purpose::TaskHeartbeat(scope) => self.task_time_is_up(scope, true),
        }
        if matches!(purpose, Purpose::TaskTimeout(_) | Purpose::TaskHeartbeat(_)) {
            self.task_times_are_up(at);
        }
    }

    /// The time of other tasks is up at the very same moment: all tell of it before the first one fails its state
    /// (recorded case `timeouts/timeouts--service_lambda_map_timeout.json`).
    fn task_times_are_up(&mut self, moment: Timestamp) {
        let of_tasks = |(timer, (at, purpose)): (&TimerId, &(Timestamp, Purpose))| match purpose {
            Purpose::TaskTimeout(scope) if *at == moment => Some((*timer, *scope, false)),
            Purpose::TaskHeartbeat(scope) if *at == moment => Some((*timer, *scope, true)),
            _ => None,
        };
        let others: Vec<_> = self.timers.iter().filter_map(of_tasks).collect();
        for (timer, scope, of_heartbeat) in others {
            // A task may have two timers, and the first of them takes the other away.
            if self.timers.contains_key(&timer) {
                self.disarm(timer);
                self.task_time_is_up(scope, of_heartbeat);
            }
        }
    }

    /// The time that many seconds from now; the end of time when there is no such time.
    pub(crate) fn after(&self, seconds: u64) -> Timestamp {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).min(limits::MAX_WAIT_SECONDS * 1000);
        self.now.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn arm(&mut self, at: Timestamp, purpose: Purpose) -> TimerId {
        self.next_timer += 1;
        let timer = self.next_timer;
        self.timers.insert(timer, (at, purpose));
        self.step.commands.push(Command::Arm { timer, at });
        timer
    }

    pub(crate) fn disarm(&mut self, timer: TimerId) {
        if self.timers.remove(&timer).is_some() {
            self.step.commands.push(Command::Disarm { timer });
        }
    }
}
