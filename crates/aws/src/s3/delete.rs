//! `DeleteObject` and `DeleteObjects`.

use s3s::S3Result;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition, Error,
};

use super::condition::WriteIf;
use super::head::{self, Head};
use super::object::{self, Bucket, Draft, NULL};
use super::store::Change;
use super::{Objects, fault};

/// Objects of one `DeleteObjects`.
const MAX_OBJECTS: usize = 1_000;

/// What a deletion did.
struct Deleted {
    /// The version that was removed or made, where there are versions.
    version: Option<String>,
    /// Whether it is a delete marker.
    marker: bool,
    /// Whether the delete marker was made now.
    made: bool,
}

pub(super) async fn delete(objects: &Objects, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    head::refuse(&[
        ("MFA delete", input.mfa.is_some()),
        ("deletion by time or size", input.if_match_last_modified_time.is_some() || input.if_match_size.is_some()),
    ])?;
    let condition = WriteIf { matches: input.if_match, none_matches: None };
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            let done = one(change, &bucket, &input.key, input.version_id.as_deref(), &condition)?;
            Ok(DeleteObjectOutput {
                delete_marker: done.marker.then_some(true),
                version_id: done.version,
                ..Default::default()
            })
        })
        .await
}

pub(super) async fn delete_many(objects: &Objects, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    head::refuse(&[("MFA delete", input.mfa.is_some())])?;
    let asked = input.delete;
    if asked.objects.is_empty() || asked.objects.len() > MAX_OBJECTS {
        return Err(fault::malformed_xml());
    }
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            let quiet = asked.quiet == Some(true);
            let (mut deleted, mut errors) = (Vec::new(), Vec::new());
            for asked in asked.objects {
                let condition = WriteIf { matches: asked.e_tag.clone().map(ETagCondition::ETag), none_matches: None };
                match one(change, &bucket, &asked.key, asked.version_id.as_deref(), &condition) {
                    Ok(_) if quiet => {}
                    Ok(done) => deleted.push(DeletedObject {
                        delete_marker: done.marker.then_some(true),
                        delete_marker_version_id: done.version.filter(|_| done.marker),
                        version_id: asked.version_id.filter(|_| !done.made),
                        key: Some(asked.key),
                    }),
                    Err(error) => errors.push(Error {
                        code: Some(error.code().as_str().to_owned()),
                        key: Some(asked.key),
                        message: error.message().map(str::to_owned),
                        version_id: asked.version_id,
                    }),
                }
            }
            Ok(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), ..Default::default() })
        })
        .await
}

/// Deletes an object or one of its versions. What isn't there is deleted already.
fn one(
    change: &mut Change<'_>,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
    condition: &WriteIf,
) -> S3Result<Deleted> {
    if let Some(name) = version.filter(|name| !name.is_empty()) {
        let found = object::version(change, bucket, key, name)?;
        if condition.any() {
            condition.check(found.as_ref())?;
        }
        let marker = found.as_ref().is_some_and(|found| found.marker);
        if let Some(found) = found {
            object::erase(change, &found)?;
            if found.latest {
                object::promote(change, bucket, key)?;
            }
        }
        return Ok(Deleted { version: Some(name.to_owned()), marker, made: false });
    }
    if condition.any() {
        condition.check(object::latest(change, bucket, key)?.as_ref())?;
    }
    if bucket.versioning.is_none() {
        if let Some(found) = object::version(change, bucket, key, NULL)? {
            object::erase(change, &found)?;
        }
        return Ok(Deleted { version: None, marker: false, made: false });
    }
    let draft = Draft {
        key,
        marker: true,
        size: 0,
        etag: String::new(),
        class: String::new(),
        sum: None,
        head: &Head::default(),
        tags: &[],
        blob: None,
    };
    let written = object::write(change, bucket, &draft)?;
    Ok(Deleted { version: written.version, marker: true, made: true })
}
