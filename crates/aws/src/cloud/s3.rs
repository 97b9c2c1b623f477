//! Buckets and objects, for those who embed the cloud.

use std::path::PathBuf;

use super::Cloud;
use crate::error::Error;
use crate::place::Place;
use crate::s3::{BucketSpec, ObjectStore, S3};

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

/// Opens the objects, in a folder of the data directory or in memory.
pub(super) async fn open(data: Option<PathBuf>, place: Place, endpoint: String) -> Result<S3, Error> {
    let path = data.clone().unwrap_or_default();
    let opening = tokio::task::spawn_blocking(move || S3::open(data.as_deref(), place, endpoint));
    opening.await.unwrap_or_else(|panic| Err(Error::Data { path, reason: panic.to_string() }))
}
