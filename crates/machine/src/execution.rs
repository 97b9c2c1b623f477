//! One execution, and how it takes what happens to it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use asl::graph::EdgeKind;
use asl::model::{State, StateIndex, StateMachine};
use jiff::Timestamp;

use crate::command::{Command, Outcome, Step, Taken};
use crate::document::Document;
use crate::entropy::Entropy;
use crate::event::{ErrorCause, EventId, EventKind, HistoryEvent};
use crate::failure::Failure;
use crate::input::{Input, MapRunId, TaskId, TimerId};
use crate::limits;
use crate::map_run::{MapRun, MapRunSummary};
use crate::preflight::Preflight;
use crate::scope::{Phase, Scope, ScopeId};
use crate::state_test::Test;
use crate::timing::Purpose;

/// How many turns one step may take before it lets others have theirs. A turn is a state entered or a task started, so a
/// step stays well under a millisecond for most definitions and never blocks for long on an endless loop.
const TURNS_PER_STEP: usize = 4096;

/// How many bytes the states of one step may hand on, about, before others have their turn: all of them are in memory until
/// the step is recorded.
const BYTES_PER_STEP: usize = 64 << 20;

/// Who an execution is: everything about it that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `arn:aws:states:REGION:ACCOUNT:execution:STATE_MACHINE:NAME`
    pub execution_arn: Arc<str>,
    /// The execution's name.
    pub execution_name: Arc<str>,
    /// The state machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The state machine's name.
    pub state_machine_name: Arc<str>,
    /// The role it runs under.
    pub role_arn: Arc<str>,
    /// The region.
    pub region: Arc<str>,
    /// How often it was redriven.
    pub redrive_count: u64,
    /// Whether its state machine is of type `EXPRESS`.
    pub express: bool,
    /// Where its randomness starts: 256 bits from a good source.
    pub seed: [u8; 32],
}

/// One execution of a state machine, as a pure transducer: [`Execution::apply`] takes what happened and answers what to
/// record and what to do. No clock, no I/O, no randomness of its own: the same identity, input and inputs at the same times
/// give the same events, which is what makes recovery by replay right.
#[derive(Debug)]
pub struct Execution {
    pub(crate) identity: Arc<Identity>,
    pub(crate) machine: Arc<StateMachine>,
    pub(crate) input: Document,
    pub(crate) started_at: Timestamp,
    pub(crate) now: Timestamp,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) free: Vec<ScopeId>,
    pub(crate) ready: VecDeque<(ScopeId, Turn)>,
    pub(crate) tasks: HashMap<TaskId, ScopeId>,
    pub(crate) timers: BTreeMap<TimerId, (Timestamp, Purpose)>,
    /// The map runs that are going on.
    pub(crate) map_runs: BTreeMap<MapRunId, MapRun>,
    /// What is left of those that are over.
    pub(crate) past_map_runs: Vec<MapRunSummary>,
    pub(crate) next_timer: TimerId,
    pub(crate) last_event: EventId,
    /// The turns that were to come when it ended.
    pub(crate) interrupted: HashMap<ScopeId, Turn>,
    /// How often it was redriven since it was started, and when it was the last time.
    pub(crate) redrives: u64,
    pub(crate) redriven_at: Option<Timestamp>,
    /// Whether [`Input::Continue`] was asked for and has not come.
    pub(crate) continues: bool,
    /// The bytes of the variables of all scopes.
    pub(crate) variables_bytes: usize,
    /// About how many bytes the states that were left in this step handed on.
    pub(crate) step_bytes: usize,
    pub(crate) entropy: Entropy,
    pub(crate) preflight: Option<Arc<dyn Preflight>>,
    /// Only one state of it is run.
    pub(crate) test: Option<Box<Test>>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) step: Step,
}

/// What a scope does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Enters that state.
    Enter(StateIndex),
    /// Begins the work of its current state again.
    Retry,
    /// Starts the task that it scheduled.
    StartTask,
    /// Starts children of its map run.
    StartChildren,
    /// Fails because its task's time is up, or (true) because no sign of life came.
    TimedOut(bool),
}

/// The root scope: the machine's own flow.
const ROOT: ScopeId = 0;

impl Execution {
    /// An execution that has yet to be started with [`Input::Start`].
    pub fn new(machine: Arc<StateMachine>, identity: Arc<Identity>, input: Document) -> Self {
        Self {
            entropy: Entropy::new(identity.seed),
            identity,
            machine,
            input,
            started_at: Timestamp::UNIX_EPOCH,
            now: Timestamp::UNIX_EPOCH,
            scopes: Vec::new(),
            free: Vec::new(),
            ready: VecDeque::new(),
            tasks: HashMap::new(),
            timers: BTreeMap::new(),
            map_runs: BTreeMap::new(),
            past_map_runs: Vec::new(),
            next_timer: 0,
            last_event: 0,
            interrupted: HashMap::new(),
            redrives: 0,
            redriven_at: None,
            continues: false,
            variables_bytes: 0,
            step_bytes: 0,
            preflight: None,
            test: None,
            outcome: None,
            step: Step::default(),
        }
    }

