//! Drives executions: interpret, journal, act.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use journal::{Header, Journal, JournalError, Record};
use machine::{Command, HistoryEvent, Input, Preflight};
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use crate::activities::Activities;
use crate::clock::{Clock, Pace};
use crate::ended::{Ended, Lately};
use crate::execution::ExecutionHandle;
use crate::objects::ObjectStore;
use crate::task::Refusals;
use crate::task::TaskHandler;
use crate::timers::Timers;
use crate::tokens::Tokens;

/// Told of every event once it is durable, in order for each execution.
pub trait Observer: Send + Sync + 'static {
    /// Whether it is to be told of the events of this execution at all.
    fn wants(&self, _execution: &ExecutionHandle) -> bool {
        true
    }

    /// These events were recorded, of an execution that was redriven so often. The execution waits while this runs.
    fn recorded(&self, execution: &ExecutionHandle, redrive_count: u64, events: &[HistoryEvent]);
}

/// How a runtime behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// How time passes.
    pub pace: Pace,
    /// Whether somebody answers task tokens: then time is not skipped while a token waits.
    pub attended: bool,
}

/// Drives executions. Cheap to clone; all clones are the same runtime.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) clock: Clock,
    attended: bool,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) handler: Arc<dyn TaskHandler>,
    pub(crate) preflight: Arc<dyn Preflight>,
    pub(crate) activities: Arc<Activities>,
    observer: Option<Arc<dyn Observer>>,
    pub(crate) executions: Mutex<HashMap<Arc<str>, Arc<ExecutionHandle>>>,
    pub(crate) timers: Timers,
    pub(crate) tokens: Tokens,
    pub(crate) lately: Lately,
    /// How many things are running: inputs being taken, tasks being done.
    pub(crate) busy: AtomicUsize,
    /// Where the items of map runs are read from and their results are written to.
    pub(crate) objects: OnceLock<Arc<dyn ObjectStore>>,
    /// The execution that each map run belongs to, by the map run's ARN.
    pub(crate) map_runs: Mutex<HashMap<Arc<str>, Arc<str>>>,
    /// The ARNs of executions whose records can't be read.
    pub(crate) stuck: Mutex<HashSet<Arc<str>>>,
    /// The task that fires timers.
    pub(crate) sleeper: Mutex<Option<AbortHandle>>,
    /// Nothing new is begun any more: what a step asks for is left to the next process.
    pub(crate) draining: AtomicBool,
    /// Nothing is taken in any more.
    pub(crate) closed: AtomicBool,
    /// Nothing runs any more.
    pub(crate) drained: Notify,
}

/// Something is running; time is not skipped while this lives.
pub struct Busy(Arc<Shared>);

impl Busy {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.busy.fetch_add(1, Ordering::SeqCst);
        Self(shared.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        if self.0.clock.jumps() {
            self.0.timers.changed.notify_one();
        }
        if self.0.draining.load(Ordering::SeqCst) {
            self.0.drained.notify_waiters();
        }
    }
}

impl Runtime {
    /// A runtime; must be called inside a tokio runtime, on which it does its work.
    pub fn new(
        settings: Settings,
        journal: Arc<dyn Journal>,
        handler: Arc<dyn TaskHandler>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let activities = Arc::new(Activities::default());
        let shared = Arc::new(Shared {
            clock: Clock::new(settings.pace),
            attended: settings.attended,
            journal,
            preflight: Arc::new(Refusals { handler: handler.clone(), activities: activities.clone() }),
            activities,
            handler,
            observer,
            executions: Mutex::default(),
            timers: Timers::default(),
            tokens: Tokens::default(),
            lately: Lately::default(),
            busy: AtomicUsize::new(0),
            objects: OnceLock::new(),
            map_runs: Mutex::default(),
            stuck: Mutex::default(),
            sleeper: Mutex::default(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            drained: Notify::new(),
        });
        let runtime = Self { shared };
        let sleeper = runtime.clone();
        let fires = tokio::spawn(async move {
            let shared = &sleeper.shared;
            shared
                .timers
                .run(
                    &shared.clock,
                    |unasked| shared.is_idle(unasked),
                    |execution, input| sleeper.submit(&execution, input),
                    |ahead| sleeper.record_clock(ahead),
                )
                .await;
        });
        *runtime.shared.sleeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(fires.abort_handle());
        runtime
    }

    /// Where the items of distributed Maps are read from and their results are written to. Counts once; without it they
    /// fail, by name.
    #[must_use]
    pub fn with_objects(self, objects: Arc<dyn ObjectStore>) -> Self {
        // A second store would split what was written from what is read.
        let _ = self.shared.objects.set(objects);
        self
    }

    /// Does the tasks of executions.
    pub fn handler(&self) -> &Arc<dyn TaskHandler> {
        &self.shared.handler
    }

    /// Looks at tasks before they are scheduled.
    pub fn preflight(&self) -> &Arc<dyn Preflight> {
        &self.shared.preflight
    }

    /// The journal.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.shared.journal
    }

