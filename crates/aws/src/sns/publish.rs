//! Publishing: a message is checked, numbered and handed to the subscriptions that want it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Sns;
use super::fault::{batch, invalid, missing, no_arn};
use super::mail::{Mail, Publication};
use super::message::{Draft, Message, Rules};
use super::store::Accepted;
use super::subscription::is_phone_number;
use crate::error::ServiceError;
use crate::place::Arn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Publish {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    #[serde(flatten)]
    draft: Draft,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PublishBatch {
    topic_arn: Option<String>,
    publish_batch_request_entries: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    draft: Draft,
}

impl Sns {
    pub(crate) async fn publish(&self, request: Publish) -> Result<Value, ServiceError> {
        if let Some(number) = request.phone_number {
            return self.text(number, request.draft);
        }
        let arn = request
            .topic_arn
            .or(request.target_arn)
            .ok_or_else(|| invalid("TopicArn or TargetArn Reason: no value for required parameter"))?;
        let parsed = Arn::parse(&arn).ok_or_else(|| no_arn("TopicArn", &arn))?;
        if parsed.resource.starts_with("endpoint/") {
            return Err(invalid("TargetArn Reason: No endpoint found for the target arn specified"));
        }
        let rules = self.with_topic(&arn, |topic| Ok(topic.rules()))?;
        let message = request.draft.check(rules)?;
        self.deliver(&arn, message).await
    }

    /// A text message straight to a phone number.
    fn text(&self, number: String, draft: Draft) -> Result<Value, ServiceError> {
        if !is_phone_number(&number) {
            return Err(invalid(format_args!("PhoneNumber Reason: {number} is not valid to publish to")));
        }
        let message = draft.check(Rules { fifo: false, content_based_deduplication: false })?;
        let id = uuid::Uuid::new_v4().to_string();
        self.mailbox.push(Mail {
            topic_arn: None,
            to: number,
            subject: message.subject.clone().unwrap_or_default(),
            body: message.text_for("sms").to_owned(),
            at: message.at,
            message_id: id.clone(),
        });
        Ok(json!({"MessageId": id}))
    }

    pub(crate) async fn publish_batch(&self, request: PublishBatch) -> Result<Value, ServiceError> {
        let arn = request.topic_arn.ok_or_else(|| missing("topicArn"))?;
        let entries = request.publish_batch_request_entries.unwrap_or_default();
        let rules = self.with_topic(&arn, |topic| Ok(topic.rules()))?;
        check_batch(&entries)?;
        // Recorded: one entry's invalid parameter refuses the whole batch.
        let drafts = entries.into_iter().map(|entry| Ok((entry.id, entry.draft.check(rules)?)));
        let messages: Vec<(String, Message)> = drafts.collect::<Result<_, ServiceError>>()?;
        let mut successful = Vec::with_capacity(messages.len());
        for (id, message) in messages {
            let mut output = self.deliver(&arn, message).await?;
            output["Id"] = id.into();
            successful.push(output);
        }
        Ok(json!({"Successful": successful, "Failed": []}))
    }

    /// Writes a message down for those who are to have it, and hands it over.
    async fn deliver(&self, arn: &str, mut message: Message) -> Result<Value, ServiceError> {
        message.id = uuid::Uuid::new_v4().to_string();
        let (fifo, subscriptions) = self.with_topic(arn, |topic| {
            let group = message.group_id.as_deref().filter(|_| topic.deduplicates_by_group()).unwrap_or_default();
            let key = format!("{group}\n{}", message.deduplication_id.as_deref().unwrap_or_default());
            Ok((topic.fifo().then_some(key), topic.subscriptions.clone()))
        })?;
        let _in_order = if fifo.is_some() { Some(self.in_order.lock().await) } else { None };
        let subscribed = !subscriptions.is_empty();
        let wanting: Vec<_> = subscriptions.into_iter().filter(|subscription| subscription.wants(&message)).collect();
        let (message, pending) = match self.store.accept(arn, fifo, message, &wanting, self.clock.now()).await? {
            Accepted::Duplicate(answer) => return Ok(answer),
            Accepted::New(message, pending) => (message, pending),
        };
        if !subscribed {
            self.mailbox.push(Mail::about(&message, arn, Mail::NO_SUBSCRIBER, message.text_for("email").to_owned()));
        }
        self.published.push(Publication {
            topic_arn: arn.to_owned(),
            message_id: message.id.clone(),
            subject: message.subject.clone(),
            message: message.text.clone(),
            at: message.at,
            deliveries: wanting.len(),
        });
        let mut settled = Vec::with_capacity(pending.len());
        for (subscription, delivery) in wanting.iter().zip(pending) {
            if self.hand_over(arn, subscription, &message).await {
                settled.extend(delivery);
            }
        }
        self.store.settle(settled).await;
        Ok(answer(&message))
    }
}

/// What `Publish` answers.
pub(super) fn answer(message: &Message) -> Value {
    let mut answer = json!({"MessageId": message.id});
    if let Some(number) = &message.sequence_number {
        answer["SequenceNumber"] = number.as_str().into();
    }
    answer
}

fn check_batch(entries: &[Entry]) -> Result<(), ServiceError> {
    if entries.is_empty() {
        return Err(batch("EmptyBatchRequest", "The batch request doesn't contain any entries."));
    }
    if entries.len() > 10 {
        return Err(batch("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."));
    }
    let mut seen = std::collections::HashSet::new();
    for entry in entries {
        let formed = entry.id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if entry.id.is_empty() || entry.id.len() > 80 || !formed {
            let sentence = "The Id of a batch entry in a batch request doesn't abide by the specification.";
            return Err(batch("InvalidBatchEntryId", sentence));
        }
        if !seen.insert(&entry.id) {
            return Err(batch(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            ));
        }
    }
    Ok(())
}
