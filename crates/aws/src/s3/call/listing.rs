//! Listings.

use s3s::S3Result;
use s3s::dto::{CommonPrefix, EncodingType, ListObjectsInput, ListObjectsV2Input, Object};
use serde_json::{Value, json};

use super::super::{Objects, list};
use super::members::Members;
use super::reply::{self, Reply};

fn entry(object: Object) -> Value {
    let algorithms: Option<Vec<String>> =
        object.checksum_algorithm.map(|names| names.iter().map(|name| name.as_str().to_owned()).collect());
    Reply::default()
        .with("ChecksumAlgorithm", algorithms)
        .with("ChecksumType", object.checksum_type.map(|kind| kind.as_str().to_owned()))
        .etag(object.e_tag.as_ref())
        .with("Key", object.key)
        .time("LastModified", object.last_modified.as_ref())
        .with("Owner", object.owner.and_then(|owner| owner.id).map(|id| json!({"Id": id})))
        .with("Size", object.size)
        .with("StorageClass", object.storage_class.map(|class| class.as_str().to_owned()))
        .done()
}

fn prefix(common: CommonPrefix) -> Value {
    Reply::default().with("Prefix", common.prefix).done()
}

pub(super) async fn list_v2(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let input = ListObjectsV2Input {
        bucket: members.needed("Bucket")?,
        prefix: members.text("Prefix")?,
        delimiter: members.text("Delimiter")?,
        max_keys: members.small("MaxKeys")?,
        continuation_token: members.text("ContinuationToken")?,
        start_after: members.text("StartAfter")?,
        fetch_owner: members.flag("FetchOwner")?,
        encoding_type: members.text("EncodingType")?.map(EncodingType::from),
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        ..Default::default()
    };
    members.end()?;
    let output = list::list_v2(objects, input).await?;
    Ok(Reply::default()
        .with("CommonPrefixes", reply::list(output.common_prefixes, prefix))
        .with("Contents", reply::list(output.contents.filter(|contents| !contents.is_empty()), entry))
        .with("ContinuationToken", output.continuation_token)
        .with("Delimiter", output.delimiter)
        .with("EncodingType", output.encoding_type.map(|encoding| encoding.as_str().to_owned()))
        .with("IsTruncated", output.is_truncated)
        .with("KeyCount", output.key_count)
        .with("MaxKeys", output.max_keys)
        .with("Name", output.name)
        .with("NextContinuationToken", output.next_continuation_token)
        .with("Prefix", output.prefix)
        .with("StartAfter", output.start_after)
        .done())
}

pub(super) async fn list(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let input = ListObjectsInput {
        bucket: members.needed("Bucket")?,
        prefix: members.text("Prefix")?,
        delimiter: members.text("Delimiter")?,
        max_keys: members.small("MaxKeys")?,
        marker: members.text("Marker")?,
        encoding_type: members.text("EncodingType")?.map(EncodingType::from),
        expected_bucket_owner: members.text("ExpectedBucketOwner")?,
        ..Default::default()
    };
    members.end()?;
    let output = list::list(objects, input).await?;
    Ok(Reply::default()
        .with("CommonPrefixes", reply::list(output.common_prefixes, prefix))
        .with("Contents", reply::list(output.contents.filter(|contents| !contents.is_empty()), entry))
        .with("Delimiter", output.delimiter)
        .with("EncodingType", output.encoding_type.map(|encoding| encoding.as_str().to_owned()))
        .with("IsTruncated", output.is_truncated)
        .with("Marker", output.marker)
        .with("MaxKeys", output.max_keys)
        .with("Name", output.name)
        .with("NextMarker", output.next_marker)
        .with("Prefix", output.prefix)
        .done())
}
