//! What can go wrong in a state, and which retriers and catchers it may meet.

use std::sync::Arc;

use asl::expression::EvalError;

use crate::event::ErrorCause;

/// AWS's reserved error names (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>).
pub mod name {
    /// Every error but those that can't be caught.
    pub const ALL: &str = "States.ALL";
    /// Every error of a task but a timeout.
    pub const TASK_FAILED: &str = "States.TaskFailed";
    /// The time of a task or an execution is up.
    pub const TIMEOUT: &str = "States.Timeout";
    /// No sign of life for longer than `HeartbeatSeconds`.
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    /// The engine can't go on; never caught, never retried.
    pub const RUNTIME: &str = "States.Runtime";
    /// A payload is over the service's limit.
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// No rule of a Choice state holds, and it has no `Default`.
    pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    /// An intrinsic function refused its arguments.
    pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
    /// `ResultPath` can't be applied to the input.
    pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
    /// A JSONata query failed.
    pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
}

/// Why a state failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Error name and cause.
    pub error: ErrorCause,
    /// Whether it came from a task, so that `States.TaskFailed` stands for it.
    pub of_task: bool,
    /// Whether a heartbeat stayed away: `States.HeartbeatTimeout` stands for it, though AWS shows it as a plain
    /// `States.Timeout` (recorded case `timeouts/heartbeats--heartbeat_timeout.json`).
    pub of_heartbeat: bool,
    /// Whether an `EvaluationFailed` event tells of it, and of which field.
    pub evaluation: Option<Option<Arc<str>>>,
}

impl Failure {
    /// A failure with a name and a cause, of the state itself.
    pub fn new(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Self {
            error: ErrorCause { error: Some(error.into()), cause: Some(cause.into()) },
            of_task: false,
            of_heartbeat: false,
            evaluation: None,
        }
    }

    /// A failure of a task.
    pub fn task(error: ErrorCause) -> Self {
        Self { error, of_task: true, of_heartbeat: false, evaluation: None }
    }

    /// The engine can't go on.
    pub fn runtime(cause: impl Into<Arc<str>>) -> Self {
        Self::new(name::RUNTIME, cause)
    }

    /// A query language error that names its field.
    pub fn query(cause: impl Into<Arc<str>>, location: Option<&str>) -> Self {
        Self { evaluation: Some(location.map(Into::into)), ..Self::new(name::QUERY_EVALUATION_ERROR, cause) }
    }

    /// Whether no retrier and no catcher may see it: `States.Runtime` always ends the execution (recorded case
    /// `scenarios/base_scenarios--catch_states_runtime.json`).
    pub fn is_fatal(&self) -> bool {
        self.error.error.as_deref() == Some(name::RUNTIME) && !self.of_task
    }

    /// Whether one of these `ErrorEquals` stands for it.
    pub fn matches(&self, error_equals: &[String]) -> bool {
        let error = self.error.error.as_deref();
        error_equals.iter().any(|wanted| {
            Some(wanted.as_str()) == error
                || wanted == name::ALL
                || (wanted == name::TASK_FAILED && self.of_task && error != Some(name::TIMEOUT))
                || (wanted == name::HEARTBEAT_TIMEOUT && self.of_heartbeat)
        })
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        match &error {
            EvalError::Query { location, .. } => {
                let location = Some(location.clone());
                Self::query(error.to_string(), location.as_deref())
            }
            EvalError::Intrinsic { .. } => Self::new(name::INTRINSIC_FAILURE, error.to_string()),
            EvalError::Path { .. } | EvalError::TemplatePath { .. } => Self::runtime(error.to_string()),
        }
    }
}
