//! Runs an execution against a script, on a clock that jumps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use machine::{
    Command, Document, Execution, Identity, Input, Outcome, Resource, TaskCall, TaskId, TaskOutcome, TimerId,
};
use serde_json::Value;

use crate::bindings::{ACCOUNT, Bindings, REGION, dump, started_at};
use crate::case::Case;
use crate::compare::Matcher;
use crate::distributed::World;
use crate::normalise::parse_strings;
use crate::script::{Reply, ReplyKind, Script, Visit, place};

/// The most inputs that one execution is given: far more than any recorded one takes.
const MOST_INPUTS: usize = 100_000;

/// An execution that a case tells of, ready to run.
pub(crate) struct Subject<'c> {
    case: &'c Case,
    bindings: Bindings,
    machine: Arc<asl::model::StateMachine>,
    identity: Identity,
    input: Document,
}

/// What came of an execution.
pub(crate) struct Run {
    /// The events in the form of `GetExecutionHistory`.
    pub(crate) events: Vec<Value>,
    /// None: it waits for something that the recording doesn't tell of.
    pub(crate) outcome: Option<Outcome>,
}

impl<'c> Subject<'c> {
    /// The case's execution of that number. The role is taken from the recording, where there is one.
    pub(crate) fn new(case: &'c Case, execution: usize, role_arn: Option<&str>) -> Result<Self, String> {
        let bindings = Bindings::of(case);
        let start = case.executions.get(execution).ok_or_else(|| format!("The case has no execution {execution}."))?;
        let index = start.state_machine_index.ok_or("The execution's state machine is not recorded.")?;
        let definition =
            case.state_machines.get(index).ok_or_else(|| format!("The case has no state machine {index}."))?;
        let text = match (&definition.captured_raw.definition, &definition.definition_string, &definition.definition) {
            (Some(raw), _, _) => raw.clone(),
            (None, Some(text), _) => bindings.text(text),
            (None, None, Some(value)) => bindings.value(value).to_string(),
            (None, None, None) => return Err("The definition is not recorded.".to_owned()),
        };
        let input = match (&start.captured_raw.input, &start.input_string, &start.input) {
            (Some(raw), _, _) => raw.clone(),
            (None, Some(text), _) => bindings.text(text),
            (None, None, Some(value)) => dump(&bindings.value(value)),
            (None, None, None) => "{}".to_owned(),
        };
        let input = Document::parse(&input).map_err(|error| format!("The input is no JSON: {error}"))?;
        let name = definition.captured_raw.name.clone().or_else(|| Some(bindings.text(definition.name.as_ref()?)));
        let name = name.unwrap_or_else(|| "statemachine".to_owned());
        let execution_name = start.name.as_ref().map(|name| bindings.text(name));
        let execution_name = execution_name.unwrap_or_else(|| "5c6fa2ad-8b0c-4dd8-95a5-5c0b2d0d9f14".to_owned());
        let express = definition.kind.as_deref() == Some("EXPRESS");
        let execution_arn = if express {
            format!("express:{name}:{execution_name}:0c9cb9f4-4a52-4b19-a4f2-0f9ab9f0d0b1")
        } else {
            format!("execution:{name}:{execution_name}")
        };
        let role_arn = bindings.text(role_arn.unwrap_or("snf_role_arn"));
        let identity = Identity {
            execution_arn: format!("arn:aws:states:{REGION}:{ACCOUNT}:{execution_arn}").into(),
            execution_name: execution_name.into(),
            state_machine_arn: format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}").into(),
            state_machine_name: name.into(),
            role_arn: role_arn.into(),
            region: REGION.into(),
            redrive_count: 0,
            express,
            seed: [7; 32],
        };
        Ok(Self { case, machine: parse(&text, express)?, bindings, identity, input })
    }

    /// Runs the execution; the world does what the script says.
    pub(crate) fn run(&self, script: Script) -> Result<Run, String> {
        let mut execution = Execution::new(self.machine.clone(), Arc::new(self.identity.clone()), self.input.clone());
        if let Some(refusal) = script.refusal(&self.bindings) {
            execution = execution.with_preflight(Arc::new(refusal));
        }
        let mut driver = Driver {
            execution,
            now: started_at(),
            script,
            events: Vec::new(),
            calls: BTreeMap::new(),
            timers: BTreeMap::new(),
            go_on: false,
            answers: VecDeque::new(),
            world: World::of(self.case, &self.bindings),
            matcher: Matcher::new(&self.case.tokens),
            bindings: &self.bindings,
        };
        driver.give(Input::Start);
        for _ in 0..MOST_INPUTS {
            let Some(input) = driver.next()? else {
                let outcome = driver.execution.outcome().cloned();
                return Ok(Run { events: driver.events, outcome });
            };
            driver.give(input);
        }
        Err(format!("The execution did not end after {MOST_INPUTS} inputs."))
    }
}

/// A definition, compiled.
fn parse(text: &str, express: bool) -> Result<Arc<asl::model::StateMachine>, String> {
    let parsed = asl::parse(text, &asl::Options { express, ..asl::Options::default() });
    parsed.machine.ok_or_else(|| {
        let problems: Vec<_> = parsed
            .diagnostics
            .iter()
            .filter(|problem| problem.is_error())
            .map(|problem| format!("{} {} at {}", problem.code, problem.message, problem.pointer))
            .collect();
        format!("definition refused: {}", problems.join("; "))
    })
}

