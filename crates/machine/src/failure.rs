//! What can go wrong in a state, and which retriers and catchers it may meet.

use std::sync::Arc;

use asl::expression::EvalError;

use crate::document::Document;
use crate::event::ErrorCause;
use crate::limits::Excess;
use crate::sentences;

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
    /// An intrinsic function refused its arguments.
    pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
    /// A reference path can't be applied: `ResultPath` to the input, or `ItemsPath`, which leads nowhere. What AWS was seen to
    /// give (localstack 1854, <https://qiita.com/tsubasaogawa/items/4fe341bdb6ae7d2fd8ee>), where its documentation has
    /// `States.ResultPathMatchFailure`.
    pub const REFERENCE_PATH_CONFLICT: &str = "States.ReferencePathConflict";
    /// The items of a distributed Map could not be read.
    pub const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
    /// The results of a distributed Map could not be written.
    pub const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";
    /// More items of a distributed Map failed than it tolerates.
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
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
    /// The `EvaluationFailed` event that tells of it, if one does.
    pub evaluation: Option<Evaluation>,
}

/// What an `EvaluationFailed` event says beside error and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The field, as a path inside the state.
    pub location: Option<Arc<str>>,
    /// Whether the query had a value, which only turned out to be unusable when the state was at work. The event then
    /// follows the state's entry (recorded case `scenarios/base_scenarios--wait_timestamp_jsonata-NO_T.json`); else it
    /// follows what the entry follows (`assign/assign_reference_variables--undefined_reference-BASE_UNDEFINED_OUTPUT.json`).
    pub after_entry: bool,
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

    /// Refuses what that state or task made when it is too much to be handed on; else, about how many bytes it has.
    pub(crate) fn if_excessive(document: &Document, state_or_task: &str) -> Result<usize, Self> {
        document.weight().map_err(|excess| {
            let cause = match excess {
                Excess::Size => sentences::too_large(state_or_task),
                Excess::Depth => sentences::too_deep(state_or_task),
            };
            Self::new(name::DATA_LIMIT_EXCEEDED, cause)
        })
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
        let evaluation = Evaluation { location: location.map(Into::into), after_entry: false };
        Self { evaluation: Some(evaluation), ..Self::new(name::QUERY_EVALUATION_ERROR, cause) }
    }

    /// A query gave a value of the right type that the state can't work with.
    pub fn unusable(cause: impl Into<Arc<str>>, location: &str) -> Self {
        let evaluation = Evaluation { location: Some(location.into()), after_entry: true };
        Self { evaluation: Some(evaluation), ..Self::new(name::QUERY_EVALUATION_ERROR, cause) }
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

impl From<crate::items::TransferError> for Failure {
    fn from(error: crate::items::TransferError) -> Self {
        Self::new(&error.error, error.cause)
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
