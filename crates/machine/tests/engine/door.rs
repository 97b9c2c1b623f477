//! The one door of the engine's tests: a definition and a script in, a history out.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use asl::{Options, parse};
use jiff::{SignedDuration, Timestamp};
use machine::{
    Command, Document, Execution, HistoryEvent, Identity, Input, Outcome, Preflight, Scheduling, TaskCall, TaskOutcome,
};
use serde_json::{Value, json};

use crate::map_run;

/// What becomes of one call of a task, in the order of the calls.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// It succeeds with this.
    Success(Value),
    /// It fails with this error and cause.
    Failure(&'static str, &'static str),
    /// Its request is answered with this, and then it goes on as that.
    Submitted(Value, Box<Reply>),
    /// It gives a sign of life after so many seconds, and then goes on as that.
    Heartbeat(i64, Box<Reply>),
    /// So many seconds pass, then it goes on as that.
    After(i64, Box<Reply>),
    /// Nothing is heard of it any more.
    Silence,
}

/// The replies to each state's calls, by the state's name.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) replies: HashMap<&'static str, VecDeque<Reply>>,
    stop_after: Option<i64>,
    /// What can be read, by bucket and key.
    objects: HashMap<&'static str, &'static str>,
    updates: Vec<(i64, Input)>,
    refusal: Option<&'static str>,
    /// How children end that are redriven.
    redriven: VecDeque<Outcome>,
    /// The execution is redriven after so many seconds.
    redrives: VecDeque<i64>,
}

/// Refuses every task.
#[derive(Debug)]
struct Refuse(&'static str);

impl Preflight for Refuse {
    fn refusal(&self, _: &Scheduling<'_>) -> Option<Arc<str>> {
        Some(self.0.into())
    }
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The next call of that state is answered so.
    pub(crate) fn on(mut self, state: &'static str, reply: Reply) -> Self {
        self.replies.entry(state).or_default().push_back(reply);
        self
    }

    /// No task can be started, because of that.
    pub(crate) fn refuse(mut self, cause: &'static str) -> Self {
        self.refusal = Some(cause);
        self
    }

    /// The execution is redriven that many seconds after it started.
    pub(crate) fn redrive_after(mut self, seconds: i64) -> Self {
        self.redrives.push_back(seconds);
        self
    }

    /// The next child that is redriven ends so.
    pub(crate) fn redriven(mut self, outcome: Outcome) -> Self {
        self.redriven.push_back(outcome);
        self
    }

    /// That text can be read at `bucket/key`.
    pub(crate) fn object(mut self, place: &'static str, body: &'static str) -> Self {
        self.objects.insert(place, body);
        self
    }

    /// That happens after so many seconds.
    pub(crate) fn then(mut self, seconds: i64, input: Input) -> Self {
        self.updates.push((seconds, input));
        self
    }

    /// The execution is stopped after so many seconds.
    pub(crate) fn stop_after(mut self, seconds: i64) -> Self {
        self.stop_after = Some(seconds);
        self
    }
}

/// What an execution left behind.
pub(crate) fn map_runs(definition: &Value, input: &Value, script: Script) -> Vec<machine::MapRunSummary> {
    let (_, taken) = run(definition, input, script);
    let mut execution = begun(definition, input);
    for (input, at) in taken {
        execution.apply(input, at);
    }
    execution.map_runs()
}

fn begun(definition: &Value, input: &Value) -> Execution {
    let parsed = parse(&definition.to_string(), &Options::default());
    let problems: Vec<_> = parsed.diagnostics.iter().filter(|problem| problem.is_error()).collect();
    let machine = parsed.machine.unwrap_or_else(|| panic!("the definition is sound: {problems:#?}"));
    Execution::new(machine, Arc::new(identity()), Document::new(input.clone()))
}

/// Runs a definition, and gives its history as text: one event a line, with the seconds since the start.
pub(crate) fn check(definition: &Value, input: &Value, script: Script) -> String {
    let (history, _) = run(definition, input, script);
    history
}

/// Like [`check`], with the steps' inputs as well.
pub(crate) fn run(definition: &Value, input: &Value, mut script: Script) -> (String, Vec<(Input, Timestamp)>) {
    let mut execution = begun(definition, input);
    if let Some(cause) = script.refusal {
        execution = execution.with_preflight(Arc::new(Refuse(cause)));
    }
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let mut now = start;
    let mut timers: BTreeSet<(Timestamp, u64)> = BTreeSet::new();
    let mut due: HashMap<u64, Timestamp> = HashMap::new();
    // What the script makes happen, by time and then in order.
    let mut planned: BTreeMap<(Timestamp, u64), Input> = BTreeMap::new();
    let mut order = 0;
    let mut inputs = vec![(Input::Start, start)];
    let mut taken = Vec::new();
    let mut history = String::new();
    if let Some(seconds) = script.stop_after {
        let stop = Input::Stop { error: Some("Stopped".into()), cause: Some("by hand".into()) };
        planned.insert((start + SignedDuration::from_secs(seconds), 0), stop);
    }
    for (number, (seconds, input)) in std::mem::take(&mut script.updates).into_iter().enumerate() {
        planned.insert((start + SignedDuration::from_secs(seconds), number as u64 + 1), input);
    }
    while let Some((input, at)) = inputs.pop() {
        taken.push((input.clone(), at));
        let step = execution.apply(input, at);
        for event in &step.events {
            write_event(&mut history, start, event);
        }
        for command in step.commands {
            match command {
                Command::Arm { timer, at } => {
                    timers.insert((at, timer));
                    due.insert(timer, at);
                }
                Command::Disarm { timer } => {
                    if let Some(at) = due.remove(&timer) {
                        timers.remove(&(at, timer));
                    }
                }
                Command::Call(call) => {
                    order += 1;
                    plan(&mut planned, &mut script, &call, now, order * 100);
                }
                Command::Continue => {
                    order += 1;
                    planned.insert((now, order * 100), Input::Continue);
                }
                Command::Abort { .. } => {}
                Command::ReadItems(read) => {
                    order += 1;
                    planned.insert((now, order * 100), map_run::read(&script.objects, &read));
                }
                Command::StartChild(child) => {
                    order += 1;
                    map_run::show(&mut history, &child, now.duration_since(start));
                    if let Some((seconds, ended)) = map_run::run_child(&mut script, &child, now) {
                        planned.insert((now + SignedDuration::from_secs(seconds), order * 100), ended);
                    }
                }
                Command::RedriveChild { map_run, child, .. } => {
                    order += 1;
                    writeln!(history, "  ! child {child} goes on").expect("a string");
                    // What came of it, says the script.
                    let outcome = script.redriven.pop_front().expect("the script says what comes of the child");
                    planned.insert((now, order * 100), Input::ChildEnded { map_run, child, outcome });
                }
                Command::AbortChild { child, .. } => {
                    writeln!(history, "  ! child {child} is given up").expect("a string");
                }
                Command::WriteResults(write) => {
                    order += 1;
                    for file in write.files() {
                        writeln!(history, "  ! put {}/{}: {}", write.bucket, file.key, file.body).expect("a string");
                    }
                    planned.insert((now, order * 100), map_run::written(&write));
                }
                Command::Finish(outcome) => writeln!(history, "= {}", show(&outcome)).expect("a string"),
            }
        }
        if execution.outcome().is_some() {
            assert!(timers.is_empty(), "timers are left over: {timers:?}");
            let Some(seconds) = script.redrives.pop_front() else { break };
            planned.clear();
            now = now.max(start + SignedDuration::from_secs(seconds));
            inputs.push((Input::Redrive, now));
            continue;
        }
        let next_planned = planned.keys().next().copied();
        let next_timer = timers.first().copied();
        let fires = match (next_planned, next_timer) {
            (Some((planned_at, _)), Some((fires_at, _))) => fires_at < planned_at,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => panic!("the execution waits for nothing:\n{history}"),
        };
        if fires {
            let (at, timer) = timers.pop_first().expect("seen above");
            due.remove(&timer);
            now = now.max(at);
            inputs.push((Input::TimerFired { timer }, now));
        } else {
            let ((at, _), input) = planned.pop_first().expect("seen above");
            now = now.max(at);
            inputs.push((input, now));
        }
    }
    (history, taken)
}

pub(crate) fn identity() -> Identity {
    Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:test:run".into(),
        execution_name: "run".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:test".into(),
        state_machine_name: "test".into(),
        role_arn: "arn:aws:iam::123456789012:role/test".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: false,
        seed: [7; 32],
    }
}

