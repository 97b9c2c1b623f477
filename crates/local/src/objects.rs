//! Where distributed Maps of the stack read their items and leave their results: the embedded S3.

use async_trait::async_trait;
use aws::ServiceError;
use machine::items::ListedObject;
use runtime::{ObjectError, ObjectStore};

/// How many objects are listed at a time.
const PAGE: usize = 1_000;

/// The embedded S3, as executions see it.
pub(crate) struct Objects(pub(crate) aws::ObjectStore);

#[async_trait]
impl ObjectStore for Objects {
    async fn get(&self, bucket: &str, key: &str, version_id: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        let (_, content) = self.0.get(bucket, key, version_id).await.map_err(sentence)?;
        Ok(content.into())
    }

    async fn list(&self, bucket: &str, prefix: Option<&str>) -> Result<Vec<ListedObject>, ObjectError> {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page =
                self.0.list(bucket, prefix.unwrap_or_default(), after.as_deref(), PAGE).await.map_err(sentence)?;
            listed.extend(page.objects.into_iter().map(|object| ListedObject {
                key: object.key.into(),
                etag: object.etag.into(),
                last_modified_seconds: object.last_modified.as_second(),
                size: object.size,
                storage_class: object.storage_class.into(),
            }));
            if page.next.is_none() {
                return Ok(listed);
            }
            after = page.next;
        }
    }

    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, content_type: &str) -> Result<(), ObjectError> {
        self.0.put(bucket, key, body.into(), Some(content_type)).await.map_err(sentence)?;
        Ok(())
    }
}

fn sentence(error: ServiceError) -> ObjectError {
    ObjectError(error.message)
}
