//! The AWS form of history events (`GetExecutionHistory`).

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::{Assigned, ErrorCause, EventKind, HistoryEvent, StateType, TaskResource};
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
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
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
            Self::MapRunRedriven { .. } => "MapRunRedriven",
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

    /// The name of the member that holds the event's details. None: AWS sends no details.
    fn member(&self) -> Option<&'static str> {
        Some(match self {
            Self::ExecutionStarted { .. } => "executionStartedEventDetails",
            Self::ExecutionSucceeded { .. } => "executionSucceededEventDetails",
            Self::ExecutionFailed(_) => "executionFailedEventDetails",
            Self::ExecutionTimedOut(_) => "executionTimedOutEventDetails",
            Self::ExecutionAborted(_) => "executionAbortedEventDetails",
            Self::ExecutionRedriven { .. } => "executionRedrivenEventDetails",
            Self::StateEntered { .. } => "stateEnteredEventDetails",
            Self::StateExited { .. } => "stateExitedEventDetails",
            Self::MapStateStarted { .. } => "mapStateStartedEventDetails",
            Self::MapIterationStarted { .. } => "mapIterationStartedEventDetails",
            Self::MapIterationSucceeded { .. } => "mapIterationSucceededEventDetails",
            Self::MapIterationFailed { .. } => "mapIterationFailedEventDetails",
            Self::MapIterationAborted { .. } => "mapIterationAbortedEventDetails",
            Self::MapRunStarted { .. } => "mapRunStartedEventDetails",
            Self::MapRunRedriven { .. } => "mapRunRedrivenEventDetails",
            Self::MapRunFailed(_) => "mapRunFailedEventDetails",
            Self::LambdaFunctionScheduled { .. } => "lambdaFunctionScheduledEventDetails",
            Self::LambdaFunctionSucceeded { .. } => "lambdaFunctionSucceededEventDetails",
            Self::LambdaFunctionFailed(_) => "lambdaFunctionFailedEventDetails",
            Self::LambdaFunctionTimedOut(_) => "lambdaFunctionTimedOutEventDetails",
            Self::ActivityScheduled { .. } => "activityScheduledEventDetails",
            Self::ActivityStarted { .. } => "activityStartedEventDetails",
            Self::ActivitySucceeded { .. } => "activitySucceededEventDetails",
            Self::ActivityFailed(_) => "activityFailedEventDetails",
            Self::ActivityTimedOut(_) => "activityTimedOutEventDetails",
            Self::TaskScheduled { .. } => "taskScheduledEventDetails",
            Self::TaskStarted { .. } => "taskStartedEventDetails",
            Self::TaskSubmitted { .. } => "taskSubmittedEventDetails",
            Self::TaskSucceeded { .. } => "taskSucceededEventDetails",
            Self::TaskFailed { .. } => "taskFailedEventDetails",
            Self::TaskTimedOut { .. } => "taskTimedOutEventDetails",
            Self::EvaluationFailed { .. } => "evaluationFailedEventDetails",
            Self::StateAborted { .. }
            | Self::ParallelStateStarted
            | Self::ParallelStateSucceeded
            | Self::ParallelStateFailed
            | Self::MapStateSucceeded
            | Self::MapStateFailed
            | Self::MapRunSucceeded
            | Self::MapRunAborted
            | Self::LambdaFunctionStarted => return None,
        })
    }
}

impl HistoryEvent {
    /// The event as `GetExecutionHistory` gives it; the timestamp is in seconds since 1970, with three decimals.
    ///
    /// Who wants the text serializes the event itself: that is several times as fast.
    pub fn to_wire(&self) -> Value {
        serde_json::to_value(self).expect("an event is made of texts, numbers and objects of them")
    }

    /// The same as text, but for documents that have a place elsewhere: `{"":17}` stands for the text of the one at place
    /// 17. No event has a member without a name, and within a text the quotes would be escaped.
    pub fn with_places<'e>(&'e self, places: &'e dyn Places) -> impl Serialize + 'e {
        Placed { event: self, places }
    }
}

/// Where documents are written that would make events long, once each.
pub trait Places {
    /// The place of a document; none: it is written into the event.
    fn place(&self, document: &Document) -> Option<i64>;
}