/// One running execution.
struct Driver<'s> {
    execution: Execution,
    now: Timestamp,
    script: Script,
    events: Vec<Value>,
    /// The tasks in flight.
    calls: BTreeMap<TaskId, Call>,
    timers: BTreeMap<TimerId, Timestamp>,
    /// Whether the execution wants to go on by itself.
    go_on: bool,
    /// What the children, items and results of map runs have for the execution.
    answers: VecDeque<Input>,
    world: World,
    /// Learns what the recording's placeholders stand for here.
    matcher: Matcher,
    bindings: &'s Bindings,
}

struct Call {
    /// Whether time can run out for it.
    has_timer: bool,
    visit: Visit,
}

impl Call {
    /// The next thing that the world does for it; what time does is not the world's.
    fn reply(&self) -> Option<&Reply> {
        self.visit.replies.front().filter(|reply| !(self.has_timer && reply.kind == ReplyKind::TimedOut))
    }
}

impl Driver<'_> {
    fn give(&mut self, input: Input) {
        let step = self.execution.apply(input, self.now);
        self.events.extend(step.events.iter().map(machine::HistoryEvent::to_wire));
        for command in step.commands {
            match command {
                Command::Call(call) => self.call(&call),
                Command::Abort { task } => {
                    self.calls.remove(&task);
                }
                Command::Arm { timer, at } => {
                    self.timers.insert(timer, at);
                }
                Command::Disarm { timer } => {
                    self.timers.remove(&timer);
                }
                Command::Continue => self.go_on = true,
                Command::ReadItems(_) | Command::StartChild(_) | Command::WriteResults(_) => {
                    let identity = self.execution.identity().clone();
                    self.answers.extend(self.world.answer(&identity, command, self.now));
                }
                // No recording has a redrive.
                Command::RedriveChild { .. } | Command::AbortChild { .. } | Command::Finish(_) => {}
            }
        }
    }

    fn call(&mut self, call: &TaskCall) {
        let scheduled = call.task as usize - 1;
        let resource_type = match &call.resource {
            Resource::Service { service, .. } => Some(&**service),
            Resource::Lambda { .. } | Resource::Activity { .. } => None,
        };
        let visit = self.script.visit(&place(&self.events, scheduled), resource_type);
        if let (Some(recorded), Some(actual)) = (&visit.scheduled, self.events.get(scheduled)) {
            let actual = parse_strings(actual.clone());
            let details = recorded.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with("EventDetails"));
            for (name, recorded) in details {
                self.matcher.agrees(recorded, &actual[name]);
            }
        }
        let has_timer = call.deadline.is_some() || call.heartbeat_seconds.is_some();
        self.calls.insert(call.task, Call { has_timer, visit });
    }

    /// The next input. None: nothing more happens.
    fn next(&mut self) -> Result<Option<Input>, String> {
        if self.execution.outcome().is_some() {
            return Ok(None);
        }
        if std::mem::take(&mut self.go_on) {
            return Ok(Some(Input::Continue));
        }
        if let Some(answer) = self.answers.pop_front() {
            return Ok(Some(answer));
        }
        if let Some((event, error, cause)) = &self.script.aborted
            && *event == self.events.len() as u64 + 1
        {
            let (error, cause) = (error.as_deref().map(Into::into), cause.as_deref().map(Into::into));
            return Ok(Some(Input::Stop { error, cause }));
        }
        let reply = self.calls.iter().filter_map(|(task, call)| Some((call.reply()?.event, *task))).min();
        let tick = self.script.next_tick(self.events.len());
        let wait = match (reply, tick) {
            (Some((reply, _)), Some(tick)) => tick < reply,
            (Some(_), None) => false,
            (None, _) => true,
        };
        if wait && let Some((at, timer)) = self.timers.iter().map(|(timer, at)| (*at, *timer)).min() {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.script.ticked();
            return Ok(Some(Input::TimerFired { timer }));
        }
        match reply {
            Some((_, task)) => self.answer(task).map(Some),
            None => Ok(None),
        }
    }

    /// The next recorded answer to a task.
    fn answer(&mut self, task: TaskId) -> Result<Input, String> {
        let Some(reply) = self.calls.get_mut(&task).and_then(|call| call.visit.replies.pop_front()) else {
            return Err(format!("No answer to task {task} is recorded."));
        };
        let bindings = self.bindings.with(self.matcher.bindings());
        let text = |member: &str| reply.text(member, &bindings).map(Into::into);
        let output = || {
            let text = reply.text("output", &bindings).unwrap_or_default();
            Document::parse(&text).map_err(|error| format!("The output of event {} is no JSON: {error}", reply.event))
        };
        let outcome = match reply.kind {
            ReplyKind::Started => return Ok(Input::TaskStarted { task, worker_name: text("workerName") }),
            ReplyKind::Submitted => return Ok(Input::TaskSubmitted { task, output: output()? }),
            ReplyKind::Succeeded => TaskOutcome::Succeeded(output()?),
            ReplyKind::Failed => TaskOutcome::Failed { error: text("error"), cause: text("cause") },
            ReplyKind::TimedOut => TaskOutcome::TimedOut { error: text("error"), cause: text("cause") },
        };
        self.calls.remove(&task);
        Ok(Input::TaskEnded { task, outcome })
    }
}
