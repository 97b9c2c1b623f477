use std::time::Duration;

use super::*;

async fn fifo(attributes: &[(&str, &str)]) -> (Sqs, Queue) {
    let mut all = vec![("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];
    all.extend(attributes);
    with_queue("orders.fifo", &all).await
}

async fn put(sqs: &Sqs, queue: &Queue, group: &str, body: &str) {
    done(sqs, "SendMessage", json!({"QueueUrl": queue.url, "MessageBody": body, "MessageGroupId": group})).await;
}

async fn take(sqs: &Sqs, queue: &Queue, most: usize) -> Vec<(String, String)> {
    let got = done(sqs, "ReceiveMessage", json!({"QueueUrl": queue.url, "MaxNumberOfMessages": most})).await;
    let text = |message: &Value, member: &str| message[member].as_str().expect("text").to_owned();
    let messages = got["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| (text(message, "Body"), text(message, "ReceiptHandle"))).collect()
}

fn bodies(taken: &[(String, String)]) -> Vec<&str> {
    taken.iter().map(|(body, _)| body.as_str()).collect()
}

async fn remove(sqs: &Sqs, queue: &Queue, receipt: &str) {
    done(sqs, "DeleteMessage", json!({"QueueUrl": queue.url, "ReceiptHandle": receipt})).await;
}

#[tokio::test]
async fn a_receive_takes_a_group_in_order_and_then_the_next_group() {
    let (sqs, queue) = fifo(&[]).await;
    for (group, body) in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2"), ("a", "a3"), ("c", "c1")] {
        put(&sqs, &queue, group, body).await;
    }
    let first = take(&sqs, &queue, 4).await;
    assert_eq!(bodies(&first), ["a1", "a2", "a3", "b1"]);
    // a and b are in flight; b2 may not overtake b1.
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["c1"]);
    assert!(take(&sqs, &queue, 10).await.is_empty());
    remove(&sqs, &queue, &first[3].1).await;
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["b2"]);
}

#[tokio::test]
async fn a_group_stays_locked_while_any_of_its_messages_is_in_flight() {
    let (sqs, queue) = fifo(&[]).await;
    for body in ["1", "2"] {
        put(&sqs, &queue, "g", body).await;
    }
    let both = take(&sqs, &queue, 2).await;
    let give_back = json!({"QueueUrl": queue.url, "ReceiptHandle": both[0].1, "VisibilityTimeout": 0});
    done(&sqs, "ChangeMessageVisibility", give_back).await;
    assert!(take(&sqs, &queue, 10).await.is_empty(), "the second is in flight");
    remove(&sqs, &queue, &both[1].1).await;
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_delete_is_refused_and_the_message_comes_first_again() {
    let (sqs, queue) = fifo(&[("VisibilityTimeout", "5")]).await;
    for body in ["1", "2"] {
        put(&sqs, &queue, "g", body).await;
    }
    let first = take(&sqs, &queue, 1).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    let late = json!({"QueueUrl": queue.url, "ReceiptHandle": first[0].1});
    let error = refused(&sqs, "DeleteMessage", late).await;
    assert_eq!(error.code, "InvalidParameterValue");
    assert_eq!(
        error.message,
        format!("Value {} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", first[0].1)
    );
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_forgotten_after_five_minutes_even_when_it_was_deleted() {
    let (sqs, queue) = fifo(&[]).await;
    put(&sqs, &queue, "g", "once").await;
    let taken = take(&sqs, &queue, 1).await;
    remove(&sqs, &queue, &taken[0].1).await;
    tokio::time::advance(Duration::from_secs(299)).await;
    put(&sqs, &queue, "other", "once").await;
    assert!(take(&sqs, &queue, 10).await.is_empty(), "a duplicate, whatever its group");
    tokio::time::advance(Duration::from_secs(1)).await;
    put(&sqs, &queue, "g", "once").await;
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["once"]);
}

#[tokio::test]
async fn a_group_may_have_its_own_duplicates() {
    let (sqs, queue) =
        fifo(&[("DeduplicationScope", "messageGroup"), ("FifoThroughputLimit", "perMessageGroupId")]).await;
    for group in ["a", "b", "a"] {
        put(&sqs, &queue, group, "same").await;
    }
    assert_eq!(bodies(&take(&sqs, &queue, 10).await), ["same", "same"]);
}

#[tokio::test]
async fn entries_without_identifiers_fail_the_batch() {
    let (sqs, queue) = with_queue("orders.fifo", &[("FifoQueue", "true")]).await;
    let send = |second: Value| {
        json!({"QueueUrl": queue.url, "Entries": [
        {"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"}, second]})
    };
    let error = refused(&sqs, "SendMessageBatch", send(json!({"Id": "2", "MessageBody": "b"}))).await;
    assert_eq!(
        (&*error.code, &*error.message),
        ("InvalidParameterValue", "The request must contain the parameter MessageGroupId.")
    );
    let error =
        refused(&sqs, "SendMessageBatch", send(json!({"Id": "2", "MessageBody": "b", "MessageGroupId": "g"}))).await;
    assert_eq!(
        error.message,
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    );
    assert!(take(&sqs, &queue, 10).await.is_empty(), "nothing was sent");
}

#[tokio::test]
async fn identifiers_are_checked_and_standard_queues_take_groups_only() {
    let (sqs, fifo) = fifo(&[]).await;
    let error =
        refused(&sqs, "SendMessage", json!({"QueueUrl": fifo.url, "MessageBody": "x", "MessageGroupId": "a b"})).await;
    assert_eq!(
        error.message,
        "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and \
         punctuation characters. 1 to 128 in length."
    );
    let standard = furnish(&sqs, "orders", &[]).await;
    let with = |member: &str| json!({"QueueUrl": standard.url, "MessageBody": "x", member: "tenant"});
    done(&sqs, "SendMessage", with("MessageGroupId")).await;
    let receive = json!({"QueueUrl": standard.url, "MessageSystemAttributeNames": ["MessageGroupId"]});
    let got = done(&sqs, "ReceiveMessage", receive).await;
    assert_eq!(got["Messages"][0]["Attributes"], json!({"MessageGroupId": "tenant"}));
    let error = refused(&sqs, "SendMessage", with("MessageDeduplicationId")).await;
    assert!(error.message.ends_with("Reason: The request include parameter that is not valid for this queue type."));
}