/// No document has a place of its own.
struct Nowhere;

impl Places for Nowhere {
    fn place(&self, _: &Document) -> Option<i64> {
        None
    }
}

/// Writes the form of [`HistoryEvent::to_wire`] straight into the serializer: every event goes into the journal so.
impl Serialize for HistoryEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Placed { event: self, places: &Nowhere }.serialize(serializer)
    }
}

/// An event whose documents may have places of their own.
struct Placed<'e, P: ?Sized> {
    event: &'e HistoryEvent,
    places: &'e P,
}

impl<P: Places + ?Sized> Serialize for Placed<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event: HistoryEvent { id, previous_event_id, timestamp, kind }, places } = *self;
        let member = kind.member();
        let mut event = serializer.serialize_map(Some(4 + usize::from(member.is_some())))?;
        // Milliseconds of any year up to 9999 fit the 53 bits of an f64.
        event.serialize_entry("timestamp", &(timestamp.as_millisecond() as f64 / 1000.0))?;
        event.serialize_entry("type", kind.type_name())?;
        event.serialize_entry("id", id)?;
        event.serialize_entry("previousEventId", previous_event_id)?;
        if let Some(member) = member {
            event.serialize_entry(member, &Details { kind, places })?;
        }
        event.end()
    }
}

/// The details of an event.
struct Details<'e, P: ?Sized> {
    kind: &'e EventKind,
    places: &'e P,
}

impl<P: Places + ?Sized> Serialize for Details<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = Members { map: serializer.serialize_map(None)?, places: self.places };
        members.all(self.kind)?;
        members.map.end()
    }
}

/// The members of an event's details while they are written.
struct Members<'e, M, P: ?Sized> {
    map: M,
    places: &'e P,
}

