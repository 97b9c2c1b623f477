//! S3 buckets.

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bucket {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name: `BucketName`, or `<stack>-<LogicalId>` in lower case, to which AWS would append random characters.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it keeps old versions of its objects.
    pub versioning: bool,
    /// `BucketEncryption`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Value>,
    /// What is told of changes in it: `NotificationConfiguration`, and functions' `S3` events.
    pub notifications: Vec<BucketNotification>,
    /// Whether its changes are sent to EventBridge.
    pub event_bridge: bool,
}

/// What is told of changes in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BucketNotification {
    /// Which changes, such as `s3:ObjectCreated:*`.
    pub events: Vec<String>,
    /// Which objects.
    pub filters: Vec<NotificationFilter>,
    /// The ARN of the function, queue or topic that is told.
    pub target_arn: String,
}

/// A condition on an object's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotificationFilter {
    /// `prefix` or `suffix`.
    pub name: String,
    /// What the key must begin or end with.
    pub value: String,
}
