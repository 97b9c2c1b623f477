//! What a stack has made, besides by calls.

use std::collections::BTreeMap;

/// A queue to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueSpec {
    /// The queue's name; a FIFO queue's ends in `.fifo`.
    pub name: String,
    /// Attributes as `CreateQueue` takes them: `VisibilityTimeout`, `RedrivePolicy` (JSON text), `FifoQueue`, …
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A topic to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicSpec {
    /// The topic's name; a FIFO topic's ends in `.fifo`.
    pub name: String,
    /// Attributes as `CreateTopic` takes them: `DisplayName`, `FifoTopic`, …
    pub attributes: BTreeMap<String, String>,
}

/// A subscription to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionSpec {
    /// ARN of the topic.
    pub topic_arn: String,
    /// `sqs`, `lambda`, `email`, `email-json` or `sms`.
    pub protocol: String,
    /// ARN of the queue or function, mail address, or phone number.
    pub endpoint: String,
    /// Attributes as `Subscribe` takes them: `FilterPolicy` (JSON text), `RawMessageDelivery`, …
    pub attributes: BTreeMap<String, String>,
}
