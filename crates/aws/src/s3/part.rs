//! Parts of uploads: `UploadPart`, `UploadPartCopy` and `ListParts`.

use s3s::dto::{
    CopyPartResult, ETag, Initiator, ListPartsInput, ListPartsOutput, Part, Range, StorageClass, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result};

use super::body::Trailer;
use super::checksum::{self, Algorithm, Sum};
use super::condition::ReadIf;
use super::content::{self, Content, hex};
use super::receive::Arriving;
use super::store::database;
use super::upload::{self, Upload};
use super::{Objects, copy, encrypted, fault, head, object};

/// The highest number of a part.
const MAX_NUMBER: i32 = 10_000;
/// Parts of one listing.
const MAX_PARTS: i32 = 1_000;

fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_NUMBER).contains(&number) {
        return Ok(());
    }
    Err(fault::invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))
}

impl Objects {
    async fn upload(&self, bucket: String, key: String, name: String) -> S3Result<Upload> {
        self.store
            .read(move |view| {
                let bucket = object::bucket(view, &bucket)?;
                upload::find(view, &bucket, &key, &name)
            })
            .await
    }

    /// Stores a part, in place of the one that has its number. The upload may have ended meanwhile.
    async fn store_part(&self, upload: Upload, number: i32, content: Content) -> S3Result<i64> {
        self.store
            .write(move |change| {
                let there: bool = change
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM upload WHERE id = ?1)")
                    .and_then(|mut select| select.query_row([upload.id], |row| row.get(0)))
                    .map_err(database)?;
                if !there {
                    return Err(fault::no_such_upload());
                }
                let old: Vec<i64> = change
                    .prepare_cached("DELETE FROM upload_part WHERE upload = ?1 AND number = ?2 RETURNING blob")
                    .and_then(|mut delete| delete.query_map((upload.id, number), |row| row.get(0))?.collect())
                    .map_err(database)?;
                old.into_iter().try_for_each(|blob| change.forget(blob))?;
                let (size, etag, sum) = (content.size, hex(&content.md5), content.sum.to_text());
                let blob = change.keep(content)?;
                let modified = object::now();
                change
                    .prepare_cached(
                        "INSERT INTO upload_part (upload, number, size, etag, modified, sum, blob)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )
                    .and_then(|mut insert| insert.execute((upload.id, number, size, etag, modified, sum, blob)))
                    .map_err(database)?;
                Ok(modified)
            })
            .await
    }
}

pub(super) async fn put(objects: &Objects, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    let trailer = request.extensions.get::<Trailer>().cloned();
    let mut input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    head::refuse(&[("a customer's encryption key", input.sse_customer_algorithm.is_some())])?;
    check_number(input.part_number)?;
    let upload = objects.upload(input.bucket, input.key, input.upload_id).await?;
    let arriving = Arriving {
        length: input.content_length,
        md5: input.content_md5.take(),
        sum: checksum::given!(input)?,
        trailer,
        otherwise: upload.sums(),
        also: Some(upload.sums()),
        body: input.body.take(),
    };
    // An upload that was begun without an algorithm takes parts with any.
    let given = arriving.algorithm();
    if let (Some(given), Some(expected)) = (given, upload.algorithm)
        && given != expected
    {
        let expected = expected.name().to_lowercase();
        return Err(fault::invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {}",
            given.name().to_lowercase()
        )));
    }
    let mut content = arriving.take(objects).await?;
    let e_tag = Some(ETag::Strong(hex(&content.md5)));
    let told = given.or(upload.algorithm).map(|_| content.sum.clone());
    if let Some(also) = content.also.take() {
        content.sum = also;
    }
    objects.store_part(upload, input.part_number, content).await?;
    let mut output = UploadPartOutput { e_tag, server_side_encryption: Some(encrypted()), ..Default::default() };
    checksum::put!(output, told.as_ref());
    Ok(output)
}

