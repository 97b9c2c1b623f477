//! Runs an execution undisturbed, and then again from every place where a crash could have cut its journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use asl::{Options, parse};
use journal::{Header, Journal, Query, Record};
use machine::{Document, EventKind, HistoryEvent, Input};
use runtime::{Pace, Runtime, Settings, StartExecution};
use serde_json::Value;

use crate::recorder::Recorder;
use crate::world::{Call, Handler, TaskOf, Tokens, World};

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:m:e";

/// Longer than any execution here takes; who waits so long waits for something that will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An execution that is to be cut.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    pub(crate) input: Value,
    /// Objects of the world's store, by `BUCKET/KEY`.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Whether the state machine is of type `EXPRESS`.
    pub(crate) express: bool,
    /// How often it is redriven after its end.
    pub(crate) redrives: u64,
    /// The status that it ends with.
    pub(crate) ends: &'static str,
}

/// What is to be seen of a run at its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// Status and history of each execution, children included, without the times.
    executions: BTreeMap<String, (String, Vec<Value>)>,
    /// The map runs, without the times.
    map_runs: Vec<String>,
    objects: BTreeMap<String, Vec<u8>>,
}

/// A run from beginning to end.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) batches: Vec<Vec<Record>>,
    seen: Seen,
    calls: Vec<Call>,
    tokens: Tokens,
    puts: Vec<String>,
}

impl Case {
    /// An execution that succeeds.
    pub(crate) fn new(name: &'static str, definition: Value, input: Value) -> Self {
        Self { name, definition, input, objects: BTreeMap::new(), express: false, redrives: 0, ends: "SUCCEEDED" }
    }

    fn request(&self) -> StartExecution {
        let text = self.definition.to_string();
        let parsed = parse(&text, &Options { express: self.express, ..Options::default() });
        StartExecution {
            machine: parsed.machine.unwrap_or_else(|| panic!("{}: {:#?}", self.name, parsed.diagnostics)),
            definition: text.into(),
            execution_arn: EXECUTION.into(),
            execution_name: "e".into(),
            state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
            state_machine_name: "m".into(),
            role_arn: "arn:aws:iam::123456789012:role/r".into(),
            region: "us-east-1".into(),
            express: self.express,
            origin: Arc::default(),
            input: Document::new(self.input.clone()),
        }
    }

    /// Runs it from its beginning.
    pub(crate) fn run(&self) -> Run {
        self.run_on(Recorder::holding(&[]), None)
    }

    /// Goes on from a journal that ends where this prefix of a run does.
    fn go_on(&self, run: &Run, batches: usize) -> Run {
        self.run_on(Recorder::holding(&run.batches[..batches]), Some(run))
    }

    /// Runs it on that journal: to its end, after an earlier process whose records the journal has, or from its beginning.
    pub(crate) fn run_on(&self, journal: Recorder, earlier: Option<&Run>) -> Run {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio.block_on(async {
            let run = self.run_in(Arc::new(journal), earlier);
            tokio::time::timeout(PATIENCE, run).await.unwrap_or_else(|_| panic!("{}: it hangs", self.name))
        })
    }

    async fn run_in(&self, journal: Arc<Recorder>, earlier: Option<&Run>) -> Run {
        let objects = earlier.map_or(&self.objects, |run| &run.seen.objects);
        let world = match earlier {
            None => World::new(objects, Tokens::new(), &[]),
            // What happened then happens now in the same order, as far as it comes from outside.
            Some(run) => World::new(objects, run.tokens.clone(), &run.batches[journal.batches().len()..]),
        };
        let settings = Settings { pace: Pace::Skip, attended: false };
        let runtime =
            Runtime::new(settings, journal.clone(), Arc::new(Handler(world.clone())), None).with_objects(world.clone());
        world.enter(&runtime);
        let hearing = world.clone();
        journal.tell(Box::new(move |records| hearing.hear(records)));
        if earlier.is_some() {
            let people = world.left_over(&journal.batches());
            let resumed = runtime.resume().expect("the journal is readable");
            assert!(resumed.stuck.is_empty(), "{}: {:?}", self.name, resumed.stuck);
            // Time is not skipped before people know what is theirs.
            let busy = runtime.busy();
            resumed.go();
            people();
            drop(busy);
        } else {
            runtime.start(self.request()).await.expect("started");
        }
        loop {
            while !journal.running().expect("readable").is_empty() {
                tokio::task::yield_now().await;
            }
            let redriven = journal.summary(EXECUTION).expect("readable").map(|root| root.redrive_count);
            if redriven.is_none_or(|redriven| redriven >= self.redrives) {
                break;
            }
            runtime.redrive(EXECUTION).await.expect("it can be redriven");
        }
        let seen = look(&journal, &runtime, &world).await;
        journal.hush();
        world.leave();
        runtime.shut_down();
        let (calls, tokens, puts) = (world.calls(), world.tokens(), world.puts());
        Run { batches: journal.batches(), seen, calls, tokens, puts }
    }

