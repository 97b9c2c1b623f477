//! One state by itself: what `TestState` has run.
//!
//! The state is run by the same code as in an execution, which ends when the state is left. On the way everything that
//! `TestState` tells of is noted ([`Inspection`]). A mock stands for what a Parallel or Map state would start; that of a
//! Task is simply the task's outcome, so whoever drives the execution gives it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use asl::expression::Template;
use asl::model::{Flow, Map, ResultPath, State, StateIndex, StateKind, StateMachine};
use jiff::SignedDuration;
use serde_json::Value;

use crate::command::Outcome;
use crate::document::Document;
use crate::event::ErrorCause;
use crate::execution::{Execution, Identity};
use crate::failure::{Failure, name};
use crate::scope::{Scope, ScopeId};
use crate::sentences;

/// What the context object calls a state that is tested, whatever its definition calls it (recorded case
/// `test_state/test_state_scenarios--state_with_variables-base_expressions.json`).
pub(crate) const TESTED_STATE: &str = "StateName";

/// Which state is tested, and with what around it
/// (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>).
#[derive(Debug)]
pub struct StateTest {
    /// The flow that the state is in: the machine's own, or one inside a Parallel or Map state.
    pub flow: Arc<Flow>,
    /// The state.
    pub state: StateIndex,
    /// `variables`: what was assigned before the state.
    pub variables: BTreeMap<Arc<str>, Document>,
    /// `context`: the whole context object. None: the execution has one of its own.
    pub context: Option<serde_json::Map<String, Value>>,
    /// `mock` of a Parallel or Map state. Without one their branches and iterations are not started either: the state
    /// fails.
    pub mock: Option<Mock>,
    /// `stateConfiguration.retrierRetryCount`: how often the retrier that is for the error was used before.
    pub retry_count: u64,
    /// `stateConfiguration.mapIterationFailureCount`: how many iterations of the Map state failed.
    pub failed_iterations: u64,
    /// `stateConfiguration.mapItemReaderData`: what the `ItemReader` would read, as it stands in its source.
    pub item_reader_data: Option<Arc<str>>,
}

/// What stands for the branches of a Parallel or the iterations of a Map state.
#[derive(Debug, Clone, PartialEq)]
pub enum Mock {
    /// They came to their end: the state's result.
    Result(Document),
    /// One of them failed.
    Error {
        /// Error name and cause.
        error: ErrorCause,
        /// Whether a task failed, so that `States.TaskFailed` stands for it.
        of_task: bool,
    },
}

