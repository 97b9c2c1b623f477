//! A process ends, and the next goes on from its journal: time, tokens, workers, tasks in flight.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asl::{Options, parse};
use async_trait::async_trait;
use jiff::SignedDuration;
use journal::{Journal, MemoryJournal};
use machine::{Document, Outcome, TaskCall, TaskOutcome};
use runtime::{Answer, Job, Pace, Runtime, Settings, StartExecution, TaskContext, TaskHandler, TokenError};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What the handler was asked, in the order of the calls: the state's name, and whether for the first time.
type Calls = Arc<Mutex<Vec<(String, bool)>>>;

/// Answers by the state's name: `Echo…` with its parameters, `Ask…` with a submission (its token goes to the test), `Job…`
/// with a job that never ends in the first process, `Hang…` never in the first process.
struct Handler {
    first_process: bool,
    calls: Calls,
    told: mpsc::UnboundedSender<Option<Arc<str>>>,
}

impl Handler {
    fn note(&self, call: &TaskCall, again: bool) {
        self.calls.lock().expect("not poisoned").push((call.state.to_string(), again));
        // The test may listen no more.
        let _ = self.told.send(call.token.clone());
    }
}

#[async_trait]
impl TaskHandler for Handler {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        self.note(&call, context.again);
        match call.state.split(' ').next() {
            Some("Ask") => Answer::Submitted(json!({"MessageId": "m"}).into()),
            Some("Work") => Answer::Queued,
            Some("Hang") if self.first_process => std::future::pending().await,
            Some("Job") => {
                let end = Box::pin(std::future::pending());
                Answer::Job(Job { submitted: json!({"Id": 7}).into(), end, works: true })
            }
            _ => Answer::succeeded(call.parameters),
        }
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        self.note(&call, context.again);
        let outcome = TaskOutcome::Succeeded(submitted.clone());
        Answer::Job(Job { submitted, end: Box::pin(async { (outcome, None) }), works: true })
    }
}

struct Process {
    runtime: Runtime,
    calls: Calls,
    told: mpsc::UnboundedReceiver<Option<Arc<str>>>,
}

fn process(journal: &Arc<MemoryJournal>, first_process: bool) -> Process {
    let (told, listener) = mpsc::unbounded_channel();
    let calls = Calls::default();
    let handler = Arc::new(Handler { first_process, calls: calls.clone(), told });
    let settings = Settings { pace: Pace::Real, attended: true };
    let runtime = Runtime::new(settings, journal.clone(), handler, None);
    runtime.activities().open(WORK);
    Process { runtime, calls, told: listener }
}

/// Longer than any worker waits here.
const PATIENCE: Duration = Duration::from_mins(1);

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:m:e";
const WORK: &str = "arn:aws:states:us-east-1:123456789012:activity:work";
const SEND: &str = "arn:aws:states:::sqs:sendMessage";

fn request(definition: &Value) -> StartExecution {
    let text = definition.to_string();
    StartExecution {
        machine: parse(&text, &Options::default()).machine.expect("the definition is sound"),
        definition: text.into(),
        execution_arn: EXECUTION.into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        region: "us-east-1".into(),
        express: false,
        origin: Arc::default(),
        input: Document::new(json!({"n": 1})),
    }
}

fn chain(states: &[(&str, Value)]) -> Value {
    let mut made = HashMap::new();
    for (at, (name, state)) in states.iter().enumerate() {
        let mut state = state.clone();
        match states.get(at + 1) {
            Some((next, _)) => state["Next"] = json!(next),
            None => state["End"] = json!(true),
        }
        made.insert(*name, state);
    }
    json!({"StartAt": states[0].0, "States": made})
}

fn task(resource: &str) -> Value {
    json!({"Type": "Task", "Resource": resource})
}

/// Starts it, waits until the handler was asked so often, and ends the process.
async fn first(journal: &Arc<MemoryJournal>, definition: &Value, asked: usize) -> Vec<Option<Arc<str>>> {
    let mut process = process(journal, true);
    process.runtime.start(request(definition)).await.expect("started");
    let mut tokens = Vec::new();
    for _ in 0..asked {
        tokens.push(process.told.recv().await.expect("the handler is asked"));
    }
    process.runtime.shut_down();
    tokens
}

/// Waits until an event of that type is on record.
async fn recorded(journal: &MemoryJournal, kind: &str) {
    while !journal.history(EXECUTION).expect("readable").iter().any(|event| event["type"] == kind) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_in_flight_is_made_again() {
    let journal = Arc::new(MemoryJournal::new());
    first(&journal, &chain(&[("Echo", task(SEND)), ("Hang", task(SEND))]), 2).await;
    let next = process(&journal, false);
    let resumed = next.runtime.resume().expect("readable");
    assert_eq!((resumed.len(), resumed.stuck.len()), (1, 0));
    let execution = next.runtime.execution(EXECUTION).expect("it is known before it goes on");
    assert!(next.calls.lock().expect("not poisoned").is_empty());
    resumed.go();
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"n": 1}))));
    let calls = next.calls.lock().expect("not poisoned").clone();
    assert_eq!(calls, [("Hang".to_owned(), true)], "what is on record as done is not done again");
    assert!(journal.running().expect("readable").is_empty());
}

