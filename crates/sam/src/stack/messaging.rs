//! Queues, topics and subscriptions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name; that of a FIFO queue ends with `.fifo`.
    pub name: String,
    /// Its URL: `<endpoint>/<account>/<name>`, or that of AWS when the settings have no endpoint.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it is a FIFO queue.
    pub fifo: bool,
    /// The `Attributes` of a `CreateQueue` request, the redrive policy included.
    pub attributes: BTreeMap<String, String>,
    /// Where messages go that are received too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive: Option<RedrivePolicy>,
    /// `Tags`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// The redrive policy of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedrivePolicy {
    /// The ARN of the dead-letter queue.
    pub dead_letter_target_arn: String,
    /// How often a message is received before it goes there.
    pub max_receive_count: u32,
}

/// An SNS topic. [`super::Stack::subscriptions_of`] tells what it delivers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name; that of a FIFO topic ends with `.fifo`.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it is a FIFO topic.
    pub fifo: bool,
    /// Whether messages are deduplicated by their content.
    pub content_based_deduplication: bool,
    /// The name that is shown in messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A subscription of a topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subscription {
    /// The logical id of what asks for it: a topic, an `AWS::SNS::Subscription`, or a function's event as
    /// `<function><event>`.
    pub logical_id: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
    /// The topic.
    pub topic_arn: String,
    /// `sqs`, `lambda`, `email`, `https` and so on.
    pub protocol: String,
    /// Where it delivers to: an ARN, an address or a URL.
    pub endpoint: String,
    /// Which messages it takes; none takes all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_policy: Option<Value>,
    /// What the filter looks at: `MessageAttributes` or `MessageBody`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_policy_scope: Option<String>,
    /// Whether messages arrive as they were published, without SNS's envelope.
    pub raw_message_delivery: bool,
    /// The ARN of the queue for what can't be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_target_arn: Option<String>,
}
