//! `ListObjectVersions`.

use s3s::S3Result;
use s3s::dto::{
    ChecksumAlgorithm, DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};

use super::object::{self, COLUMNS, Version};
use super::store::database;
use super::walk::{self, BATCH, Encoding, Last, Start, Walk};
use super::{Objects, fault};

pub(super) async fn list(objects: &Objects, input: ListObjectVersionsInput) -> S3Result<ListObjectVersionsOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let limit = walk::limit(input.max_keys, "max-keys")?;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let owner = objects.owner();
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let (prefix, marker) = (input.prefix.unwrap_or_default(), input.key_marker.unwrap_or_default());
            let delimiter = input.delimiter.filter(|delimiter| !delimiter.is_empty());
            let walk = Walk {
                prefix: &prefix,
                delimiter: delimiter.as_deref().unwrap_or_default(),
                limit: limit as usize,
                marker: &marker,
            };
            let mut start = walk.start();
            if let Some(name) = input.version_id_marker.as_deref().filter(|name| !name.is_empty()) {
                if marker.is_empty() {
                    return Err(fault::invalid_argument(
                        "A version-id marker cannot be specified without a key marker.",
                    ));
                }
                if let Some(found) = object::version(view, &bucket, &marker, name)? {
                    start = Start::Within(marker.clone(), found.id);
                }
            }
            // A key's versions come newest first.
            let page = walk.page(start, |start| {
                let (condition, key, id) = match start {
                    Start::At(key) => ("key >= ?2 AND ?3 = 0", key, 0),
                    Start::After(key) => ("key > ?2 AND ?3 = 0", key, 0),
                    Start::Within(key, id) => ("key >= ?2 AND (key > ?2 OR id < ?3)", key, *id),
                };
                view.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM object
                     WHERE bucket = ?1 AND {condition} ORDER BY key, id DESC LIMIT {BATCH}"
                ))
                .and_then(|mut select| select.query_map((bucket.id, key, id), Version::read)?.collect())
                .map_err(database)
            })?;
            let mut output = ListObjectVersionsOutput {
                name: Some(input.bucket),
                is_truncated: Some(page.next.is_some()),
                common_prefixes: encoding.prefixes(page.prefixes),
                prefix: Some(encoding.key(prefix)),
                delimiter: delimiter.map(|delimiter| encoding.key(delimiter)),
                key_marker: Some(encoding.key(marker)),
                version_id_marker: input.version_id_marker,
                max_keys: Some(limit),
                encoding_type: input.encoding_type,
                ..Default::default()
            };
            match page.next {
                Some(Last::Row(row)) => {
                    output.next_key_marker = Some(encoding.key(row.key));
                    output.next_version_id_marker = Some(row.name);
                }
                Some(Last::Prefix(prefix)) => output.next_key_marker = Some(encoding.key(prefix)),
                None => {}
            }
            let (mut versions, mut markers) = (Vec::new(), Vec::new());
            for row in page.rows {
                if row.marker {
                    markers.push(DeleteMarkerEntry {
                        is_latest: Some(row.latest),
                        last_modified: Some(row.modified()),
                        owner: Some(owner.clone()),
                        version_id: Some(row.name),
                        key: Some(encoding.key(row.key)),
                    });
                    continue;
                }
                versions.push(ObjectVersion {
                    checksum_algorithm: row
                        .sum
                        .as_ref()
                        .map(|sum| vec![ChecksumAlgorithm::from_static(sum.algorithm.name())]),
                    checksum_type: row.sum.as_ref().map(super::checksum::Sum::kind),
                    e_tag: Some(row.etag()),
                    is_latest: Some(row.latest),
                    last_modified: Some(row.modified()),
                    owner: Some(owner.clone()),
                    size: i64::try_from(row.size).ok(),
                    storage_class: Some(ObjectVersionStorageClass::from(row.class)),
                    version_id: Some(row.name),
                    key: Some(encoding.key(row.key)),
                    ..Default::default()
                });
            }
            output.versions = Some(versions);
            output.delete_markers = Some(markers);
            Ok(output)
        })
        .await
}
