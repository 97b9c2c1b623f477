//! Looks after one process from its start to its end: reads what it writes, kills it when its time is up, and settles
//! what it leaves undone.

use std::{io, process::ExitStatus, sync::Arc, time::Instant};

use ::process::{Output, Pid};
use tokio::process::Child;
use uuid::Uuid;

use super::{
    Core,
    call::{Attempt, Pending},
    environment::{Cause, Due, Environment, Remains},
    function::{Function, refuse},
    log_stream::LogStream,
    platform_log::{self, Status},
    process,
};
use crate::{
    InvokeError,
    fault::{self, Fault},
};

/// How a process came to its end.
enum End {
    /// By itself.
    Exited(io::Result<ExitStatus>),
    /// The host ended it.
    Killed(Cause),
}

/// Starts a process for an invocation and stays with it.
pub(crate) async fn run(function: Arc<Function>, pending: Pending) {
    let core = Arc::clone(&function.core);
    let stream = process::log_stream_name(&function.spec.version);
    let log = LogStream::new(Arc::clone(&function.spec), core.options.log_sink.clone(), stream.clone());
    let (receiver, writer) = match Output::new() {
        Ok(Output { receiver, writer }) => (receiver, writer),
        Err(error) => return function.start_failed(None, pending, &error),
    };
    let token = Uuid::new_v4().simple().to_string();
    let environment = Environment::new(Arc::clone(&function), token, receiver, log, pending);
    core.add(&environment);
    // Whatever happens below, even if the runtime drops this task: nothing stays behind.
    let mut life = Life { core: &core, environment: &environment, leader: None };

    let mut child = match process::start(&core, &function.spec, &environment.token, &stream, writer) {
        Ok(child) => child,
        Err(error) => {
            if let Some(pending) = environment.close().queued {
                function.start_failed(Some(&environment), pending, &error);
            }
            return;
        }
    };
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
        core.watchdog.add(pid);
        life.leader = Some(pid);
        environment.set_pid(pid);
    }
    tracing::debug!(function = %function.spec.name, pid = child.id(), "execution environment started");

    let end = attend(&environment, &mut child).await;
    if matches!(end, End::Killed(_)) {
        life.kill();
        // The kill of the group does not reach a process that has left it.
        let _ = child.start_kill();
        let _ = child.wait().await;
    }
    life.end();
    environment.log().drain(&environment.output);
    tracing::debug!(function = %function.spec.name, "execution environment ended");

    let remains = environment.close();
    // Before the invocations are answered: whoever calls again must not find this environment.
    function.process_ended(&environment);
    settle(&environment, remains, end);
}

/// The process group of an environment, for as long as the host knows of it.
struct Life<'a> {
    core: &'a Core,
    environment: &'a Arc<Environment>,
    leader: Option<Pid>,
}

impl Life<'_> {
    fn kill(&self) {
        if let Some(leader) = self.leader {
            ::process::kill_group(leader);
        }
    }

    /// The process has ended. It may have left others behind, in the group that still bears its number.
    fn end(&mut self) {
        self.kill();
        if let Some(leader) = self.leader.take() {
            self.core.watchdog.remove(leader);
        }
    }
}

impl Drop for Life<'_> {
    fn drop(&mut self) {
        self.end();
        self.core.remove(self.environment);
    }
}

/// Waits for whatever comes first: output, the end of the process, or the time to end it.
async fn attend(environment: &Arc<Environment>, child: &mut Child) -> End {
    let mut closed = false;
    loop {
        let wake = match environment.due() {
            Due::Nothing(until) => until,
            Due::Recall(pending) => {
                environment.function.dispatch(pending);
                continue;
            }
            Due::End(cause) => {
                if matches!(cause, Cause::TimedOut(_)) {
                    environment.peak_memory_mb();
                }
                return End::Killed(cause);
            }
        };
        tokio::select! {
            status = child.wait() => return End::Exited(status),
            () = environment.changed.notified() => {}
            () = tokio::time::sleep_until(wake.into()) => {}
            ready = environment.output.readable(), if !closed => {
                closed = ready.is_err() || environment.log().read_ready(&environment.output);
            }
        }
    }
}

/// Answers the invocations that the process left unanswered.
fn settle(environment: &Arc<Environment>, remains: Remains, end: End) {
    let function = &environment.function;
    if function.core.is_closing() {
        if let Some(pending) = remains.queued {
            refuse(pending, InvokeError::ShuttingDown);
        }
        let timed_out = if let End::Killed(Cause::TimedOut(running)) = end { Some(running) } else { None };
        for running in remains.running.into_iter().chain(timed_out) {
            let _ = running.reply.send(Err(InvokeError::ShuttingDown));
        }
        return;
    }
    let exit = |request_id: &str| match &end {
        End::Exited(Ok(status)) => fault::exited(request_id, *status),
        // Only a process that is no longer ours to wait for has no status.
        End::Exited(Err(_)) | End::Killed(_) => fault::exited(request_id, ExitStatus::default()),
    };
    if let Some(running) = remains.running {
        let fault = exit(&running.call.request_id);
        let status = Status::Error(fault.error_type);
        environment.fail(running, fault, status);
    }
    if let Some(pending) = remains.queued {
        let request_id = &pending.call.request_id;
        if remains.initialized || matches!(end, End::Killed(Cause::Stopped)) {
            // It never reached this process.
            function.dispatch(pending);
        } else {
            let (fault, status) = match (&end, remains.init_error) {
                (_, Some(error)) => {
                    let fault = Fault { error_type: "Runtime.InitError", payload: error.payload };
                    let status = Status::Error(fault.error_type);
                    (fault, status)
                }
                (End::Killed(Cause::InitTimedOut), None) => {
                    (fault::timed_out(request_id, function.spec.timeout), Status::Timeout)
                }
                _ => {
                    let fault = exit(request_id);
                    let status = Status::Error(fault.error_type);
                    (fault, status)
                }
            };
            init_failed(environment, pending, fault, status, remains.started);
        }
    }
    if let End::Killed(Cause::TimedOut(running)) = end {
        let fault = fault::timed_out(&running.call.request_id, function.spec.timeout);
        environment.fail(running, fault, Status::Timeout);
    }
}

/// Does what Lambda does when the init phase fails: reports it, and does it once more within the invoke phase.
fn init_failed(environment: &Arc<Environment>, pending: Pending, fault: Fault, status: Status, started: Instant) {
    let function = &environment.function;
    let phase = if pending.attempt == Attempt::Init { "init" } else { "invoke" };
    let line = platform_log::init_report(function.spec.logging.format, started.elapsed(), phase, status);
    environment.log().platform(&line);
    if pending.attempt == Attempt::Init {
        let now = Instant::now();
        let attempt = Attempt::WithinInvoke { started: now, deadline: now + function.spec.timeout };
        function.start_again(Pending { attempt, ..pending });
    } else {
        environment.fail_unstarted(pending, fault);
    }
}
