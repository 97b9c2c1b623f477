//! One execution environment: a process, the invocation it is working on, and the Runtime API as it sees it.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use rustix::process::Pid;
use tokio::{
    net::unix::pipe,
    sync::{Notify, oneshot},
};

use super::{
    call::{Attempt, Delivery, Pending, Running},
    function::Function,
    lock,
    log_stream::LogStream,
    platform_log::{self, Status},
};
use crate::{FunctionErrorKind, fault::Fault};

/// How long an invocation may be promised to a process that has answered its last one but has not asked for the next.
/// Usually that takes microseconds; after this time the process is busy with something else, and another one is taken.
const RECALL_AFTER: Duration = Duration::from_millis(100);

/// How long a process that has reported an init error may take to write its last lines and exit.
const EXIT_GRACE: Duration = Duration::from_millis(100);

/// An execution environment.
pub(crate) struct Environment {
    pub(crate) function: Arc<Function>,
    /// The path prefix under which the Runtime API knows the process; nobody can guess it.
    pub(crate) token: String,
    /// What the process writes.
    pub(crate) output: pipe::Receiver,
    /// Tells the supervisor that the state has changed in a way that it did not expect.
    pub(crate) changed: Notify,
    state: Mutex<State>,
    /// May be locked while the state is locked, never the other way round.
    log: Mutex<LogStream>,
}

pub(super) struct State {
    started: Instant,
    init_deadline: Instant,
    /// How long the process took to ask for its first event.
    initialized: Option<Duration>,
    init_error: Option<(InitError, Instant)>,
    pub(super) pid: Option<Pid>,
    /// The process's parked request for its next event.
    waiter: Option<oneshot::Sender<Delivery>>,
    /// Promised to the process, with the time of the promise.
    queued: Option<(Pending, Instant)>,
    running: Option<Running>,
    /// The deadline of the last invocation: by then the process must have asked for another.
    return_by: Instant,
    idle_since: Instant,
    /// Stands in the pool's idle list.
    pooled: bool,
    /// Whether an invocation has been delivered yet: only the first one reports the init phase.
    served: bool,
    stopping: bool,
    /// Takes no further invocation.
    closed: bool,
    /// When the supervisor will look again by itself.
    armed: Instant,
    /// The last reading of the peak memory, and when it was.
    pub(super) memory: Option<(Instant, u64)>,
}

/// What a process posted to `/init/error`.
pub(crate) struct InitError {
    pub(crate) payload: Bytes,
}

/// Why the Runtime API refuses a request of a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request ID is not that of the invocation the process works on: it was answered, or timed out.
    InvalidRequestId,
    /// The request does not fit the state of the process.
    InvalidStateTransition(&'static str),
    /// The environment has ended.
    Gone,
}

/// How a process answered.
pub(crate) enum Answer {
    Response(Bytes),
    Error(Bytes),
    Fault(Fault),
}

/// What the supervisor has to do now.
pub(crate) enum Due {
    Nothing(Instant),
    Recall(Pending),
    End(Cause),
}

/// Why an environment is ended by the host.
pub(crate) enum Cause {
    TimedOut(Running),
    InitTimedOut,
    InitError,
    /// Idle for long, replaced, or shut down with the host.
    Stopped,
}

/// What was left undone when the environment ended.
pub(crate) struct Remains {
    pub(crate) running: Option<Running>,
    pub(crate) queued: Option<Pending>,
    pub(crate) init_error: Option<InitError>,
    pub(crate) initialized: bool,
    pub(crate) started: Instant,
}

