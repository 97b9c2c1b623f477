//! What is there after a crash. A crash is a copy of the files taken between two calls while the engine runs: it is what a
//! process that is killed at that moment leaves behind. `tests/durable.rs` kills real ones, in the middle of calls.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

fn open(folder: &Path) -> Sqs {
    let engine = Engine::open(Some(&folder.join("sqs.sqlite")), &place(), "http://127.0.0.1:4566").expect("queues");
    Sqs { queues: Arc::new(engine), place: place() }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// What a process that is killed now leaves behind.
fn crash(folder: &Path) -> TempDir {
    let left = self::folder();
    for name in ["sqs.sqlite-wal", "sqs.sqlite"] {
        if folder.join(name).exists() {
            std::fs::copy(folder.join(name), left.path().join(name)).expect("copied");
        }
    }
    left
}

async fn counts(sqs: &Sqs, queue: &Queue) -> Value {
    let names =
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"];
    let got = done(sqs, "GetQueueAttributes", json!({"QueueUrl": queue.url, "AttributeNames": names})).await;
    names.iter().map(|name| got["Attributes"][name].clone()).collect()
}

/// An operation, its request given the receipts so far, and the messages that it leaves.
type Step<'a> = (&'static str, Box<dyn Fn(&[Value]) -> Value + 'a>, Value, &'static str);

#[tokio::test]
async fn after_every_call_a_crash_leaves_what_was_answered() {
    let here = folder();
    let sqs = open(here.path());
    let dead = furnish(&sqs, "dead", &[]).await;
    let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2}).to_string();
    let queue = furnish(&sqs, "orders", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "600")]).await;
    let url = &queue.url;
    let mut receipts: Vec<Value> = Vec::new();
    let receive = |timeout: u32| json!({"QueueUrl": url, "VisibilityTimeout": timeout, "AttributeNames": ["All"]});
    // Each step and what it leaves: visible, delayed, in flight, and visible in the dead-letter queue.
    let steps: [Step<'_>; 9] = [
        ("SendMessage", Box::new(|_| json!({"QueueUrl": url, "MessageBody": "a"})), json!(["1", "0", "0"]), "0"),
        (
            "SendMessage",
            Box::new(|_| json!({"QueueUrl": url, "MessageBody": "b", "DelaySeconds": 900})),
            json!(["1", "1", "0"]),
            "0",
        ),
        ("ReceiveMessage", Box::new(|_| receive(500)), json!(["0", "1", "1"]), "0"),
        (
            "ChangeMessageVisibility",
            Box::new(|of| json!({"QueueUrl": url, "ReceiptHandle": of[0], "VisibilityTimeout": 0})),
            json!(["1", "1", "0"]),
            "0",
        ),
        ("ReceiveMessage", Box::new(|_| receive(0)), json!(["1", "1", "0"]), "0"),
        ("ReceiveMessage", Box::new(|_| receive(500)), json!(["0", "1", "0"]), "1"),
        (
            "SendMessageBatch",
            Box::new(
                |_| json!({"QueueUrl": url, "Entries": [{"Id": "1", "MessageBody": "c"}, {"Id": "2", "MessageBody": "d"}]}),
            ),
            json!(["2", "1", "0"]),
            "1",
        ),
        ("ReceiveMessage", Box::new(|_| receive(500)), json!(["1", "1", "1"]), "1"),
        ("DeleteMessage", Box::new(|of| json!({"QueueUrl": url, "ReceiptHandle": of[2]})), json!(["1", "1", "0"]), "1"),
    ];
    for (number, (operation, request, left, dead_letters)) in steps.iter().enumerate() {
        let output = done(&sqs, operation, request(&receipts)).await;
        if let Some(receipt) = output["Messages"][0].get("ReceiptHandle") {
            receipts.push(receipt.clone());
        }
        let crashed = crash(here.path());
        let after = open(crashed.path());
        assert_eq!(counts(&after, &queue).await, *left, "step {number}, {operation}");
        assert_eq!(counts(&after, &dead).await[0], *dead_letters, "step {number}, {operation}");
    }
}

