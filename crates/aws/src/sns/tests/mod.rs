use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::*;
use crate::functions::{FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
use crate::sqs::{Engine, Sqs};

mod durable;
mod errors;

fn place() -> Place {
    Place { region: "us-east-1".into(), account: "123456789012".into() }
}

struct Local {
    sns: Arc<Sns>,
    sqs: Sqs,
    functions: Arc<FunctionSlot>,
}

fn local() -> Local {
    opened(None)
}

/// With what `folder` holds.
fn opened(folder: Option<&std::path::Path>) -> Local {
    let file = |name: &str| folder.map(|folder| folder.join(name));
    let engine = Engine::open(file("sqs").as_deref(), &place(), "http://127.0.0.1:4566").expect("queues");
    let queues: Arc<dyn Queues> = Arc::new(engine);
    let functions = Arc::new(FunctionSlot::default());
    let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
    let kept = crate::lambda::Kept::open(file("lambda").as_deref()).expect("invocations");
    let around = crate::lambda::Surroundings {
        place: place(),
        functions: Arc::clone(&functions),
        queues: Arc::clone(&queues),
        tracker: tracker.clone(),
        cancel: cancel.clone(),
    };
    let around = Surroundings {
        place: place(),
        endpoint: "http://127.0.0.1:4566".into(),
        queues: Arc::clone(&queues),
        functions: Arc::clone(&functions),
        invocations: Invocations::new(kept, around),
        tracker,
        cancel,
    };
    let sns = Sns::new(Kept::open(file("sns").as_deref()).expect("topics"), around);
    Local { sns, sqs: Sqs { queues, place: place() }, functions }
}

impl Local {
    async fn done(&self, operation: &str, request: Value) -> Value {
        self.sns.call(operation, request).await.unwrap_or_else(|e| panic!("{operation}: {e}")).output
    }

    async fn refused(&self, operation: &str, request: Value) -> ServiceError {
        self.sns.call(operation, request).await.expect_err(operation)
    }

    async fn topic(&self, name: &str, attributes: Value) -> String {
        text(&self.done("CreateTopic", json!({"Name": name, "Attributes": attributes})).await, "TopicArn")
    }

    async fn queue(&self, name: &str, attributes: Value) -> crate::Queue {
        let attributes = serde_json::from_value(attributes).expect("a map");
        self.sqs.furnish(name, &attributes, &BTreeMap::new()).await.expect("a queue")
    }

    async fn subscribe(&self, topic: &str, protocol: &str, endpoint: &str, attributes: Value) -> String {
        let request = json!({"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "Attributes": attributes});
        text(&self.done("Subscribe", request).await, "SubscriptionArn")
    }

    async fn received(&self, queue: &crate::Queue) -> Vec<Value> {
        let request = json!({"QueueUrl": queue.url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]});
        let got = self.sqs.call("ReceiveMessage", request).await.expect("a reply").output;
        got["Messages"].as_array().cloned().unwrap_or_default()
    }
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_queue_receives_the_recorded_notification() {
    let local = local();
    let topic = local.topic("results", json!({})).await;
    let queue = local.queue("inbox", json!({})).await;
    let subscription = local.subscribe(&topic, "sqs", &queue.arn, json!({})).await;
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "x"}, "raw": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let publish = json!({"TopicArn": topic, "Message": "Hello", "Subject": "S", "MessageAttributes": attributes});
    let reply = local.sns.call("Publish", publish).await.expect("published");
    assert_eq!(reply.headers[2], ("Content-Length", "294".to_owned()), "as recorded");
    let message = &local.received(&queue).await[0];
    let body: Value = serde_json::from_str(message["Body"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        members(&body),
        [
            "Type",
            "MessageId",
            "TopicArn",
            "Subject",
            "Message",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
            "UnsubscribeURL",
            "MessageAttributes"
        ]
    );
    assert_eq!(body["MessageId"], reply.output["MessageId"]);
    assert_eq!(
        body["MessageAttributes"],
        json!({"kind": {"Type": "String", "Value": "x"}, "raw": {"Type": "Binary", "Value": "AgME"}})
    );
    assert_eq!(
        body["UnsubscribeURL"],
        format!("http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn={subscription}")
    );
    let timestamp = body["Timestamp"].as_str().expect("text");
    assert!(timestamp.len() == 24 && timestamp.ends_with('Z'), "{timestamp}");
    assert_eq!(message.get("MessageAttributes"), None, "they are in the notification");
}

#[tokio::test]
async fn a_raw_delivery_is_the_message_with_its_attributes() {
    let local = local();
    let topic = local.topic("results", json!({})).await;
    let queue = local.queue("inbox", json!({})).await;
    local.subscribe(&topic, "sqs", &queue.arn, json!({"RawMessageDelivery": "true"})).await;
    let attributes = json!({"n": {"DataType": "Number", "StringValue": "99.12"}, "raw": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let text = json!({"default": "for all", "sqs": "for queues"}).to_string();
    local
        .done(
            "Publish",
            json!({"TopicArn": topic, "Message": text, "MessageStructure": "json", "MessageAttributes": attributes}),
        )
        .await;
    let message = &local.received(&queue).await[0];
    assert_eq!(message["Body"], "for queues");
    assert_eq!(message["MessageAttributes"], attributes);
}

#[tokio::test]
async fn filter_policies_decide_who_receives() {
    let local = local();
    let topic = local.topic("results", json!({})).await;
    let (by_attribute, by_body) =
        (local.queue("by-attribute", json!({})).await, local.queue("by-body", json!({})).await);
    let raw = |policy: Value, scope: &str| json!({"FilterPolicy": policy.to_string(), "FilterPolicyScope": scope, "RawMessageDelivery": "true"});
    local.subscribe(&topic, "sqs", &by_attribute.arn, raw(json!({"kind": ["sold"]}), "MessageAttributes")).await;
    local.subscribe(&topic, "sqs", &by_body.arn, raw(json!({"price": [{"numeric": [">", 10]}]}), "MessageBody")).await;
    let publish = |message: &str, kind: &str| json!({"TopicArn": topic, "Message": message, "MessageAttributes": {"kind": {"DataType": "String", "StringValue": kind}}});
    local.done("Publish", publish("{\"price\": 11}", "bought")).await;
    local.done("Publish", publish("{\"price\": 9}", "sold")).await;
    local.done("Publish", publish("no json", "rejected")).await;
    let bodies = |messages: Vec<Value>| {
        messages.iter().map(|m| m["Body"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(bodies(local.received(&by_attribute).await), ["{\"price\": 9}"]);
    assert_eq!(bodies(local.received(&by_body).await), ["{\"price\": 11}"]);
    let deliveries: Vec<usize> =
        local.sns.published.so_far().iter().map(|publication| publication.deliveries).collect();
    assert_eq!(deliveries, [1, 1, 0]);
    assert!(local.sns.mailbox.so_far().is_empty(), "the topic has subscriptions");
}

#[tokio::test]
async fn people_find_their_mails_in_the_mailbox() {
    let local = local();
    let topic = local.topic("approvals", json!({})).await;
    let mut mailbox = local.sns.mailbox.subscribe();
    let nobody = local.done("Publish", json!({"TopicArn": topic, "Message": "first", "Subject": "S"})).await;
    let mail = mailbox.live.recv().await.expect("a mail");
    assert_eq!((mail.to.as_str(), mail.body.as_str(), mail.subject.as_str()), (Mail::NO_SUBSCRIBER, "first", "S"));
    assert_eq!(mail.message_id, nobody["MessageId"].as_str().expect("an id"));

    local.subscribe(&topic, "email", "ann@example.com", json!({})).await;
    local.subscribe(&topic, "email-json", "bob@example.com", json!({})).await;
    local.subscribe(&topic, "sms", "+4930123456", json!({})).await;
    let text = json!({"default": "d", "email": "for mail", "sms": "short"}).to_string();
    local.done("Publish", json!({"TopicArn": topic, "Message": text, "MessageStructure": "json"})).await;
    let mails: Vec<_> = local.sns.mailbox.so_far().into_iter().skip(1).collect();
    assert_eq!(
        mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(),
        ["ann@example.com", "bob@example.com", "+4930123456"]
    );
    assert_eq!(mails[0].body, "for mail");
    assert_eq!(mails[0].subject, "AWS Notification Message");
    assert!(mails[1].body.contains("\"Message\":\"d\""), "{}", mails[1].body);
    assert_eq!(mails[2].body, "short");
    local.done("Publish", json!({"PhoneNumber": "+4930123456", "Message": "direct"})).await;
    let direct = local.sns.mailbox.so_far().pop().expect("a mail");
    assert_eq!((direct.topic_arn.clone(), direct.body.as_str()), (None, "direct"));
}

struct Listener(mpsc::UnboundedSender<(String, Value)>);

#[async_trait]
impl Functions for Listener {
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError> {
        assert!(matches!(origin, Origin::Sns { .. }));
        if function.ends_with("absent") {
            return Err(FunctionsError::NotFound(function.to_owned()));
        }
        self.0.send((function.to_owned(), serde_json::from_slice(&payload).expect("JSON"))).expect("the test listens");
        Ok(FunctionReply { payload: Bytes::from_static(b"null"), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        if function.ends_with("absent") {
            return Err(FunctionsError::NotFound(function.to_owned()));
        }
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_function_receives_the_recorded_event() {
    let local = local();
    let (sender, mut events) = mpsc::unbounded_channel();
    assert!(local.functions.attach(Arc::new(Listener(sender))));
    let topic = local.topic("results", json!({})).await;
    let function = "arn:aws:lambda:us-east-1:123456789012:function:report";
    let subscription = local.subscribe(&topic, "lambda", function, json!({})).await;
    local.done("Publish", json!({"TopicArn": topic, "Message": "Hello"})).await;
    let (invoked, event) = events.recv().await.expect("an event");
    assert_eq!(invoked, function);
    let record = &event["Records"][0];
    assert_eq!(members(record), ["EventSource", "EventVersion", "EventSubscriptionArn", "Sns"]);
    assert_eq!(record["EventSubscriptionArn"], subscription);
    assert_eq!(
        members(&record["Sns"]),
        [
            "Type",
            "MessageId",
            "TopicArn",
            "Subject",
            "Message",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertUrl",
            "UnsubscribeUrl",
            "MessageAttributes"
        ]
    );
    assert_eq!(record["Sns"]["Subject"], Value::Null);
    assert_eq!(record["Sns"]["MessageAttributes"], json!({}));
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letter_queue() {
    let local = local();
    let (sender, _events) = mpsc::unbounded_channel();
    assert!(local.functions.attach(Arc::new(Listener(sender))));
    let topic = local.topic("results", json!({})).await;
    let dead = local.queue("dead", json!({})).await;
    let redrive = json!({"RedrivePolicy": json!({"deadLetterTargetArn": dead.arn}).to_string()});
    local.subscribe(&topic, "lambda", "arn:aws:lambda:us-east-1:123456789012:function:absent", redrive.clone()).await;
    local.subscribe(&topic, "sqs", "arn:aws:sqs:us-east-1:123456789012:absent", redrive).await;
    local.done("Publish", json!({"TopicArn": topic, "Message": "Hello"})).await;
    local.sns.tracker.close();
    local.sns.tracker.wait().await;
    assert_eq!(local.received(&dead).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fifo_topic_numbers_groups_and_drops_duplicates() {
    let local = local();
    let topic = local.topic("trades.fifo", json!({"FifoTopic": "true", "ContentBasedDeduplication": "true"})).await;
    let queue = local.queue("trades.fifo", json!({"FifoQueue": "true"})).await;
    local.subscribe(&topic, "sqs", &queue.arn, json!({})).await;
    let publish = json!({"TopicArn": topic, "Message": "Test", "MessageGroupId": "g"});
    let reply = local.sns.call("Publish", publish.clone()).await.expect("published");
    assert_eq!(reply.headers[2], ("Content-Length", "352".to_owned()), "as recorded");
    assert_eq!(local.done("Publish", publish.clone()).await, reply.output, "the same answer");
    let message = &local.received(&queue).await[0];
    assert_eq!(
        message["Attributes"]["MessageDeduplicationId"],
        "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25",
        "as recorded for this text"
    );
    let body: Value = serde_json::from_str(message["Body"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        members(&body),
        ["Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"]
    );
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_ne!(local.done("Publish", publish).await, reply.output, "after five minutes it is new");
}

#[tokio::test]
async fn topics_and_subscriptions_are_described_listed_and_deleted() {
    let local = local();
    let topic = local.topic("results", json!({"DisplayName": "Results"})).await;
    assert_eq!(local.topic("results", json!({})).await, topic, "found again");
    let queue = "arn:aws:sqs:us-east-1:123456789012:inbox";
    let subscription = local.subscribe(&topic, "sqs", queue, json!({"RawMessageDelivery": "true"})).await;
    assert_eq!(
        local.subscribe(&topic, "sqs", queue, json!({"RawMessageDelivery": "true"})).await,
        subscription,
        "found again"
    );
    local
        .done(
            "SetSubscriptionAttributes",
            json!({"SubscriptionArn": subscription, "AttributeName": "FilterPolicy", "AttributeValue": "{\"a\": [1]}"}),
        )
        .await;
    let attributes =
        local.done("GetSubscriptionAttributes", json!({"SubscriptionArn": subscription})).await["Attributes"].clone();
    assert_eq!(attributes["FilterPolicy"], "{\"a\": [1]}");
    assert_eq!(attributes["FilterPolicyScope"], "MessageAttributes");
    assert_eq!(attributes["RawMessageDelivery"], "true");
    let listed = local.done("ListSubscriptionsByTopic", json!({"TopicArn": topic})).await;
    assert_eq!(listed["Subscriptions"][0]["Endpoint"], queue);
    local
        .done("SetTopicAttributes", json!({"TopicArn": topic, "AttributeName": "DisplayName", "AttributeValue": "R"}))
        .await;
    local.done("Unsubscribe", json!({"SubscriptionArn": subscription})).await;
    local.done("Unsubscribe", json!({"SubscriptionArn": subscription})).await;
    let attributes = local.done("GetTopicAttributes", json!({"TopicArn": topic})).await["Attributes"].clone();
    assert_eq!(attributes["DisplayName"], "R");
    assert_eq!(attributes["SubscriptionsConfirmed"], "0");
    assert_eq!(attributes["SubscriptionsDeleted"], "1");
    for n in 0..150 {
        local.topic(&format!("t{n}"), json!({})).await;
    }
    let first = local.done("ListTopics", json!({})).await;
    assert_eq!(first["Topics"].as_array().map(Vec::len), Some(100));
    let rest = local.done("ListTopics", json!({"NextToken": first["NextToken"]})).await;
    assert_eq!(rest["Topics"].as_array().map(Vec::len), Some(51));
    assert_eq!(rest.get("NextToken"), None);
    local.done("DeleteTopic", json!({"TopicArn": topic})).await;
    assert_eq!(local.refused("GetTopicAttributes", json!({"TopicArn": topic})).await.code, "NotFound");
}
