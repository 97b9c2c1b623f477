//! The texts that subscribers receive: the JSON notification of queues and mails, and the event of functions.
//!
//! Members and their order as recorded in `services/sns_task_service--publish_message_attributes-*.json` and `LocalStack`'s
//! snapshot `test_sns.snapshot.json`. Nothing is signed: `Signature` says so in base64.

use serde_json::{Map, Value, json};

use super::message::Message;
use super::subscription::Subscription;

/// "not signed".
const SIGNATURE: &str = "bm90IHNpZ25lZA==";

/// Where a notification is from.
pub(crate) struct Sender<'a> {
    pub(crate) topic_arn: &'a str,
    pub(crate) region: &'a str,
    /// This cloud's endpoint, for the link to unsubscribe.
    pub(crate) endpoint: &'a str,
}

impl Sender<'_> {
    fn certificate(&self) -> String {
        format!(
            "https://sns.{}.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
            self.region
        )
    }

    fn unsubscribe(&self, subscription: &Subscription) -> String {
        format!("{}/?Action=Unsubscribe&SubscriptionArn={}", self.endpoint, subscription.arn)
    }
}

/// The notification for queues and mails. Those of FIFO topics bear a sequence number and no signature.
pub(crate) fn notification(sender: &Sender<'_>, subscription: &Subscription, message: &Message) -> String {
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    add("Type", "Notification".into());
    add("MessageId", message.id.as_str().into());
    if let Some(number) = &message.sequence_number {
        add("SequenceNumber", number.as_str().into());
    }
    add("TopicArn", sender.topic_arn.into());
    if let Some(subject) = &message.subject {
        add("Subject", subject.as_str().into());
    }
    add("Message", message.text_for(&subscription.protocol).into());
    add("Timestamp", timestamp(message).into());
    if message.sequence_number.is_none() {
        add("SignatureVersion", "1".into());
        add("Signature", SIGNATURE.into());
        add("SigningCertURL", sender.certificate().into());
    }
    add("UnsubscribeURL", sender.unsubscribe(subscription).into());
    if !message.attributes.is_empty() {
        add("MessageAttributes", attributes(message));
    }
    Value::Object(body).to_string()
}

/// The event for functions.
pub(crate) fn event(sender: &Sender<'_>, subscription: &Subscription, message: &Message) -> String {
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": sender.topic_arn,
            "Subject": message.subject,
            "Message": message.text_for(&subscription.protocol),
            "Timestamp": timestamp(message),
            "SignatureVersion": "1",
            "Signature": SIGNATURE,
            "SigningCertUrl": sender.certificate(),
            "UnsubscribeUrl": sender.unsubscribe(subscription),
            "MessageAttributes": attributes(message),
        }
    }]})
    .to_string()
}

fn timestamp(message: &Message) -> String {
    format!("{:.3}", message.at)
}

fn attributes(message: &Message) -> Value {
    let attributes = message.attributes.iter().map(|(name, attribute)| {
        let value = attribute.string_value.as_deref().or(attribute.binary_value.as_deref());
        (name.clone(), json!({"Type": attribute.data_type, "Value": value}))
    });
    Value::Object(attributes.collect())
}
