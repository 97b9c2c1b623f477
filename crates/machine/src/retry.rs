//! What happens when a state fails: retried, caught, or handed up.

use asl::graph::EdgeKind;
use asl::model::{Catcher, Jitter, QueryLanguage, Retrier, State, StateKind, Transition};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::command::Outcome;
use crate::document::Document;
use crate::event::EventKind;
use crate::execution::Execution;
use crate::failure::{Failure, name};
use crate::flow::{Exit, state_type};
use crate::scope::{Phase, ScopeId};
use crate::sentences;
use crate::state_test::Retried;
use crate::timing::Purpose;

impl Execution {
    /// The current state of that scope failed.
    pub(crate) fn state_failed(&mut self, scope: ScopeId, state: &State, failure: Failure) {
        let failure = self.described(scope, state, failure);
        self.handle(scope, state, failure);
    }

    /// Has a failure whose words are final retried, caught, or handed up.
    pub(crate) fn handle(&mut self, scope: ScopeId, state: &State, failure: Failure) {
        if failure.is_fatal() {
            return self.execution_failed(scope, failure);
        }
        // A Map state whose iterations could not even be counted still ends as one (recorded case
        // `scenarios/base_scenarios--map_state_items_eval_jsonata_fail-null.json`).
        let never_started = failure.evaluation.is_some()
            && matches!(state.kind, StateKind::Map(_))
            && self.scopes[scope].previous == self.scopes[scope].entered;
        self.evaluation_failed(scope, state, &failure);
        let (retry, catch) = handlers(&state.kind);
        if self.retried(scope, retry, &failure) {
            self.forget_parked(scope);
            return;
        }
        // The branches' or iterations' end shows only when nothing retries them (recorded cases
        // `scenarios/base_scenarios--parallel_state_retry.json` and `…map_state_retry.json`).
        if never_started || matches!(self.scopes[scope].phase, Phase::Children(_) | Phase::MapRun(_)) {
            match &state.kind {
                StateKind::Parallel(_) => self.chain(scope, EventKind::ParallelStateFailed),
                _ => self.chain(scope, EventKind::MapStateFailed),
            };
        }
        self.keep_children(scope);
        let Some((index, catcher)) =
            catch.iter().enumerate().find(|(_, catcher)| failure.matches(&catcher.error_equals))
        else {
            return self.scope_failed(scope, failure);
        };
        self.forget_parked(scope);
        if let Err(second) = self.caught(scope, state, catcher, &failure) {
            // What goes wrong while an error is caught is not caught again.
            let second = self.described(scope, state, second);
            self.evaluation_failed(scope, state, &second);
            self.scope_failed(scope, second);
        } else {
            self.see(|seen| seen.caught = Some((index, failure.error.clone())));
            self.took(state, EdgeKind::Catch(index));
        }
    }

    /// Records that a query failed, if that is what happened. Right after the state's entry this follows what the entry
    /// follows, as if both happened at once; [`Evaluation::after_entry`](crate::failure::Evaluation) has the exception.
    fn evaluation_failed(&mut self, scope: ScopeId, state: &State, failure: &Failure) {
        let Some(evaluation) = &failure.evaluation else { return };
        let at = &mut self.scopes[scope];
        if at.previous == at.entered && !evaluation.after_entry {
            at.previous = at.before_entry;
        }
        self.chain(
            scope,
            EventKind::EvaluationFailed {
                failure: failure.error.clone(),
                location: evaluation.location.clone(),
                state: state.name.clone(),
            },
        );
    }

    /// Errors of the engine name the state and the event that entered it.
    pub(crate) fn described(&self, scope: ScopeId, state: &State, mut failure: Failure) -> Failure {
        let of_engine = !failure.of_task
            && (failure.evaluation.is_some()
                || matches!(failure.error.error.as_deref(), Some(name::RUNTIME | name::INTRINSIC_FAILURE)));
        // Of a state by itself there is nothing more to tell (recorded case
        // `test_state/state_context_object--state_map_context_object-ALL.json`).
        if of_engine
            && self.test.is_none()
            && let Some(cause) = &failure.error.cause
        {
            let entered = self.scopes[scope].entered;
            failure.error.cause = Some(sentences::while_executing(&state.name, entered, cause).into());
        }
        failure
    }