/// What was seen of a state on its way. What a state has no use for is not there, nor what comes after a failure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspection {
    /// The input after `InputPath`; the input itself in JSONata.
    pub after_input_path: Option<Document>,
    /// What `Parameters` or `Arguments` of a Pass or Task state made; what it was made of when there are none.
    pub after_parameters: Option<Document>,
    /// What the task was answered with; the `Result` of a Pass state.
    pub result: Option<Document>,
    /// The result after `ResultSelector`.
    pub after_result_selector: Option<Document>,
    /// The output before `OutputPath`.
    pub after_result_path: Option<Document>,
    /// The items of a Map state, as `ItemsPath` or `Items` has them.
    pub after_items_path: Option<Document>,
    /// The items that `ItemsPointer` found in what was read.
    pub after_items_pointer: Option<Document>,
    /// The array of what `ItemSelector` made of each item.
    pub after_item_selector: Option<Document>,
    /// The array of the inputs that `ItemBatcher` made.
    pub after_item_batcher: Option<Document>,
    /// `MaxConcurrency` of a Map state, 0 when it has none.
    pub max_concurrency: Option<u64>,
    /// `ToleratedFailureCount`
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage`, 0 to 100.
    pub tolerated_failure_percentage: Option<f64>,
    /// How many iterations or batches a Map state would have.
    pub iterations: Option<u64>,
    /// What was assigned before the state and in it.
    pub variables: BTreeMap<Arc<str>, Document>,
    /// The retrier that is for the error.
    pub retry: Option<Retried>,
    /// The position of the catcher that caught an error, and the error.
    pub caught: Option<(usize, ErrorCause)>,
    /// The state that would be next. None: the flow is over, or the state failed.
    pub next_state: Option<Arc<str>>,
}

/// A retrier that an error met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// Its position in `Retry`.
    pub index: usize,
    /// How long it waits before the next attempt. None: it has no attempt left.
    pub delay: Option<SignedDuration>,
}

/// A test that is going on.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) setup: StateTest,
    seen: RefCell<Inspection>,
}

impl Test {
    /// Puts the first scope where the tested state is.
    pub(crate) fn place(&self, root: &mut Scope) {
        root.flow = self.setup.flow.clone();
        root.state = self.setup.state;
        root.variables = self.setup.variables.clone();
    }
}

impl Execution {
    /// An execution of a single state, that has yet to be started with [`crate::Input::Start`]. It ends when the state is
    /// left, or when a retrier is for the state's failure.
    pub fn of_state(machine: Arc<StateMachine>, identity: Arc<Identity>, input: Document, test: StateTest) -> Self {
        let test = Box::new(Test { setup: test, seen: RefCell::default() });
        let mut execution = Self::new(machine, identity, input);
        execution.test = Some(test);
        execution
    }

    /// What was seen of the state up to now. None: this is no test of a state.
    pub fn inspection(&self) -> Option<Inspection> {
        let test = self.test.as_ref()?;
        let variables = self.scopes.first().map(|root| root.variables.clone()).unwrap_or_default();
        Some(Inspection { variables, ..test.seen.borrow().clone() })
    }

    /// Notes something of a state that is tested.
    #[inline]
    pub(crate) fn see(&self, look: impl FnOnce(&mut Inspection)) {
        if let Some(test) = &self.test {
            look(&mut test.seen.borrow_mut());
        }
    }

    /// The tested state is left for another one.
    pub(crate) fn tested(&mut self, scope: ScopeId, next: StateIndex, output: Document) {
        let next = self.scopes[scope].flow.states[next].name.clone();
        self.see(|seen| seen.next_state = Some(next));
        self.finish(Outcome::Succeeded(output));
    }

    /// The mock takes the place of all that the state would start.
    pub(crate) fn mocked(
        &mut self,
        scope: ScopeId,
        state: &State,
        selector: Option<&Template>,
        result_path: &ResultPath,
    ) -> Result<(), Failure> {
        match self.test.as_ref().and_then(|test| test.setup.mock.clone()) {
            Some(Mock::Result(result)) => self.complete_with(scope, state, selector, result_path, result),
            Some(Mock::Error { error, of_task }) => Err(Failure { of_task, ..Failure::task(error) }),
            None => Err(Failure::runtime("A Parallel or Map state by itself needs a mock.")),
        }
    }

    /// The mock of an inline Map state.
    pub(crate) fn mocked_map(
        &mut self,
        scope: ScopeId,
        state: &State,
        map: &Map,
        items: &[Document],
    ) -> Result<(), Failure> {
        let inputs = items.iter().enumerate();
        let inputs: Vec<Document> = inputs
            .map(|(index, item)| self.iteration_input(scope, map, index as u64, item))
            .collect::<Result<_, _>>()?;
        self.see(|seen| {
            seen.iterations = Some(inputs.len() as u64);
            seen.after_item_selector = map.item_selector.as_ref().map(|_| Document::array(&inputs));
        });
        self.mocked(scope, state, map.result_selector.as_ref(), &map.result_path)
    }

    /// The failure of a distributed Map of that many items, if more of them failed than it tolerates. Without a threshold
    /// a test does not fail by itself (recorded case
    /// `test_state/state_configuration--map_state_failure_count-INFO-BASE_MAP_STATE.json`).
    pub(crate) fn threshold_exceeded(
        &self,
        count: Option<u64>,
        percentage: Option<f64>,
        items: usize,
    ) -> Option<Failure> {
        let failed = self.test.as_ref().map_or(0, |test| test.setup.failed_iterations);
        let too_many = count.is_some_and(|most| failed > most);
        let too_large = percentage.is_some_and(|most| failed as f64 * 100.0 > most * items as f64);
        (too_many || too_large)
            .then(|| Failure::new(name::EXCEED_TOLERATED_FAILURE_THRESHOLD, sentences::THRESHOLD_EXCEEDED))
    }
}

/// Where a state machine has the state of that name, also inside its Parallel and Map states.
pub fn find_state(flow: &Arc<Flow>, name: &str) -> Option<(Arc<Flow>, StateIndex)> {
    if let Some(index) = flow.by_name.get(name) {
        return Some((flow.clone(), *index));
    }
    flow.states.iter().flat_map(inner_flows).find_map(|flow| find_state(flow, name))
}

/// The flows inside a state.
pub fn inner_flows(state: &State) -> &[Arc<Flow>] {
    match &state.kind {
        StateKind::Parallel(parallel) => &parallel.branches,
        StateKind::Map(map) => std::slice::from_ref(&map.processor),
        _ => &[],
    }
}
