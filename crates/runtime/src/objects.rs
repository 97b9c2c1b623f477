//! Where distributed Maps read their items and leave their results: the port that S3 implements.

use async_trait::async_trait;
use machine::items::ListedObject;

/// A store of objects in buckets.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// The content of an object (`GetObject`).
    async fn get(&self, bucket: &str, key: &str, version_id: Option<&str>) -> Result<Vec<u8>, ObjectError>;

    /// All objects whose keys begin so, in the order of their keys (`ListObjectsV2`, every page).
    async fn list(&self, bucket: &str, prefix: Option<&str>) -> Result<Vec<ListedObject>, ObjectError>;

    /// Puts an object (`PutObject`).
    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, content_type: &str) -> Result<(), ObjectError>;
}

/// Why a store did not do what it was asked for: the sentence becomes the cause of `States.ItemReaderFailed` or
/// `States.ResultWriterFailed`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ObjectError(pub String);
