//! After a crash, or an orderly end: executions go on where their journal ends.
//!
//! Everything that was durable counts as done; everything that a durable step asked for and whose end is not on record is
//! owed, and is done now:
//!
//! - timers fire at the times that they had, at once when those have passed;
//! - tasks whose request was not answered are called again (**at least once**: whether the call was made before the crash
//!   nobody knows; [`crate::TaskContext::again`] tells the integration);
//! - `.sync` tasks whose request was answered are taken up by [`crate::TaskHandler::resume`];
//! - tasks that wait for a token wait on, and their tokens answer;
//! - activity tasks that no worker has taken wait for workers again;
//! - children of map runs go on by themselves, and their parents hear of those that ended meanwhile;
//! - items are read again, results written again, to the same keys.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use asl::model::StateMachine;
use journal::{AwaitedBy, Header, JournalError, Owed, RecoverError, Recovered};
use machine::{Execution, Input, Pattern, Processor, Resource, TaskCall};

use crate::driver::Runtime;
use crate::execution::{ExecutionHandle, Parent};

/// Executions that were taken up, with what they are owed.
#[must_use = "nothing goes on before `go` is called"]
pub struct Resumed {
    runtime: Runtime,
    executions: Vec<TakenUp>,
    /// Those that can't go on, with the reason: they stay as they are on record.
    pub stuck: Vec<(Arc<str>, RecoverError)>,
}

/// One of them.
struct TakenUp {
    execution: Arc<ExecutionHandle>,
    /// What it has to hear.
    inputs: Vec<Input>,
    owed: Owed,
    started_at_millis: i64,
}

impl Resumed {
    /// How many executions go on.
    pub fn len(&self) -> usize {
        self.executions.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.executions.is_empty()
    }

    /// Does what is owed: from here on tasks are called and timers fire. What executions were told meanwhile they hear now.
    pub fn go(self) {
        // Time is not skipped before each of them waits for what it waits for.
        let busy = self.runtime.busy();
        for TakenUp { execution, inputs, mut owed, started_at_millis } in self.executions {
            let mut inbox = execution.inbox();
            let told = std::mem::take(&mut inbox.waiting);
            inbox.waiting.extend(inputs);
            inbox.waiting.extend(told);
            for input in &inbox.waiting {
                match input {
                    // Nothing is begun for one that is about to end.
                    Input::Stop { .. } => owed = only_tokens(owed),
                    Input::TaskEnded { task, .. } => drop(owed.calls.remove(task)),
                    _ => {}
                }
            }
            settle(&self.runtime, &execution, owed, started_at_millis);
            drop(inbox);
            self.runtime.have_driven(&execution);
        }
        drop(busy);
    }
}

/// What is owed to an execution that will not go on: its tokens are to be given up.
fn only_tokens(owed: Owed) -> Owed {
    let mut calls = owed.calls;
    calls.retain(|_, call| call.token.is_some());
    Owed { taken: calls.keys().copied().collect(), calls, ..Owed::default() }
}

impl Runtime {
    /// Takes up all executions that are on record as running, and the clock. They can be found, described and stopped from
    /// now on, and their tokens are known; nothing is done for them before [`Resumed::go`]. To be called once, before
    /// anything is started.
    ///
    /// # Errors
    /// [`JournalError`] when the journal can't be read. An execution whose record is damaged, or was written by a version
    /// that ran it differently, is in [`Resumed::stuck`].
    pub fn resume(&self) -> Result<Resumed, JournalError> {
        let journal = &*self.shared.journal;
        self.shared.clock.set_ahead(journal.clock()?);
        let mut resumed = Resumed { runtime: self.clone(), executions: Vec::new(), stuck: Vec::new() };
        let mut known = Known::default();
        for execution_arn in journal.running()? {
            match self.take_up(&execution_arn, &mut known) {
                Ok(Some(taken_up)) => resumed.executions.push(taken_up),
                Ok(None) => {}
                Err(RecoverError::Journal(error @ (JournalError::Unusable { .. } | JournalError::Closed))) => {
                    return Err(error);
                }
                Err(error) => {
                    known.stuck.insert(execution_arn.clone());
                    self.note_stuck(execution_arn.clone());
                    resumed.stuck.push((execution_arn, error));
                }
            }
        }
        Ok(resumed)
    }

