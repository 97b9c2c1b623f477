//! Uploads in parts: their begin, their end without an object, and their listing
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).

use rusqlite::{Connection, OptionalExtension as _, Row};
use s3s::S3Result;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, MultipartUpload,
    StorageClass,
};

use super::checksum::Algorithm;
use super::head::{self, head_of};
use super::object::{self, Bucket};
use super::store::{Change, database};
use super::walk::{self, BATCH, Encoding, Keyed, Last, Start, Walk};
use super::{Objects, encrypted, fault, tagging};

/// An upload that is under way.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) id: i64,
    pub(super) key: String,
    /// Its identifier in the API.
    pub(super) name: String,
    pub(super) started: i64,
    pub(super) class: String,
    /// `None` when none was asked for.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) composite: bool,
    /// JSON texts.
    pub(super) head: String,
    pub(super) tags: String,
}

const COLUMNS: &str = "id, key, name, started, class, algorithm, composite, head, tags";

impl Upload {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            started: row.get(3)?,
            class: row.get(4)?,
            algorithm: row.get::<_, Option<String>>(5)?.as_deref().and_then(Algorithm::named),
            composite: row.get(6)?,
            head: row.get(7)?,
            tags: row.get(8)?,
        })
    }

    /// The checksum of its parts.
    pub(super) fn sums(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Crc64Nvme)
    }

    pub(super) fn checksum_algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name()))
    }

    pub(super) fn checksum_type(&self) -> Option<ChecksumType> {
        let kind = if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
        self.algorithm.map(|_| ChecksumType::from_static(kind))
    }
}

impl Keyed for Upload {
    fn key(&self) -> &str {
        &self.key
    }

    fn id(&self) -> i64 {
        self.id
    }
}

/// Finds an upload.
pub(super) fn find(connection: &Connection, bucket: &Bucket, key: &str, name: &str) -> S3Result<Upload> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM upload WHERE bucket = ?1 AND key = ?2 AND name = ?3"))
        .and_then(|mut select| select.query_row((bucket.id, key, name), Upload::read).optional())
        .map_err(database)?
        .ok_or_else(fault::no_such_upload)
}

/// Ends an upload and forgets its parts that are still there.
pub(super) fn drop_upload(change: &mut Change<'_>, id: i64) -> S3Result<()> {
    let blobs: Vec<i64> = change
        .prepare_cached("DELETE FROM upload_part WHERE upload = ?1 RETURNING blob")
        .and_then(|mut delete| delete.query_map([id], |row| row.get(0))?.collect())
        .map_err(database)?;
    change.execute("DELETE FROM upload WHERE id = ?1", [id]).map_err(database)?;
    blobs.into_iter().try_for_each(|blob| change.forget(blob))
}

pub(super) async fn create(
    objects: &Objects,
    mut input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let head = serde_json::to_string(&head_of!(input)).map_err(fault::internal)?;
    let tags = serde_json::to_string(&tagging::of_header(input.tagging.as_deref())?).map_err(fault::internal)?;
    let class = head::class(input.storage_class.as_ref())?;
    let algorithm = Algorithm::asked(input.checksum_algorithm.as_ref())?;
    let composite = match algorithm {
        Some(algorithm) => algorithm.is_composite(input.checksum_type.as_ref())?,
        None if input.checksum_type.is_some() => {
            return Err(fault::invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            ));
        }
        None => false,
    };
    let upload = Upload {
        id: 0,
        key: input.key,
        name: format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()),
        started: object::now(),
        class,
        algorithm,
        composite,
        head,
        tags,
    };
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            change
                .execute(
                    "INSERT INTO upload (bucket, key, name, started, class, algorithm, composite, head, tags)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    rusqlite::params![
                        bucket.id,
                        upload.key,
                        upload.name,
                        upload.started,
                        upload.class,
                        upload.algorithm.map(Algorithm::name),
                        upload.composite,
                        upload.head,
                        upload.tags,
                    ],
                )
                .map_err(database)?;
            Ok(CreateMultipartUploadOutput {
                bucket: Some(input.bucket),
                checksum_algorithm: upload.checksum_algorithm(),
                checksum_type: upload.checksum_type(),
                key: Some(upload.key),
                server_side_encryption: Some(encrypted()),
                upload_id: Some(upload.name),
                ..Default::default()
            })
        })
        .await
}

pub(super) async fn abort(objects: &Objects, input: AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            let upload = find(change, &bucket, &input.key, &input.upload_id)?;
            drop_upload(change, upload.id)?;
            Ok(AbortMultipartUploadOutput::default())
        })
        .await
}

pub(super) async fn list(objects: &Objects, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let limit = walk::limit(input.max_uploads, "max-uploads")?;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let owner = objects.owner();
    let initiator = Initiator { id: owner.id.clone(), display_name: None };
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
            if let Some(name) = input.upload_id_marker.as_deref().filter(|name| !name.is_empty())
                && !marker.is_empty()
                && let Ok(found) = find(view, &bucket, &marker, name)
            {
                start = Start::Within(marker.clone(), found.id);
            }
            // A key's uploads come oldest first.
            let page = walk.page(start, |start| {
                let (condition, key, id) = match start {
                    Start::At(key) => ("key >= ?2 AND ?3 = 0", key, 0),
                    Start::After(key) => ("key > ?2 AND ?3 = 0", key, 0),
                    Start::Within(key, id) => ("key >= ?2 AND (key > ?2 OR id > ?3)", key, *id),
                };
                view.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM upload WHERE bucket = ?1 AND {condition} ORDER BY key, id LIMIT {BATCH}"
                ))
                .and_then(|mut select| select.query_map((bucket.id, key, id), Upload::read)?.collect())
                .map_err(database)
            })?;
            let mut output = ListMultipartUploadsOutput {
                bucket: Some(input.bucket),
                is_truncated: Some(page.next.is_some()),
                common_prefixes: encoding.prefixes(page.prefixes),
                prefix: Some(encoding.key(prefix)),
                delimiter: delimiter.map(|delimiter| encoding.key(delimiter)),
                key_marker: Some(encoding.key(marker)),
                upload_id_marker: input.upload_id_marker,
                max_uploads: Some(limit),
                encoding_type: input.encoding_type,
                ..Default::default()
            };
            match page.next {
                Some(Last::Row(row)) => {
                    output.next_key_marker = Some(encoding.key(row.key));
                    output.next_upload_id_marker = Some(row.name);
                }
                Some(Last::Prefix(prefix)) => output.next_key_marker = Some(encoding.key(prefix)),
                None => {}
            }
            let uploads = page.rows.into_iter().map(|upload| MultipartUpload {
                checksum_algorithm: upload.checksum_algorithm(),
                checksum_type: upload.checksum_type(),
                initiated: Some(object::timestamp(upload.started)),
                initiator: Some(initiator.clone()),
                owner: Some(owner.clone()),
                storage_class: Some(StorageClass::from(upload.class)),
                upload_id: Some(upload.name),
                key: Some(encoding.key(upload.key)),
            });
            output.uploads = Some(uploads.collect());
            Ok(output)
        })
        .await
}
