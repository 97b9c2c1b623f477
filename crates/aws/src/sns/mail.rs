//! What people would have received: the mailbox, and the record of everything published.

use jiff::Timestamp;

use super::message::Message;

/// A notification to a person (protocols `email`, `email-json` and `sms`), kept instead of sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The topic; `None` for a text message that was published to a phone number.
    pub topic_arn: Option<String>,
    /// The address or phone number; [`Mail::NO_SUBSCRIBER`] for a topic that nobody has subscribed to.
    pub to: String,
    /// The subject, or AWS's `AWS Notification Message` when none was given.
    pub subject: String,
    /// The message; for `email-json` the whole notification as JSON.
    pub body: String,
    /// When it was published.
    pub at: Timestamp,
    /// The notification's identifier, as `Publish` answered it.
    pub message_id: String,
}

impl Mail {
    /// [`Mail::to`] of what was published to a topic without subscriptions: on AWS it would reach nobody, locally it is
    /// shown all the same.
    pub const NO_SUBSCRIBER: &'static str = "(no subscriber)";

    /// The mail about a message of a topic.
    pub(crate) fn about(message: &Message, topic_arn: &str, to: &str, body: String) -> Self {
        Self {
            topic_arn: Some(topic_arn.to_owned()),
            to: to.to_owned(),
            subject: message.subject.clone().unwrap_or_else(|| "AWS Notification Message".to_owned()),
            body,
            at: message.at,
            message_id: message.id.clone(),
        }
    }
}

/// A message that was published to a topic, whoever has subscribed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The topic.
    pub topic_arn: String,
    /// Identifier that `Publish` answered.
    pub message_id: String,
    /// The subject, if one was given.
    pub subject: Option<String>,
    /// The message as published; with `MessageStructure` `json` the object of all protocols' messages.
    pub message: String,
    /// When it was published.
    pub at: Timestamp,
    /// Subscriptions that the message was handed to, after filtering.
    pub deliveries: usize,
}