    /// Cuts a run at every boundary between batches, and again at the boundaries of some of the runs that come of it.
    pub(crate) fn cut_everywhere(&self) {
        let whole = self.run();
        whole.is_sound(self);
        for cut in 1..whole.batches.len() {
            let second = self.go_on(&whole, cut);
            whole.must_be(&second, cut, &format!("{} cut at {cut} of {}", self.name, whole.batches.len()));
            if cut % 3 == 1 {
                for again in (cut + 1..second.batches.len()).step_by(2 + whole.batches.len() / 8) {
                    let third = self.go_on(&second, again);
                    let place = format!("{} cut at {cut}, then at {again} of {}", self.name, second.batches.len());
                    second.must_be(&third, again, &place);
                }
            }
        }
    }
}

/// What is on record at the end.
async fn look(journal: &Recorder, runtime: &Runtime, world: &World) -> Seen {
    let mut executions = BTreeMap::new();
    let mut map_runs = Vec::new();
    let mut known = journal.summaries().expect("readable");
    while let Some(summary) = known.pop() {
        let history = journal.history(&summary.execution_arn).expect("readable");
        let without_times = |mut event: Value| {
            strip_times(&mut event);
            event
        };
        let history: Vec<_> = history.into_iter().map(without_times).collect();
        for mut map_run in runtime.map_runs(&summary.execution_arn).await.expect("readable") {
            known.extend(journal.list(&Query::all(journal::ExecutionsOf::MapRun(&map_run.map_run_arn))).expect("ok"));
            (map_run.started_at, map_run.stopped_at, map_run.redriven_at) = Default::default();
            map_runs.push(format!("{map_run:?}"));
        }
        executions.insert(summary.execution_arn.to_string(), (summary.status, history));
    }
    Seen {
        executions,
        map_runs,
        objects: world.objects().into_iter().map(|(place, body)| (place, timeless(&body))).collect(),
    }
}

/// Takes out what says when something happened, also in the texts of outputs.
fn strip_times(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip_times),
        Value::Object(fields) => {
            fields.retain(|name, _| !["timestamp", "StartDate", "StopDate"].contains(&name.as_str()));
            fields.values_mut().for_each(strip_times);
        }
        Value::String(text) if text.contains("StartDate") => {
            *text = String::from_utf8(timeless(text.as_bytes())).expect("JSON");
        }
        _ => {}
    }
}

/// A document without the times of executions.
fn timeless(document: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice(document) else { return document.to_vec() };
    strip_times(&mut value);
    value.to_string().into_bytes()
}

impl Run {
    /// An undisturbed run is what the case says.
    fn is_sound(&self, case: &Case) {
        let (status, history) = &self.seen.executions[EXECUTION];
        assert_eq!(status, case.ends, "{}: {:#?}", case.name, history.last());
        let mut tasks = BTreeSet::new();
        for call in &self.calls {
            assert!(tasks.insert(&call.task) && !call.again && !call.resumed, "{}: {call:?}", case.name);
        }
        // A case that makes no more than two batches is cut once.
        assert!(self.batches.len() > 1, "{}: there is nowhere to cut", case.name);
    }

    /// A run that went on from the first batches of this one ends as this one did, and does nothing twice that was on
    /// record as done.
    pub(crate) fn must_be(&self, other: &Self, cut: usize, place: &str) {
        for (arn, (status, history)) in &self.seen.executions {
            let Some((other_status, other_history)) = other.seen.executions.get(arn) else {
                panic!("{place}: {arn} is missing");
            };
            for (event, other) in history.iter().zip(other_history) {
                assert_eq!(event, other, "{place}: {arn}");
            }
            assert_eq!(history.len(), other_history.len(), "{place}: {arn}: the length of the history");
            assert_eq!(status, other_status, "{place}: {arn}");
        }
        assert_eq!(self.seen.executions.len(), other.seen.executions.len(), "{place}: the executions");
        assert_eq!(self.seen.map_runs, other.seen.map_runs, "{place}");
        assert_eq!(self.seen.objects, other.seen.objects, "{place}");
        let prefix = Prefix::of(&self.batches[..cut], &self.seen);
        let mut again = BTreeSet::new();
        for call in &other.calls {
            let of = format!("{place}: {call:?}");
            assert!(again.insert(&call.task), "{of}: twice in one process");
            assert!(!prefix.over.contains(&call.task), "{of}: it was over");
            assert_eq!(call.resumed, prefix.answered.contains(&call.task), "{of}: it was answered");
            assert!(!call.resumed || call.state.starts_with("Job"), "{of}: only people can end it");
            assert_eq!(call.again, prefix.scheduled.contains(&call.task), "{of}: it was scheduled");
        }
        // Of one that is given up at once nobody may hear.
        let whole = Prefix::of(&self.batches, &self.seen);
        let is_made = |call: &&Call| whole.ended.contains(&call.task) || whole.answered.contains(&call.task);
        for call in self.calls.iter().filter(is_made).filter(|call| !prefix.scheduled.contains(&call.task)) {
            assert!(again.contains(&call.task), "{place}: {call:?} was not made");
        }
        // The second run of two may have begun in the middle, so it put less than what there is.
        if prefix.written {
            assert!(other.puts.is_empty(), "{place}: {:?} were written again", other.puts);
        }
    }
}