    /// Whether an execution that was taken up, as it is before those that it started, waits for that task.
    fn is_awaited(&self, by: &AwaitedBy, known: &Known) -> bool {
        let waits = |execution: Arc<ExecutionHandle>| {
            // Nobody else has it before `go`.
            execution.interpreter.try_lock().is_ok_and(|interpreter| interpreter.is_waiting_for(by.task))
        };
        known.stuck.contains(&by.execution_arn) || self.execution(&by.execution_arn).is_some_and(waits)
    }

    /// Takes up one execution.
    fn take_up(&self, execution_arn: &Arc<str>, known: &mut Known) -> Result<Option<TakenUp>, RecoverError> {
        let journal = &*self.shared.journal;
        let Some(header) = journal.header(execution_arn)? else { return Ok(None) };
        if let Some(child_of) = &header.child_of
            && known.stuck.contains(&child_of.execution_arn)
        {
            let (execution, parent) = (execution_arn.to_string(), child_of.execution_arn.to_string());
            return Err(RecoverError::OfParent { execution, parent });
        }
        let header = known.share(header);
        let machine = known.machine(journal, &header)?;
        let entries = journal.entries(execution_arn)?;
        let mut inputs = Vec::new();
        let (interpreter, owed) = if entries.is_empty() {
            // A child whose beginning went on record with its parent's step.
            inputs.push(Input::Start);
            let interpreter = Execution::new(machine.clone(), Arc::new(header.identity()), header.input.clone());
            (interpreter, Owed::default())
        } else {
            let Recovered { execution, owed } = journal::recover(machine.clone(), &header, &entries)?;
            if owed.to_continue {
                inputs.push(Input::Continue);
            }
            if execution.outcome().is_some() {
                // A child whose redrive went on record with its parent's step.
                inputs.push(Input::Redrive);
            }
            (execution, owed)
        };
        known.expect_children(execution_arn, &owed, &machine);
        for ((map_run, child), child_arn) in &owed.children {
            // It ended before its parent heard of it.
            if let Some(outcome) = known.outcome(journal, child_arn)? {
                inputs.push(Input::ChildEnded { map_run: *map_run, child: *child, outcome });
            }
        }
        let interpreter = interpreter.with_preflight(self.shared.preflight.clone());
        let identity = interpreter.identity().clone();
        let started_at_millis = interpreter.started_at().as_millisecond();
        let map_runs = interpreter.map_runs();
        let parent = header.child_of.as_ref().and_then(|child_of| {
            let execution = self.execution(&child_of.execution_arn)?;
            Some(Parent { execution, map_run: child_of.map_run, child: child_of.child })
        });
        if let Some(child_of) = &header.child_of
            && !known.is_wanted(&child_of.execution_arn, execution_arn)
        {
            // Its map run ended, and the command to stop it was lost.
            inputs.push(Input::Stop { error: None, cause: None });
        }
        if let Some(by) = &header.origin.awaited_by
            && !self.is_awaited(by, known)
        {
            // The task that started it was given up.
            inputs.push(Input::Stop { error: None, cause: None });
        }
        let execution = Arc::new(ExecutionHandle::new(identity, header, interpreter, parent));
        execution.begun.send_replace(Some(Ok(())));
        // What comes before `go` waits for it.
        execution.inbox().driven = true;
        for call in owed.calls.values() {
            if let Some(token) = &call.token {
                self.shared.tokens.register(token.clone(), execution.clone(), call.task);
            }
        }
        let mut owners = self.map_run_owners();
        for map_run in map_runs {
            owners.insert(map_run.map_run_arn, execution_arn.clone());
        }
        drop(owners);
        let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
        executions.insert(execution.identity.execution_arn.clone(), execution.clone());
        drop(executions);
        Ok(Some(TakenUp { execution, inputs, owed, started_at_millis }))
    }
}

