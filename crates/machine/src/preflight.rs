//! What is known of a task before it is scheduled.

use std::fmt;
use std::sync::Arc;

use crate::document::Document;
use crate::event::EventId;
use crate::resource::Resource;

/// A task that is about to be scheduled.
#[derive(Debug, Clone, Copy)]
pub struct Scheduling<'t> {
    /// The state that asks.
    pub state: &'t str,
    /// The event that entered it.
    pub entered: EventId,
    /// What is asked.
    pub resource: &'t Resource,
    /// The evaluated `Parameters` or `Arguments` (or the input, when there are none).
    pub parameters: &'t Document,
}

/// Looks at tasks before they are scheduled: AWS fails an execution whose task it can't even start (an activity that does
/// not exist, parameters that an integration can't use) before it writes that the task is scheduled (recorded cases
/// `activities/activities--activity_task_on_deleted.json` and
/// `services/apigetway_task_service--invoke_with_headers-singleStringHeader.json`).
///
/// A refusal always ends its execution with `States.Runtime`, so one that goes on was never refused anything: it can be
/// replayed without asking again, which [`Recorded`] does.
pub trait Preflight: fmt::Debug + Send + Sync {
    /// Why the task can't be started, without the state's name. None: it can.
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>>;
}

/// Refuses again what was refused when an execution was recorded.
#[derive(Debug)]
pub struct Recorded {
    entered: EventId,
    cause: Arc<str>,
}

impl Recorded {
    /// From the event that ended an execution and the one before it, in AWS's form. None: nothing was refused.
    pub fn of(before: &serde_json::Value, last: &serde_json::Value) -> Option<Self> {
        let details = &last["executionFailedEventDetails"];
        let (_, told) = details["cause"].as_str()?.split_once("(entered at the event id #")?;
        let (entered, cause) = told.split_once("). ")?;
        let entered: EventId = entered.parse().ok()?;
        // A state that is redriven is not entered again.
        let begins = match before["type"].as_str()? {
            "TaskStateEntered" => before["id"] == entered,
            "ExecutionRedriven" => true,
            _ => false,
        };
        let follows = last["previousEventId"] == before["id"] && details["error"] == crate::failure::name::RUNTIME;
        (begins && follows).then(|| Self { entered, cause: cause.into() })
    }
}

impl Preflight for Recorded {
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        (task.entered == self.entered).then(|| self.cause.clone())
    }
}