    /// Something outside runs on behalf of executions; time is not skipped while the answer lives.
    pub fn busy(&self) -> Busy {
        Busy::new(&self.shared)
    }

    /// Takes an execution off those that run.
    pub(crate) fn forget(&self, execution: &ExecutionHandle) {
        let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
        executions.remove(&execution.identity.execution_arn);
    }

    /// An execution that was started here, by its ARN.
    pub fn execution(&self, execution_arn: &str) -> Option<Arc<ExecutionHandle>> {
        self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner).get(execution_arn).cloned()
    }

    /// Stops an execution (`StopExecution`).
    pub fn stop(&self, execution: &Arc<ExecutionHandle>, error: Option<&str>, cause: Option<&str>) {
        self.submit(execution, Input::Stop { error: error.map(Into::into), cause: cause.map(Into::into) });
    }

    /// Takes inputs until there are none: all that wait become one batch of the journal.
    pub(crate) async fn drive(&self, execution: &Arc<ExecutionHandle>) {
        let mut interpreter = execution.interpreter.lock().await;
        let observer = self.shared.observer.as_ref().filter(|observer| observer.wants(execution));
        loop {
            let (inputs, told) = {
                let mut inbox = execution.inbox();
                if inbox.waiting.is_empty() {
                    inbox.driven = false;
                    return;
                }
                (std::mem::take(&mut inbox.waiting), std::mem::take(&mut inbox.told))
            };
            let begins = execution.begun.borrow().is_none();
            let mut records = Vec::with_capacity(inputs.len() + 1);
            if begins && !execution.redriven {
                records.push(Record::Begin(execution.header.clone()));
            }
            let mut commands = Vec::new();
            let mut observed = Vec::new();
            let mut ended = None;
            for input in inputs {
                // What is told of its start is when it starts.
                let at = if input == Input::Start { execution.header.started_at } else { self.shared.clock.now() };
                let step = interpreter.apply(input.clone(), at);
                if step.events.is_empty() && step.commands.is_empty() && !step.changed {
                    continue;
                }
                if observer.is_some() {
                    observed.extend_from_slice(&step.events);
                }
                let execution_arn = execution.identity.execution_arn.clone();
                self.note_map_runs(execution, &step.events);
                // That of a child went on record with its parent's step.
                if input == Input::Redrive && execution.parent.is_none() {
                    records.push(Record::Redrive { execution_arn: execution_arn.clone(), at });
                }
                records.push(Record::Step { execution_arn: execution_arn.clone(), input, at, events: step.events });
                // A child is on record exactly when the step that asks for it is.
                records.extend(step.commands.iter().filter_map(|command| match command {
                    Command::StartChild(start) => {
                        let header = Header::of_child(start, &execution.identity);
                        Some(Record::Begin(Arc::new(Header { started_at: at, ..header })))
                    }
                    Command::RedriveChild { execution_arn, .. } => {
                        Some(Record::Redrive { execution_arn: execution_arn.clone(), at })
                    }
                    _ => None,
                }));
                if let Some(outcome) = step.commands.iter().find_map(|command| match command {
                    Command::Finish(outcome) => Some(outcome.clone()),
                    _ => None,
                }) {
                    if execution.recorded && execution.fresh {
                        let header = execution.header.clone();
                        let last_event = interpreter.events();
                        ended = Some(Ended { header, outcome: outcome.clone(), stopped_at: at, last_event });
                    }
                    records.push(Record::End { execution_arn, outcome, at });
                }
                commands.extend(step.commands.into_iter().map(|command| (command, at)));
            }
            let nothing = records.is_empty();
            let written = if execution.recorded && !nothing { self.append(records).await } else { Ok(()) };
            if let Err(error) = &written {
                execution.inbox().failed = Some(error.clone());
            }
            for tell in told {
                // It may have given up waiting.
                let _ = tell.send(written.clone());
            }
            if nothing {
                continue;
            }
            if let Err(error) = &written {
                // Nothing may be done that is not recorded: the execution can't go on.
                if !matches!(error, JournalError::Exists { .. }) {
                    tracing::error!(execution = &*execution.identity.execution_arn, %error, "the journal failed");
                }
                execution.abandon(error);
                if begins {
                    self.forget(execution);
                }
            }
            let failed = written.is_err();
            if begins {
                execution.begun.send_replace(Some(written));
            }
            if failed {
                // Whoever waits for what came meanwhile hears it by the drop.
                std::mem::take(&mut execution.inbox().told);
                return;
            }
            if let Some(observer) = observer
                && !observed.is_empty()
            {
                observer.recorded(execution, interpreter.redrive_count(), &observed);
            }
            if let Some(ended) = ended {
                // Before it leaves those that run: it is always found in one of them.
                self.shared.lately.add(ended);
            }
            let started_at_millis = interpreter.started_at().as_millisecond();
            for (command, at) in commands {
                self.act(execution, command, at, started_at_millis);
            }
            if !execution.recorded && !execution.inbox().waiting.is_empty() {
                // Nothing else lets others have their turn while it goes on and on.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Carries out one command of a step of that time, which is durable.
    fn act(&self, execution: &Arc<ExecutionHandle>, command: Command, at: Timestamp, started_at_millis: i64) {
        // What is not begun is owed, and the next process finds it in the journal.
        if self.shared.draining.load(Ordering::SeqCst) && begins_something(&command) {
            return;
        }
        match command {
            Command::Call(call) => self.call(execution, call, started_at_millis),
            Command::Abort { task } => {
                let running = execution.tasks().remove(&task);
                if let Some(running) = running {
                    if let Some(token) = &running.token {
                        self.shared.tokens.retire(token);
                    }
                    running.give_up(self);
                }
            }
            Command::Arm { timer, at } => self.shared.timers.arm(execution, timer, at),
            Command::Disarm { timer } => self.shared.timers.disarm(execution, timer),
            // From the loop that is taking inputs: it will see it on its next round.
            Command::Continue => execution.inbox().waiting.push_back(Input::Continue),
            Command::StartChild(start) => self.start_child(execution, start, at),
            Command::RedriveChild { map_run, child, execution_arn } => {
                self.redrive_child(execution, map_run, child, &execution_arn);
            }
            Command::AbortChild { execution_arn, .. } => {
                if let Some(child) = self.execution(&execution_arn) {
                    self.submit(&child, Input::Stop { error: None, cause: None });
                }
            }
            Command::ReadItems(read) => self.read_items(execution, read),
            Command::WriteResults(write) => self.write_results(execution, write),
            Command::Finish(outcome) => {
                for transfer in execution.transfers().drain(..) {
                    transfer.abort();
                }
                if let Some(parent) = &execution.parent {
                    let (map_run, child) = (parent.map_run, parent.child);
                    self.submit(&parent.execution, Input::ChildEnded { map_run, child, outcome: outcome.clone() });
                }
                self.forget(execution);
                execution.outcome.send_replace(Some(outcome.clone()));
                for waiting in std::mem::take(&mut *execution.waiting()) {
                    // It may have given up waiting.
                    let _ = waiting.send((outcome.clone(), self.busy()));
                }
            }
        }
    }

    pub(crate) async fn append(&self, batch: Vec<Record>) -> Result<(), JournalError> {
        let (done, durable) = oneshot::channel();
        self.shared.journal.append(
            batch,
            Box::new(move |written| {
                // Nobody waits any more when the runtime is shutting down.
                let _ = done.send(written);
            }),
        );
        durable.await.unwrap_or(Err(JournalError::Closed))
    }
}

impl Shared {
    /// Whether nothing is running and, if that is asked for, nobody is asked either.
    fn is_idle(&self, unasked: bool) -> bool {
        let asked = unasked && self.attended && self.tokens.waiting() > 0;
        self.busy.load(Ordering::SeqCst) == 0 && !asked
    }
}

/// Whether a command sets something going, rather than ending it or telling of it.
fn begins_something(command: &Command) -> bool {
    match command {
        Command::Call(_)
        | Command::Continue
        | Command::StartChild(_)
        | Command::RedriveChild { .. }
        | Command::ReadItems(_)
        | Command::WriteResults(_) => true,
        Command::Abort { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::AbortChild { .. }
        | Command::Finish(_) => false,
    }
}
