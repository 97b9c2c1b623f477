use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::*;
use crate::functions::{FunctionDescription, Functions};
use crate::sqs::{Engine, Queue, Sqs};

type Outcome = Result<FunctionReply, FunctionsError>;

/// A function that does what the test has put up, and then succeeds; it shows what it was called with.
struct Stub {
    outcomes: Mutex<VecDeque<Outcome>>,
    calls: mpsc::UnboundedSender<(String, Bytes, Origin, Instant)>,
    settings: AsyncSettings,
}

#[async_trait]
impl Functions for Stub {
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Outcome {
        self.calls.send((function.to_owned(), payload, origin, Instant::now())).expect("the test listens");
        self.outcomes.lock().expect("whole").pop_front().unwrap_or_else(|| Ok(FunctionReply::default()))
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        if function == "absent" {
            return Err(FunctionsError::NotFound(function.to_owned()));
        }
        Ok(FunctionDescription {
            arn: "arn:aws:lambda:us-east-1:123456789012:function:report:live".into(),
            version: "7".into(),
            asynchronous: self.settings.clone(),
            ..FunctionDescription::default()
        })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

struct World {
    invocations: Arc<Invocations>,
    functions: Arc<FunctionSlot>,
    sqs: Sqs,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

fn place() -> Place {
    Place { region: "us-east-1".into(), account: "123456789012".into() }
}

fn world(folder: Option<&TempDir>) -> World {
    let engine = Engine::open(None, &place(), "http://127.0.0.1:4566").expect("in memory");
    let queues: Arc<dyn Queues> = Arc::new(engine);
    let functions = Arc::new(FunctionSlot::default());
    let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
    let file = folder.map(|folder| folder.path().join("lambda.sqlite"));
    let around = Surroundings {
        place: place(),
        functions: Arc::clone(&functions),
        queues: Arc::clone(&queues),
        tracker: tracker.clone(),
        cancel: cancel.clone(),
    };
    let invocations = Invocations::new(Kept::open(file.as_deref()).expect("opened"), around);
    World { invocations, functions, sqs: Sqs { queues, place: place() }, tracker, cancel }
}

type Calls = mpsc::UnboundedReceiver<(String, Bytes, Origin, Instant)>;

impl World {
    fn attach(&self, outcomes: impl IntoIterator<Item = Outcome>, settings: AsyncSettings) -> Calls {
        let (sender, calls) = mpsc::unbounded_channel();
        let stub = Stub { outcomes: Mutex::new(outcomes.into_iter().collect()), calls: sender, settings };
        assert!(self.functions.attach(Arc::new(stub)));
        calls
    }

    async fn accept(&self, payload: &'static str) -> String {
        let trigger = Trigger::Topic("arn:aws:sns:us-east-1:123456789012:t".into());
        self.invocations.accept("report:live", payload.into(), trigger).await.expect("accepted")
    }

    async fn queue(&self) -> Queue {
        self.sqs.furnish("dead", &BTreeMap::new(), &BTreeMap::new()).await.expect("a queue")
    }

    async fn received(&self, queue: &Queue) -> Option<Value> {
        let request = json!({"QueueUrl": queue.url, "MessageAttributeNames": ["All"]});
        let got = self.sqs.call("ReceiveMessage", request).await.expect("a reply").output;
        got["Messages"].get(0).cloned()
    }

    async fn kept(&self) -> i64 {
        let count = |d: &Connection| Ok(d.query_row("SELECT count(*) FROM invocation", [], |row| row.get(0))?);
        self.invocations.database.with(count).await.expect("a count")
    }

    /// Waits until nothing is under way any more.
    async fn settled(&self) {
        self.tracker.close();
        self.tracker.wait().await;
        self.tracker.reopen();
    }
}

fn failure() -> FunctionReply {
    let payload = Bytes::from_static(b"{\"errorType\": \"E\", \"errorMessage\": \"no\"}");
    FunctionReply { payload, function_error: Some("Unhandled".into()), ..FunctionReply::default() }
}

fn throttled() -> FunctionsError {
    FunctionsError::Throttled { function: "report".into(), reason: "ConcurrentInvocationLimitExceeded".into() }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_followed_by_two_more_attempts_and_the_dead_letter_queue() {
    let world = world(None);
    let dead = world.queue().await;
    let settings = AsyncSettings { dead_letter_arn: Some(dead.arn.clone()), ..AsyncSettings::default() };
    let mut calls = world.attach([Ok(failure()), Ok(failure()), Ok(failure())], settings);
    let began = Instant::now();
    let id = world.accept("{\"n\": 1}").await;
    for seconds in [0, 60, 180] {
        let (function, payload, origin, at) = calls.recv().await.expect("an attempt");
        assert_eq!((function.as_str(), &payload[..]), ("report:live", b"{\"n\": 1}".as_slice()));
        assert_eq!(origin, Origin::Sns { topic_arn: "arn:aws:sns:us-east-1:123456789012:t".into() });
        assert_eq!((at - began).as_secs(), seconds);
    }
    world.settled().await;
    let message = world.received(&dead).await.expect("a dead letter");
    assert_eq!(message["Body"], "{\"n\": 1}");
    let attribute = |name: &str| message["MessageAttributes"][name]["StringValue"].as_str().map(str::to_owned);
    assert_eq!(attribute("RequestID"), Some(id));
    assert_eq!((attribute("ErrorCode").as_deref(), attribute("ErrorMessage").as_deref()), (Some("200"), Some("no")));
    assert_eq!(world.kept().await, 0);
    assert!(calls.try_recv().is_err(), "no fourth attempt");
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
#[tokio::test(start_paused = true)]
async fn destinations_are_told_how_an_invocation_has_ended() {
    let world = world(None);
    let told = world.queue().await;
    let settings = AsyncSettings {
        maximum_retry_attempts: 1,
        on_failure: Some(told.arn.clone()),
        on_success: Some("arn:aws:lambda:us-east-1:123456789012:function:next:live".into()),
        ..AsyncSettings::default()
    };
    let good = FunctionReply { payload: Bytes::from_static(b"{\"total\": 3}"), ..FunctionReply::default() };
    let mut calls = world.attach([Ok(failure()), Ok(failure()), Ok(good)], settings);
    let failed = world.accept("{\"n\": 1}").await;
    world.settled().await;
    let message = world.received(&told).await.expect("a record");
    let mut record: Value = serde_json::from_str(message["Body"].as_str().expect("text")).expect("JSON");
    let at = record["timestamp"].take();
    assert!(at.as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z')), "{at}");
    assert_eq!(
        record,
        json!({
            "version": "1.0", "timestamp": null,
            "requestContext": {
                "requestId": failed, "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:report:live",
                "condition": "RetriesExhausted", "approximateInvokeCount": 2
            },
            "requestPayload": {"n": 1},
            "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
            "responsePayload": {"errorType": "E", "errorMessage": "no"}
        })
    );

    let succeeded = world.accept("[2]").await;
    let called = loop {
        let (function, payload, origin, _) = calls.recv().await.expect("a call");
        if function.ends_with(":function:next:live") {
            break (payload, origin);
        }
    };
    world.cancel.cancel();
    let record: Value = serde_json::from_slice(&called.0).expect("JSON");
    assert_eq!(called.1, Origin::Api { client_context: None, trace_id: None, log_tail: false });
    assert_eq!(record["requestContext"]["requestId"], succeeded);
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!((&record["requestPayload"], &record["responsePayload"]), (&json!([2]), &json!({"total": 3})));
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "7"}));
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_tried_again_at_growing_distances_until_the_event_is_too_old() {
    let world = world(None);
    let settings = AsyncSettings { maximum_event_age: Duration::from_mins(10), ..AsyncSettings::default() };
    let mut calls = world.attach(std::iter::repeat_with(|| Err(throttled())).take(100), settings);
    let began = Instant::now();
    world.accept("{}").await;
    world.settled().await;
    calls.close();
    let mut at = Vec::new();
    while let Some((.., when)) = calls.recv().await {
        at.push((when - began).as_secs());
    }
    assert_eq!(at, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]);
    assert_eq!(world.kept().await, 0);
}

#[tokio::test]
async fn what_was_accepted_is_run_by_the_next_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = world(Some(&folder));
    let calls = first.attach([Ok(failure())], AsyncSettings::default());
    first.accept("{\"n\": 1}").await;
    first.accept("{\"n\": 2}").await;
    while calls.len() < 2 {
        first.kept().await;
    }
    // One succeeded; the other waits a minute for its second attempt when the process ends.
    while first.kept().await > 1 {}
    first.cancel.cancel();
    first.settled().await;
    first.invocations.close().await;

    let second = world(Some(&folder));
    assert_eq!(second.kept().await, 1);
    second.invocations.resume().await.expect("resumed");
    let mut calls = second.attach([], AsyncSettings::default());
    // Not before: the clock would pass the minute while the disk is waited for.
    tokio::time::pause();
    assert_eq!(calls.recv().await.expect("the second attempt").0, "report:live");
    second.settled().await;
    assert_eq!(second.kept().await, 0);
}

#[tokio::test]
async fn a_function_that_is_not_there_accepts_nothing() {
    let world = world(None);
    let _calls = world.attach([], AsyncSettings::default());
    let trigger = Trigger::Api { client_context: None, trace_id: None };
    let refused = world.invocations.accept("absent", Bytes::from_static(b"{}"), trigger).await;
    assert_eq!(refused, Err(FunctionsError::NotFound("absent".into())));
    assert_eq!(world.kept().await, 0);
}

#[test]
fn a_trigger_is_read_back_as_it_was_kept() {
    for trigger in [
        Trigger::Topic("t".into()),
        Trigger::Rule("r".into()),
        Trigger::Api { client_context: Some("c".into()), trace_id: Some("Root=1".into()) },
        Trigger::Api { client_context: None, trace_id: None },
    ] {
        let (kind, detail) = trigger.kind();
        let read = Trigger::read(kind, detail.map(str::to_owned), trigger.trace_id().map(str::to_owned));
        assert_eq!(read, trigger);
    }
}
