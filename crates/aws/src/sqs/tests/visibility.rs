use std::time::Duration;

use super::*;

async fn put(sqs: &Sqs, queue: &Queue, body: &str) {
    done(sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": body})).await;
}

async fn take(sqs: &Sqs, queue: &Queue, more: Value) -> Vec<Value> {
    let mut request = json!({"QueueUrl": queue.url, "AttributeNames": ["All"], "MaxNumberOfMessages": 10});
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    done(sqs, "ReceiveMessage", request).await["Messages"].as_array().cloned().unwrap_or_default()
}

fn count(message: &Value) -> &str {
    message["Attributes"]["ApproximateReceiveCount"].as_str().expect("a count")
}

#[tokio::test(start_paused = true)]
async fn a_receiver_wakes_when_a_message_becomes_visible_again() {
    let (sqs, queue) = with_queue("orders", &[("VisibilityTimeout", "7")]).await;
    put(&sqs, &queue, "m").await;
    assert_eq!(take(&sqs, &queue, json!({})).await.len(), 1);
    let before = tokio::time::Instant::now();
    let again = take(&sqs, &queue, json!({"WaitTimeSeconds": 20})).await;
    assert_eq!(count(&again[0]), "2");
    assert_eq!(before.elapsed().as_secs(), 7);
    let shorter = take(&sqs, &queue, json!({"WaitTimeSeconds": 3})).await;
    assert!(shorter.is_empty());
    assert_eq!(before.elapsed().as_secs(), 10, "it waited no longer than it was asked to");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_comes_in_its_time() {
    let (sqs, queue) = with_queue("orders", &[("DelaySeconds", "4"), ("ReceiveMessageWaitTimeSeconds", "20")]).await;
    put(&sqs, &queue, "late").await;
    done(&sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": "soon", "DelaySeconds": 1})).await;
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"];
    let counted = done(&sqs, "GetQueueAttributes", json!({"QueueUrl": queue.url, "AttributeNames": names})).await;
    assert_eq!(counted["Attributes"], json!({names[0]: "0", names[1]: "2"}));
    let before = tokio::time::Instant::now();
    assert_eq!(take(&sqs, &queue, json!({})).await[0]["Body"], "soon");
    assert_eq!(before.elapsed().as_secs(), 1);
    assert_eq!(take(&sqs, &queue, json!({})).await[0]["Body"], "late");
    assert_eq!(before.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn giving_a_message_back_wakes_who_waits() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    put(&sqs, &queue, "m").await;
    let first = take(&sqs, &queue, json!({})).await;
    let waiting = take(&sqs, &queue, json!({"WaitTimeSeconds": 20}));
    let giving = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let change = json!({"QueueUrl": queue.url, "ReceiptHandle": first[0]["ReceiptHandle"], "VisibilityTimeout": 0});
        done(&sqs, "ChangeMessageVisibility", change).await;
    };
    let before = tokio::time::Instant::now();
    let (again, ()) = tokio::join!(waiting, giving);
    assert_eq!((again.len(), before.elapsed().as_secs()), (1, 2));
    let stale = json!({"QueueUrl": queue.url, "ReceiptHandle": first[0]["ReceiptHandle"], "VisibilityTimeout": 9});
    assert_eq!(
        refused(&sqs, "ChangeMessageVisibility", stale).await.code,
        "AWS.SimpleQueueService.MessageNotInflight",
        "another receipt is the latest"
    );
}

#[tokio::test]
async fn an_old_receipt_deletes_nothing_in_a_standard_queue() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    put(&sqs, &queue, "m").await;
    let now = || json!({"VisibilityTimeout": 0});
    let first = take(&sqs, &queue, now()).await;
    let second = take(&sqs, &queue, now()).await;
    let delete = async |of: &Value| {
        done(&sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": of["ReceiptHandle"]})).await;
    };
    delete(&first[0]).await;
    let third = take(&sqs, &queue, now()).await;
    assert_eq!(count(&third[0]), "3", "it is still there");
    delete(&second[0]).await;
    delete(&third[0]).await;
    assert!(take(&sqs, &queue, now()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn messages_are_kept_for_the_retention_period() {
    let (sqs, queue) = with_queue("orders", &[("MessageRetentionPeriod", "60")]).await;
    put(&sqs, &queue, "old").await;
    tokio::time::advance(Duration::from_secs(40)).await;
    put(&sqs, &queue, "new").await;
    tokio::time::advance(Duration::from_secs(30)).await;
    let left = take(&sqs, &queue, json!({})).await;
    assert_eq!(left.iter().map(|message| &message["Body"]).collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn receives_are_counted_over_queues_and_redriven_by_queue() {
    let (sqs, last) = with_queue("last", &[]).await;
    let policy =
        |target: &Queue, most: i64| json!({"deadLetterTargetArn": target.arn, "maxReceiveCount": most}).to_string();
    let dead = furnish(&sqs, "dead", &[("RedrivePolicy", &policy(&last, 2))]).await;
    let queue = furnish(&sqs, "orders", &[("RedrivePolicy", &policy(&dead, 1))]).await;
    put(&sqs, &queue, "poison").await;
    let now = json!({"VisibilityTimeout": 0});
    assert_eq!(count(&take(&sqs, &queue, now.clone()).await[0]), "1");
    assert!(take(&sqs, &queue, now.clone()).await.is_empty());
    for expected in ["2", "3"] {
        let got = take(&sqs, &dead, now.clone()).await;
        assert_eq!(count(&got[0]), expected);
        assert_eq!(got[0]["Attributes"]["DeadLetterQueueSourceArn"], queue.arn);
    }
    assert!(take(&sqs, &dead, now.clone()).await.is_empty());
    assert_eq!(take(&sqs, &last, now.clone()).await[0]["Attributes"]["DeadLetterQueueSourceArn"], dead.arn);
    let sources = done(&sqs, "ListDeadLetterSourceQueues", json!({"QueueUrl": dead.url})).await;
    assert_eq!(sources, json!({"queueUrls": [queue.url]}));
    // Without a dead-letter queue a message stays where it is.
    done(&sqs, "DeleteQueue", json!({"QueueUrl": dead.url})).await;
    put(&sqs, &queue, "kept").await;
    for expected in ["1", "2", "3"] {
        assert_eq!(count(&take(&sqs, &queue, now.clone()).await[0]), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_purged_once_a_minute() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let purge = || json!({"QueueUrl": queue.url});
    put(&sqs, &queue, "m").await;
    done(&sqs, "PurgeQueue", purge()).await;
    assert!(take(&sqs, &queue, json!({})).await.is_empty());
    let error = refused(&sqs, "PurgeQueue", purge()).await;
    assert_eq!((error.status, &*error.code), (403, "AWS.SimpleQueueService.PurgeQueueInProgress"));
    assert_eq!(error.message, "Only one PurgeQueue operation on orders is allowed every 60 seconds.");
    tokio::time::advance(Duration::from_mins(1)).await;
    done(&sqs, "PurgeQueue", purge()).await;
}

#[tokio::test]
async fn attributes_and_tags_are_chosen_as_asked() {
    let (sqs, queue) = with_queue("orders", &[]).await;
    let attribute = |value: &str| json!({"DataType": "String", "StringValue": value});
    let attributes = json!({"Hello": attribute("There"), "Help.Me": attribute("Me"), "General": attribute("Kenobi")});
    let trace = json!({"AWSTraceHeader": attribute("Root=1-5759e988-bd862e3fe1be46a994272793")});
    let send = json!({"QueueUrl": queue.url, "MessageBody": "msg", "MessageAttributes": attributes,
                      "MessageSystemAttributes": trace});
    done(&sqs, "SendMessage", send).await;
    let chosen = async |names: Value| {
        let ask = json!({"MessageAttributeNames": names, "VisibilityTimeout": 0});
        take(&sqs, &queue, ask).await[0]["MD5OfMessageAttributes"].as_str().map(str::to_owned)
    };
    // Recorded in LocalStack's snapshot `test_receive_message_message_attribute_names_filters`.
    for (names, md5) in [
        (json!([]), None),
        (json!(["All"]), Some("4c360f3fdafd970e05fae2f149d997f5")),
        (json!([".*"]), Some("4c360f3fdafd970e05fae2f149d997f5")),
        (json!(["Foo", "Help"]), None),
        (json!(["General", "Hello"]), Some("fca026605781cb4126a1e9044df24232")),
        (json!(["Foo", "Hello"]), Some("a311262e065454b75da111d535b8dacd")),
        (json!(["Hel.*"]), Some("83fee93c1bcd8b9a5a923ffacdc636c7")),
    ] {
        assert_eq!(chosen(names.clone()).await.as_deref(), md5, "{names}");
    }
    let got = take(&sqs, &queue, json!({})).await;
    assert_eq!(got[0]["Attributes"]["AWSTraceHeader"], trace["AWSTraceHeader"]["StringValue"]);
    let url = &queue.url;
    done(&sqs, "TagQueue", json!({"QueueUrl": url, "Tags": {"team": "a", "cost": "b"}})).await;
    done(&sqs, "UntagQueue", json!({"QueueUrl": url, "TagKeys": ["cost"]})).await;
    assert_eq!(done(&sqs, "ListQueueTags", json!({"QueueUrl": url})).await, json!({"Tags": {"team": "a"}}));
}

#[tokio::test]
async fn a_furnished_queue_takes_the_attributes_of_the_day() {
    let (sqs, queue) = with_queue("orders", &[("VisibilityTimeout", "10"), ("DelaySeconds", "1")]).await;
    assert_eq!(furnish(&sqs, "orders", &[("VisibilityTimeout", "20")]).await, queue);
    let names = ["VisibilityTimeout", "DelaySeconds"];
    let got = done(&sqs, "GetQueueAttributes", json!({"QueueUrl": queue.url, "AttributeNames": names})).await;
    assert_eq!(got["Attributes"], json!({"DelaySeconds": "1", "VisibilityTimeout": "20"}));
}
