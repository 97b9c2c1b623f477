//! DynamoDB tables.

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The `CreateTable` request, as DynamoDB takes it.
    pub create_table: Value,
    /// The `TimeToLiveSpecification` of an `UpdateTimeToLive` request, which must follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_live: Option<Value>,
    /// Whether point-in-time recovery is on.
    pub point_in_time_recovery: bool,
}