impl Environment {
    pub(crate) fn new(
        function: Arc<Function>,
        token: String,
        output: pipe::Receiver,
        log: LogStream,
        pending: Pending,
    ) -> Arc<Self> {
        let now = Instant::now();
        let init_deadline = match pending.attempt {
            Attempt::Init => function.init_deadline(now),
            Attempt::WithinInvoke { deadline, .. } => deadline,
        };
        let state = State {
            started: now,
            init_deadline,
            initialized: None,
            init_error: None,
            pid: None,
            waiter: None,
            queued: Some((pending, now)),
            running: None,
            return_by: now,
            idle_since: now,
            pooled: false,
            served: false,
            stopping: false,
            closed: false,
            armed: now,
            memory: None,
        };
        let (state, log) = (Mutex::new(state), Mutex::new(log));
        Arc::new(Self { function, token, output, changed: Notify::new(), state, log })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, LogStream> {
        lock(&self.log)
    }

    /// The process has started, and the watchdog knows of it: from here on, it gets events. It is killed at once if it
    /// must stop already.
    pub(crate) fn set_pid(&self, pid: Pid) {
        let mut state = self.state();
        state.pid = Some(pid);
        if state.stopping {
            ::process::kill_group(pid);
        } else if state.queued.is_some()
            && let Some(waiter) = state.waiter.take_if(|waiter| !waiter.is_closed())
            && let Some((pending, _)) = state.queued.take()
        {
            let _ = waiter.send(self.begin(&mut state, pending));
        }
    }

    /// The process's ID, from its start until it is gone.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.state().pid.map(|pid| pid.as_raw_nonzero().get().cast_unsigned())
    }

    pub(crate) fn set_pooled(&self, pooled: bool) {
        self.state().pooled = pooled;
    }

