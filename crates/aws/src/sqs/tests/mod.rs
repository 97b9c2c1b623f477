use super::*;

mod durable;
mod fifo;
mod mapping;
mod visibility;

fn place() -> Place {
    Place { region: "eu-west-1".into(), account: "123456789012".into() }
}

fn sqs() -> Sqs {
    Sqs { queues: Arc::new(Engine::open(None, &place(), "http://127.0.0.1:4566").expect("in memory")), place: place() }
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
            json!({"QueueUrl": url, "MessageBody": "x".repeat(1_048_577)}),
            "InvalidParameterValue",
            None,
            "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
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

#[tokio::test]
async fn a_queue_is_furnished_again_however_its_redrive_policy_is_written() {
    let (sqs, dead) = with_queue("dead", &[]).await;
    for policy in [
        json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}),
        json!({"maxReceiveCount": "3", "deadLetterTargetArn": dead.arn}),
    ] {
        furnish(&sqs, "orders", &[("RedrivePolicy", &policy.to_string())]).await;
    }
}
