//! Executions that can't go on because their record can't be read: they stay as they are until somebody ends them.

use std::sync::{Arc, PoisonError};

use journal::{HistoryPage, Record};
use machine::{ErrorCause, EventKind, HistoryEvent, Input, Outcome};

use crate::driver::Runtime;
use crate::error::RuntimeError;

impl Runtime {
    pub(crate) fn note_stuck(&self, execution_arn: Arc<str>) {
        self.shared.stuck.lock().unwrap_or_else(PoisonError::into_inner).insert(execution_arn);
    }

    /// Ends an execution that can't go on (`StopExecution`), if it is one: what is readable of its history stays, and its
    /// end comes after it.
    ///
    /// # Errors
    /// Those of the journal; then it stays as it was.
    pub async fn stop_stuck(
        &self,
        execution_arn: &str,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<(), RuntimeError> {
        // Whoever takes it out is the only one who ends it.
        let taken = self.shared.stuck.lock().unwrap_or_else(PoisonError::into_inner).take(execution_arn);
        let Some(execution_arn) = taken else { return Ok(()) };
        let ended = self.record_end(&execution_arn, error, cause).await;
        if ended.is_err() {
            self.note_stuck(execution_arn);
        }
        ended
    }

    async fn record_end(
        &self,
        execution_arn: &Arc<str>,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<(), RuntimeError> {
        let page = HistoryPage { from: u64::MAX, reverse: true, limit: 1 };
        let last = self.shared.journal.history_page(execution_arn, page)?.pop();
        let last: Option<serde_json::Value> = last.and_then(|event| serde_json::from_str(&event).ok());
        let last = last.and_then(|event| event["id"].as_u64()).unwrap_or_default();
        let (at, error, cause) = (self.now(), error.map(Arc::from), cause.map(Arc::from));
        let failure = ErrorCause { error: error.clone(), cause: cause.clone() };
        let kind = EventKind::ExecutionAborted(failure.clone());
        let event = HistoryEvent { id: last + 1, previous_event_id: 0, timestamp: at, kind };
        let execution_arn = execution_arn.clone();
        let input = Input::Stop { error, cause };
        let step = Record::Step { execution_arn: execution_arn.clone(), input, at, events: vec![event] };
        let end = Record::End { execution_arn, outcome: Outcome::Aborted(failure), at };
        Ok(self.append(vec![step, end]).await?)
    }
}