/// Does what an execution is owed, except for inputs.
fn settle(runtime: &Runtime, execution: &Arc<ExecutionHandle>, owed: Owed, started_at_millis: i64) {
    let Owed { timers, calls, mut submitted, taken, reads, writes, children: _, to_continue: _ } = owed;
    for (timer, at) in timers {
        runtime.shared.timers.arm(execution, timer, at);
    }
    for (task, call) in calls {
        let submitted = submitted.remove(&task);
        match call.token.clone() {
            // The request was answered, or a worker has it: only the token is waited for.
            Some(token) if submitted.is_some() && !is_job(&call) || taken.contains(&task) => {
                Runtime::await_token(execution, task, token);
            }
            _ => runtime.call_again(execution, call, started_at_millis, submitted),
        }
    }
    for read in reads.into_values() {
        runtime.read_items(execution, read);
    }
    for write in writes.into_values() {
        runtime.write_results(execution, write);
    }
}

/// Whether the task waits for what its request began.
fn is_job(call: &TaskCall) -> bool {
    matches!(call.resource, Resource::Service { pattern: Pattern::Sync, .. })
}

/// What executions share, so that a hundred thousand of one state machine have one definition.
#[derive(Default)]
struct Known {
    definitions: HashMap<Arc<str>, Arc<StateMachine>>,
    /// The machines of executions that have map runs, for their children.
    parents: HashMap<Arc<str>, Arc<StateMachine>>,
    /// What the children of map runs run, by the parent's ARN and the Map state's place.
    processors: HashMap<(Arc<str>, Arc<str>), Arc<StateMachine>>,
    /// The children that map runs wait for.
    wanted: HashMap<Arc<str>, Arc<str>>,
    /// Those that can't go on.
    stuck: HashSet<Arc<str>>,
}

impl Known {
    /// The header with the text of a definition that others have, too.
    fn share(&self, header: Arc<Header>) -> Arc<Header> {
        match self.definitions.get_key_value(&header.definition) {
            Some((shared, _)) if !header.definition.is_empty() => {
                let definition = shared.clone();
                Arc::new(Header { definition, ..Arc::unwrap_or_clone(header) })
            }
            _ => header,
        }
    }

    /// What an execution runs.
    fn machine(&mut self, journal: &dyn journal::Journal, header: &Header) -> Result<Arc<StateMachine>, RecoverError> {
        let Some(child_of) = &header.child_of else {
            if let Some(machine) = self.definitions.get(&header.definition) {
                return Ok(machine.clone());
            }
            let machine = journal::machine_of(journal, header)?;
            self.definitions.insert(header.definition.clone(), machine.clone());
            return Ok(machine);
        };
        let place = (child_of.execution_arn.clone(), child_of.processor.clone());
        if let Some(machine) = self.processors.get(&place) {
            return Ok(machine.clone());
        }
        let parent = self.parents.get(&child_of.execution_arn);
        let machine = match parent.and_then(|parent| Processor::find(parent, &child_of.processor)) {
            Some(processor) => processor.machine().clone(),
            None => journal::machine_of(journal, header)?,
        };
        self.processors.insert(place, machine.clone());
        Ok(machine)
    }

    /// Remembers whom an execution waits for.
    fn expect_children(&mut self, execution_arn: &Arc<str>, owed: &Owed, machine: &Arc<StateMachine>) {
        if owed.children.is_empty() {
            return;
        }
        self.parents.insert(execution_arn.clone(), machine.clone());
        for child_arn in owed.children.values() {
            self.wanted.insert(child_arn.clone(), execution_arn.clone());
        }
    }

    fn is_wanted(&self, parent_arn: &Arc<str>, child_arn: &Arc<str>) -> bool {
        self.wanted.get(child_arn) == Some(parent_arn)
    }

    /// How an execution of the past ended; none: it is not on record, or not over.
    fn outcome(
        &mut self,
        journal: &dyn journal::Journal,
        execution_arn: &str,
    ) -> Result<Option<machine::Outcome>, RecoverError> {
        if journal.summary(execution_arn)?.is_none_or(|summary| summary.stopped_at.is_none()) {
            return Ok(None);
        }
        let Some(header) = journal.header(execution_arn)? else { return Ok(None) };
        let machine = self.machine(journal, &header)?;
        let recovered = journal::recover(machine, &header, &journal.entries(execution_arn)?)?;
        Ok(recovered.execution.outcome().cloned())
    }
}