    /// Ends the environment; what it is working on is cut off.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        if let Some(pid) = state.pid {
            ::process::kill_group(pid);
        }
        self.changed.notify_one();
    }

    /// Hands an invocation to the process, or promises it. Gives it back if the environment takes no more.
    pub(crate) fn assign(&self, pending: Pending) -> Result<(), Pending> {
        let mut state = self.state();
        if state.closed || state.stopping {
            return Err(pending);
        }
        match state.waiter.take() {
            Some(waiter) if !waiter.is_closed() => {
                let delivery = self.begin(&mut state, pending);
                // If the connection breaks in this very moment, the process is dying: its end is the answer.
                let _ = waiter.send(delivery);
            }
            _ => {
                let now = Instant::now();
                state.queued = Some((pending, now));
                if state.armed > now + RECALL_AFTER {
                    self.changed.notify_one();
                }
            }
        }
        Ok(())
    }

    /// `GET /runtime/invocation/next`
    pub(crate) async fn next(self: &Arc<Self>) -> Result<Delivery, Refusal> {
        let (receiver, taken) = {
            let mut state = self.state();
            if state.closed {
                return Err(Refusal::Gone);
            }
            if state.running.is_some() {
                return Err(Refusal::InvalidStateTransition("RuntimeNext"));
            }
            let now = Instant::now();
            if state.initialized.is_none() {
                state.initialized = Some(now - state.started);
            }
            // A process that can be quicker than the word to the watchdog waits for that, with its event.
            let promised = state.queued.is_some();
            if state.pid.is_some()
                && let Some((pending, _)) = state.queued.take()
            {
                return Ok(self.begin(&mut state, pending));
            }
            let (sender, receiver) = oneshot::channel();
            state.waiter = Some(sender);
            state.idle_since = now;
            // Rare: the supervisor sleeps until the deadline of an invocation, which mostly comes sooner.
            if now + self.function.core.options.idle_timeout < state.armed {
                self.changed.notify_one();
            }
            (receiver, state.pooled || promised)
        };
        if !taken {
            self.function.release(self);
        }
        receiver.await.map_err(|_| Refusal::Gone)
    }

    /// Starts the clock of an invocation.
    fn begin(&self, state: &mut State, pending: Pending) -> Delivery {
        let Pending { call, reply, permit, attempt } = pending;
        let spec = &self.function.spec;
        {
            let mut log = self.log();
            log.drain(&self.output);
            let heard = log.is_heard() || call.log_tail;
            let line = if heard {
                platform_log::start(spec.logging.format, &call.request_id, &spec.version)
            } else {
                String::new()
            };
            log.begin(Arc::clone(&call), &line);
        }
        let now = Instant::now();
        let (started, deadline) = match attempt {
            Attempt::Init => (now, now + spec.timeout),
            Attempt::WithinInvoke { started, deadline } => (started, deadline),
        };
        let init = if state.served || attempt != Attempt::Init { None } else { state.initialized };
        state.served = true;
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline_ms = (wall + deadline.saturating_duration_since(now)).as_millis() as u64;
        state.running = Some(Running { call: Arc::clone(&call), reply, permit, started, deadline, init });
        if deadline < state.armed {
            self.changed.notify_one();
        }
        Delivery { call, deadline_ms }
    }

    /// Whether the process works on this invocation.
    pub(crate) fn is_running(&self, request_id: &str) -> bool {
        self.state().running.as_ref().is_some_and(|running| running.call.request_id == request_id)
    }

    /// `POST /runtime/invocation/{request_id}/response` and `/error`
    pub(crate) fn answer(self: &Arc<Self>, request_id: &str, answer: Answer) -> Result<(), Refusal> {
        let running = {
            let mut state = self.state();
            let running = state.running.take_if(|running| running.call.request_id == request_id);
            let running = running.ok_or(Refusal::InvalidRequestId)?;
            state.return_by = running.deadline;
            running
        };
        let (payload, kind, status) = match answer {
            Answer::Response(payload) => (payload, None, Status::Success),
            Answer::Error(payload) => (payload, Some(FunctionErrorKind::Unhandled), Status::FunctionError),
            Answer::Fault(fault) => {
                (fault.payload, Some(FunctionErrorKind::Unhandled), Status::Error(fault.error_type))
            }
        };
        let duration = running.started.elapsed();
        let (reply, invocation) = self.conclude(running, payload, kind, status, duration);
        // First the pool, then the caller: whoever calls again at once finds this environment.
        self.function.release(self);
        let _ = reply.send(Ok(invocation));
        Ok(())
    }

    /// `POST /runtime/init/error`
    pub(crate) fn init_failed(&self, payload: Bytes) -> Result<(), Refusal> {
        let mut state = self.state();
        if state.initialized.is_some() {
            return Err(Refusal::InvalidStateTransition("InitError"));
        }
        state.init_error = Some((InitError { payload }, Instant::now()));
        self.changed.notify_one();
        Ok(())
    }

    /// What has to be done at this instant, or until when there is nothing to do.
    pub(crate) fn due(&self) -> Due {
        let mut state = self.state();
        let now = Instant::now();
        let at = if state.stopping {
            now
        } else if let Some((_, since)) = &state.init_error {
            *since + EXIT_GRACE
        } else if let Some(running) = &state.running {
            running.deadline
        } else if state.initialized.is_none() {
            state.init_deadline
        } else if let Some((_, since)) = &state.queued {
            *since + RECALL_AFTER
        } else if state.waiter.is_some() {
            state.idle_since + self.function.core.options.idle_timeout
        } else {
            state.return_by
        };
        if now < at {
            state.armed = at;
            return Due::Nothing(at);
        }
        let recall = !state.stopping && state.initialized.is_some() && state.running.is_none();
        if recall && let Some((pending, _)) = state.queued.take() {
            return Due::Recall(pending);
        }
        state.closed = true;
        Due::End(if state.stopping {
            Cause::Stopped
        } else if state.init_error.is_some() {
            Cause::InitError
        } else if let Some(running) = state.running.take() {
            Cause::TimedOut(running)
        } else if state.initialized.is_none() {
            Cause::InitTimedOut
        } else {
            Cause::Stopped
        })
    }

    /// Closes the environment for good and returns what it leaves behind.
    pub(crate) fn close(&self) -> Remains {
        let mut state = self.state();
        state.closed = true;
        state.waiter = None;
        state.pid = None;
        Remains {
            running: state.running.take(),
            queued: state.queued.take().map(|(pending, _)| pending),
            init_error: state.init_error.take().map(|(error, _)| error),
            initialized: state.initialized.is_some(),
            started: state.started,
        }
    }
}
