//! Executions are driven: tasks are called, timers fire, tokens answer, and nothing is done before it is written down.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use asl::{Options, parse};
use async_trait::async_trait;
use jiff::SignedDuration;
use journal::{Done, Entry, Header, HistoryPage, Journal, JournalError, MemoryJournal, Query, Record, Summary};
use machine::{Document, HistoryEvent, Outcome, TaskCall, TaskOutcome};
use runtime::{
    Answer, ExecutionHandle, Job, Observer, Pace, Runtime, RuntimeError, Settings, StartExecution, TaskContext,
    TaskHandler, TokenError,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Answers calls by the state's name: `Echo…` with its parameters, `Ask…` with a submission whose token is sent to the
/// test, `Hang…` never, `Job…` with a job that ends with the task's parameters, `Endless…` with one that doesn't end.
struct Handler {
    tokens: mpsc::UnboundedSender<Arc<str>>,
    given_up: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
}

struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl TaskHandler for Handler {
    async fn handle(&self, call: TaskCall, _context: TaskContext) -> Answer {
        match call.state.split(' ').next() {
            Some("Ask") => {
                self.tokens.send(call.token.expect("a token")).expect("the test listens");
                Answer::Submitted(json!({"MessageId": "m"}).into())
            }
            Some("Hang") => {
                self.begun.fetch_add(1, Ordering::SeqCst);
                let _guard = Guard(self.given_up.clone());
                std::future::pending().await
            }
            Some("Job") => {
                let output = TaskOutcome::Succeeded(call.parameters);
                let submitted = json!({"TaskArn": "t"}).into();
                Answer::Job(Job { submitted, end: Box::pin(async { (output, None) }), works: true })
            }
            Some("Endless") => {
                self.begun.fetch_add(1, Ordering::SeqCst);
                let guard = Guard(self.given_up.clone());
                let end = Box::pin(async move {
                    let _guard = guard;
                    std::future::pending().await
                });
                Answer::Job(Job { submitted: json!({}).into(), end, works: false })
            }
            _ => Answer::succeeded(call.parameters),
        }
    }
}

struct World {
    runtime: Runtime,
    tokens: mpsc::UnboundedReceiver<Arc<str>>,
    given_up: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
}

fn world_with(settings: Settings, journal: Arc<dyn Journal>, observer: Option<Arc<dyn Observer>>) -> World {
    let (tokens, received) = mpsc::unbounded_channel();
    let (given_up, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let handler = Arc::new(Handler { tokens, given_up: given_up.clone(), begun: begun.clone() });
    World { runtime: Runtime::new(settings, journal, handler, observer), tokens: received, given_up, begun }
}

fn world(settings: Settings) -> World {
    world_with(settings, Arc::new(MemoryJournal::new()), None)
}

fn request(name: &str, definition: &Value) -> StartExecution {
    let text = definition.to_string();
    StartExecution {
        machine: parse(&text, &Options::default()).machine.expect("the definition is sound"),
        definition: text.into(),
        execution_arn: format!("arn:aws:states:us-east-1:123456789012:execution:m:{name}").into(),
        execution_name: name.into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        region: "us-east-1".into(),
        express: false,
        origin: Arc::default(),
        input: Document::new(json!({"n": 1})),
    }
}

async fn start(runtime: &Runtime, name: &str, definition: &Value) -> Result<Arc<ExecutionHandle>, RuntimeError> {
    runtime.start(request(name, definition)).await
}

fn task(name: &str, fields: &Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"StartAt": name, "States": {name: state}})
}

const CALLBACK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";

#[tokio::test]
async fn a_task_is_called_and_its_answer_is_the_output() {
    let world = world(Settings::default());
    let execution = start(&world.runtime, "a", &task("Echo", &json!({}))).await.expect("started");
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"n": 1}))));
    let history = world.runtime.journal().history(&execution.identity.execution_arn).expect("readable");
    assert_eq!(history.last().expect("events")["type"], "ExecutionSucceeded");
    assert!(world.runtime.execution(&execution.identity.execution_arn).is_none(), "it is no longer running");
}

#[tokio::test]
async fn a_long_wait_takes_no_time_when_time_is_skipped() {
    let world = world(Settings { pace: Pace::Skip, attended: false });
    let definition = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "Next": "Echo"},
        "Echo": task("Echo", &json!({}))["States"]["Echo"]}});
    let began = Instant::now();
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    assert!(matches!(execution.finished().await, Outcome::Succeeded(_)));
    assert!(began.elapsed() < Duration::from_secs(20));
    let history = world.runtime.journal().history(&execution.identity.execution_arn).expect("readable");
    let time = |index: usize| history[index]["timestamp"].as_f64().expect("a time");
    assert!(time(2) - time(1) >= 86_400.0, "the history says that a day went by");
}

