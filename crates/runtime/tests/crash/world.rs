//! The world around the executions: what does tasks, who answers tokens, who works on activities, where objects lie.
//!
//! All of it is a function of what it is asked, so that two runs of one execution meet the same world. What a task comes to
//! is said by the first word of its state's name:
//!
//! - `Echo` succeeds with its parameters, `Fail` fails, `Late` times out, `Flaky` fails until its parameter `n` is `good`,
//!   `Impossible` can't be started, `Refused` is refused before it is scheduled, `Hang` never answers;
//! - `Ask…` is submitted, and people answer its token once that is on record: `Ask` with success, `AskNo` with failure,
//!   `AskBeat` with success after a heartbeat, `AskFade` with a heartbeat and no more, `AskSilent` never; `AskEarly` is answered
//!   before it is submitted;
//! - `Job…` is submitted and goes on: `Job` to success, `JobNo` to failure, `JobSilent` for ever;
//! - `Work…` waits for a worker, who does as people do with `Ask…`; nobody works on `WorkNever`;
//! - `Halt` stops its execution, `Widen` changes the map run that its execution belongs to.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use journal::Record;
use machine::items::ListedObject;
use machine::{Document, Input, Scheduling, TaskCall, TaskId, TaskOutcome};
use runtime::{Answer, Busy, Job, ObjectError, ObjectStore, Runtime, TaskContext, TaskHandler};
use serde_json::json;
use tokio::sync::Notify;

/// The activity that somebody works on, and the one that nobody works on.
pub(crate) const WORK: &str = "arn:aws:states:us-east-1:123456789012:activity:work";
pub(crate) const NO_WORK: &str = "arn:aws:states:us-east-1:123456789012:activity:no-work";

/// A task of an execution.
pub(crate) type TaskOf = (Arc<str>, TaskId);

/// A call that the handler was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) task: TaskOf,
    pub(crate) state: String,
    /// Whether a process that died may have made it.
    pub(crate) again: bool,
    /// Whether its request was answered, and what it began is taken up.
    pub(crate) resumed: bool,
}

/// What people know: of whom each token is.
pub(crate) type Tokens = HashMap<TaskOf, (Arc<str>, Arc<str>)>;

/// The world of one process.
#[derive(Default)]
pub(crate) struct World {
    runtime: Mutex<Option<Runtime>>,
    calls: Mutex<Vec<Call>>,
    tokens: Mutex<Tokens>,
    /// How many heartbeats of a task are on record.
    beats: Mutex<HashMap<TaskOf, usize>>,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    /// The keys of what was put, in order.
    puts: Mutex<Vec<String>>,
    /// The order in which what comes from outside is to come; where that is open, the order of two runs could differ.
    order: Mutex<VecDeque<(TaskOf, Kind)>>,
    /// Something is on record.
    heard: Notify,
}

/// What comes from outside, of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Started,
    Submitted,
    Beat,
    Ended,
}

/// The inputs in a record that come from outside.
fn from_outside(record: &Record) -> Option<(TaskOf, Kind)> {
    let Record::Step { execution_arn, input, .. } = record else { return None };
    let (task, kind) = match input {
        Input::TaskStarted { task, .. } => (task, Kind::Started),
        Input::TaskSubmitted { task, .. } => (task, Kind::Submitted),
        Input::Heartbeat { task } => (task, Kind::Beat),
        Input::TaskEnded { task, .. } => (task, Kind::Ended),
        _ => return None,
    };
    Some(((execution_arn.clone(), *task), kind))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics here")
}

/// What people do with a token, after that many heartbeats.
enum Deed {
    Beat,
    Succeed,
    Fail,
    Nothing,
}

fn deed(state: &str, beats: usize) -> Deed {
    match (state.split(' ').next().unwrap_or_default(), beats) {
        ("AskBeat" | "WorkBeat" | "AskFade", 0) => Deed::Beat,
        ("AskNo" | "WorkNo", _) => Deed::Fail,
        ("AskSilent" | "WorkSilent" | "AskFade" | "AskEarly", _) => Deed::Nothing,
        (word, _) if word.starts_with("Job") => Deed::Nothing,
        _ => Deed::Succeed,
    }
}

impl World {
    /// A world with these objects, whose people know these tokens, where things come in the order of these batches.
    pub(crate) fn new(objects: &BTreeMap<String, Vec<u8>>, tokens: Tokens, order: &[Vec<Record>]) -> Arc<Self> {
        Arc::new(Self {
            objects: Mutex::new(objects.clone()),
            tokens: Mutex::new(tokens),
            order: Mutex::new(order.iter().flatten().filter_map(from_outside).collect()),
            ..Self::default()
        })
    }

