//! How tasks are done: the port that service integrations implement.

use std::sync::Arc;

use async_trait::async_trait;
use machine::{Document, Identity, TaskCall, TaskOutcome};

/// Does tasks.
#[async_trait]
pub trait TaskHandler: Send + Sync + 'static {
    /// Does one task. The future is dropped when the task is given up (its time is up, its execution is over).
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer;
}

/// What came of a task's request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The task is over.
    Ended(TaskOutcome),
    /// The request was answered with this; whoever has the task token ends the task.
    Submitted(Document),
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

/// On whose behalf a task is done.
#[derive(Debug, Clone)]
pub struct TaskContext {
    /// The execution.
    pub identity: Arc<Identity>,
    /// When the execution started, in milliseconds since 1970.
    pub started_at_millis: i64,
}