#[tokio::test]
async fn a_token_answers_after_a_restart() {
    let journal = Arc::new(MemoryJournal::new());
    let definition = chain(&[("Ask", task("arn:aws:states:::sqs:sendMessage.waitForTaskToken"))]);
    let mut before = process(&journal, true);
    before.runtime.start(request(&definition)).await.expect("started");
    let token = before.told.recv().await.flatten().expect("a token");
    recorded(&journal, "TaskSubmitted").await;
    before.runtime.shut_down();
    let next = process(&journal, false);
    next.runtime.resume().expect("readable").go();
    let execution = next.runtime.execution(EXECUTION).expect("it runs");
    next.runtime.send_task_heartbeat(&token).await.expect("the token is good");
    next.runtime.send_task_success(&token, json!("yes").into()).await.expect("the token is good");
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!("yes"))));
    assert!(next.calls.lock().expect("not poisoned").is_empty(), "nobody is asked twice");
    assert!(next.runtime.send_task_success(&token, json!("again").into()).await.is_err(), "it died with its use");
}

#[tokio::test]
async fn a_job_is_taken_up() {
    let journal = Arc::new(MemoryJournal::new());
    let definition = chain(&[("Job", task("arn:aws:states:::ecs:runTask.sync"))]);
    let mut before = process(&journal, true);
    before.runtime.start(request(&definition)).await.expect("started");
    before.told.recv().await.expect("asked");
    recorded(&journal, "TaskSubmitted").await;
    before.runtime.shut_down();
    let next = process(&journal, false);
    let resumed = next.runtime.resume().expect("readable");
    let execution = next.runtime.execution(EXECUTION).expect("it runs");
    resumed.go();
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"Id": 7}))));
    let types: Vec<_> =
        journal.history(EXECUTION).expect("readable").into_iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types.iter().filter(|kind| **kind == "TaskSubmitted").count(), 1);
}

#[tokio::test]
async fn activities_wait_for_workers_again_unless_one_has_them() {
    for taken in [false, true] {
        let journal = Arc::new(MemoryJournal::new());
        let mut before = process(&journal, true);
        before.runtime.start(request(&chain(&[("Work", task(WORK))]))).await.expect("started");
        let token = before.told.recv().await.flatten().expect("a token");
        if taken {
            before.runtime.activity_task(WORK, Some("w"), PATIENCE).await.expect("a task");
            recorded(&journal, "ActivityStarted").await;
        }
        before.runtime.shut_down();
        let next = process(&journal, false);
        let resumed = next.runtime.resume().expect("readable");
        let execution = next.runtime.execution(EXECUTION).expect("it runs");
        resumed.go();
        if !taken {
            assert_eq!(next.runtime.activity_task(WORK, None, PATIENCE).await.expect("a task").token, token);
        }
        next.runtime.send_task_success(&token, json!(3).into()).await.expect("the token is good");
        assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!(3))));
    }
}

#[tokio::test]
async fn time_that_was_skipped_stays_skipped_and_timers_keep_their_times() {
    let journal = Arc::new(MemoryJournal::new());
    let wait = json!({"Type": "Wait", "Seconds": 86_400});
    let before = process(&journal, true);
    let execution = before
        .runtime
        .start(request(&chain(&[("A", wait.clone()), ("B", wait.clone()), ("C", wait)])))
        .await
        .expect("ok");
    let started = before.runtime.now();
    // Two of the three waits end on the way, each at its own time.
    let then = before.runtime.advance(SignedDuration::from_hours(60)).await;
    assert!(then.duration_since(started) >= SignedDuration::from_hours(60));
    assert!(execution.outcome().is_none());
    before.runtime.shut_down();
    let next = process(&journal, false);
    let resumed = next.runtime.resume().expect("readable");
    assert!(next.runtime.now() >= then, "the clock goes on where it was");
    let execution = next.runtime.execution(EXECUTION).expect("it runs");
    resumed.go();
    next.runtime.advance(SignedDuration::from_hours(13)).await;
    execution.finished().await;
    let entered: Vec<jiff::Timestamp> = journal
        .entries(EXECUTION)
        .expect("readable")
        .into_iter()
        .filter(|entry| entry.events.iter().any(|event| event["type"] == "WaitStateExited"))
        .map(|entry| entry.at)
        .collect();
    for (day, at) in (1..).zip(&entered) {
        let late = at.duration_since(started) - SignedDuration::from_hours(24 * day);
        assert!(late.unsigned_abs() < Duration::from_mins(1), "wait {day} ended {late:?} off its time");
    }
    assert_eq!(entered.len(), 3);
}

