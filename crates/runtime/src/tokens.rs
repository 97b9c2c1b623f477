//! Task tokens: who waits for an answer, and the answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use machine::{Document, Input, TaskId, TaskOutcome};

use crate::driver::Runtime;
use crate::error::TokenError;
use crate::execution::ExecutionHandle;

/// The tokens of the tasks that are waited for.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<Arc<str>, TaskOf>>);

/// Whose a token is.
pub(crate) type TaskOf = (Arc<ExecutionHandle>, TaskId);

impl Tokens {
    /// Each change is one call, so the map is whole after any panic.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, TaskOf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn register(&self, token: Arc<str>, execution: Arc<ExecutionHandle>, task: TaskId) {
        self.lock().insert(token, (execution, task));
    }

    /// Whose token it is, if its task is waited for; it stays good.
    pub(crate) fn find(&self, token: &str) -> Option<TaskOf> {
        self.lock().get(token).cloned()
    }

    /// The token's task is over, or (if it was waited for) ends with this.
    pub(crate) fn retire(&self, token: &str) -> Option<TaskOf> {
        self.lock().remove(token)
    }

    /// How many tokens wait for an answer.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().len()
    }
}

impl Runtime {
    /// `SendTaskSuccess`. The token dies with it, and the answer is on record when this returns.
    pub async fn send_task_success(&self, token: &str, output: Document) -> Result<(), TokenError> {
        self.end_task(token, TaskOutcome::Succeeded(output)).await
    }

    /// `SendTaskFailure`. The token dies with it, and the answer is on record when this returns.
    pub async fn send_task_failure(
        &self,
        token: &str,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<(), TokenError> {
        let outcome = TaskOutcome::Failed { error: error.map(Into::into), cause: cause.map(Into::into) };
        self.end_task(token, outcome).await
    }

    /// `SendTaskHeartbeat`. The token stays good, and the task's longer time is on record when this returns.
    pub async fn send_task_heartbeat(&self, token: &str) -> Result<(), TokenError> {
        let (execution, task) = self.owner_of_token(token)?;
        Ok(self.record(&execution, Input::Heartbeat { task }).await?)
    }

    async fn end_task(&self, token: &str, outcome: TaskOutcome) -> Result<(), TokenError> {
        let (execution, task) = self.use_token(token)?;
        Ok(self.record(&execution, Input::TaskEnded { task, outcome }).await?)
    }

    /// Whose token it is; it stays good.
    fn owner_of_token(&self, token: &str) -> Result<TaskOf, TokenError> {
        self.shared.tokens.find(token).ok_or_else(|| self.why_nobodys(token))
    }

    /// Whose token it is; it dies with this.
    fn use_token(&self, token: &str) -> Result<TaskOf, TokenError> {
        self.shared.tokens.retire(token).ok_or_else(|| self.why_nobodys(token))
    }

    /// A late answer hears that its task is over, also in a later process.
    fn why_nobodys(&self, token: &str) -> TokenError {
        let Some(execution_arn) = machine::execution_of_token(token) else { return TokenError::InvalidToken };
        if self.execution(&execution_arn).is_some() {
            return TokenError::TaskTimedOut;
        }
        match self.shared.journal.summary(&execution_arn) {
            Ok(Some(_)) => TokenError::TaskTimedOut,
            Ok(None) => TokenError::InvalidToken,
            Err(error) => error.into(),
        }
    }
}
