//! The end of an invocation: its last log lines, its result, and the answer in the function's place if it gave none.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    call::{Attempt, Pending, Reply, Running},
    environment::Environment,
    platform_log::{self, Report, Status},
    process,
};
use crate::{FunctionErrorKind, Invocation, fault::Fault, invocation::billed};

/// Peak memory is read again no sooner than this: it costs more than the rest of a short invocation's report.
const MEMORY_INTERVAL: Duration = Duration::from_millis(50);

impl Environment {
    /// Answers an invocation in the function's place.
    pub(crate) fn fail(&self, running: Running, fault: Fault, status: Status) {
        // Lambda reports a timed-out invocation with exactly its timeout.
        let elapsed = running.started.elapsed();
        let duration = if status == Status::Timeout { self.function.spec.timeout.min(elapsed) } else { elapsed };
        let kind = Some(FunctionErrorKind::Unhandled);
        let (reply, invocation) = self.conclude(running, fault.payload, kind, status, duration);
        let _ = reply.send(Ok(invocation));
    }

    /// Answers an invocation that was never delivered: the process did not come up.
    pub(crate) fn fail_unstarted(&self, pending: Pending, fault: Fault) {
        let status =
            if fault.error_type == "Sandbox.Timedout" { Status::Timeout } else { Status::Error(fault.error_type) };
        let Pending { call, reply, permit, attempt } = pending;
        let now = Instant::now();
        let (started, deadline) = match attempt {
            Attempt::Init => (now, now),
            Attempt::WithinInvoke { started, deadline } => (started, deadline),
        };
        let spec = &self.function.spec;
        let line = platform_log::start(spec.logging.format, &call.request_id, &spec.version);
        self.log().begin(Arc::clone(&call), &line);
        self.fail(Running { call, reply, permit, started, deadline, init: None }, fault, status);
    }

    /// Writes the end of an invocation's log and makes its result; its place is free from here on.
    pub(super) fn conclude(
        &self,
        running: Running,
        payload: Bytes,
        function_error: Option<FunctionErrorKind>,
        status: Status,
        duration: Duration,
    ) -> (Reply, Invocation) {
        let Running { call, reply, permit, init, .. } = running;
        let spec = &self.function.spec;
        let max_memory_used_mb = self.peak_memory_mb();
        let billed_duration = billed(duration, init);
        let log_tail = {
            let mut log = self.log();
            log.drain(&self.output);
            if log.is_heard() {
                if let Some(line) = platform_log::end(spec.logging.format, &call.request_id) {
                    log.platform(&line);
                }
                let report = Report {
                    request_id: &call.request_id,
                    duration,
                    billed: billed_duration,
                    memory_mb: spec.memory_mb,
                    max_memory_used_mb,
                    init,
                    status,
                };
                log.platform(&platform_log::report(spec.logging.format, &report));
            }
            log.finish()
        };
        drop(permit);
        let invocation = Invocation {
            request_id: call.request_id.clone(),
            payload,
            function_error,
            executed_version: spec.version.clone(),
            log_tail,
            duration,
            init_duration: init,
            billed_duration,
            max_memory_used_mb,
        };
        (reply, invocation)
    }

    /// Reads the process's peak memory, now and then.
    pub(crate) fn peak_memory_mb(&self) -> Option<u64> {
        let mut state = self.state();
        let now = Instant::now();
        if state.memory.is_none_or(|(read, _)| now - read >= MEMORY_INTERVAL)
            && let Some(pid) = state.pid
            && let Some(peak) = process::peak_memory_mb(pid)
        {
            state.memory = Some((now, peak));
        }
        state.memory.map(|(_, peak)| peak)
    }
}