#[tokio::test]
async fn a_token_answers_once() {
    let mut world = world(Settings::default());
    let definition = task("Ask", &json!({"Resource": CALLBACK}));
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    let token = world.tokens.recv().await.expect("a token");
    assert_eq!(world.runtime.send_task_heartbeat(&token).await, Ok(()));
    assert_eq!(
        world.runtime.send_task_success("not-a-token", Document::new(json!(1))).await,
        Err(TokenError::InvalidToken)
    );
    assert_eq!(world.runtime.send_task_success(&token, Document::new(json!("yes"))).await, Ok(()));
    assert_eq!(world.runtime.send_task_failure(&token, None, None).await, Err(TokenError::TaskTimedOut));
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!("yes"))));
}

#[tokio::test]
async fn time_is_not_skipped_while_somebody_is_asked() {
    let mut world = world(Settings { pace: Pace::Skip, attended: true });
    let definition = task("Ask", &json!({"Resource": CALLBACK, "HeartbeatSeconds": 3600}));
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    let token = world.tokens.recv().await.expect("a token");
    // The runtime is given every chance to skip: other tasks run until they have nothing to do.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.runtime.send_task_success(&token, Document::new(json!("yes"))).await, Ok(()));
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!("yes"))));
}

#[tokio::test]
async fn an_unanswered_token_expires_when_nobody_is_asked() {
    let mut world = world(Settings { pace: Pace::Skip, attended: false });
    let definition = task("Ask", &json!({"Resource": CALLBACK, "HeartbeatSeconds": 3600}));
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    let Outcome::Failed(failure) = execution.finished().await else { panic!("it fails") };
    assert_eq!(failure.error.as_deref(), Some("States.Timeout"));
    let token = world.tokens.recv().await.expect("a token");
    assert_eq!(world.runtime.send_task_success(&token, Document::new(json!(1))).await, Err(TokenError::TaskTimedOut));
}

#[tokio::test]
async fn a_stopped_execution_gives_its_tasks_up() {
    let world = world(Settings::default());
    let execution = start(&world.runtime, "a", &task("Hang", &json!({}))).await.expect("started");
    // The handler has begun, and never ends by itself.
    while world.begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    world.runtime.stop(&execution, Some("Stopped"), Some("by hand"));
    let Outcome::Aborted(failure) = execution.finished().await else { panic!("it is aborted") };
    assert_eq!(failure.cause.as_deref(), Some("by hand"));
    while world.given_up.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.given_up.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_job_is_submitted_before_it_ends() {
    let world = world(Settings::default());
    let definition = task("Job", &json!({"Resource": "arn:aws:states:::ecs:runTask.sync"}));
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"n": 1}))));
    let history = world.runtime.journal().history(&execution.identity.execution_arn).expect("readable");
    let types: Vec<_> = history.iter().map(|event| event["type"].as_str().expect("a type")).collect();
    let submitted = types.iter().position(|kind| *kind == "TaskSubmitted").expect("it is submitted");
    assert_eq!(types[submitted - 1..=submitted + 1], ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
}

