use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use support::aws::{self, SdkConfig};

use crate::{Results, StoreError, Stored};

/// A bucket of S3.
#[derive(Clone, Debug)]
pub struct S3Results {
    client: Client,
    bucket: String,
}

impl S3Results {
    /// The bucket of this name.
    pub fn new(config: &SdkConfig, bucket: String) -> Self {
        Self { client: Client::new(config), bucket }
    }
}

impl Results for S3Results {
    /// Writes on the condition that nothing is there, which needs no permission but `s3:PutObject`.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
    async fn store(&self, key: &str, document: String) -> Result<Stored, StoreError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .if_none_match("*")
            .content_type("application/json")
            .body(ByteStream::from(document.into_bytes()));
        match put.send().await {
            Ok(_) => Ok(Stored::New),
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 412) => {
                Ok(Stored::There)
            }
            Err(error) => Err(StoreError(aws::reason(&error))),
        }
    }
}