    /// The same, with somebody who looks at tasks before they are scheduled.
    #[must_use]
    pub fn with_preflight(self, preflight: Arc<dyn Preflight>) -> Self {
        Self { preflight: Some(preflight), ..self }
    }

    /// Takes one input. What no longer concerns the execution (a late answer, a timer that was disarmed, anything after
    /// the end) gives an empty step.
    pub fn apply(&mut self, input: Input, at: Timestamp) -> Step {
        if self.outcome.is_some() && !(input == Input::Redrive && self.can_be_redriven().is_ok()) {
            return Step::default();
        }
        // Clocks may go back; an execution's time does not.
        self.now = self.now.max(at);
        match input {
            Input::Start => self.start(),
            Input::TaskStarted { task, worker_name } => self.task_started(task, worker_name),
            Input::TaskSubmitted { task, output } => self.task_submitted(task, output),
            Input::TaskEnded { task, outcome } => self.task_ended(task, outcome),
            Input::Heartbeat { task } => self.task_heartbeat(task),
            Input::TimerFired { timer } => self.timer_fired(timer),
            Input::ItemsRead { map_run, items } => self.items_read(map_run, items),
            Input::TransferFailed { map_run, error, cause } => self.transfer_failed(map_run, &error, cause),
            Input::ResultsWritten { map_run } => self.results_written(map_run),
            Input::ChildEnded { map_run, child, outcome } => self.map_run_child_ended(map_run, child, outcome),
            Input::UpdateMapRun { map_run, max_concurrency, tolerated_failure_count, tolerated_failure_percentage } => {
                self.update_map_run(map_run, max_concurrency, tolerated_failure_count, tolerated_failure_percentage);
            }
            Input::Stop { error, cause } => self.finish(Outcome::Aborted(ErrorCause { error, cause })),
            Input::Redrive => self.redrive(),
            Input::Continue => self.continues = false,
        }
        self.run();
        std::mem::take(&mut self.step)
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Who it is.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// When it was started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// How often it was redriven.
    pub fn redrive_count(&self) -> u64 {
        self.identity.redrive_count + self.redrives
    }

    /// How many events its history has.
    pub fn events(&self) -> EventId {
        self.last_event
    }

    /// Its map runs, in the order in which they were started: those that are over and those that go on.
    pub fn map_runs(&self) -> Vec<MapRunSummary> {
        let going_on = self.map_runs.values().map(MapRun::summary);
        let mut all: Vec<_> = self.past_map_runs.iter().cloned().chain(going_on).collect();
        all.sort_by_key(|map_run| map_run.id);
        all
    }

    /// Whether that map run goes on.
    pub fn has_map_run(&self, map_run: MapRunId) -> bool {
        self.map_runs.contains_key(&map_run)
    }

    /// Whether that task is still waited for.
    pub fn is_waiting_for(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    fn start(&mut self) {
        if self.last_event > 0 {
            return;
        }
        self.started_at = self.now;
        let started =
            EventKind::ExecutionStarted { input: self.input.clone(), role_arn: self.identity.role_arn.clone() };
        self.event(0, started);
        let longest = self.identity.express.then_some(limits::MAX_EXPRESS_SECONDS);
        if let Some(seconds) = self.machine.timeout_seconds.into_iter().chain(longest).min() {
            self.arm(self.after(seconds), Purpose::Execution);
        }
        // The first state's event names no event before it (recorded in every case).
        let mut root = Scope::new(self.machine.flow.clone(), None, 0, self.input.clone());
        if let Some(test) = &self.test {
            test.place(&mut root);
        }
        let start_at = root.state;
        self.scopes.push(root);
        self.ready.push_back((ROOT, Turn::Enter(start_at)));
    }

    /// Takes turns until nothing is ready or the step is long enough.
    fn run(&mut self) {
        self.step_bytes = 0;
        for _ in 0..TURNS_PER_STEP {
            if self.outcome.is_some() {
                return;
            }
            if self.step_bytes > BYTES_PER_STEP {
                break;
            }
            let Some((scope, turn)) = self.ready.pop_front() else { return };
            // A turn writes two events at most, and there must be room for the one that ends the execution.
            if self.last_event + 3 > limits::max_events(self.identity.express) {
                self.too_many_events();
                return;
            }
            match turn {
                Turn::Enter(state) => self.enter(scope, state),
                Turn::Retry => self.work(scope),
                Turn::StartTask => self.start_task(scope),
                Turn::TimedOut(of_heartbeat) => self.task_timed_out(scope, of_heartbeat),
                Turn::StartChildren => self.start_map_run_children(scope),
            }
        }
        if self.outcome.is_none() && !self.ready.is_empty() && !std::mem::replace(&mut self.continues, true) {
            self.step.commands.push(Command::Continue);
        }
    }

    fn too_many_events(&mut self) {
        let failure = Failure::runtime(if self.identity.express {
            crate::sentences::TOO_MANY_EXPRESS_EVENTS
        } else {
            crate::sentences::TOO_MANY_EVENTS
        });
        self.finish(Outcome::Failed(failure.error));
    }

    /// Ends the execution: records how, gives up everything in flight.
    pub(crate) fn finish(&mut self, outcome: Outcome) {
        let (previous, kind) = match &outcome {
            Outcome::Succeeded(output) => {
                (self.root_previous(), EventKind::ExecutionSucceeded { output: output.clone() })
            }
            Outcome::Failed(failure) => (self.root_previous(), EventKind::ExecutionFailed(failure.clone())),
            // An end from outside follows no event (recorded case `sfn_api/sfn_api--stop_execution.json`).
            Outcome::TimedOut(failure) => (0, EventKind::ExecutionTimedOut(failure.clone())),
            Outcome::Aborted(failure) => (0, EventKind::ExecutionAborted(failure.clone())),
        };
        self.event(previous, kind);
        for timer in std::mem::take(&mut self.timers).into_keys() {
            self.step.commands.push(Command::Disarm { timer });
        }
        let mut tasks: Vec<_> = self.tasks.drain().map(|(task, _)| task).collect();
        tasks.sort_unstable();
        self.step.commands.extend(tasks.into_iter().map(|task| Command::Abort { task }));
        let mut writes = Vec::new();
        while let Some(map_run) = self.map_runs.keys().next().copied() {
            writes.extend(self.map_run_aborted(map_run, None).map(Command::WriteResults));
        }
        self.interrupted = self.ready.drain(..).collect();
        self.step.commands.push(Command::Finish(outcome.clone()));
        // Whatever is being written ends with the execution, and this begins after it.
        self.step.commands.extend(writes);
        self.outcome = Some(outcome);
    }

    fn root_previous(&self) -> EventId {
        self.scopes.get(ROOT).map_or(0, |root| root.previous)
    }

    /// Records an event after that one.
    pub(crate) fn event(&mut self, previous: EventId, kind: EventKind) -> EventId {
        self.last_event += 1;
        self.step.events.push(HistoryEvent {
            id: self.last_event,
            previous_event_id: previous,
            timestamp: self.now,
            kind,
        });
        self.last_event
    }

    /// Records an event as the next of the scope's chain.
    pub(crate) fn chain(&mut self, scope: ScopeId, kind: EventKind) -> EventId {
        let previous = self.scopes[scope].previous;
        let id = self.event(previous, kind);
        self.scopes[scope].previous = id;
        id
    }

    /// Notes that an arm or catcher of a state was taken.
    pub(crate) fn took(&mut self, state: &State, edge: EdgeKind) {
        self.step.taken.push(Taken { state: state.name.clone(), edge });
    }

    /// Notes that an input counts, whatever else comes of it.
    pub(crate) fn note_change(&mut self) {
        self.step.changed = true;
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.step.commands.push(command);
    }

    /// Puts a scope into the slab.
    pub(crate) fn add_scope(&mut self, scope: Scope) -> ScopeId {
        if let Some(free) = self.free.pop() {
            self.scopes[free] = scope;
            free
        } else {
            self.scopes.push(scope);
            self.scopes.len() - 1
        }
    }

    /// Takes a scope that is over out of the slab; its place is used again.
    pub(crate) fn remove_scope(&mut self, scope: ScopeId) {
        let over = &mut self.scopes[scope];
        over.phase = Phase::Over;
        let variables = std::mem::take(&mut over.variables);
        let bytes: usize = variables.values().map(|value| value.text().len()).sum();
        self.variables_bytes = self.variables_bytes.saturating_sub(bytes);
        let over = &mut self.scopes[scope];
        over.item = None;
        self.free.push(scope);
    }

    /// The current state of a scope, held apart from the execution so that both can be used.
    pub(crate) fn current(&self, scope: ScopeId) -> CurrentState {
        let scope = &self.scopes[scope];
        CurrentState { flow: scope.flow.clone(), index: scope.state }
    }
}

/// A state, kept alive by its flow.
pub(crate) struct CurrentState {
    flow: Arc<asl::model::Flow>,
    index: StateIndex,
}

impl std::ops::Deref for CurrentState {
    type Target = State;

    fn deref(&self) -> &State {
        &self.flow.states[self.index]
    }
}
