//! Activities as the registry knows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) arn: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) created_at: Timestamp,
    /// Its place in the order of creation.
    pub(crate) position: u64,
    pub(crate) encryption: Arc<Value>,
    pub(crate) tags: BTreeMap<String, String>,
}