    /// Waits until everything is on record that is to come before. What is not known to come comes at once.
    async fn turn(&self, is_it: impl Fn(&(TaskOf, Kind)) -> bool) {
        loop {
            let heard = self.heard.notified();
            if lock(&self.order).iter().position(&is_it).is_none_or(|place| place == 0) {
                return;
            }
            heard.await;
        }
    }

    async fn turn_of(&self, task: &TaskOf, kind: Kind) {
        self.turn(|next| *next == (task.clone(), kind)).await;
    }

    /// This runtime is in it from now on; a worker works for it.
    pub(crate) fn enter(self: &Arc<Self>, runtime: &Runtime) {
        runtime.activities().open(WORK);
        runtime.activities().open(NO_WORK);
        *lock(&self.runtime) = Some(runtime.clone());
        let (runtime, world) = (runtime.clone(), self.clone());
        tokio::spawn(async move {
            loop {
                world.turn(|(_, kind)| *kind == Kind::Started).await;
                runtime.activity_task(WORK, Some("ada"), Duration::from_mins(1)).await;
                // Its own record comes first.
                tokio::task::yield_now().await;
            }
        });
    }

    /// The runtime is gone.
    pub(crate) fn leave(&self) {
        *lock(&self.runtime) = None;
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    pub(crate) fn tokens(&self) -> Tokens {
        lock(&self.tokens).clone()
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        lock(&self.objects).clone()
    }

    pub(crate) fn puts(&self) -> Vec<String> {
        lock(&self.puts).clone()
    }

    /// People hear of what is on record, and do what they do.
    pub(crate) fn hear(self: &Arc<Self>, records: &[Record]) {
        for heard in records.iter().filter_map(from_outside) {
            lock(&self.order).retain(|to_come| *to_come != heard);
            if let Some(task) = self.in_hand(heard) {
                self.do_it(task);
            }
        }
        self.heard.notify_waiters();
    }

    /// What the records of an earlier process leave people to do: they do it when the answer is called.
    pub(crate) fn left_over(self: &Arc<Self>, batches: &[Vec<Record>]) -> impl FnOnce() + use<> {
        let mut open = Vec::new();
        for heard in batches.iter().flatten().filter_map(from_outside) {
            open.retain(|other| *other != heard.0);
            open.extend(self.in_hand(heard));
        }
        let world = self.clone();
        move || open.into_iter().for_each(|task| world.do_it(task))
    }

    /// A task that is in people's hands now.
    fn in_hand(&self, (task, kind): (TaskOf, Kind)) -> Option<TaskOf> {
        if kind == Kind::Beat {
            *lock(&self.beats).entry(task.clone()).or_default() += 1;
        }
        (kind != Kind::Ended).then_some(task)
    }

    fn do_it(self: &Arc<Self>, task: TaskOf) {
        let Some((token, state)) = lock(&self.tokens).get(&task).cloned() else { return };
        let Some(runtime) = lock(&self.runtime).clone() else { return };
        let beats = lock(&self.beats).get(&task).copied().unwrap_or_default();
        // Time is not skipped while somebody has it in hand.
        let busy: Busy = runtime.busy();
        let world = self.clone();
        tokio::spawn(async move {
            let deed = deed(&state, beats);
            match deed {
                Deed::Nothing => {}
                Deed::Beat => world.turn_of(&task, Kind::Beat).await,
                Deed::Succeed | Deed::Fail => world.turn_of(&task, Kind::Ended).await,
            }
            // An error says that the task is over: its state had no more time for it.
            let _ = match deed {
                Deed::Beat => runtime.send_task_heartbeat(&token).await,
                Deed::Succeed => runtime.send_task_success(&token, json!({"by": "people"}).into()).await,
                Deed::Fail => runtime.send_task_failure(&token, Some("No"), Some("people say no")).await,
                Deed::Nothing => Ok(()),
            };
            drop(busy);
        });
    }

    fn note(&self, call: &TaskCall, context: &TaskContext, resumed: bool) -> Runtime {
        let task = (context.identity.execution_arn.clone(), call.task);
        if let Some(token) = &call.token {
            lock(&self.tokens).insert(task.clone(), (token.clone(), call.state.clone()));
        }
        lock(&self.calls).push(Call { task, state: call.state.to_string(), again: context.again, resumed });
        lock(&self.runtime).clone().expect("it runs")
    }
}

fn job(world: Arc<World>, task: TaskOf, call: &TaskCall, submitted: Document) -> Answer {
    let (outcome, works) = match call.state.split(' ').next() {
        Some("JobNo") => {
            let (error, cause) = (Some("Job.Failed".into()), Some("it did not work".into()));
            (Some(TaskOutcome::Failed { error, cause }), true)
        }
        Some("JobSilent") => (None, false),
        _ => (Some(TaskOutcome::Succeeded(json!({"job": "done"}).into())), true),
    };
    let end = Box::pin(async move {
        // Others get their turn first, so that the submission is on record by itself.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        match outcome {
            Some(outcome) => {
                world.turn_of(&task, Kind::Ended).await;
                (outcome, None)
            }
            None => std::future::pending().await,
        }
    });
    Answer::Job(Job { submitted, end, works })
}