    /// Plans a retry when a retrier is for this failure and has an attempt left.
    fn retried(&mut self, scope: ScopeId, retriers: &[Retrier], failure: &Failure) -> bool {
        let Some((index, retrier)) =
            retriers.iter().enumerate().find(|(_, retrier)| failure.matches(&retrier.error_equals))
        else {
            return false;
        };
        let tested = self.test.as_ref().map(|test| test.setup.retry_count);
        let attempts = &mut self.scopes[scope].attempts;
        attempts.resize(retriers.len(), 0);
        attempts[index] = tested.unwrap_or(attempts[index]);
        if attempts[index] >= retrier.max_attempts {
            self.see(|seen| seen.retry = Some(Retried { index, delay: None }));
            return false;
        }
        let attempt = attempts[index];
        attempts[index] += 1;
        let delay = self.delay(retrier, attempt);
        if tested.is_some() {
            self.see(|seen| seen.retry = Some(Retried { index, delay: Some(delay) }));
            self.finish(Outcome::Failed(failure.error.clone()));
            return true;
        }
        let at = self.now.checked_add(delay).unwrap_or(Timestamp::MAX);
        let timer = self.arm(at, Purpose::Retry(scope));
        self.scopes[scope].phase = Phase::Retry(timer);
        true
    }

    /// The delay before the retry after that many earlier ones
    /// (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>).
    fn delay(&self, retrier: &Retrier, attempt: u64) -> SignedDuration {
        let exponent = i32::try_from(attempt).unwrap_or(i32::MAX);
        let grown = retrier.interval_seconds as f64 * retrier.backoff_rate.powi(exponent);
        let bounded = retrier.max_delay_seconds.map_or(grown, |most| grown.min(most as f64));
        // The longest wait there is; also keeps an overflowing power finite.
        let bounded = bounded.min(crate::limits::MAX_WAIT_SECONDS as f64);
        let seconds = match retrier.jitter {
            Jitter::None => bounded,
            Jitter::Full => bounded * self.entropy.fraction(),
        };
        SignedDuration::from_millis((seconds * 1000.0) as i64)
    }

    /// Goes to the catcher's state with the error.
    fn caught(&mut self, scope: ScopeId, state: &State, catcher: &Catcher, failure: &Failure) -> Result<(), Failure> {
        let (error, cause) = (failure.error.error.as_deref(), failure.error.cause.as_deref());
        // A cause that is missing beside an error is an empty text (recorded case
        // `error_handling/task_service_lambda--invoke_timeout.json`), but not when both are missing
        // (`callback/callback--sqs_failure_in_wait_for_task_tok_no_error_field-SQS_WAIT_FOR_TASK_TOKEN_CATCH.json`).
        let cause = cause.or(error.map(|_| ""));
        let error_output = Document::new(json!({"Error": error, "Cause": cause}));
        let (output, assigned) = match state.query_language {
            QueryLanguage::JsonPath => {
                let assigned = self.assigned_jsonpath(scope, catcher.assign.as_ref(), &error_output)?;
                (self.merged(scope, &catcher.result_path, &error_output)?, assigned)
            }
            QueryLanguage::Jsonata => self.query_output(
                scope,
                catcher.output.as_ref(),
                catcher.assign.as_ref(),
                None,
                Some(&error_output),
                error_output.clone(),
            )?,
        };
        self.exit(scope, Exit { transition: Transition::Next(catcher.next), output, assigned, state })
    }

    /// Nothing caught the failure inside this scope.
    pub(crate) fn scope_failed(&mut self, scope: ScopeId, failure: Failure) {
        match self.scopes[scope].parent {
            None => self.finish(Outcome::Failed(failure.error)),
            Some((parent, index)) => self.child_failed(parent, index, scope, failure),
        }
    }

    /// The whole execution fails, whatever stands around the scope.
    fn execution_failed(&mut self, scope: ScopeId, failure: Failure) {
        let previous = self.scopes[scope].previous;
        self.scopes[0].previous = previous;
        self.finish(Outcome::Failed(failure.error));
    }

    /// Records that the state which a scope is in was given up.
    pub(crate) fn state_aborted(&mut self, scope: ScopeId, previous: u64) {
        let state = self.current(scope);
        self.event(previous, EventKind::StateAborted { state_type: state_type(&state) });
    }
}

/// The retriers and catchers of a state.
fn handlers(kind: &StateKind) -> (&[Retrier], &[Catcher]) {
    match kind {
        StateKind::Task(task) => (&task.retry, &task.catch),
        StateKind::Parallel(parallel) => (&parallel.retry, &parallel.catch),
        StateKind::Map(map) => (&map.retry, &map.catch),
        _ => (&[], &[]),
    }
}
