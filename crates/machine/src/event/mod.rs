//! History events: what AWS writes down about an execution, and the truth that ours is made of.

mod wire;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::document::Document;

pub use wire::Places;

/// The number of a history event, counted from 1 within its execution.
pub type EventId = u64;

/// One event of an execution's history (`HistoryEvent` of the Step Functions API).
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// Its number.
    pub id: EventId,
    /// The event that it follows in its branch or iteration; 0 for the first two events of an execution.
    pub previous_event_id: EventId,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// The front part of the state events' names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateType {
    /// `Pass`
    Pass,
    /// `Task`
    Task,
    /// `Choice`
    Choice,
    /// `Wait`
    Wait,
    /// `Succeed`
    Succeed,
    /// `Fail`
    Fail,
    /// `Parallel`
    Parallel,
    /// `Map`
    Map,
}

/// The variables that a state assigned, each as its name and value.
pub type Assigned = Arc<[(Arc<str>, Document)]>;

/// What a Task event of a service integration names: `resourceType` and `resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskResource {
    /// The service, such as `sqs` or `aws-sdk:dynamodb`.
    pub resource_type: Arc<str>,
    /// The action with its pattern, such as `sendMessage.waitForTaskToken`.
    pub resource: Arc<str>,
}

/// A failure as events show it: either part may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErrorCause {
    /// The error name.
    pub error: Option<Arc<str>>,
    /// The error's cause.
    pub cause: Option<Arc<str>>,
}

/// What happened. The variants are AWS's event types, with the state events' types taken together.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// `ExecutionStarted`
    ExecutionStarted {
        /// The input.
        input: Document,
        /// The role that the execution runs under.
        role_arn: Arc<str>,
    },
    /// `ExecutionSucceeded`
    ExecutionSucceeded {
        /// The output.
        output: Document,
    },
    /// `ExecutionFailed`
    ExecutionFailed(ErrorCause),
    /// `ExecutionTimedOut`
    ExecutionTimedOut(ErrorCause),
    /// `ExecutionAborted`
    ExecutionAborted(ErrorCause),
    /// `ExecutionRedriven`
    ExecutionRedriven {
        /// How often it was redriven by now.
        redrive_count: u64,
    },
    /// `PassStateEntered` and its kin.
    StateEntered {
        /// The state's type.
        state_type: StateType,
        /// The state's name.
        name: Arc<str>,
        /// Its raw input.
        input: Document,
    },
    /// `PassStateExited` and its kin (Fail states are never exited).
    StateExited {
        /// The state's type.
        state_type: StateType,
        /// The state's name.
        name: Arc<str>,
        /// Its output.
        output: Document,
        /// The variables it assigned.
        assigned: Option<Assigned>,
    },
    /// `TaskStateAborted`, `WaitStateAborted`, `ParallelStateAborted`, `MapStateAborted`, …
    StateAborted {
        /// The state's type.
        state_type: StateType,
    },
    /// `ParallelStateStarted`
    ParallelStateStarted,
    /// `ParallelStateSucceeded`
    ParallelStateSucceeded,
    /// `ParallelStateFailed`
    ParallelStateFailed,
    /// `MapStateStarted`
    MapStateStarted {
        /// How many items there are.
        length: u64,
    },
    /// `MapStateSucceeded`
    MapStateSucceeded,
    /// `MapStateFailed`
    MapStateFailed,
    /// `MapIterationStarted`
    MapIterationStarted {
        /// The Map state's name.
        name: Arc<str>,
        /// The item's position, from 0.
        index: u64,
    },
    /// `MapIterationSucceeded`
    MapIterationSucceeded {
        /// The Map state's name.
        name: Arc<str>,
        /// The item's position, from 0.
        index: u64,
    },
    /// `MapIterationFailed`
    MapIterationFailed {
        /// The Map state's name.
        name: Arc<str>,
        /// The item's position, from 0.
        index: u64,
    },
    /// `MapIterationAborted`
    MapIterationAborted {
        /// The Map state's name.
        name: Arc<str>,
        /// The item's position, from 0.
        index: u64,
    },
    /// `MapRunStarted`
    MapRunStarted {
        /// The map run's ARN.
        map_run_arn: Arc<str>,
    },
    /// `MapRunRedriven`
    MapRunRedriven {
        /// Its ARN.
        map_run_arn: Arc<str>,
        /// How often it was redriven, this time included.
        redrive_count: u64,
    },
    /// `MapRunSucceeded`
    MapRunSucceeded,
    /// `MapRunFailed`
    MapRunFailed(ErrorCause),
    /// `MapRunAborted`
    MapRunAborted,
    /// `LambdaFunctionScheduled`
    LambdaFunctionScheduled {
        /// The payload.
        input: Document,
        /// The function's ARN.
        resource: Arc<str>,
        /// `TimeoutSeconds` of the state.
        timeout_in_seconds: Option<u64>,
        /// The role of `Credentials`.
        credentials: Option<Arc<str>>,
    },
    /// `LambdaFunctionStarted`
    LambdaFunctionStarted,
    /// `LambdaFunctionSucceeded`
    LambdaFunctionSucceeded {
        /// The answer.
        output: Document,
    },
    /// `LambdaFunctionFailed`
    LambdaFunctionFailed(ErrorCause),
    /// `LambdaFunctionTimedOut`
    LambdaFunctionTimedOut(ErrorCause),
    /// `ActivityScheduled`
    ActivityScheduled {
        /// The task's input.
        input: Document,
        /// The activity's ARN.
        resource: Arc<str>,
        /// `TimeoutSeconds` of the state.
        timeout_in_seconds: Option<u64>,
        /// `HeartbeatSeconds` of the state.
        heartbeat_in_seconds: Option<u64>,
    },
    /// `ActivityStarted`
    ActivityStarted {
        /// The worker's name, if it gave one.
        worker_name: Option<Arc<str>>,
    },
    /// `ActivitySucceeded`
    ActivitySucceeded {
        /// The answer.
        output: Document,
    },
    /// `ActivityFailed`
    ActivityFailed(ErrorCause),
    /// `ActivityTimedOut`
    ActivityTimedOut(ErrorCause),
    /// `TaskScheduled`
    TaskScheduled {
        /// The service and action.
        task: TaskResource,
        /// The parameters of the call.
        parameters: Document,
        /// The region.
        region: Arc<str>,
        /// `TimeoutSeconds` of the state.
        timeout_in_seconds: Option<u64>,
        /// `HeartbeatSeconds` of the state.
        heartbeat_in_seconds: Option<u64>,
        /// The role of `Credentials`.
        credentials: Option<Arc<str>>,
    },
    /// `TaskStarted`
    TaskStarted {
        /// The service and action.
        task: TaskResource,
    },
    /// `TaskSubmitted`
    TaskSubmitted {
        /// The service and action.
        task: TaskResource,
        /// The service's answer to the request.
        output: Document,
    },
    /// `TaskSucceeded`
    TaskSucceeded {
        /// The service and action.
        task: TaskResource,
        /// The result.
        output: Document,
    },
    /// `TaskFailed`
    TaskFailed {
        /// The service and action.
        task: TaskResource,
        /// The failure.
        failure: ErrorCause,
    },
    /// `TaskTimedOut`
    TaskTimedOut {
        /// The service and action.
        task: TaskResource,
        /// The failure.
        failure: ErrorCause,
    },
    /// `EvaluationFailed`
    EvaluationFailed {
        /// The failure.
        failure: ErrorCause,
        /// The field that could not be evaluated.
        location: Option<Arc<str>>,
        /// The state's name.
        state: Arc<str>,
    },
}