fn plan(
    planned: &mut BTreeMap<(Timestamp, u64), Input>,
    script: &mut Script,
    call: &TaskCall,
    now: Timestamp,
    order: u64,
) {
    let replies = script.replies.get_mut(&*call.state);
    let reply = replies
        .and_then(VecDeque::pop_front)
        .unwrap_or_else(|| panic!("the script has no reply for a call of {}: {}", call.state, call.parameters));
    let (mut reply, mut at, mut order) = (reply, now, order);
    let task = call.task;
    loop {
        order += 1;
        reply = match reply {
            Reply::Silence => return,
            Reply::Success(output) => {
                let outcome = TaskOutcome::Succeeded(Document::new(output));
                planned.insert((at, order), Input::TaskEnded { task, outcome });
                return;
            }
            Reply::Failure(error, cause) => {
                let outcome = TaskOutcome::Failed { error: Some(error.into()), cause: Some(cause.into()) };
                planned.insert((at, order), Input::TaskEnded { task, outcome });
                return;
            }
            Reply::Submitted(output, next) => {
                planned.insert((at, order), Input::TaskSubmitted { task, output: Document::new(output) });
                *next
            }
            Reply::Heartbeat(seconds, next) => {
                at += SignedDuration::from_secs(seconds);
                planned.insert((at, order), Input::Heartbeat { task });
                *next
            }
            Reply::After(seconds, next) => {
                at += SignedDuration::from_secs(seconds);
                *next
            }
        };
    }
}

fn write_event(history: &mut String, start: Timestamp, event: &HistoryEvent) {
    let wire = event.to_wire();
    let details = wire
        .as_object()
        .and_then(|members| members.iter().find(|(name, _)| name.ends_with("EventDetails")))
        .map(|(_, details)| details.clone());
    let mut line = format!(
        "{:>3} <-{:>3} {:>6.3}s {}",
        event.id,
        event.previous_event_id,
        event.timestamp.duration_since(start).as_secs_f64(),
        event.kind.type_name()
    );
    for (name, value) in details.as_ref().and_then(Value::as_object).into_iter().flatten() {
        if name.ends_with("Details") || *value == json!("us-east-1") || name == "roleArn" {
            continue;
        }
        match value {
            Value::String(text) => write!(line, " {name}={text}"),
            other => write!(line, " {name}={other}"),
        }
        .expect("a string");
    }
    writeln!(history, "{line}").expect("a string");
}

fn show(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded(output) => format!("SUCCEEDED {output}"),
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => format!(
            "{} {} {}",
            outcome.status(),
            failure.error.as_deref().unwrap_or("-"),
            failure.cause.as_deref().unwrap_or("-")
        ),
    }
}
