//! Operations on objects.

use futures_util::TryStreamExt as _;
use s3s::dto::{
    ChecksumAlgorithm, ChecksumMode, CopyObjectInput, CopySource, Delete, DeleteObjectInput, DeleteObjectTaggingInput,
    DeleteObjectsInput, DeletedObject, Error, GetObjectInput, GetObjectTaggingInput, HeadObjectInput,
    MetadataDirective, ObjectIdentifier, PutObjectInput, PutObjectTaggingInput, Range, ServerSideEncryption,
    StorageClass, Tag, Tagging, TaggingDirective,
};
use s3s::{S3Result, s3_error};
use serde_json::{Value, json};

use super::super::checksum;
use super::super::{
    Objects, content, copy as copying, delete as deleting, fault, get as getting, put as putting, tagging,
};
use super::members::Members;
use super::reply::{self, Reply};
use super::request;

/// The largest object whose content becomes part of a reply, in bytes.
const MAX_BODY: i64 = 16 * 1024 * 1024;

pub(super) async fn put(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let body = match members.value("Body") {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    };
    // The SDK sends texts with this type and checks them by a CRC-32.
    let content_type = members.text("ContentType")?.unwrap_or_else(|| "text/plain; charset=UTF-8".to_owned());
    let algorithm = members.text("ChecksumAlgorithm")?.unwrap_or_else(|| ChecksumAlgorithm::CRC32.to_owned());
    let input = PutObjectInput {
        bucket,
        key,
        content_length: i64::try_from(body.len()).ok(),
        body: Some(content::blob(body)),
        content_type: Some(content_type),
        checksum_algorithm: Some(ChecksumAlgorithm::from(algorithm)),
        checksum_crc32: members.text("ChecksumCRC32")?,
        checksum_crc32c: members.text("ChecksumCRC32C")?,
        checksum_crc64nvme: members.text("ChecksumCRC64NVME")?,
        checksum_sha1: members.text("ChecksumSHA1")?,
        checksum_sha256: members.text("ChecksumSHA256")?,
        content_md5: members.text("ContentMD5")?,
        cache_control: members.text("CacheControl")?,
        content_disposition: members.text("ContentDisposition")?,
        content_encoding: members.text("ContentEncoding")?,
        content_language: members.text("ContentLanguage")?,
        expires: members.time("Expires")?,
        metadata: members.metadata()?,
        storage_class: members.text("StorageClass")?.map(StorageClass::from),
        server_side_encryption: members.text("ServerSideEncryption")?.map(ServerSideEncryption::from),
        ssekms_key_id: members.text("SSEKMSKeyId")?,
        tagging: members.text("Tagging")?,
        if_match: members.condition("IfMatch")?,
        if_none_match: members.condition("IfNoneMatch")?,
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        ..Default::default()
    };
    members.end()?;
    let mut output = putting::put(objects, request(input)).await?;
    Ok(Reply::default()
        .sum(checksum::given!(output)?.as_ref())
        .etag(output.e_tag.as_ref())
        .with("ServerSideEncryption", output.server_side_encryption.map(|kind| kind.as_str().to_owned()))
        .with("VersionId", output.version_id)
        .done())
}

/// The members that replies to `GetObject` and `HeadObject` share.
macro_rules! described {
    ($output:expr) => {{
        let output = &mut $output;
        let sum = checksum::given!(output)?;
        Reply::default()
            .with("AcceptRanges", output.accept_ranges.take())
            .with("CacheControl", output.cache_control.take())
            .sum(sum.as_ref())
            .with("ContentDisposition", output.content_disposition.take())
            .with("ContentEncoding", output.content_encoding.take())
            .with("ContentLanguage", output.content_language.take())
            .with("ContentLength", output.content_length)
            .with("ContentRange", output.content_range.take())
            .with("ContentType", output.content_type.take())
            .etag(output.e_tag.as_ref())
            .time("Expires", output.expires.as_ref())
            .time("LastModified", output.last_modified.as_ref())
            .with("Metadata", output.metadata.take().map(|metadata| json!(metadata)))
            .with("PartsCount", output.parts_count)
            .with("ServerSideEncryption", output.server_side_encryption.take().map(|kind| kind.as_str().to_owned()))
            .with("StorageClass", output.storage_class.take().map(|class| class.as_str().to_owned()))
            .with("VersionId", output.version_id.take())
    }};
}

