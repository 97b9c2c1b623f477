//! A handler of tasks before which a table of mocked responses stands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use machine::{Document, ErrorCause, Scheduling, TaskCall, TaskOutcome};
use runtime::{Answer, TaskContext, TaskHandler};

use super::table::{MockTable, MockedResponse};

/// Answers the attempts that a [`MockTable`] lists, and passes all others on.
///
/// Attempts are counted for each execution and state name from 0, iterations of a Map state and retries alike. A mocked
/// response ends its task, whatever its pattern: a `.waitForTaskToken` task is over without its token, a `.sync` task
/// without its job.
pub struct Mocked {
    inner: Arc<dyn TaskHandler>,
    table: MockTable,
    /// How often a state that the table speaks of was attempted.
    attempts: Mutex<HashMap<Attempted, u64>>,
}

/// An execution's ARN and a state's name.
type Attempted = (Arc<str>, Arc<str>);

impl Mocked {
    /// `inner` behind that table.
    pub fn new(inner: Arc<dyn TaskHandler>, table: MockTable) -> Self {
        Self { inner, table, attempts: Mutex::default() }
    }

    /// What the table says of the attempt that begins.
    fn next(&self, state: &str, context: &TaskContext) -> Option<&MockedResponse> {
        // States that aren't mocked need no count.
        let state = self.table.state(state)?;
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = attempts.entry((context.identity.execution_arn.clone(), state.clone())).or_default();
        let attempt = *count;
        *count += 1;
        self.table.response(&state, attempt)
    }
}

#[async_trait]
impl TaskHandler for Mocked {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        match self.next(&call.state, &context) {
            None => self.inner.handle(call, context).await,
            Some(MockedResponse::Return(output)) => Answer::succeeded(output.clone()),
            Some(MockedResponse::Throw(failure)) => thrown(failure),
            Some(MockedResponse::CallThenThrow(failure)) => {
                match self.inner.handle(call, context).await {
                    // The job is done before its end is not heard of.
                    Answer::Job(job) => drop(job.end.await),
                    Answer::Ended(_) | Answer::Submitted(_) | Answer::Queued => {}
                }
                thrown(failure)
            }
        }
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        // What was submitted was not mocked: a mocked response ends its task.
        self.inner.resume(call, context, submitted).await
    }

    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        self.inner.refusal(task)
    }
}

/// A time-out has events of its own (`TaskTimedOut`), every other failure has `TaskFailed`.
fn thrown(failure: &ErrorCause) -> Answer {
    let ErrorCause { error, cause } = failure.clone();
    Answer::Ended(match error.as_deref() {
        Some("States.Timeout") => TaskOutcome::TimedOut { error, cause },
        _ => TaskOutcome::Failed { error, cause },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, context, context_of, outcome};
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts its calls and answers with that count.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl TaskHandler for Counting {
        async fn handle(&self, _call: TaskCall, _context: TaskContext) -> Answer {
            Answer::succeeded(json!(self.0.fetch_add(1, Ordering::SeqCst)))
        }
    }

    fn mocked(table: &Value) -> (Arc<Counting>, Mocked) {
        let inner = Arc::new(Counting::default());
        (inner.clone(), Mocked::new(inner, MockTable::from_json(table).expect("sound")))
    }

    fn failed(error: &str, cause: &str) -> TaskOutcome {
        TaskOutcome::Failed { error: Some(error.into()), cause: Some(cause.into()) }
    }

    fn succeeded(output: Value) -> TaskOutcome {
        TaskOutcome::Succeeded(output.into())
    }

    async fn attempt(mocked: &Mocked, state: &str) -> TaskOutcome {
        let call = TaskCall { state: state.into(), ..call("arn:aws:states:::sqs:sendMessage", json!({})) };
        outcome(mocked.handle(call, context()).await)
    }

    #[tokio::test]
    async fn listed_attempts_are_answered_and_the_others_passed_on() {
        let (inner, mocked) = mocked(&json!({"Buy": {
            "0-1": {"Throw": {"Error": "E", "Cause": "c"}}, "3": {"Return": {"a": 1}}
        }}));
        assert_eq!(attempt(&mocked, "Buy").await, failed("E", "c"));
        assert_eq!(attempt(&mocked, "Sell").await, succeeded(json!(0)));
        assert_eq!(attempt(&mocked, "Buy").await, failed("E", "c"));
        assert_eq!(attempt(&mocked, "Buy").await, succeeded(json!(1)));
        assert_eq!(attempt(&mocked, "Buy").await, succeeded(json!({"a": 1})));
        assert_eq!(inner.0.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_call_whose_answer_is_lost_was_made() {
        let (inner, mocked) = mocked(&json!({"Buy": {"0": {"CallThenThrow": {"Error": "E", "Cause": "lost"}}}}));
        assert_eq!(attempt(&mocked, "Buy").await, failed("E", "lost"));
        assert_eq!(inner.0.load(Ordering::SeqCst), 1);
        assert_eq!(attempt(&mocked, "Buy").await, succeeded(json!(1)));
    }

    #[tokio::test]
    async fn each_execution_counts_for_itself() {
        let (_, mocked) = mocked(&json!({"Buy": {"0": {"Throw": {"Error": "E", "Cause": "c"}}}}));
        for execution in ["one", "two"] {
            let call = TaskCall { state: "Buy".into(), ..call("arn:aws:states:::sqs:sendMessage", json!({})) };
            let answer = mocked.handle(call, context_of(execution)).await;
            assert_eq!(outcome(answer), failed("E", "c"), "{execution}");
        }
    }

    #[tokio::test]
    async fn a_thrown_timeout_is_a_timeout() {
        let (_, mocked) = mocked(&json!({"Buy": {"0": {"Throw": {"Error": "States.Timeout"}}}}));
        let expected = TaskOutcome::TimedOut { error: Some("States.Timeout".into()), cause: None };
        assert_eq!(attempt(&mocked, "Buy").await, expected);
    }
}
