//! `ListObjects` and `ListObjectsV2`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use s3s::S3Result;
use s3s::dto::{
    ChecksumAlgorithm, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass, Owner,
};

use super::object::{self, Bucket, COLUMNS, Version};
use super::store::database;
use super::walk::{self, BATCH, Encoding, Keyed, Last, Page, Start, Walk};
use super::{Objects, fault, head};

impl Keyed for Version {
    fn key(&self) -> &str {
        &self.key
    }

    fn id(&self) -> i64 {
        self.id
    }
}

/// One page of a bucket's objects.
pub(super) fn page(connection: &Connection, bucket: &Bucket, walk: &Walk<'_>) -> S3Result<Page<Version>> {
    walk.page(walk.start(), |start| {
        let (compared, key) = match start {
            Start::At(key) => (">=", key),
            Start::After(key) | Start::Within(key, _) => (">", key),
        };
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM object
                 WHERE bucket = ?1 AND latest = 1 AND key {compared} ?2 AND marker = 0 ORDER BY key LIMIT {BATCH}"
            ))
            .and_then(|mut select| select.query_map((bucket.id, key), Version::read)?.collect())
            .map_err(database)
    })
}

fn entry(found: Version, encoding: Encoding, owner: Option<&Owner>) -> Object {
    Object {
        checksum_algorithm: found.sum.as_ref().map(|sum| vec![ChecksumAlgorithm::from_static(sum.algorithm.name())]),
        checksum_type: found.sum.as_ref().map(super::checksum::Sum::kind),
        e_tag: Some(found.etag()),
        last_modified: Some(found.modified()),
        owner: owner.cloned(),
        size: i64::try_from(found.size).ok(),
        storage_class: Some(ObjectStorageClass::from(found.class)),
        key: Some(encoding.key(found.key)),
        ..Default::default()
    }
}

pub(super) async fn list(objects: &Objects, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let limit = walk::limit(input.max_keys, "max-keys")?;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let owner = objects.owner();
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let (prefix, marker) = (input.prefix.unwrap_or_default(), input.marker.unwrap_or_default());
            let delimiter = input.delimiter.filter(|delimiter| !delimiter.is_empty());
            let walk = Walk {
                prefix: &prefix,
                delimiter: delimiter.as_deref().unwrap_or_default(),
                limit: limit as usize,
                marker: &marker,
            };
            let page = page(view, &bucket, &walk)?;
            let next = page.next.as_ref().map(|last| match last {
                Last::Row(row) => row.key.clone(),
                Last::Prefix(prefix) => prefix.clone(),
            });
            Ok(ListObjectsOutput {
                name: Some(input.bucket),
                is_truncated: Some(next.is_some()),
                // Without a delimiter the last key is the next marker, and S3 doesn't say it.
                next_marker: next.filter(|_| delimiter.is_some()).map(|key| encoding.key(key)),
                contents: Some(page.rows.into_iter().map(|row| entry(row, encoding, Some(&owner))).collect()),
                common_prefixes: encoding.prefixes(page.prefixes),
                prefix: Some(encoding.key(prefix)),
                marker: Some(encoding.key(marker)),
                delimiter: delimiter.map(|delimiter| encoding.key(delimiter)),
                max_keys: Some(limit),
                encoding_type: input.encoding_type,
                ..Default::default()
            })
        })
        .await
}

pub(super) async fn list_v2(objects: &Objects, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    head::refuse(&[("restore status in a listing", input.optional_object_attributes.is_some())])?;
    let limit = walk::limit(input.max_keys, "maxKeys")?;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let owner = (input.fetch_owner == Some(true)).then(|| objects.owner());
    let marker = match &input.continuation_token {
        Some(token) => of_token(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let prefix = input.prefix.unwrap_or_default();
            let delimiter = input.delimiter.filter(|delimiter| !delimiter.is_empty());
            let walk = Walk {
                prefix: &prefix,
                delimiter: delimiter.as_deref().unwrap_or_default(),
                limit: limit as usize,
                marker: &marker,
            };
            let page = page(view, &bucket, &walk)?;
            let count = page.rows.len() + page.prefixes.len();
            Ok(ListObjectsV2Output {
                name: Some(input.bucket),
                is_truncated: Some(page.next.is_some()),
                next_continuation_token: page.next.map(|last| token(&last)),
                contents: Some(page.rows.into_iter().map(|row| entry(row, encoding, owner.as_ref())).collect()),
                common_prefixes: encoding.prefixes(page.prefixes),
                key_count: i32::try_from(count).ok(),
                prefix: Some(encoding.key(prefix)),
                delimiter: delimiter.map(|delimiter| encoding.key(delimiter)),
                start_after: input.start_after.map(|key| encoding.key(key)),
                continuation_token: input.continuation_token,
                max_keys: Some(limit),
                encoding_type: input.encoding_type,
                ..Default::default()
            })
        })
        .await
}

/// A continuation token: what the page ended with.
fn token(last: &Last<Version>) -> String {
    URL_SAFE_NO_PAD.encode(match last {
        Last::Row(row) => format!("1{}", row.key),
        Last::Prefix(prefix) => format!("1{prefix}"),
    })
}

fn of_token(token: &str) -> S3Result<String> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix('1').map(str::to_owned))
        .ok_or_else(|| fault::invalid_argument("The continuation token provided is incorrect"))
}