/// The members that requests of `GetObject` and `HeadObject` share.
macro_rules! asked {
    ($kind:ident, $members:expr) => {{
        let members = &mut $members;
        let (bucket, key) = members.object()?;
        let range = members.text("Range")?;
        $kind {
            bucket,
            key,
            version_id: members.text("VersionId")?,
            range: range.as_deref().and_then(|range| Range::parse(range).ok()),
            part_number: members.small("PartNumber")?,
            checksum_mode: members.text("ChecksumMode")?.map(ChecksumMode::from),
            if_match: members.condition("IfMatch")?,
            if_none_match: members.condition("IfNoneMatch")?,
            if_modified_since: members.time("IfModifiedSince")?,
            if_unmodified_since: members.time("IfUnmodifiedSince")?,
            expected_bucket_owner: members.text("ExpectedBucketOwner")?,
            ..Default::default()
        }
    }};
}

pub(super) async fn get(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let input = asked!(GetObjectInput, members);
    members.end()?;
    let mut output = getting::get(objects, input).await?;
    if output.content_length.is_some_and(|length| length > MAX_BODY) {
        return Err(s3_error!(
            EntityTooLarge,
            "The object has more than {MAX_BODY} bytes, too many for a reply in process"
        ));
    }
    let mut bytes = Vec::new();
    if let Some(mut body) = output.body.take() {
        while let Some(chunk) = body.try_next().await.map_err(fault::internal)? {
            bytes.extend_from_slice(&chunk);
        }
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|other| String::from_utf8_lossy(other.as_bytes()).into_owned());
    let tags = output.tag_count;
    Ok(described!(output).with("TagCount", tags).with("Body", Some(text)).done())
}

pub(super) async fn head(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let input = asked!(HeadObjectInput, members);
    members.end()?;
    let mut output = getting::head(objects, input).await?;
    Ok(described!(output).done())
}

pub(super) async fn delete(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let input = DeleteObjectInput {
        bucket,
        key,
        version_id: members.text("VersionId")?,
        if_match: members.condition("IfMatch")?,
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        ..Default::default()
    };
    members.end()?;
    let output = deleting::delete(objects, input).await?;
    Ok(Reply::default().with("DeleteMarker", output.delete_marker).with("VersionId", output.version_id).done())
}

pub(super) async fn delete_many(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let bucket = members.needed("Bucket")?;
    let expected_bucket_owner = members.text("ExpectedBucketOwner")?;
    let mut asked = members.shape("Delete", "an object with a list of Objects")?;
    members.end()?;
    let quiet = asked.flag("Quiet")?;
    let objects_asked = asked.list("Objects")?;
    asked.end()?;
    let identifiers = objects_asked.into_iter().map(|mut one| {
        let identifier = ObjectIdentifier {
            key: one.needed("Key")?,
            version_id: one.text("VersionId")?,
            e_tag: one.text("ETag")?.map(|tag| s3s::dto::ETag::Strong(tag.trim_matches('"').to_owned())),
            ..Default::default()
        };
        one.end()?;
        Ok(identifier)
    });
    let delete = Delete { objects: identifiers.collect::<S3Result<_>>()?, quiet };
    let input = DeleteObjectsInput {
        bucket,
        delete,
        expected_bucket_owner,
        bypass_governance_retention: None,
        checksum_algorithm: None,
        mfa: None,
        request_payer: None,
    };
    let output = deleting::delete_many(objects, input).await?;
    let deleted = |one: DeletedObject| {
        Reply::default()
            .with("DeleteMarker", one.delete_marker)
            .with("DeleteMarkerVersionId", one.delete_marker_version_id)
            .with("Key", one.key)
            .with("VersionId", one.version_id)
            .done()
    };
    let failed = |one: Error| {
        Reply::default()
            .with("Code", one.code)
            .with("Key", one.key)
            .with("Message", one.message)
            .with("VersionId", one.version_id)
            .done()
    };
    Ok(Reply::default()
        .with("Deleted", reply::list(output.deleted.filter(|list| !list.is_empty()), deleted))
        .with("Errors", reply::list(output.errors.filter(|list| !list.is_empty()), failed))
        .done())
}