#[tokio::test]
async fn a_job_whose_time_is_up_is_given_up() {
    let world = world(Settings { pace: Pace::Skip, attended: false });
    let fields = json!({"Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 3600});
    // Nothing works on the job, so its time is skipped.
    let execution = start(&world.runtime, "a", &task("Endless", &fields)).await.expect("started");
    let Outcome::Failed(failure) = execution.finished().await else { panic!("it fails") };
    assert_eq!(failure.error.as_deref(), Some("States.Timeout"));
    while world.given_up.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((world.begun.load(Ordering::SeqCst), world.given_up.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_name_is_taken_while_its_execution_runs() {
    let world = world(Settings::default());
    let definition = task("Hang", &json!({}));
    let _first = start(&world.runtime, "a", &definition).await.expect("started");
    let second = start(&world.runtime, "a", &definition).await;
    assert!(matches!(second, Err(RuntimeError::ExecutionExists(_))), "{second:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_executions_finish() {
    let world = world(Settings::default());
    let definition = task("Echo", &json!({}));
    let mut running = Vec::new();
    for number in 0..1000 {
        running.push(start(&world.runtime, &number.to_string(), &definition).await.expect("started"));
    }
    for execution in running {
        assert!(matches!(execution.finished().await, Outcome::Succeeded(_)));
    }
}

/// Holds every batch back until it is let go, and counts the calls that were made before.
#[derive(Default)]
struct SlowJournal {
    inner: MemoryJournal,
    held: Mutex<Vec<(Vec<Record>, Done)>>,
}

impl SlowJournal {
    fn let_go(&self) -> usize {
        let held = std::mem::take(&mut *self.held.lock().expect("not poisoned"));
        let count = held.len();
        for (batch, done) in held {
            self.inner.append(batch, done);
        }
        count
    }
}

impl Journal for SlowJournal {
    fn append(&self, batch: Vec<Record>, done: Done) {
        self.held.lock().expect("not poisoned").push((batch, done));
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        self.inner.header(execution_arn)
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        self.inner.entries(execution_arn)
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        self.inner.history(execution_arn)
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        self.inner.history_page(execution_arn, page)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        self.inner.list(query)
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        self.inner.summary(execution_arn)
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.inner.summaries()
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.inner.children(map_run_arn)
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        self.inner.running()
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        self.inner.clock()
    }
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl Observer for Seen {
    fn recorded(&self, _execution: &ExecutionHandle, _redrive_count: u64, events: &[HistoryEvent]) {
        self.0.lock().expect("not poisoned").extend(events.iter().map(|event| event.kind.type_name().to_owned()));
    }
}

#[tokio::test]
async fn a_name_is_used_once_also_when_its_execution_is_over() {
    let world = world(Settings::default());
    let definition = task("Echo", &json!({}));
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    execution.finished().await;
    let again = StartExecution { input: Document::new(json!(2)), ..request("a", &definition) };
    let refused = world.runtime.start_named(again).await.expect_err("it exists");
    assert!(matches!(&refused, RuntimeError::ExecutionExists(_)), "{refused}");
    assert!(world.runtime.execution(&execution.identity.execution_arn).is_none(), "the one refused leaves nothing");
    world.runtime.start_named(request("b", &definition)).await.expect("another name").finished().await;
}

#[tokio::test]
async fn an_execution_that_is_not_recorded_leaves_nothing() {
    let world = world(Settings::default());
    let definition = task("Echo", &json!({}));
    let execution = world.runtime.start_unrecorded(request("a", &definition)).await.expect("started");
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"n": 1}))));
    assert!(world.runtime.journal().summaries().expect("readable").is_empty());
    assert!(world.runtime.execution(&execution.identity.execution_arn).is_none(), "it is no longer running");
}

#[tokio::test]
async fn nothing_is_done_before_it_is_written_down() {
    let journal = Arc::new(SlowJournal::default());
    let seen = Arc::new(Seen::default());
    let mut world = world_with(Settings::default(), journal.clone(), Some(seen.clone()));
    let definition = task("Ask", &json!({"Resource": CALLBACK}));
    let runtime = world.runtime.clone();
    let starting = tokio::spawn(async move { start(&runtime, "a", &definition).await });
    let settle = async || {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    };
    settle().await;
    assert!(!starting.is_finished(), "the execution is not there before its header is");
    assert!(world.tokens.try_recv().is_err(), "the task is not called before its step is written");
    assert!(seen.0.lock().expect("not poisoned").is_empty(), "nobody is told before it is written");
    assert_eq!(journal.let_go(), 1, "header and first step are one batch");
    let execution = starting.await.expect("no panic").expect("started");
    let token = world.tokens.recv().await.expect("now it is called");
    assert_eq!(seen.0.lock().expect("not poisoned").last().expect("events"), "TaskStarted");
    let runtime = world.runtime.clone();
    let answering = tokio::spawn(async move { runtime.send_task_success(&token, Document::new(json!(1))).await });
    settle().await;
    assert!(execution.outcome().is_none(), "the end is not announced before it is written");
    assert!(!answering.is_finished(), "an answer does not count before it is written");
    // The submission first, then the answer that waited behind it.
    while execution.outcome().is_none() {
        journal.let_go();
        tokio::task::yield_now().await;
    }
    assert!(matches!(execution.outcome(), Some(Outcome::Succeeded(_))));
    assert_eq!(answering.await.expect("no panic"), Ok(()));
}

/// Nothing of it is written down, so nothing makes it wait; all others must have their turn.
#[tokio::test]
async fn an_endless_execution_that_is_not_recorded_leaves_room_for_others() {
    let world = world(Settings::default());
    let endless = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": false, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}});
    let mut request = request("endless", &endless);
    request.express = true;
    let endless = world.runtime.start_unrecorded(request).await.expect("started");
    let other = start(&world.runtime, "other", &task("Echo", &json!({}))).await.expect("started");
    assert!(matches!(other.finished().await, Outcome::Succeeded(_)));
    world.runtime.stop(&endless, None, None);
    assert!(matches!(endless.finished().await, Outcome::Aborted(_)));
}

#[tokio::test]
async fn who_asks_for_an_end_at_once_is_told_what_the_journal_says() {
    let world = world(Settings::default());
    let running = start(&world.runtime, "r", &task("Hang", &json!({}))).await.expect("started");
    let summary = world.runtime.journal().summary(&running.identity.execution_arn).expect("readable").expect("there");
    assert_eq!(running.running(), Some(Summary { number: 0, ..summary }));
    world.runtime.stop(&running, None, None);
    running.finished().await;
    assert_eq!(running.running(), None);
    let definition = json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}});
    let execution = start(&world.runtime, "a", &definition).await.expect("started");
    let arn = &execution.identity.execution_arn;
    let ended = world.runtime.ended(arn).expect("it is remembered");
    let summary = world.runtime.journal().summary(arn).expect("readable").expect("there");
    assert_eq!(ended.summary(), Summary { number: 0, ..summary });
    assert_eq!(ended.header, world.runtime.journal().header(arn).expect("readable").expect("there"));
    assert_eq!(ended.last_event, world.runtime.journal().history(arn).expect("readable").len() as u64);
    assert_eq!(Some(&ended.outcome), execution.outcome().as_ref());
    world.runtime.redrive(arn).await.expect("it failed");
    assert!(world.runtime.ended(arn).is_none(), "the journal knows of the redrive");
}
