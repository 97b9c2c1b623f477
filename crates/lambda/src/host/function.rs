//! One registered function: its execution environments, and the invocations that wait for one.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Instant,
};

use super::{Core, call::Pending, environment::Environment, lock, supervisor};
use crate::{FunctionSpec, InvokeError, fault};

/// A function and its pool.
pub(crate) struct Function {
    pub(crate) spec: Arc<FunctionSpec>,
    pub(crate) core: Arc<Core>,
    /// Invocations under way, if the function has reserved concurrency.
    pub(crate) in_flight: Arc<AtomicUsize>,
    /// Invocations so far.
    pub(crate) invocations: AtomicU64,
    pool: Mutex<Pool>,
}

/// The lock of the pool may be held while an environment's state is locked, never the other way round.
#[derive(Default)]
struct Pool {
    /// Environments that have answered their last invocation; the last one in is the first one out, so that the
    /// others can grow old enough to be let go.
    idle: Vec<Arc<Environment>>,
    /// Invocations for which there may be no further process.
    waiting: VecDeque<Pending>,
    /// Processes that live or are being started.
    processes: usize,
    /// Another function has taken the name.
    retired: bool,
}

impl Function {
    pub(crate) fn new(spec: FunctionSpec, core: Arc<Core>) -> Arc<Self> {
        Arc::new(Self {
            spec: Arc::new(spec),
            core,
            in_flight: Arc::default(),
            invocations: AtomicU64::new(0),
            pool: Mutex::default(),
        })
    }

    /// Finds or starts an environment for an invocation, or has it wait.
    pub(crate) fn dispatch(self: &Arc<Self>, mut pending: Pending) {
        loop {
            let mut pool = lock(&self.pool);
            if self.core.is_closing() {
                drop(pool);
                return refuse(pending, InvokeError::ShuttingDown);
            }
            let Some(environment) = pool.idle.pop() else {
                if !self.spec.is_built() || pool.processes >= self.core.options.max_processes_per_function.max(1) {
                    pool.waiting.push_back(pending);
                    return;
                }
                pool.processes += 1;
                drop(pool);
                self.core.runtime.spawn(supervisor::run(Arc::clone(self), pending));
                return;
            };
            environment.set_pooled(false);
            drop(pool);
            match environment.assign(pending) {
                Ok(()) => return,
                // It died while nobody looked: try the next one.
                Err(back) => pending = back,
            }
        }
    }

    /// Starts a process for an invocation whose first one has failed to start.
    pub(crate) fn start_again(self: &Arc<Self>, pending: Pending) {
        lock(&self.pool).processes += 1;
        self.core.runtime.spawn(supervisor::run(Arc::clone(self), pending));
    }

    /// An environment has nothing to do.
    pub(crate) fn release(&self, environment: &Arc<Environment>) {
        let mut pool = lock(&self.pool);
        if pool.retired || self.core.is_closing() {
            drop(pool);
            return environment.stop();
        }
        if let Some(pending) = pool.waiting.pop_front() {
            // An environment that takes no more is about to end, and its end finds another for what waits.
            if let Err(back) = environment.assign(pending) {
                pool.waiting.push_front(back);
            }
            return;
        }
        environment.set_pooled(true);
        pool.idle.push(Arc::clone(environment));
    }

    /// The process of an environment is gone.
    pub(crate) fn process_ended(self: &Arc<Self>, environment: &Arc<Environment>) {
        let next = {
            let mut pool = lock(&self.pool);
            pool.processes -= 1;
            pool.idle.retain(|idle| !Arc::ptr_eq(idle, environment));
            pool.waiting.pop_front()
        };
        if let Some(pending) = next {
            self.dispatch(pending);
        }
    }

    /// No process could be started for an invocation. Without an environment, it failed before its binary was even
    /// tried.
    pub(crate) fn start_failed(
        self: &Arc<Self>,
        environment: Option<&Arc<Environment>>,
        pending: Pending,
        error: &io::Error,
    ) {
        let (name, binary) = (&self.spec.name, self.spec.binary.display());
        tracing::error!(function = %name, %binary, %error, "the function's process cannot be started");
        let mut pool = lock(&self.pool);
        pool.processes -= 1;
        match environment {
            Some(environment) if is_no_entrypoint(error) => {
                drop(pool);
                let fault = fault::no_entrypoint(&pending.call.request_id, &self.spec.binary);
                environment.fail_unstarted(pending, fault);
            }
            // The machine has no room for another process, but this function has some: wait for one of them.
            _ if pool.processes > 0 => pool.waiting.push_back(pending),
            _ => {
                drop(pool);
                let message = format!("The process of function {name} cannot be started: {error}");
                refuse(pending, InvokeError::Service { message });
            }
        }
    }

    /// Lets all idle processes go, and the others once they have answered. Invocations that wait are returned.
    pub(crate) fn retire(&self) -> VecDeque<Pending> {
        let (idle, waiting) = {
            let mut pool = lock(&self.pool);
            pool.retired = true;
            (std::mem::take(&mut pool.idle), std::mem::take(&mut pool.waiting))
        };
        for environment in idle {
            environment.stop();
        }
        waiting
    }

    /// The instant until which the start of a process may go on for an invocation that came now.
    pub(crate) fn init_deadline(&self, now: Instant) -> Instant {
        now + self.core.options.init_limit
    }
}

/// Whether the fault is the binary's, rather than the machine's.
fn is_no_entrypoint(error: &io::Error) -> bool {
    // The kernel's ENOEXEC, "exec format error", has no name in the standard library.
    const NOT_EXECUTABLE: i32 = 8;
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        || error.raw_os_error() == Some(NOT_EXECUTABLE)
}

/// Answers an invocation that reaches no process.
pub(crate) fn refuse(pending: Pending, error: InvokeError) {
    drop(pending.permit);
    // A caller that has gone needs no answer.
    let _ = pending.reply.send(Err(error));
}