pub(super) async fn copy(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let source = members.needed("CopySource")?;
    let copy_source = CopySource::parse(&source).map_err(|_| {
        fault::invalid_argument("The member CopySource of CopyObject must be <bucket>/<key>, encoded as in a URL")
    })?;
    let mut input = CopyObjectInput::builder();
    input.set_bucket(bucket);
    input.set_key(key);
    input.set_copy_source(copy_source);
    let mut input = input.build().map_err(fault::internal)?;
    input.copy_source_if_match = members.condition("CopySourceIfMatch")?;
    input.copy_source_if_none_match = members.condition("CopySourceIfNoneMatch")?;
    input.copy_source_if_modified_since = members.time("CopySourceIfModifiedSince")?;
    input.copy_source_if_unmodified_since = members.time("CopySourceIfUnmodifiedSince")?;
    input.metadata_directive = members.text("MetadataDirective")?.map(MetadataDirective::from);
    input.tagging_directive = members.text("TaggingDirective")?.map(TaggingDirective::from);
    input.tagging = members.text("Tagging")?;
    input.metadata = members.metadata()?;
    input.content_type = members.text("ContentType")?;
    input.cache_control = members.text("CacheControl")?;
    input.content_disposition = members.text("ContentDisposition")?;
    input.content_encoding = members.text("ContentEncoding")?;
    input.content_language = members.text("ContentLanguage")?;
    input.checksum_algorithm = members.text("ChecksumAlgorithm")?.map(ChecksumAlgorithm::from);
    input.storage_class = members.text("StorageClass")?.map(StorageClass::from);
    input.server_side_encryption = members.text("ServerSideEncryption")?.map(ServerSideEncryption::from);
    input.expected_bucket_owner = members.text("ExpectedBucketOwner")?;
    input.expected_source_bucket_owner = members.text("ExpectedSourceBucketOwner")?;
    members.end()?;
    let output = copying::copy(objects, input).await?;
    let result = output.copy_object_result.map(|mut result| {
        let sum = checksum::given!(result).ok().flatten();
        let reply = Reply::default().sum(sum.as_ref()).etag(result.e_tag.as_ref());
        reply.time("LastModified", result.last_modified.as_ref()).done()
    });
    Ok(Reply::default()
        .with("CopyObjectResult", result)
        .with("CopySourceVersionId", output.copy_source_version_id)
        .with("ServerSideEncryption", output.server_side_encryption.map(|kind| kind.as_str().to_owned()))
        .with("VersionId", output.version_id)
        .done())
}

pub(super) async fn get_tags(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let input = GetObjectTaggingInput {
        bucket,
        key,
        version_id: members.text("VersionId")?,
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        ..Default::default()
    };
    members.end()?;
    let output = tagging::get(objects, input).await?;
    let each = |tag: Tag| json!({"Key": tag.key, "Value": tag.value});
    Ok(Reply::default()
        .with("TagSet", reply::list(Some(output.tag_set), each))
        .with("VersionId", output.version_id)
        .done())
}

pub(super) async fn put_tags(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let input = PutObjectTaggingInput {
        bucket,
        key,
        tagging: Tagging { tag_set: members.tags()? },
        version_id: members.text("VersionId")?,
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        checksum_algorithm: None,
        content_md5: None,
        request_payer: None,
    };
    members.end()?;
    let output = tagging::put(objects, input).await?;
    Ok(Reply::default().with("VersionId", output.version_id).done())
}

pub(super) async fn delete_tags(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, key) = members.object()?;
    let input = DeleteObjectTaggingInput {
        bucket,
        key,
        version_id: members.text("VersionId")?,
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
    };
    members.end()?;
    let output = tagging::delete(objects, input).await?;
    Ok(Reply::default().with("VersionId", output.version_id).done())
}