pub(super) async fn copy(objects: &Objects, input: UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects.check_owner(input.expected_source_bucket_owner.as_deref())?;
    head::refuse(&[(
        "a customer's encryption key",
        input.sse_customer_algorithm.is_some() || input.copy_source_sse_customer_algorithm.is_some(),
    )])?;
    check_number(input.part_number)?;
    let range = match input.copy_source_range.as_deref().map(Range::parse) {
        None => None,
        Some(Ok(Range::Int { first, last: Some(last) })) => Some(first..last + 1),
        Some(_) => {
            return Err(fault::invalid_argument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
            ));
        }
    };
    let upload = objects.upload(input.bucket, input.key, input.upload_id).await?;
    let condition = ReadIf {
        matches: input.copy_source_if_match,
        none_matches: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let named = copy::source(input.copy_source)?;
    let (bucket, found, reading) = copy::open(objects, named, condition, range).await?;
    let content = content::take(objects.store.blobs(), reading.stream(), upload.sums(), None).await?;
    let told = upload.algorithm.map(|_| content.sum.clone());
    let e_tag = Some(ETag::Strong(hex(&content.md5)));
    let modified = objects.store_part(upload, input.part_number, content).await?;
    let mut result = CopyPartResult { e_tag, last_modified: Some(object::timestamp(modified)), ..Default::default() };
    checksum::put!(result, told.as_ref());
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: found.named(&bucket),
        server_side_encryption: Some(encrypted()),
        ..Default::default()
    })
}

/// A part that has arrived.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) number: i32,
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified: i64,
    pub(super) sum: Sum,
    pub(super) blob: i64,
}

/// The parts of an upload by their numbers.
pub(super) fn arrived(connection: &rusqlite::Connection, upload: &Upload) -> S3Result<Vec<Arrived>> {
    let otherwise = Sum { algorithm: Algorithm::Crc64Nvme, value: String::new(), composite: false };
    connection
        .prepare_cached(
            "SELECT number, size, etag, modified, sum, blob FROM upload_part WHERE upload = ?1 ORDER BY number",
        )
        .and_then(|mut select| {
            select
                .query_map([upload.id], |row| {
                    Ok(Arrived {
                        number: row.get(0)?,
                        size: row.get(1)?,
                        etag: row.get(2)?,
                        modified: row.get(3)?,
                        sum: Sum::from_text(&row.get::<_, String>(4)?).unwrap_or_else(|| otherwise.clone()),
                        blob: row.get(5)?,
                    })
                })?
                .collect()
        })
        .map_err(database)
}

pub(super) async fn list(objects: &Objects, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let limit = input.max_parts.unwrap_or(MAX_PARTS).clamp(0, MAX_PARTS);
    let marker = input.part_number_marker.unwrap_or_default();
    let owner = objects.owner();
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let upload = upload::find(view, &bucket, &input.key, &input.upload_id)?;
            let mut rest = arrived(view, &upload)?.into_iter().filter(|part| part.number > marker);
            let parts: Vec<Part> = rest
                .by_ref()
                .take(limit as usize)
                .map(|arrived| {
                    let mut part = Part {
                        e_tag: Some(ETag::Strong(arrived.etag)),
                        last_modified: Some(object::timestamp(arrived.modified)),
                        part_number: Some(arrived.number),
                        size: i64::try_from(arrived.size).ok(),
                        ..Default::default()
                    };
                    checksum::put!(part, upload.algorithm.map(|_| &arrived.sum));
                    part
                })
                .collect();
            Ok(ListPartsOutput {
                bucket: Some(input.bucket),
                checksum_algorithm: upload.checksum_algorithm(),
                checksum_type: upload.checksum_type(),
                initiator: Some(Initiator { id: owner.id.clone(), display_name: None }),
                is_truncated: Some(rest.next().is_some()),
                key: Some(input.key),
                max_parts: Some(limit),
                next_part_number_marker: Some(parts.last().and_then(|part| part.part_number).unwrap_or_default()),
                owner: Some(owner),
                part_number_marker: Some(marker),
                parts: Some(parts),
                storage_class: Some(StorageClass::from(upload.class)),
                upload_id: Some(input.upload_id),
                ..Default::default()
            })
        })
        .await
}