#[tokio::test]
async fn a_receipt_a_count_and_a_deadline_outlive_a_crash() {
    let here = folder();
    let sqs = open(here.path());
    let queue = furnish(&sqs, "orders", &[]).await;
    let attributes =
        json!({"n": {"DataType": "Number", "StringValue": "7"}, "raw": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let send = json!({"QueueUrl": queue.url, "MessageBody": "once", "MessageAttributes": attributes});
    let sent = done(&sqs, "SendMessage", send).await;
    let receive = json!({"QueueUrl": queue.url, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]});
    let first = done(&sqs, "ReceiveMessage", receive.clone()).await["Messages"][0].clone();

    let left = crash(here.path());
    let sqs = open(left.path());
    assert_eq!(furnish(&sqs, "orders", &[]).await, queue, "furnished again");
    assert_eq!(done(&sqs, "ReceiveMessage", receive.clone()).await, json!({}), "it is in flight");
    let back = json!({"QueueUrl": queue.url, "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0});
    done(&sqs, "ChangeMessageVisibility", back).await;
    let second = done(&sqs, "ReceiveMessage", receive.clone()).await["Messages"][0].clone();
    assert_eq!(second["MessageId"], sent["MessageId"]);
    assert_eq!(second["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(second["MessageAttributes"], attributes);
    assert_eq!(second["Attributes"]["ApproximateReceiveCount"], "2");
    for member in ["SentTimestamp", "ApproximateFirstReceiveTimestamp"] {
        assert_eq!(second["Attributes"][member], first["Attributes"][member]);
    }
    let left = crash(left.path());
    let sqs = open(left.path());
    done(&sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": second["ReceiptHandle"]})).await;
    assert_eq!(counts(&sqs, &queue).await, json!(["0", "0", "0"]));
}

#[tokio::test]
async fn a_visibility_timeout_ends_at_its_time_across_a_crash() {
    let here = folder();
    let sqs = open(here.path());
    let queue = furnish(&sqs, "orders", &[]).await;
    done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "m"})).await;
    done(&sqs, "ReceiveMessage", json!({"QueueUrl": queue.url, "VisibilityTimeout": 1})).await;
    let began = std::time::Instant::now();
    let left = crash(here.path());
    let sqs = open(left.path());
    let got = done(&sqs, "ReceiveMessage", json!({"QueueUrl": queue.url, "WaitTimeSeconds": 20})).await;
    assert_eq!(got["Messages"][0]["Body"], "m");
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(900) && waited < Duration::from_secs(15), "{waited:?}");
}

#[tokio::test]
async fn a_fifo_queue_remembers_order_locks_and_duplicates() {
    let here = folder();
    let sqs = open(here.path());
    let queue = furnish(&sqs, "o.fifo", &[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")]).await;
    let send = |body: &str| json!({"QueueUrl": queue.url, "MessageBody": body, "MessageGroupId": "g"});
    let first = done(&sqs, "SendMessage", send("1")).await;
    let second = done(&sqs, "SendMessage", send("2")).await;
    let receive = json!({"QueueUrl": queue.url});
    let got = done(&sqs, "ReceiveMessage", receive.clone()).await;
    let left = crash(here.path());
    let sqs = open(left.path());
    let again = done(&sqs, "SendMessage", send("1")).await;
    assert_eq!((&again["MessageId"], &again["SequenceNumber"]), (&first["MessageId"], &first["SequenceNumber"]));
    assert_eq!(done(&sqs, "ReceiveMessage", receive.clone()).await, json!({}), "the group is locked");
    let receipt = &got["Messages"][0]["ReceiptHandle"];
    done(&sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": receipt})).await;
    assert_eq!(done(&sqs, "ReceiveMessage", receive).await["Messages"][0]["MessageId"], second["MessageId"]);
    let third = done(&sqs, "SendMessage", send("3")).await;
    assert!(third["SequenceNumber"].as_str() > second["SequenceNumber"].as_str());
}
