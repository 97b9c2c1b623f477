//! What is there after a crash: a copy of the files, taken between two calls, is what a killed process leaves behind.

use std::path::Path;

use tempfile::TempDir;

use super::*;

fn crash(folder: &Path) -> TempDir {
    let left = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), left.path().join(entry.file_name())).expect("copied");
    }
    left
}

impl Local {
    async fn resume(&self) {
        self.sns.resume().await.expect("resumed");
        self.sns.invocations.resume().await.expect("resumed");
    }

    async fn pending(&self) -> usize {
        self.sns.store.pending().await.expect("a list").len()
    }

    async fn settled(&self) {
        self.sns.tracker.close();
        self.sns.tracker.wait().await;
        self.sns.tracker.reopen();
    }
}

#[tokio::test]
async fn topics_and_subscriptions_are_there_after_a_crash() {
    let here = tempfile::tempdir().expect("a folder");
    let local = opened(Some(here.path()));
    let topic = local.topic("results", json!({"DisplayName": "One"})).await;
    let set = json!({"TopicArn": topic, "AttributeName": "DisplayName", "AttributeValue": "Two"});
    local.done("SetTopicAttributes", set).await;
    let gone = local.topic("results-old", json!({})).await;
    let policy = json!({"kind": ["x"]}).to_string();
    let queue = local.queue("inbox", json!({})).await;
    let kept = local.subscribe(&topic, "sqs", &queue.arn, json!({"RawMessageDelivery": "true"})).await;
    let set = json!({"SubscriptionArn": kept, "AttributeName": "FilterPolicy", "AttributeValue": policy});
    local.done("SetSubscriptionAttributes", set).await;
    let removed = local.subscribe(&topic, "email", "ann@example.com", json!({})).await;
    local.done("Unsubscribe", json!({"SubscriptionArn": removed})).await;
    local.subscribe(&gone, "email", "bob@example.com", json!({})).await;
    local.done("DeleteTopic", json!({"TopicArn": gone})).await;

    let left = crash(here.path());
    let after = opened(Some(left.path()));
    for (operation, request) in [
        ("ListTopics", json!({})),
        ("ListSubscriptions", json!({})),
        ("GetTopicAttributes", json!({"TopicArn": topic})),
        ("GetSubscriptionAttributes", json!({"SubscriptionArn": kept})),
    ] {
        assert_eq!(after.done(operation, request.clone()).await, local.done(operation, request).await, "{operation}");
    }
    // Furnished again, with what the template says today.
    let attributes = BTreeMap::from([("DisplayName".to_owned(), "Three".to_owned())]);
    assert_eq!(after.sns.furnish_topic("results", &attributes).await.expect("found"), topic);
    let attributes = BTreeMap::from([("RawMessageDelivery".to_owned(), "false".to_owned())]);
    let found = after.sns.furnish_subscription(&topic, "sqs", &queue.arn, &attributes).await;
    assert_eq!(found.expect("found"), kept);
    let shown = after.done("GetSubscriptionAttributes", json!({"SubscriptionArn": kept})).await["Attributes"].clone();
    assert_eq!((&shown["RawMessageDelivery"], &shown["FilterPolicy"]), (&json!("false"), &json!(policy)));
    let shown = after.done("GetTopicAttributes", json!({"TopicArn": topic})).await["Attributes"].clone();
    assert_eq!((&shown["DisplayName"], &shown["SubscriptionsDeleted"]), (&json!("Three"), &json!("1")));
}

#[tokio::test]
async fn a_fifo_topic_goes_on_counting_and_remembers_duplicates() {
    let here = tempfile::tempdir().expect("a folder");
    let local = opened(Some(here.path()));
    let topic = local.topic("t.fifo", json!({"FifoTopic": "true", "ContentBasedDeduplication": "true"})).await;
    let publish = |text: &str| json!({"TopicArn": topic, "Message": text, "MessageGroupId": "g"});
    let first = local.done("Publish", publish("1")).await;
    let left = crash(here.path());
    let after = opened(Some(left.path()));
    assert_eq!(after.done("Publish", publish("1")).await, first);
    let second = after.done("Publish", publish("2")).await;
    assert!(second["SequenceNumber"].as_str() > first["SequenceNumber"].as_str());
}

