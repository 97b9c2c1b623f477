use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::functions::{FunctionDescription, FunctionReply, FunctionSlot, Functions, FunctionsError, Origin};
use crate::sqs::mapping::{Mapping, MappingSpec};

/// A function that answers what the test has put up, and shows the events it got.
struct Stub {
    answers: Mutex<VecDeque<FunctionReply>>,
    events: mpsc::UnboundedSender<Value>,
}

#[async_trait]
impl Functions for Stub {
    async fn invoke(&self, _function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError> {
        assert!(matches!(origin, Origin::Sqs { .. }));
        self.events.send(serde_json::from_slice(&payload).expect("JSON")).expect("the test listens");
        let next = self.answers.lock().expect("not poisoned").pop_front();
        Ok(next.unwrap_or_else(|| succeeds("null")))
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

fn succeeds(answer: &str) -> FunctionReply {
    FunctionReply { payload: answer.to_owned().into(), ..FunctionReply::default() }
}

fn fails() -> FunctionReply {
    FunctionReply {
        payload: "{\"errorType\":\"E\"}".into(),
        function_error: Some("Unhandled".into()),
        ..FunctionReply::default()
    }
}

struct Mapped {
    events: mpsc::UnboundedReceiver<Value>,
    cancel: CancellationToken,
}

fn spec_of(queue: &Queue) -> MappingSpec {
    MappingSpec {
        queue_arn: queue.arn.clone(),
        function: "approve".into(),
        batch_size: 10,
        window: Duration::ZERO,
        report_batch_item_failures: false,
    }
}

/// Starts a mapping of `queue` to a stub that gives these answers.
fn map(sqs: &Sqs, queue: &Queue, answers: Vec<FunctionReply>, spec: impl FnOnce(&mut MappingSpec)) -> Mapped {
    let (sender, events) = mpsc::unbounded_channel();
    let functions = Arc::new(FunctionSlot::default());
    assert!(functions.attach(Arc::new(Stub { answers: Mutex::new(answers.into()), events: sender })));
    let mut mapping = spec_of(queue);
    spec(&mut mapping);
    let name = queue.arn.rsplit(':').next().expect("a name").to_owned();
    let mapping = Arc::new(Mapping {
        spec: mapping,
        queue: name,
        region: "eu-west-1".into(),
        queues: Arc::clone(&sqs.queues),
        functions,
    });
    let cancel = CancellationToken::new();
    tokio::spawn(mapping.run(cancel.clone(), TaskTracker::new()));
    Mapped { events, cancel }
}

fn bodies(event: &Value) -> Vec<&str> {
    event["Records"].as_array().expect("records").iter().filter_map(|record| record["body"].as_str()).collect()
}

async fn visible(sqs: &Sqs, queue: &Queue) -> (String, String) {
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let got = done(sqs, "GetQueueAttributes", json!({"QueueUrl": queue.url, "AttributeNames": names})).await;
    let count = |name: &str| got["Attributes"][name].as_str().expect("a count").to_owned();
    (count(names[0]), count(names[1]))
}

#[tokio::test(start_paused = true)]
async fn a_mapping_hands_a_message_over_as_it_arrives_and_deletes_it() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let mut mapped = map(&sqs, &queue, vec![], |_| {});
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "approve me"})).await;
    let event = mapped.events.recv().await.expect("an event");
    assert_eq!(before.elapsed(), Duration::ZERO, "no clock had to advance");
    let record = &event["Records"][0];
    assert_eq!(record["body"], "approve me");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:eu-west-1:123456789012:orders");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"], json!({}));
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert!(mapped.events.try_recv().is_err(), "it was deleted");
    assert_eq!(visible(&sqs, &queue).await, ("0".into(), "0".into()));
    mapped.cancel.cancel();
}

