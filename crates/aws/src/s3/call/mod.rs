//! S3 called in process: members and replies as the AWS SDK for Java has them, which Step Functions calls
//! (`services/aws_sdk_task_service--s3_put_object-*.json` and `…--s3_get_object-*.json`).

mod buckets;
mod keys;
mod listing;
mod members;
mod reply;

use async_trait::async_trait;
use http::{Extensions, HeaderMap, Method, Uri};
use s3s::{S3Request, S3Result};
use serde_json::Value;

use super::{Objects, S3, fault, wire};
use crate::error::ServiceError;
use crate::service::{Service, ServiceReply, http_date};
use members::Members;

#[async_trait]
impl Service for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        let output = match run(&self.objects, operation, request).await {
            Ok(output) => output,
            Err(error) => {
                let mut error = fault::service_error(&error);
                head_error(operation, &mut error);
                return Err(error);
            }
        };
        let request_id = wire::request_id();
        let headers = vec![
            ("x-amz-id-2", wire::extended_request_id()),
            ("x-amz-request-id", request_id.clone()),
            ("Date", http_date()),
            ("Server", "AmazonS3".to_owned()),
        ];
        Ok(ServiceReply { output, request_id, status: 200, headers })
    }
}

/// Replies to `HEAD` have no body: the SDK makes of their status the exception that the operation would have had
/// (`ExceptionTranslationInterceptor` of the AWS SDK for Java).
fn head_error(operation: &str, error: &mut ServiceError) {
    let (code, message) = match (operation, error.status) {
        ("HeadObject", 404) => ("NoSuchKey", "The specified key does not exist."),
        ("HeadBucket", 404) => ("NoSuchBucket", "The specified bucket does not exist"),
        _ => return,
    };
    error.code = code.into();
    error.exception = Some(code.into());
    message.clone_into(&mut error.message);
}

async fn run(objects: &Objects, operation: &str, request: Value) -> S3Result<Value> {
    let mut members = Members::new(operation, request)?;
    match operation {
        "PutObject" => keys::put(objects, members).await,
        "GetObject" => keys::get(objects, members).await,
        "HeadObject" => keys::head(objects, members).await,
        "DeleteObject" => keys::delete(objects, members).await,
        "DeleteObjects" => keys::delete_many(objects, members).await,
        "CopyObject" => keys::copy(objects, members).await,
        "GetObjectTagging" => keys::get_tags(objects, members).await,
        "PutObjectTagging" => keys::put_tags(objects, members).await,
        "DeleteObjectTagging" => keys::delete_tags(objects, members).await,
        "ListObjectsV2" => listing::list_v2(objects, members).await,
        "ListObjects" => listing::list(objects, members).await,
        "CreateBucket" => buckets::create(objects, members).await,
        "HeadBucket" => buckets::head(objects, members).await,
        "DeleteBucket" => buckets::delete(objects, members).await,
        "ListBuckets" => buckets::list(objects, members).await,
        "GetBucketLocation" => buckets::location(objects, members).await,
        "GetBucketVersioning" => buckets::get_versioning(objects, members).await,
        "PutBucketVersioning" => buckets::put_versioning(objects, members).await,
        _ => Err(members.not_emulated()),
    }
}

/// A request of the protocol library, without a protocol.
fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: Method::GET,
        uri: Uri::default(),
        headers: HeaderMap::new(),
        extensions: Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

#[cfg(test)]
mod tests;
