//! `CompleteMultipartUpload`: the object is its parts, which stay where they are.

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::checksum::{self, Sum};
use super::condition::WriteIf;
use super::content::hex;
use super::object::{self, Draft};
use super::part::{self, Arrived};
use super::store::database;
use super::upload::{self, Upload};
use super::{Objects, encrypted, fault};

/// The smallest part but the last, in bytes
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const MIN_SIZE: u64 = 5 * 1024 * 1024;

pub(super) async fn complete(
    objects: &Objects,
    mut input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let given = checksum::given!(input)?;
    let condition = WriteIf { matches: input.if_match, none_matches: input.if_none_match };
    let endpoint = objects.endpoint.clone();
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            let upload = upload::find(change, &bucket, &input.key, &input.upload_id)?;
            let asked = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
            let parts = choose(asked, &part::arrived(change, &upload)?, &upload)?;
            let size: u64 = parts.iter().map(|part| part.size).sum();
            if input.mpu_object_size.is_some_and(|asked| asked as u64 != size) {
                return Err(fault::invalid_request(
                    "The provided 'x-amz-mp-object-size' header value does not match what was computed.",
                ));
            }
            if condition.any() {
                condition.check(object::latest(change, &bucket, &input.key)?.as_ref())?;
            }
            let sums: Vec<(Sum, u64)> = parts.iter().map(|part| (part.sum.clone(), part.size)).collect();
            let sum = checksum::of_parts(upload.sums(), upload.composite, &sums);
            if let Some(given) = given {
                let said = given.value.split('-').next();
                if given.algorithm == sum.algorithm && said != sum.value.split('-').next() {
                    return Err(fault::bad_digest(sum.algorithm.name()));
                }
            }
            let etag = etag(&parts);
            let draft = Draft {
                key: &input.key,
                marker: false,
                size,
                etag: etag.clone(),
                class: upload.class.clone(),
                sum: Some(sum.clone()),
                head: &serde_json::from_str(&upload.head).map_err(fault::internal)?,
                tags: &serde_json::from_str::<Vec<(String, String)>>(&upload.tags).map_err(fault::internal)?,
                blob: None,
            };
            let written = object::write(change, &bucket, &draft)?;
            for part in &parts {
                change
                    .prepare_cached(
                        "INSERT INTO object_part (object, number, size, sum, blob) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )
                    .and_then(|mut insert| {
                        insert.execute((written.id, part.number, part.size, part.sum.to_text(), part.blob))
                    })
                    .map_err(database)?;
                change
                    .prepare_cached("DELETE FROM upload_part WHERE upload = ?1 AND number = ?2")
                    .and_then(|mut delete| delete.execute((upload.id, part.number)))
                    .map_err(database)?;
            }
            upload::drop_upload(change, upload.id)?;
            let mut output = CompleteMultipartUploadOutput {
                location: Some(format!("{endpoint}/{}/{}", input.bucket, input.key)),
                bucket: Some(input.bucket),
                checksum_type: Some(sum.kind()),
                e_tag: Some(ETag::Strong(etag)),
                key: Some(input.key),
                server_side_encryption: Some(encrypted()),
                version_id: written.version,
                ..Default::default()
            };
            checksum::put!(output, Some(&sum));
            Ok(output)
        })
        .await
}

/// The parts that the object is to have, in order.
fn choose(asked: Vec<CompletedPart>, arrived: &[Arrived], upload: &Upload) -> S3Result<Vec<Arrived>> {
    if asked.is_empty() {
        return Err(fault::malformed_xml());
    }
    let missing = || {
        s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
        )
    };
    let mut chosen: Vec<Arrived> = Vec::with_capacity(asked.len());
    for mut part in asked {
        let number = part.part_number.ok_or_else(fault::malformed_xml)?;
        if chosen.last().is_some_and(|last| last.number >= number) {
            return Err(s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            ));
        }
        let index = arrived.binary_search_by_key(&number, |part| part.number).map_err(|_| missing())?;
        let there = &arrived[index];
        if part.e_tag.as_ref().is_none_or(|etag| etag.value() != there.etag) {
            return Err(missing());
        }
        match checksum::given!(part)? {
            Some(given) if given.algorithm == there.sum.algorithm && given.value != there.sum.value => {
                return Err(missing());
            }
            None if upload.composite && upload.algorithm.is_some() => {
                return Err(fault::invalid_request(format!(
                    "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                    there.sum.algorithm.name().to_lowercase()
                )));
            }
            _ => {}
        }
        if let Some(small) = chosen.last().filter(|last| last.size < MIN_SIZE) {
            tracing::debug!(number = small.number, size = small.size, "a part is too small");
            return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
        }
        chosen.push(there.clone());
    }
    Ok(chosen)
}

/// The entity tag of an object in parts: the MD5 of theirs, and how many there are.
fn etag(parts: &[Arrived]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let digits = part.etag.as_bytes();
        let bytes: Vec<u8> =
            digits.chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        md5.update(&bytes);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}