/// What is on record in the first batches of a run.
#[derive(Default)]
struct Prefix {
    scheduled: BTreeSet<TaskOf>,
    /// Of which a token or a worker's answer, or the end of a job, is to come.
    answered: BTreeSet<TaskOf>,
    /// Which came to their own end.
    ended: BTreeSet<TaskOf>,
    /// For which nobody waits any more.
    over: BTreeSet<TaskOf>,
    /// Whether results were written.
    written: bool,
}

impl Prefix {
    fn of(batches: &[Vec<Record>], seen: &Seen) -> Self {
        let mut prefix = Self::default();
        // How far the history of each execution goes.
        let mut lasts: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        let mut headers: BTreeMap<Arc<str>, Arc<Header>> = BTreeMap::new();
        for record in batches.iter().flatten() {
            match record {
                Record::Begin(header) => drop(headers.insert(header.execution_arn.clone(), header.clone())),
                Record::Step { execution_arn, input, events, .. } => {
                    if let Some(last) = events.last() {
                        lasts.insert(execution_arn.clone(), last.id);
                    }
                    prefix.hear(execution_arn, input, events);
                    // With a map run that fails, its children are given up, whether they know it or not.
                    if events
                        .iter()
                        .any(|event| matches!(event.kind, EventKind::MapRunFailed(_) | EventKind::MapRunAborted))
                    {
                        let parent = |child: &Arc<str>| Some(&headers.get(child)?.child_of.as_ref()?.execution_arn);
                        prefix.give_up(|task| parent(&task.0) == Some(execution_arn));
                    }
                }
                // Whatever it waited for.
                Record::End { execution_arn, .. } => prefix.give_up(|task| task.0 == *execution_arn),
                Record::Redrive { .. } | Record::Clock { .. } => {}
            }
        }
        // A state's end is the end of its tasks: of the task that its events follow from, and of those of its branches.
        for (execution_arn, last) in lasts {
            let history = &seen.executions[&*execution_arn].1;
            let number = |event: &Value, field: &str| event[field].as_u64().unwrap_or_default();
            for event in history.iter().take_while(|event| number(event, "id") <= last) {
                let kind = event["type"].as_str().unwrap_or_default();
                let ends =
                    ["Succeeded", "Failed", "TimedOut", "Aborted", "Exited"].iter().any(|end| kind.ends_with(end));
                if !ends {
                    continue;
                }
                let mut before = number(event, "previousEventId");
                while before > 0 {
                    let event = &history[before as usize - 1];
                    match event["type"].as_str() {
                        Some(kind) if kind.ends_with("Scheduled") => {
                            prefix.over.insert((execution_arn.clone(), before));
                            break;
                        }
                        Some(kind) if kind.ends_with("Entered") => break,
                        _ => before = number(event, "previousEventId"),
                    }
                }
                if ["ParallelStateFailed", "MapStateFailed"].contains(&kind) {
                    let id = number(event, "id");
                    prefix.give_up(|task| task.0 == execution_arn && task.1 < id);
                }
            }
        }
        prefix
    }

    /// Nobody waits for these any more.
    fn give_up(&mut self, which: impl Fn(&TaskOf) -> bool) {
        self.over.extend(self.scheduled.iter().filter(|task| which(task)).cloned());
    }

    fn hear(&mut self, execution_arn: &Arc<str>, input: &Input, events: &[HistoryEvent]) {
        for event in events {
            if event.to_wire()["type"].as_str().is_some_and(|kind| kind.ends_with("Scheduled")) {
                self.scheduled.insert((execution_arn.clone(), event.id));
            }
        }
        match input {
            Input::TaskEnded { task, .. } => {
                self.ended.insert((execution_arn.clone(), *task));
                self.over.insert((execution_arn.clone(), *task));
            }
            Input::TaskSubmitted { task, .. } | Input::TaskStarted { task, .. } => {
                self.answered.insert((execution_arn.clone(), *task));
            }
            Input::ResultsWritten { .. } => self.written = true,
            _ => {}
        }
    }
}
