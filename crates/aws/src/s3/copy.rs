//! `CopyObject`.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, Timestamp};
use s3s::{S3Result, s3_error};

use super::checksum::{self, Algorithm};
use super::condition::{ReadIf, WriteIf};
use super::content::{self, Reading};
use super::head::{self, head_of};
use super::object::{self, Bucket, Version};
use super::put::New;
use super::{Objects, encrypted, fault, tagging};

/// The largest object that is copied in one request, in bytes.
const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

/// The bucket, key and version of a copy's source.
pub(super) fn source(source: CopySource) -> S3Result<(String, String, Option<String>)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket.into(), key.into(), version_id.map(String::from))),
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(fault::not_implemented("a copy from an access point"))
        }
    }
}

/// Finds the source of a copy. Its content is ready to be read: all of it, or the bytes of `range`.
pub(super) async fn open(
    objects: &Objects,
    named: (String, String, Option<String>),
    condition: ReadIf,
    range: Option<std::ops::Range<u64>>,
) -> S3Result<(Bucket, Version, Reading)> {
    objects
        .store
        .read(move |view| {
            let (bucket, key, version) = named;
            let bucket = object::bucket(view, &bucket)?;
            let found = object::readable(view, &bucket, &key, version.as_deref())?;
            condition.check_source(&found)?;
            if range.as_ref().is_some_and(|range| range.end > found.size) {
                return Err(fault::invalid_argument(format!(
                    "Range specified is not valid for source object of size: {}",
                    found.size
                )));
            }
            let reading = Reading::new(object::segments(view, &found)?, range.as_ref().unwrap_or(&(0..found.size)));
            Ok((bucket, found, reading))
        })
        .await
}

pub(super) async fn copy(objects: &Objects, mut input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects.check_owner(input.expected_source_bucket_owner.as_deref())?;
    head::refuse(&[("a customer's encryption key", input.copy_source_sse_customer_algorithm.is_some())])?;
    let replaces = |directive: Option<&str>, name: &str| match directive {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(fault::invalid_argument(format!("Unknown {name} directive."))),
    };
    let new_head = replaces(input.metadata_directive.as_ref().map(s3s::dto::MetadataDirective::as_str), "metadata")?;
    let new_tags = replaces(input.tagging_directive.as_ref().map(s3s::dto::TaggingDirective::as_str), "tagging")?;
    let given = head_of!(input);
    let class = head::class(input.storage_class.as_ref())?;
    let tags = tagging::of_header(input.tagging.as_deref())?;
    let named = source(input.copy_source)?;
    let itself = named.0 == input.bucket && named.1 == input.key && named.2.is_none();
    if itself && !new_head && input.storage_class.is_none() {
        return Err(fault::invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let condition = ReadIf {
        matches: input.copy_source_if_match,
        none_matches: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (bucket, found, reading) = open(objects, named, condition, None).await?;
    if found.size > MAX_SIZE {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
        ));
    }
    let algorithm = match Algorithm::asked(input.checksum_algorithm.as_ref())? {
        Some(asked) => asked,
        None => found.sum.as_ref().map_or(Algorithm::Crc64Nvme, |sum| sum.algorithm),
    };
    let content = content::take(objects.store.blobs(), reading.stream(), algorithm, None).await?;
    let new = New {
        bucket: input.bucket,
        key: input.key,
        class,
        head: if new_head { given } else { found.head()? },
        tags: if new_tags { tags } else { found.tags()? },
        condition: WriteIf::default(),
    };
    let stored = objects.store(new, content).await?;
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(stored.etag)),
        checksum_type: Some(stored.sum.kind()),
        last_modified: Some(object::timestamp(stored.written.modified) as Timestamp),
        ..Default::default()
    };
    checksum::put!(result, Some(&stored.sum));
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: found.named(&bucket),
        server_side_encryption: Some(encrypted()),
        version_id: stored.written.version,
        ..Default::default()
    })
}
