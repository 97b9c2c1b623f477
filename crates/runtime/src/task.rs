//! How tasks are done: the port that service integrations implement.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use machine::{Document, Identity, Preflight, Resource, Scheduling, TaskCall, TaskOutcome};

use crate::activities::Activities;
use crate::driver::Busy;

/// Does tasks.
#[async_trait]
pub trait TaskHandler: Send + Sync + 'static {
    /// Does one task. The future is dropped when the task is given up (its time is up, its execution is over); so is the
    /// end of the [`Job`] that it answered with.
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer;

    /// Takes up a `.sync` task again whose request was answered before the process died: what it began is waited for, or
    /// begun once more when it died with the process. The answer is its [`Job`], or its end.
    ///
    /// A handler that has no such tasks does the task once more.
    async fn resume(&self, call: TaskCall, context: TaskContext, _submitted: Document) -> Answer {
        self.handle(call, context).await
    }

    /// Why a task can't even be scheduled, without the state's name: an activity that does not exist, parameters that the
    /// integration can't use. None: it can. Called on the way of every task, so it must be quick.
    fn refusal(&self, _task: &Scheduling<'_>) -> Option<Arc<str>> {
        None
    }
}

/// What came of a task's request.
#[derive(Debug)]
pub enum Answer {
    /// The task is over.
    Ended(TaskOutcome),
    /// The request was answered with this; whoever has the task token ends the task.
    Submitted(Document),
    /// The request was answered, and what it began is waited for (`.sync`).
    Job(Job),
    /// Nothing yet: a worker will ask for the task (activities).
    Queued,
}

impl Answer {
    /// The task failed with that error name and cause.
    pub fn failed(error: &str, cause: impl Into<Arc<str>>) -> Self {
        Self::Ended(TaskOutcome::Failed { error: Some(error.into()), cause: Some(cause.into()) })
    }

    /// The task succeeded.
    pub fn succeeded(output: impl Into<Document>) -> Self {
        Self::Ended(TaskOutcome::Succeeded(output.into()))
    }
}

/// How a job ends. Dropped before it is ready, it must stop the job: its task was given up. Whoever says with
/// [`Job::works`] that nothing works on it gives a [`Busy`] along, so that time is not skipped before the execution has
/// heard of the end.
pub type JobEnd = Pin<Box<dyn Future<Output = (TaskOutcome, Option<Busy>)> + Send>>;

/// What a `.sync` task began.
pub struct Job {
    /// The answer to the request.
    pub submitted: Document,
    /// How it ends.
    pub end: JobEnd,
    /// Whether something works on it until its end, so that time is not skipped. Not so for another execution of the same
    /// runtime: its own waits may be skipped.
    pub works: bool,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("submitted", &self.submitted).field("works", &self.works).finish_non_exhaustive()
    }
}

/// On whose behalf a task is done.
#[derive(Debug, Clone)]
pub struct TaskContext {
    /// The execution.
    pub identity: Arc<Identity>,
    /// When the execution started, in milliseconds since 1970.
    pub started_at_millis: i64,
    /// Whether the task may have been done before, by a process that died before it was told of the end: who can tell that
    /// it was must not do it twice.
    pub again: bool,
}

/// A handler as the interpreter sees it.
pub(crate) struct Refusals {
    pub(crate) handler: Arc<dyn TaskHandler>,
    pub(crate) activities: Arc<Activities>,
}

impl std::fmt::Debug for Refusals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Refusals")
    }
}

impl Preflight for Refusals {
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        // Recorded case `activities/activities--activity_task_on_deleted.json`.
        if let Resource::Activity { arn } = task.resource
            && !self.activities.is_open(arn)
        {
            return Some(format!("The activity {arn} does not exist.").into());
        }
        self.handler.refusal(task)
    }
}
