//! How far a task has come.

use jiff::Timestamp;
use serde_json::Value;

/// The statuses that a task here goes through, in their order (developer guide "Task lifecycle").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Provisioning,
    Pending,
    Running,
    Deprovisioning,
    Stopped,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }

    /// What a container's status is while its task has this one and it hasn't ended.
    pub(super) fn of_container(self) -> &'static str {
        match self {
            Self::Provisioning | Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deprovisioning | Self::Stopped => "STOPPED",
        }
    }
}

/// Why a task stops, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    /// `EssentialContainerExited`, `UserInitiated` or `TaskFailedToStart`.
    pub(super) code: &'static str,
    pub(super) reason: String,
}

/// What changes about a task.
pub(super) struct Progress {
    pub(super) status: Status,
    /// Counts the changes of status.
    pub(super) version: u32,
    pub(super) connected_at: Option<Timestamp>,
    pub(super) pull_started_at: Option<Timestamp>,
    pub(super) pull_stopped_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) stopping_at: Option<Timestamp>,
    pub(super) execution_stopped_at: Option<Timestamp>,
    pub(super) stopped_at: Option<Timestamp>,
    pub(super) stop: Option<Stop>,
    /// By container: the exit code, once it has ended.
    pub(super) exit_codes: Vec<Option<i32>>,
}

impl Progress {
    pub(super) fn new(containers: usize) -> Self {
        Self {
            status: Status::Provisioning,
            version: 1,
            connected_at: None,
            pull_started_at: None,
            pull_stopped_at: None,
            started_at: None,
            stopping_at: None,
            execution_stopped_at: None,
            stopped_at: None,
            stop: None,
            exit_codes: vec![None; containers],
        }
    }

    /// Enters a status.
    pub(super) fn enter(&mut self, status: Status) {
        self.status = status;
        self.version += 1;
    }

    /// Says that the task is to stop; the first reason counts.
    pub(super) fn stop(&mut self, code: &'static str, reason: String) {
        if self.stop.is_none() {
            self.stop = Some(Stop { code, reason });
            self.stopping_at = Some(Timestamp::now());
        }
    }

    /// `RUNNING` or `STOPPED`: what the task is to be.
    pub(super) fn desired(&self) -> &'static str {
        if self.stop.is_some() { "STOPPED" } else { "RUNNING" }
    }

    /// The exit code of a container, for the API.
    pub(super) fn exit_code(&self, index: usize) -> Option<Value> {
        self.exit_codes[index].map(Value::from)
    }
}
