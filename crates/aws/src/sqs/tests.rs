use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::mapping::{Mapping, MappingSpec};
use super::*;
use crate::functions::{FunctionReply, FunctionSlot, Functions, FunctionsError, Origin};

fn place() -> Place {
    Place { region: "eu-west-1".into(), account: "123456789012".into() }
}

fn sqs() -> Sqs {
    Sqs { queues: Arc::new(Rustack::new(&place(), "127.0.0.1", 4566)), place: place() }
}

async fn with_queue(name: &str, attributes: &[(&str, &str)]) -> (Sqs, Queue) {
    let sqs = sqs();
    let queue = furnish(&sqs, name, attributes).await;
    (sqs, queue)
}

async fn furnish(sqs: &Sqs, name: &str, attributes: &[(&str, &str)]) -> Queue {
    let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    sqs.furnish(name, &attributes, &BTreeMap::new()).await.expect("a queue")
}

async fn done(sqs: &Sqs, operation: &str, request: Value) -> Value {
    sqs.call(operation, request).await.unwrap_or_else(|e| panic!("{operation}: {e}")).output
}

async fn refused(sqs: &Sqs, operation: &str, request: Value) -> ServiceError {
    sqs.call(operation, request).await.expect_err(operation)
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    assert_eq!(queue.url, "http://127.0.0.1:4566/123456789012/orders");
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "x"}});
    let send =
        json!({"QueueUrl": queue.url, "MessageBody": "hello", "MessageAttributes": attributes, "DelaySeconds": null});
    let sent = sqs.call("SendMessage", send).await.expect("sent");
    assert_eq!(sent.output["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(sent.headers[2], ("Content-Length", "166".to_owned()), "as recorded for a message with attributes");

    let receive = json!({"QueueUrl": queue.url, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]});
    let got = done(&sqs, "ReceiveMessage", receive.clone()).await;
    let message = &got["Messages"][0];
    assert_eq!(message["Body"], "hello");
    assert_eq!(message["MessageAttributes"], attributes);
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
    done(&sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": message["ReceiptHandle"]})).await;
    let counts = json!({"QueueUrl": queue.url, "AttributeNames": ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]});
    let counted = done(&sqs, "GetQueueAttributes", counts).await;
    assert_eq!(counted["Attributes"]["ApproximateNumberOfMessages"], "0");
    assert_eq!(counted["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0");
    assert_eq!(done(&sqs, "ReceiveMessage", receive).await, json!({}), "no Messages member when there are none");
}

#[tokio::test]
async fn errors_have_awss_codes_and_words() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let url = &queue.url;
    let absent = url.replace("orders", "absent");
    for (operation, request, code, exception, message) in [
        (
            "SendMessage",
            json!({"QueueUrl": absent, "MessageBody": "x"}),
            "AWS.SimpleQueueService.NonExistentQueue",
            Some("QueueDoesNotExist"),
            "The specified queue does not exist.",
        ),
        (
            "DeleteQueue",
            json!({"QueueUrl": absent}),
            "AWS.SimpleQueueService.NonExistentQueue",
            Some("QueueDoesNotExist"),
            "The specified queue does not exist.",
        ),
        (
            "GetQueueUrl",
            json!({"QueueName": "absent"}),
            "AWS.SimpleQueueService.NonExistentQueue",
            Some("QueueDoesNotExist"),
            "The specified queue does not exist.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": "http://127.0.0.1:4566/999999999999/orders", "MessageBody": "x"}),
            "AWS.SimpleQueueService.NonExistentQueue",
            Some("QueueDoesNotExist"),
            "The specified queue does not exist.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": "orders", "MessageBody": "x"}),
            "InvalidAddress",
            Some("InvalidAddress"),
            "The address orders is not valid for this endpoint.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": null}),
            "MissingParameter",
            None,
            "The request must contain the parameter MessageBody.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "x".repeat(262_145)}),
            "InvalidParameterValue",
            None,
            "One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "\u{1}"}),
            "InvalidMessageContents",
            Some("InvalidMessageContents"),
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ),
        (
            "ReceiveMessage",
            json!({"QueueUrl": url, "MaxNumberOfMessages": 11}),
            "InvalidParameterValue",
            None,
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            "DeleteMessage",
            json!({"QueueUrl": url, "ReceiptHandle": "nonsense"}),
            "ReceiptHandleIsInvalid",
            Some("ReceiptHandleIsInvalid"),
            "The input receipt handle \"nonsense\" is not a valid receipt handle.",
        ),
        (
            "GetQueueAttributes",
            json!({"QueueUrl": url, "AttributeNames": ["Nonsense"]}),
            "InvalidAttributeName",
            Some("InvalidAttributeName"),
            "Unknown Attribute Nonsense.",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "a b"}),
            "InvalidParameterValue",
            None,
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "orders", "Attributes": {"DelaySeconds": "3"}}),
            "QueueAlreadyExists",
            Some("QueueNameExists"),
            "A queue already exists with the same name and a different value for attribute DelaySeconds",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "other", "Attributes": {"DelaySeconds": "901"}}),
            "InvalidAttributeValue",
            Some("InvalidAttributeValue"),
            "Invalid value for the parameter DelaySeconds.",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "o", "Attributes": {"RedrivePolicy": "{\"deadLetterTargetArn\": \"dummy\", \"maxReceiveCount\": 42}"}}),
            "InvalidParameterValue",
            None,
            "Value {\"deadLetterTargetArn\": \"dummy\", \"maxReceiveCount\": 42} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.",
        ),
        (
            "SendMessageBatch",
            json!({"QueueUrl": url, "Entries": [{"Id": "a:b", "MessageBody": "x"}]}),
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            Some("InvalidBatchEntryId"),
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        ),
        (
            "AddPermission",
            json!({"QueueUrl": url}),
            "AWS.SimpleQueueService.UnsupportedOperation",
            Some("UnsupportedOperation"),
            "The SQS operation AddPermission is not emulated here",
        ),
        ("Nonsense", json!({"QueueUrl": url}), "UnknownOperationException", None, "SQS has no operation Nonsense"),
    ] {
        let error = refused(&sqs, operation, request.clone()).await;
        assert_eq!(error.code, code, "{operation} {request}");
        assert_eq!(error.exception.as_deref(), exception, "{operation} {request}");
        assert_eq!(error.message, message, "{operation} {request}");
    }
}

