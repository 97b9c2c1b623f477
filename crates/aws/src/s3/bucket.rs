//! Buckets.

use rusqlite::OptionalExtension as _;
use s3s::dto::{
    Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
    PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Result, s3_error};

use super::store::database;
use super::{Objects, fault, head, object};

/// Buckets in a listing.
const MAX_BUCKETS: i32 = 10_000;

pub(super) async fn create(objects: &Objects, input: CreateBucketInput) -> S3Result<CreateBucketOutput> {
    let name = input.bucket;
    if !s3s::path::check_bucket_name(&name) {
        return Err(s3_error!(InvalidBucketName, "The specified bucket is not valid."));
    }
    let granted = input.grant_full_control.is_some() || input.grant_read.is_some() || input.grant_write.is_some();
    head::refuse_acl(input.acl.as_ref().map(s3s::dto::BucketCannedACL::as_str), granted)?;
    head::refuse(&[("object lock", input.object_lock_enabled_for_bucket == Some(true))])?;
    let asked = input.create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
    let region = &objects.place.region;
    match asked.as_ref().map(BucketLocationConstraint::as_str) {
        None | Some("") if region == "us-east-1" => {}
        Some(asked) if asked == region && region != "us-east-1" => {}
        Some(asked) if !asked.is_empty() => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
        _ => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
    }
    let made = objects.make_bucket(&name).await?;
    // Only us-east-1 answers a second time as it did the first time (CreateBucket, BucketAlreadyOwnedByYou).
    if !made && region != "us-east-1" {
        return Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        ));
    }
    Ok(CreateBucketOutput { location: Some(format!("/{name}")) })
}

impl Objects {
    /// Makes a bucket; `false` when it is there.
    pub(super) async fn make_bucket(&self, name: &str) -> S3Result<bool> {
        let name = name.to_owned();
        self.store
            .write(move |change| {
                let sql = "INSERT INTO bucket (name, created) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
                let rows = change.execute(sql, (&name, object::now())).map_err(database)?;
                Ok(rows == 1)
            })
            .await
    }

    /// Switches versioning on (`Enabled`) or off (`Suspended`).
    pub(super) async fn set_versioning(&self, name: &str, status: &str) -> S3Result<()> {
        let (name, status) = (name.to_owned(), status.to_owned());
        self.store
            .write(move |change| {
                let bucket = object::bucket(change, &name)?;
                change
                    .execute("UPDATE bucket SET versioning = ?2 WHERE id = ?1", (bucket.id, status))
                    .map_err(database)?;
                Ok(())
            })
            .await
    }
}

pub(super) async fn head(objects: &Objects, input: HeadBucketInput) -> S3Result<HeadBucketOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects.store.read(move |view| object::bucket(view, &input.bucket)).await?;
    Ok(HeadBucketOutput { bucket_region: Some(objects.place.region.clone()), ..Default::default() })
}

pub(super) async fn delete(objects: &Objects, input: DeleteBucketInput) -> S3Result<DeleteBucketOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &input.bucket)?;
            let held: Option<i64> = change
                .query_row("SELECT id FROM object WHERE bucket = ?1 LIMIT 1", [bucket.id], |row| row.get(0))
                .optional()
                .map_err(database)?;
            if held.is_some() {
                let words = match bucket.versioning {
                    Some(_) => {
                        "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
                    }
                    None => "The bucket you tried to delete is not empty",
                };
                return Err(s3s::S3Error::with_message(s3s::S3ErrorCode::BucketNotEmpty, words));
            }
            let uploads: Vec<i64> = change
                .prepare_cached("SELECT id FROM upload WHERE bucket = ?1")
                .and_then(|mut select| select.query_map([bucket.id], |row| row.get(0))?.collect())
                .map_err(database)?;
            for upload in uploads {
                super::upload::drop_upload(change, upload)?;
            }
            change.execute("DELETE FROM bucket WHERE id = ?1", [bucket.id]).map_err(database)?;
            Ok(DeleteBucketOutput::default())
        })
        .await
}

pub(super) async fn list(objects: &Objects, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let limit = input.max_buckets.unwrap_or(MAX_BUCKETS);
    if !(1..=MAX_BUCKETS).contains(&limit) {
        return Err(fault::invalid_argument("Argument max-buckets must be an integer between 1 and 10000"));
    }
    let region = objects.place.region.clone();
    let owner = objects.owner();
    let elsewhere = input.bucket_region.as_ref().is_some_and(|asked| *asked != region);
    objects
        .store
        .read(move |view| {
            let prefix = input.prefix.unwrap_or_default();
            let mut select = view
                .prepare_cached("SELECT name, created FROM bucket WHERE name > ?1 AND name >= ?2 ORDER BY name")
                .map_err(database)?;
            let mut rows =
                select.query((input.continuation_token.as_deref().unwrap_or_default(), &prefix)).map_err(database)?;
            let mut buckets: Vec<Bucket> = Vec::new();
            let mut next = None;
            while let Some(row) = rows.next().map_err(database)? {
                let name: String = row.get(0).map_err(database)?;
                if elsewhere || !name.starts_with(&prefix) {
                    break;
                }
                if buckets.len() == limit as usize {
                    next = buckets.last().and_then(|bucket| bucket.name.clone());
                    break;
                }
                buckets.push(Bucket {
                    creation_date: Some(object::timestamp(row.get(1).map_err(database)?)),
                    bucket_region: input.max_buckets.map(|_| region.clone()),
                    name: Some(name),
                });
            }
            let prefix = (!prefix.is_empty()).then_some(prefix);
            Ok(ListBucketsOutput { buckets: Some(buckets), continuation_token: next, owner: Some(owner), prefix })
        })
        .await
}

pub(super) async fn location(objects: &Objects, input: GetBucketLocationInput) -> S3Result<GetBucketLocationOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects.store.read(move |view| object::bucket(view, &input.bucket)).await?;
    let region = &objects.place.region;
    // For the first region S3 says nothing.
    let constraint = (region != "us-east-1").then(|| BucketLocationConstraint::from(region.clone()));
    Ok(GetBucketLocationOutput { location_constraint: constraint })
}

pub(super) async fn get_versioning(
    objects: &Objects,
    input: GetBucketVersioningInput,
) -> S3Result<GetBucketVersioningOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let bucket = objects.store.read(move |view| object::bucket(view, &input.bucket)).await?;
    let status = bucket.versioning.map(BucketVersioningStatus::from);
    Ok(GetBucketVersioningOutput { status, ..Default::default() })
}

pub(super) async fn put_versioning(
    objects: &Objects,
    input: PutBucketVersioningInput,
) -> S3Result<PutBucketVersioningOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let asked = input.versioning_configuration;
    head::refuse(&[("MFA delete", asked.mfa_delete.is_some_and(|mfa| mfa.as_str() == "Enabled"))])?;
    match asked.status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(status @ ("Enabled" | "Suspended")) => objects.set_versioning(&input.bucket, status).await?,
        None => {
            return Err(s3_error!(IllegalVersioningConfigurationException, "The Versioning element must be specified"));
        }
        Some(_) => return Err(fault::malformed_xml()),
    }
    Ok(PutBucketVersioningOutput::default())
}
