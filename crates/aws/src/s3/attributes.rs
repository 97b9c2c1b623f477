//! `GetObjectAttributes`.

use s3s::S3Result;
use s3s::dto::{
    Checksum, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts, ObjectAttributes,
    ObjectPart, StorageClass,
};

use super::checksum::{self, Sum};
use super::store::database;
use super::{Objects, object};

/// Parts in a reply.
const MAX_PARTS: i32 = 1_000;

pub(super) async fn get(objects: &Objects, input: GetObjectAttributesInput) -> S3Result<GetObjectAttributesOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let wanted = input.object_attributes;
    // SDKs send them in one header or in several.
    let wants =
        move |name: &str| wanted.iter().flat_map(|asked| asked.as_str().split(',')).any(|asked| asked.trim() == name);
    let limit = input.max_parts.unwrap_or(MAX_PARTS).clamp(0, MAX_PARTS);
    let marker = input.part_number_marker.unwrap_or_default();
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let found = object::readable(view, &bucket, &input.key, input.version_id.as_deref())?;
            let mut output = GetObjectAttributesOutput {
                last_modified: Some(found.modified()),
                version_id: found.named(&bucket),
                ..Default::default()
            };
            if wants(ObjectAttributes::ETAG) {
                output.e_tag = Some(found.etag());
            }
            if wants(ObjectAttributes::OBJECT_SIZE) {
                output.object_size = i64::try_from(found.size).ok();
            }
            if wants(ObjectAttributes::STORAGE_CLASS) {
                output.storage_class = Some(StorageClass::from(found.class.clone()));
            }
            if let Some(sum) = found.sum.as_ref().filter(|_| wants(ObjectAttributes::CHECKSUM)) {
                let mut made = Checksum { checksum_type: Some(sum.kind()), ..Default::default() };
                checksum::put!(made, Some(sum));
                output.checksum = Some(made);
            }
            if wants(ObjectAttributes::OBJECT_PARTS) && found.blob.is_none() {
                let composite = found.sum.as_ref().is_some_and(|sum| sum.composite);
                let rows: Vec<(i32, i64, String)> = view
                    .prepare_cached("SELECT number, size, sum FROM object_part WHERE object = ?1 ORDER BY number")
                    .and_then(|mut select| {
                        select.query_map([found.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
                    })
                    .map_err(database)?;
                let total = i32::try_from(rows.len()).ok();
                let mut rest = rows.into_iter().filter(|(number, ..)| *number > marker);
                let parts: Vec<ObjectPart> = rest
                    .by_ref()
                    .take(limit as usize)
                    .map(|(number, size, sum)| {
                        let mut part = ObjectPart { part_number: Some(number), size: Some(size), ..Default::default() };
                        checksum::put!(part, Sum::from_text(&sum).as_ref());
                        part
                    })
                    .collect();
                output.object_parts = Some(GetObjectAttributesParts {
                    is_truncated: Some(rest.next().is_some()),
                    max_parts: Some(limit),
                    next_part_number_marker: Some(parts.last().and_then(|part| part.part_number).unwrap_or(marker)),
                    part_number_marker: Some(marker),
                    // S3 lists the parts only where each has a checksum that was asked for.
                    parts: composite.then_some(parts),
                    total_parts_count: total,
                });
            }
            Ok(output)
        })
        .await
}