#[tokio::test]
async fn what_is_in_flight_is_recorded_before_the_end_and_nothing_new_begins() {
    let journal = Arc::new(MemoryJournal::new());
    let mut before = process(&journal, true);
    let asks = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken");
    before.runtime.start(request(&chain(&[("Ask", asks), ("Echo", task(SEND))]))).await.expect("started");
    let token = before.told.recv().await.flatten().expect("a token");
    recorded(&journal, "TaskSubmitted").await;
    let busy = before.runtime.busy();
    assert!(!before.runtime.drain(Duration::ZERO).await, "something is under way");
    before.runtime.send_task_success(&token, json!({"n": 2}).into()).await.expect("the token is good");
    drop(busy);
    assert!(before.runtime.drain(Duration::from_mins(1)).await);
    before.runtime.shut_down();
    assert_eq!(before.calls.lock().expect("not poisoned").len(), 1, "Echo was not called");
    recorded(&journal, "TaskSucceeded").await;
    let next = process(&journal, false);
    let resumed = next.runtime.resume().expect("readable");
    let execution = next.runtime.execution(EXECUTION).expect("it runs");
    resumed.go();
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"n": 2}))));
}

#[tokio::test]
async fn what_an_execution_is_told_before_it_goes_on_counts_before_anything_is_done() {
    for answered in [true, false] {
        let journal = Arc::new(MemoryJournal::new());
        let definition = chain(&[("Hang", task("arn:aws:states:::sqs:sendMessage.waitForTaskToken"))]);
        let token = first(&journal, &definition, 1).await.remove(0).expect("a token");
        let next = process(&journal, false);
        let resumed = next.runtime.resume().expect("readable");
        let execution = next.runtime.execution(EXECUTION).expect("it is known");
        let runtime = next.runtime.clone();
        let telling = if answered {
            tokio::spawn(async move { runtime.send_task_success(&token, json!(1).into()).await })
        } else {
            runtime.stop(&execution, Some("Enough"), None);
            tokio::spawn(async { Ok(()) })
        };
        tokio::task::yield_now().await;
        assert!(execution.outcome().is_none(), "nothing happens yet");
        resumed.go();
        let outcome = execution.finished().await;
        assert_eq!(matches!(outcome, Outcome::Succeeded(_)), answered, "{outcome:?}");
        assert_eq!(telling.await.expect("no panic"), Ok(()));
        // Whatever was begun has its turn.
        assert!(next.runtime.drain(Duration::from_mins(1)).await);
        assert!(next.calls.lock().expect("not poisoned").is_empty(), "there is nothing left to do");
    }
}

#[tokio::test]
async fn a_token_that_was_used_stays_used() {
    let journal = Arc::new(MemoryJournal::new());
    let asks = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken");
    let definition = chain(&[("Ask", asks.clone()), ("Ask again", asks)]);
    let mut before = process(&journal, true);
    before.runtime.start(request(&definition)).await.expect("started");
    let token = before.told.recv().await.flatten().expect("a token");
    before.runtime.send_task_success(&token, json!(1).into()).await.expect("the token is good");
    before.told.recv().await.expect("the next is asked");
    before.runtime.shut_down();
    let next = process(&journal, false);
    next.runtime.resume().expect("readable").go();
    let late = next.runtime.send_task_success(&token, json!(2).into()).await;
    assert_eq!(late, Err(TokenError::TaskTimedOut));
    let unknown = next.runtime.send_task_success("nobody's", json!(2).into()).await;
    assert_eq!(unknown, Err(TokenError::InvalidToken));
    let execution = next.runtime.execution(EXECUTION).expect("it runs");
    next.runtime.stop(&execution, None, None);
    execution.finished().await;
    let late = next.runtime.send_task_success(&token, json!(2).into()).await;
    assert_eq!(late, Err(TokenError::TaskTimedOut), "also when its execution is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_time_is_skipped_before_all_go_on() {
    let journal = Arc::new(MemoryJournal::new());
    let hang = json!({"Type": "Task", "Resource": SEND, "TimeoutSeconds": 60});
    let mut before = process(&journal, true);
    for name in 0..500 {
        let execution_arn = format!("{EXECUTION}-{name}").into();
        let start = StartExecution { execution_arn, ..request(&chain(&[("Hang", hang.clone())])) };
        before.runtime.start(start).await.expect("started");
        before.told.recv().await.expect("it is called");
    }
    before.runtime.shut_down();
    let (told, _told) = mpsc::unbounded_channel();
    let handler = Arc::new(Handler { first_process: false, calls: Calls::default(), told });
    let settings = Settings { pace: Pace::Skip, attended: false };
    let runtime = Runtime::new(settings, journal.clone(), handler, None);
    let resumed = runtime.resume().expect("readable");
    let executions: Vec<_> =
        (0..500).map(|name| runtime.execution(&format!("{EXECUTION}-{name}")).expect("it runs")).collect();
    resumed.go();
    for execution in executions {
        let outcome = execution.finished().await;
        assert!(matches!(outcome, Outcome::Succeeded(_)), "its call was answered in time: {outcome:?}");
    }
}