#[tokio::test]
async fn what_was_accepted_and_not_delivered_is_delivered_by_the_next_process() {
    let here = tempfile::tempdir().expect("a folder");
    let local = opened(Some(here.path()));
    let topic = local.topic("results", json!({})).await;
    let queue = local.queue("inbox", json!({})).await;
    local.subscribe(&topic, "sqs", &queue.arn, json!({"RawMessageDelivery": "true"})).await;
    local.subscribe(&topic, "lambda", "arn:aws:lambda:us-east-1:123456789012:function:report", json!({})).await;
    local.subscribe(&topic, "email", "ann@example.com", json!({})).await;
    let (sender, _events) = mpsc::unbounded_channel();
    assert!(local.functions.attach(Arc::new(Listener(sender))));
    // The queues fail, as on a full disk: nobody may lose a message for it.
    local.sqs.queues.close().await;
    local.sns.invocations.close().await;
    local.done("Publish", json!({"TopicArn": topic, "Message": "Hello"})).await;
    assert_eq!(local.pending().await, 2, "mail doesn't last");

    let left = crash(here.path());
    let after = opened(Some(left.path()));
    after.resume().await;
    let (sender, mut events) = mpsc::unbounded_channel();
    assert!(after.functions.attach(Arc::new(Listener(sender))));
    assert_eq!(events.recv().await.expect("an event").1["Records"][0]["Sns"]["Message"], "Hello");
    after.settled().await;
    assert_eq!(after.received(&queue).await[0]["Body"], "Hello");
    assert_eq!(after.pending().await, 0);
    let messages =
        |d: &rusqlite::Connection| Ok(d.query_row("SELECT count(*) FROM message", [], |row| row.get::<_, i64>(0))?);
    assert_eq!(after.sns.store.with(messages).await.expect("a count"), 0);
}

#[tokio::test]
async fn what_was_delivered_is_not_delivered_again() {
    let here = tempfile::tempdir().expect("a folder");
    let local = opened(Some(here.path()));
    let topic = local.topic("results", json!({})).await;
    let queue = local.queue("inbox", json!({})).await;
    local.subscribe(&topic, "sqs", &queue.arn, json!({})).await;
    local.done("Publish", json!({"TopicArn": topic, "Message": "Hello"})).await;
    let left = crash(here.path());
    let after = opened(Some(left.path()));
    after.resume().await;
    after.settled().await;
    assert_eq!(after.received(&queue).await.len(), 1);
}

#[tokio::test]
async fn messages_of_a_fifo_topic_keep_their_order_across_a_crash() {
    let here = tempfile::tempdir().expect("a folder");
    let local = opened(Some(here.path()));
    let topic = local.topic("t.fifo", json!({"FifoTopic": "true", "ContentBasedDeduplication": "true"})).await;
    let queue = local.queue("q.fifo", json!({"FifoQueue": "true"})).await;
    local.subscribe(&topic, "sqs", &queue.arn, json!({"RawMessageDelivery": "true"})).await;
    let publish = |number: u32| json!({"TopicArn": topic, "Message": number.to_string(), "MessageGroupId": "g"});
    local.sqs.queues.close().await;
    for number in 0..5 {
        local.done("Publish", publish(number)).await;
    }
    let left = crash(here.path());
    let after = opened(Some(left.path()));
    after.resume().await;
    for number in 5..8 {
        after.done("Publish", publish(number)).await;
    }
    after.settled().await;
    let received = after.received(&queue).await;
    let bodies: Vec<_> = received.iter().map(|message| message["Body"].as_str().expect("text")).collect();
    assert_eq!(bodies, ["0", "1", "2", "3", "4", "5", "6", "7"]);
}