impl<M: SerializeMap, P: Places + ?Sized> Members<'_, M, P> {
    fn all(&mut self, kind: &EventKind) -> Result<(), M::Error> {
        match kind {
            EventKind::ExecutionStarted { input, role_arn } => {
                self.document("input", "inputDetails", input)?;
                self.member("roleArn", role_arn)
            }
            EventKind::ExecutionSucceeded { output }
            | EventKind::LambdaFunctionSucceeded { output }
            | EventKind::ActivitySucceeded { output } => self.document("output", "outputDetails", output),
            EventKind::ExecutionFailed(failure)
            | EventKind::ExecutionTimedOut(failure)
            | EventKind::ExecutionAborted(failure)
            | EventKind::MapRunFailed(failure)
            | EventKind::LambdaFunctionFailed(failure)
            | EventKind::LambdaFunctionTimedOut(failure)
            | EventKind::ActivityFailed(failure)
            | EventKind::ActivityTimedOut(failure) => self.failure(failure),
            EventKind::ExecutionRedriven { redrive_count } => self.member("redriveCount", redrive_count),
            EventKind::StateEntered { name, input, .. } => {
                self.member("name", name)?;
                self.document("input", "inputDetails", input)
            }
            EventKind::StateExited { name, output, assigned, .. } => {
                self.member("name", name)?;
                self.document("output", "outputDetails", output)?;
                let Some(assigned) = assigned else { return Ok(()) };
                self.member("assignedVariables", &Variables { assigned, places: self.places })?;
                self.member("assignedVariablesDetails", &About { truncated: false })
            }
            EventKind::MapStateStarted { length } => self.member("length", length),
            EventKind::MapIterationStarted { name, index }
            | EventKind::MapIterationSucceeded { name, index }
            | EventKind::MapIterationFailed { name, index }
            | EventKind::MapIterationAborted { name, index } => {
                self.member("name", name)?;
                self.member("index", index)
            }
            EventKind::MapRunStarted { map_run_arn } => self.member("mapRunArn", map_run_arn),
            EventKind::MapRunRedriven { map_run_arn, redrive_count } => {
                self.member("mapRunArn", map_run_arn)?;
                self.member("redriveCount", redrive_count)
            }
            EventKind::LambdaFunctionScheduled { input, resource, timeout_in_seconds, credentials } => {
                self.member("resource", resource)?;
                self.document("input", "inputDetails", input)?;
                self.if_given("timeoutInSeconds", timeout_in_seconds.as_ref())?;
                self.credentials(credentials.as_deref())
            }
            EventKind::ActivityScheduled { input, resource, timeout_in_seconds, heartbeat_in_seconds } => {
                self.member("resource", resource)?;
                self.document("input", "inputDetails", input)?;
                self.if_given("timeoutInSeconds", timeout_in_seconds.as_ref())?;
                self.if_given("heartbeatInSeconds", heartbeat_in_seconds.as_ref())
            }
            EventKind::ActivityStarted { worker_name } => self.if_given("workerName", worker_name.as_ref()),
            EventKind::TaskScheduled {
                task,
                parameters,
                region,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            } => {
                self.task(task)?;
                self.member("region", region)?;
                self.member("parameters", &Text { document: parameters, places: self.places })?;
                self.if_given("timeoutInSeconds", timeout_in_seconds.as_ref())?;
                self.if_given("heartbeatInSeconds", heartbeat_in_seconds.as_ref())?;
                self.credentials(credentials.as_deref())
            }
            EventKind::TaskStarted { task } => self.task(task),
            EventKind::TaskSubmitted { task, output } | EventKind::TaskSucceeded { task, output } => {
                self.task(task)?;
                self.document("output", "outputDetails", output)
            }
            EventKind::TaskFailed { task, failure } | EventKind::TaskTimedOut { task, failure } => {
                self.task(task)?;
                self.failure(failure)
            }
            EventKind::EvaluationFailed { failure, location, state } => {
                self.failure(failure)?;
                self.member("state", state)?;
                self.if_given("location", location.as_ref())
            }
            EventKind::StateAborted { .. }
            | EventKind::ParallelStateStarted
            | EventKind::ParallelStateSucceeded
            | EventKind::ParallelStateFailed
            | EventKind::MapStateSucceeded
            | EventKind::MapStateFailed
            | EventKind::MapRunSucceeded
            | EventKind::MapRunAborted
            | EventKind::LambdaFunctionStarted => Ok(()),
        }
    }

    fn member(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), M::Error> {
        self.map.serialize_entry(name, value)
    }

    fn if_given(&mut self, name: &'static str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.member(name, value))
    }

    /// A document, which serializes as its text, and that all of it is there.
    fn document(&mut self, name: &'static str, about: &'static str, document: &Document) -> Result<(), M::Error> {
        self.member(name, &Text { document, places: self.places })?;
        self.member(about, &About { truncated: false })
    }

    fn credentials(&mut self, role_arn: Option<&str>) -> Result<(), M::Error> {
        self.if_given("taskCredentials", role_arn.map(|role_arn| Credentials { role_arn }).as_ref())
    }

    fn failure(&mut self, failure: &ErrorCause) -> Result<(), M::Error> {
        self.if_given("error", failure.error.as_ref())?;
        self.if_given("cause", failure.cause.as_ref())
    }

    fn task(&mut self, task: &TaskResource) -> Result<(), M::Error> {
        self.member("resourceType", &task.resource_type)?;
        self.member("resource", &task.resource)
    }
}

/// `HistoryEventExecutionDataDetails`
#[derive(serde::Serialize)]
struct About {
    truncated: bool,
}

/// `TaskCredentials`
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'e> {
    role_arn: &'e str,
}

/// A document, which serializes as its text, or as its place.
struct Text<'e, P: ?Sized> {
    document: &'e Document,
    places: &'e P,
}

impl<P: Places + ?Sized> Serialize for Text<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.places.place(self.document) {
            None => self.document.serialize(serializer),
            Some(place) => serializer.collect_map([("", place)]),
        }
    }
}

/// `assignedVariables`: each by its name, as text.
struct Variables<'e, P: ?Sized> {
    assigned: &'e Assigned,
    places: &'e P,
}

impl<P: Places + ?Sized> Serialize for Variables<'_, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let places = self.places;
        serializer.collect_map(self.assigned.iter().map(|(name, document)| (name, Text { document, places })))
    }
}
