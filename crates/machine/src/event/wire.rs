//! The AWS form of history events (`GetExecutionHistory`).

use serde_json::{Map, Value, json};

use super::{ErrorCause, EventKind, HistoryEvent, StateType, TaskResource};
use crate::document::Document;

impl StateType {
    /// The value of the `Type` field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }

    /// The type of the event that enters, exits or aborts such a state.
    fn event(self, what: &'static str) -> &'static str {
        macro_rules! names {
            ($suffix:literal) => {
                match self {
                    Self::Pass => concat!("PassState", $suffix),
                    Self::Task => concat!("TaskState", $suffix),
                    Self::Choice => concat!("ChoiceState", $suffix),
                    Self::Wait => concat!("WaitState", $suffix),
                    Self::Succeed => concat!("SucceedState", $suffix),
                    Self::Fail => concat!("FailState", $suffix),
                    Self::Parallel => concat!("ParallelState", $suffix),
                    Self::Map => concat!("MapState", $suffix),
                }
            };
        }
        match what {
            "Entered" => names!("Entered"),
            "Exited" => names!("Exited"),
            _ => names!("Aborted"),
        }
    }
}

impl EventKind {
    /// AWS's name of the event's type, such as `PassStateEntered`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed(_) => "ExecutionFailed",
            Self::ExecutionTimedOut(_) => "ExecutionTimedOut",
            Self::ExecutionAborted(_) => "ExecutionAborted",
            Self::StateEntered { state_type, .. } => state_type.event("Entered"),
            Self::StateExited { state_type, .. } => state_type.event("Exited"),
            Self::StateAborted { state_type } => state_type.event("Aborted"),
            Self::ParallelStateStarted => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapRunStarted { .. } => "MapRunStarted",
            Self::MapRunSucceeded => "MapRunSucceeded",
            Self::MapRunFailed(_) => "MapRunFailed",
            Self::MapRunAborted => "MapRunAborted",
            Self::LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            Self::LambdaFunctionStarted => "LambdaFunctionStarted",
            Self::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            Self::LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            Self::LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            Self::ActivityScheduled { .. } => "ActivityScheduled",
            Self::ActivityStarted { .. } => "ActivityStarted",
            Self::ActivitySucceeded { .. } => "ActivitySucceeded",
            Self::ActivityFailed(_) => "ActivityFailed",
            Self::ActivityTimedOut(_) => "ActivityTimedOut",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskStarted { .. } => "TaskStarted",
            Self::TaskSubmitted { .. } => "TaskSubmitted",
            Self::TaskSucceeded { .. } => "TaskSucceeded",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
        }
    }

    /// The name of the member that holds the event's details, and the details. None: AWS sends no details.
    fn details(&self) -> Option<(&'static str, Map<String, Value>)> {
        let mut details = Details::default();
        let member = match self {
            Self::ExecutionStarted { input, role_arn } => {
                details.document("input", "inputDetails", input).text("roleArn", role_arn);
                "executionStartedEventDetails"
            }
            Self::ExecutionSucceeded { output } => {
                details.document("output", "outputDetails", output);
                "executionSucceededEventDetails"
            }
            Self::ExecutionFailed(failure) => {
                details.failure(failure);
                "executionFailedEventDetails"
            }
            Self::ExecutionTimedOut(failure) => {
                details.failure(failure);
                "executionTimedOutEventDetails"
            }
            Self::ExecutionAborted(failure) => {
                details.failure(failure);
                "executionAbortedEventDetails"
            }
            Self::StateEntered { name, input, .. } => {
                details.text("name", name).document("input", "inputDetails", input);
                "stateEnteredEventDetails"
            }
            Self::StateExited { name, output, assigned, .. } => {
                details.text("name", name).document("output", "outputDetails", output);
                if let Some(assigned) = assigned {
                    let variables: Map<_, _> =
                        assigned.iter().map(|(name, value)| (name.to_string(), json!(value.text()))).collect();
                    details.0.insert("assignedVariables".into(), variables.into());
                    details.0.insert("assignedVariablesDetails".into(), json!({"truncated": false}));
                }
                "stateExitedEventDetails"
            }
            Self::MapStateStarted { length } => {
                details.0.insert("length".into(), json!(length));
                "mapStateStartedEventDetails"
            }
            Self::MapIterationStarted { name, index } => {
                details.iteration(name, *index);
                "mapIterationStartedEventDetails"
            }
            Self::MapIterationSucceeded { name, index } => {
                details.iteration(name, *index);
                "mapIterationSucceededEventDetails"
            }
            Self::MapIterationFailed { name, index } => {
                details.iteration(name, *index);
                "mapIterationFailedEventDetails"
            }
            Self::MapIterationAborted { name, index } => {
                details.iteration(name, *index);
                "mapIterationAbortedEventDetails"
            }
            Self::MapRunStarted { map_run_arn } => {
                details.text("mapRunArn", map_run_arn);
                "mapRunStartedEventDetails"
            }
            Self::MapRunFailed(failure) => {
                details.failure(failure);
                "mapRunFailedEventDetails"
            }
            Self::LambdaFunctionScheduled { input, resource, timeout_in_seconds, credentials } => {
                details
                    .text("resource", resource)
                    .document("input", "inputDetails", input)
                    .seconds("timeoutInSeconds", *timeout_in_seconds)
                    .credentials(credentials.as_deref());
                "lambdaFunctionScheduledEventDetails"
            }
            Self::LambdaFunctionSucceeded { output } => {
                details.document("output", "outputDetails", output);
                "lambdaFunctionSucceededEventDetails"
            }
            Self::LambdaFunctionFailed(failure) => {
                details.failure(failure);
                "lambdaFunctionFailedEventDetails"
            }
            Self::LambdaFunctionTimedOut(failure) => {
                details.failure(failure);
                "lambdaFunctionTimedOutEventDetails"
            }
            Self::ActivityScheduled { input, resource, timeout_in_seconds, heartbeat_in_seconds } => {
                details
                    .text("resource", resource)
                    .document("input", "inputDetails", input)
                    .seconds("timeoutInSeconds", *timeout_in_seconds)
                    .seconds("heartbeatInSeconds", *heartbeat_in_seconds);
                "activityScheduledEventDetails"
            }
            Self::ActivityStarted { worker_name } => {
                if let Some(worker_name) = worker_name {
                    details.text("workerName", worker_name);
                }
                "activityStartedEventDetails"
            }
            Self::ActivitySucceeded { output } => {
                details.document("output", "outputDetails", output);
                "activitySucceededEventDetails"
            }
            Self::ActivityFailed(failure) => {
                details.failure(failure);
                "activityFailedEventDetails"
            }
            Self::ActivityTimedOut(failure) => {
                details.failure(failure);
                "activityTimedOutEventDetails"
            }
            Self::TaskScheduled { task, parameters, region, timeout_in_seconds, heartbeat_in_seconds, credentials } => {
                details
                    .task(task)
                    .text("region", region)
                    .text("parameters", parameters.text())
                    .seconds("timeoutInSeconds", *timeout_in_seconds)
                    .seconds("heartbeatInSeconds", *heartbeat_in_seconds)
                    .credentials(credentials.as_deref());
                "taskScheduledEventDetails"
            }
            Self::TaskStarted { task } => {
                details.task(task);
                "taskStartedEventDetails"
            }
            Self::TaskSubmitted { task, output } => {
                details.task(task).document("output", "outputDetails", output);
                "taskSubmittedEventDetails"
            }
            Self::TaskSucceeded { task, output } => {
                details.task(task).document("output", "outputDetails", output);
                "taskSucceededEventDetails"
            }
            Self::TaskFailed { task, failure } => {
                details.task(task).failure(failure);
                "taskFailedEventDetails"
            }
            Self::TaskTimedOut { task, failure } => {
                details.task(task).failure(failure);
                "taskTimedOutEventDetails"
            }
            Self::EvaluationFailed { failure, location, state } => {
                details.failure(failure).text("state", state);
                if let Some(location) = location {
                    details.text("location", location);
                }
                "evaluationFailedEventDetails"
            }
            Self::StateAborted { .. }
            | Self::ParallelStateStarted
            | Self::ParallelStateSucceeded
            | Self::ParallelStateFailed
            | Self::MapStateSucceeded
            | Self::MapStateFailed
            | Self::MapRunSucceeded
            | Self::MapRunAborted
            | Self::LambdaFunctionStarted => return None,
        };
        Some((member, details.0))
    }
}