#[tokio::test]
async fn the_wire_holds_shape_and_query_code() {
    let sqs = sqs();
    let body = json!({"QueueUrl": "http://127.0.0.1:4566/123456789012/absent", "MessageBody": "x"}).to_string();
    let reply = sqs.handle("SendMessage", body.into(), &HeaderMap::new()).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.body,
        "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"The specified queue does not exist.\"}"
    );
    assert_eq!(reply.headers[0].1, "AWS.SimpleQueueService.NonExistentQueue;Sender");
}

#[tokio::test]
async fn batches_send_what_can_be_sent() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let entries =
        json!([{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": ""}, {"Id": "3", "MessageBody": "c"}]);
    let output = done(&sqs, "SendMessageBatch", json!({"QueueUrl": queue.url, "Entries": entries})).await;
    let ids = |list: &str| output[list].as_array().expect("a list").iter().map(|e| e["Id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids("Successful"), ["1", "3"]);
    assert_eq!(ids("Failed"), ["2"]);
    assert_eq!(output["Failed"][0]["Code"], "MissingParameter");
}

#[tokio::test]
async fn queues_are_listed_in_pages() {
    let sqs = sqs();
    for name in ["a1", "a2", "a3", "b1"] {
        furnish(&sqs, name, &[]).await;
    }
    let first = done(&sqs, "ListQueues", json!({"QueueNamePrefix": "a", "MaxResults": 2})).await;
    assert_eq!(first["QueueUrls"].as_array().map(Vec::len), Some(2));
    let second =
        done(&sqs, "ListQueues", json!({"QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"]}))
            .await;
    assert_eq!(second["QueueUrls"], json!(["http://127.0.0.1:4566/123456789012/a3"]));
    assert_eq!(second.get("NextToken"), None);
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_and_drops_duplicates() {
    let (sqs, queue) = with_queue("orders.fifo", &[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")]).await;
    let send = |body: &str| json!({"QueueUrl": queue.url, "MessageBody": body, "MessageGroupId": "g"});
    let first = done(&sqs, "SendMessage", send("1")).await;
    let again = done(&sqs, "SendMessage", send("1")).await;
    assert_eq!(first["SequenceNumber"], again["SequenceNumber"], "a duplicate");
    done(&sqs, "SendMessage", send("2")).await;
    let receive = json!({"QueueUrl": queue.url});
    let got = done(&sqs, "ReceiveMessage", receive.clone()).await;
    assert_eq!(got["Messages"][0]["Body"], "1");
    assert_eq!(done(&sqs, "ReceiveMessage", receive.clone()).await, json!({}), "the group is locked");
    let handle = got["Messages"][0]["ReceiptHandle"].clone();
    done(&sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": handle})).await;
    assert_eq!(done(&sqs, "ReceiveMessage", receive).await["Messages"][0]["Body"], "2");
    let error = refused(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "x"})).await;
    assert_eq!(error.message, "The request must contain the parameter MessageGroupId.");
    let error = refused(
        &sqs,
        "SendMessage",
        json!({"QueueUrl": queue.url, "MessageBody": "x", "MessageGroupId": "g", "DelaySeconds": 2}),
    )
    .await;
    assert_eq!(
        error.message,
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."
    );
}

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
}

fn succeeds(answer: &str) -> FunctionReply {
    FunctionReply { payload: answer.to_owned().into(), function_error: None }
}

fn fails() -> FunctionReply {
    FunctionReply { payload: "{\"errorType\":\"E\"}".into(), function_error: Some("Unhandled".into()) }
}

struct Mapped {
    events: mpsc::UnboundedReceiver<Value>,
    cancel: CancellationToken,
}

/// Starts a mapping of `queue` to a stub that gives these answers.
fn map(sqs: &Sqs, queue: &Queue, answers: Vec<FunctionReply>, spec: impl FnOnce(&mut MappingSpec)) -> Mapped {
    let (sender, events) = mpsc::unbounded_channel();
    let functions = Arc::new(FunctionSlot::default());
    assert!(functions.attach(Arc::new(Stub { answers: Mutex::new(answers.into()), events: sender })));
    let mut mapping = MappingSpec {
        queue_arn: queue.arn.clone(),
        function: "approve".into(),
        batch_size: 10,
        window: Duration::ZERO,
        report_batch_item_failures: false,
    };
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