#[tokio::test(start_paused = true)]
async fn a_failed_message_comes_again_and_then_goes_to_the_dead_letter_queue() {
    let (sqs, dead) = with_queue("dead", &[]).await;
    let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": "2"}).to_string();
    let queue = furnish(&sqs, "orders", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "30")]).await;
    let mut mapped = map(&sqs, &queue, vec![fails(), fails()], |_| {});
    done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "poison"})).await;
    let before = tokio::time::Instant::now();
    let first = mapped.events.recv().await.expect("the first");
    let second = mapped.events.recv().await.expect("the second");
    assert!(before.elapsed() >= Duration::from_secs(30), "after the visibility timeout");
    assert_eq!(first["Records"][0]["messageId"], second["Records"][0]["messageId"]);
    assert_eq!(second["Records"][0]["attributes"]["ApproximateReceiveCount"], "2");
    let receive = json!({"QueueUrl": dead.url, "WaitTimeSeconds": 20});
    let mut got = done(&sqs, "ReceiveMessage", receive.clone()).await;
    while got == json!({}) {
        got = done(&sqs, "ReceiveMessage", receive.clone()).await;
    }
    assert_eq!(got["Messages"][0]["Body"], "poison");
    assert!(mapped.events.try_recv().is_err(), "not a third time");
}

#[tokio::test(start_paused = true)]
async fn only_the_reported_messages_come_again() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let entries: Vec<Value> = (1..=3).map(|n| json!({"Id": n.to_string(), "MessageBody": n.to_string()})).collect();
    let sent = done(&sqs, "SendMessageBatch", json!({"QueueUrl": queue.url, "Entries": entries})).await;
    let second = sent["Successful"][1]["MessageId"].as_str().expect("an id");
    let answer = json!({"batchItemFailures": [{"itemIdentifier": second}]}).to_string();
    let mut mapped = map(&sqs, &queue, vec![succeeds(&answer)], |spec| spec.report_batch_item_failures = true);
    assert_eq!(bodies(&mapped.events.recv().await.expect("the batch")), ["1", "2", "3"]);
    assert_eq!(bodies(&mapped.events.recv().await.expect("the rest")), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_window_gathers_messages_until_it_closes_or_the_batch_is_full() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let mut mapped = map(&sqs, &queue, vec![], |spec| {
        spec.batch_size = 12;
        spec.window = Duration::from_secs(5);
    });
    let send = async |body: &str| done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": body})).await;
    send("a").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    send("b").await;
    let before = tokio::time::Instant::now();
    assert_eq!(bodies(&mapped.events.recv().await.expect("an event")), ["a", "b"]);
    assert!((2..=5).contains(&before.elapsed().as_secs()), "{:?}", before.elapsed());
    for n in 0..12 {
        send(&n.to_string()).await;
    }
    let before = tokio::time::Instant::now();
    assert_eq!(bodies(&mapped.events.recv().await.expect("a full batch")).len(), 12);
    assert!(before.elapsed() < Duration::from_secs(5), "it didn't wait for the window");
}

#[tokio::test(start_paused = true)]
async fn a_mapping_waits_for_the_function_host() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "early"})).await;
    let functions = Arc::new(FunctionSlot::default());
    let mapping = Mapping {
        spec: spec_of(&queue),
        queue: "orders".into(),
        region: "eu-west-1".into(),
        queues: Arc::clone(&sqs.queues),
        functions: Arc::clone(&functions),
    };
    tokio::spawn(Arc::new(mapping).run(CancellationToken::new(), TaskTracker::new()));
    tokio::time::sleep(Duration::from_mins(5)).await;
    let (sender, mut events) = mpsc::unbounded_channel();
    assert!(functions.attach(Arc::new(Stub { answers: Mutex::default(), events: sender })));
    let event = events.recv().await.expect("an event");
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "1", "it was not received in vain");
}

#[test]
fn impossible_mappings_are_named() {
    let spec = |batch_size, seconds| MappingSpec {
        queue_arn: String::new(),
        function: String::new(),
        batch_size,
        window: Duration::from_secs(seconds),
        report_batch_item_failures: false,
    };
    assert_eq!(spec(10, 0).problem(false), None);
    assert_eq!(spec(10_000, 1).problem(false), None);
    assert!(spec(11, 0).problem(false).is_some_and(|p| p.contains("between 1 and 10 when")));
    assert!(spec(0, 0).problem(false).is_some());
    assert!(spec(10, 301).problem(false).is_some());
    assert!(spec(10, 1).problem(true).is_some_and(|p| p.contains("FIFO")));
}