impl HistoryEvent {
    /// The event as `GetExecutionHistory` gives it; the timestamp is in seconds since 1970, with three decimals.
    pub fn to_wire(&self) -> Value {
        let mut event = Map::new();
        // Milliseconds of any year up to 9999 fit the 53 bits of an f64.
        event.insert("timestamp".into(), json!(self.timestamp.as_millisecond() as f64 / 1000.0));
        event.insert("type".into(), json!(self.kind.type_name()));
        event.insert("id".into(), json!(self.id));
        event.insert("previousEventId".into(), json!(self.previous_event_id));
        if let Some((member, details)) = self.kind.details() {
            event.insert(member.into(), details.into());
        }
        event.into()
    }
}

/// The members of an event's details while they are put together.
#[derive(Default)]
struct Details(Map<String, Value>);

impl Details {
    fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.0.insert(name.into(), json!(text));
        self
    }

    fn document(&mut self, name: &str, about: &str, document: &Document) -> &mut Self {
        self.0.insert(name.into(), json!(document.text()));
        self.0.insert(about.into(), json!({"truncated": false}));
        self
    }

    fn seconds(&mut self, name: &str, seconds: Option<u64>) -> &mut Self {
        if let Some(seconds) = seconds {
            self.0.insert(name.into(), json!(seconds));
        }
        self
    }

    fn credentials(&mut self, role_arn: Option<&str>) -> &mut Self {
        if let Some(role_arn) = role_arn {
            self.0.insert("taskCredentials".into(), json!({"roleArn": role_arn}));
        }
        self
    }

    fn failure(&mut self, failure: &ErrorCause) -> &mut Self {
        if let Some(error) = &failure.error {
            self.text("error", error);
        }
        if let Some(cause) = &failure.cause {
            self.text("cause", cause);
        }
        self
    }

    fn iteration(&mut self, name: &str, index: u64) -> &mut Self {
        self.text("name", name);
        self.0.insert("index".into(), json!(index));
        self
    }

    fn task(&mut self, task: &TaskResource) -> &mut Self {
        self.text("resourceType", &task.resource_type).text("resource", &task.resource)
    }
}