/// The world as it does tasks.
pub(crate) struct Handler(pub(crate) Arc<World>);

#[async_trait]
impl TaskHandler for Handler {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        let task = (context.identity.execution_arn.clone(), call.task);
        let answer = self.answer(call, context).await;
        match &answer {
            Answer::Ended(_) => self.0.turn_of(&task, Kind::Ended).await,
            Answer::Submitted(_) | Answer::Job(_) => self.0.turn_of(&task, Kind::Submitted).await,
            Answer::Queued => {}
        }
        answer
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        self.0.note(&call, &context, true);
        assert_eq!(submitted.value(), &json!({"JobId": 7}), "the answer to the request is what it was");
        job(self.0.clone(), (context.identity.execution_arn.clone(), call.task), &call, submitted)
    }

    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        task.state.starts_with("Refused").then(|| "It is refused.".into())
    }
}

impl Handler {
    async fn answer(&self, call: TaskCall, context: TaskContext) -> Answer {
        let runtime = self.0.note(&call, &context, false);
        let number = |field: &str| call.parameters.value()[field].as_u64().unwrap_or_default();
        let word = call.state.split(' ').next().unwrap_or_default();
        match word {
            "Fail" => Answer::failed("Bad", "it always fails"),
            "Late" => Answer::Ended(TaskOutcome::TimedOut { error: None, cause: Some("too late".into()) }),
            "Flaky" if number("n") < number("good") => Answer::failed("Flaky", "not yet"),
            "Impossible" => Answer::Ended(TaskOutcome::Impossible { cause: "It can't be started.".into() }),
            "Hang" => std::future::pending().await,
            "AskEarly" => {
                let token = call.token.as_deref().expect("it has a token");
                runtime.send_task_success(token, json!("early").into()).await.expect("it is good");
                Answer::Submitted(json!({"MessageId": "m"}).into())
            }
            "Halt" => {
                let execution = runtime.execution(&context.identity.execution_arn).expect("it runs");
                runtime.stop(&execution, Some("Halted"), Some("it was told to"));
                std::future::pending().await
            }
            "Widen" => {
                let header = runtime.journal().header(&context.identity.execution_arn).expect("readable");
                let map_run = header.expect("on record").child_of.clone().expect("it is a child").map_run_arn;
                runtime.update_map_run(&map_run, Some(2), Some(7), None).await.expect("it goes on");
                Answer::succeeded(call.parameters)
            }
            _ if word.starts_with("Ask") => Answer::Submitted(json!({"MessageId": "m"}).into()),
            _ if word.starts_with("Job") => {
                let task = (context.identity.execution_arn.clone(), call.task);
                job(self.0.clone(), task, &call, json!({"JobId": 7}).into())
            }
            _ if word.starts_with("Work") => Answer::Queued,
            _ => Answer::succeeded(call.parameters),
        }
    }
}

#[async_trait]
impl ObjectStore for World {
    async fn get(&self, bucket: &str, key: &str, _version_id: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        let place = format!("{bucket}/{key}");
        lock(&self.objects).get(&place).cloned().ok_or(ObjectError(format!("There is no object {place}.")))
    }

    async fn list(&self, bucket: &str, prefix: Option<&str>) -> Result<Vec<ListedObject>, ObjectError> {
        let objects = lock(&self.objects);
        let begins = format!("{bucket}/{}", prefix.unwrap_or_default());
        let found = objects.iter().filter(|(place, _)| place.starts_with(&begins)).map(|(place, body)| ListedObject {
            key: place[bucket.len() + 1..].into(),
            etag: "\"e\"".into(),
            last_modified_seconds: 1,
            size: body.len() as u64,
            storage_class: "STANDARD".into(),
        });
        Ok(found.collect())
    }

    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, _content_type: &str) -> Result<(), ObjectError> {
        let place = format!("{bucket}/{key}");
        lock(&self.puts).push(place.clone());
        lock(&self.objects).insert(place, body);
        Ok(())
    }
}
