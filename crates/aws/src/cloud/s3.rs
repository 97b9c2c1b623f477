//! Buckets and objects, for those who embed the cloud.

use super::Cloud;
use crate::error::Error;
use crate::s3::{BucketSpec, ObjectStore};

impl Cloud {
    /// Makes a bucket, or finds it; switches its versioning on when `spec` asks for it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the name can't be a bucket's.
    pub async fn create_bucket(&self, spec: &BucketSpec) -> Result<(), Error> {
        self.objects().furnish(spec).await
    }

    /// The objects of S3, to be read, written and listed in process.
    pub fn objects(&self) -> ObjectStore {
        self.shared.s3.door()
    }
}
