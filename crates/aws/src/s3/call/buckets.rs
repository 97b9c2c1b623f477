//! Operations on buckets.

use s3s::S3Result;
use s3s::dto::{
    Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, CreateBucketInput,
    DeleteBucketInput, GetBucketLocationInput, GetBucketVersioningInput, HeadBucketInput, ListBucketsInput, MFADelete,
    PutBucketVersioningInput, VersioningConfiguration,
};
use serde_json::{Value, json};

use super::super::{Objects, bucket};
use super::members::Members;
use super::reply::{self, Reply};

pub(super) async fn create(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let mut input = CreateBucketInput { bucket: members.needed("Bucket")?, ..Default::default() };
    if let Some(value) = members.value("CreateBucketConfiguration") {
        let mut configuration = Members::new("CreateBucket (CreateBucketConfiguration)", value)?;
        input.create_bucket_configuration = Some(CreateBucketConfiguration {
            location_constraint: configuration.text("LocationConstraint")?.map(BucketLocationConstraint::from),
            ..Default::default()
        });
        configuration.end()?;
    }
    members.end()?;
    let output = bucket::create(objects, input).await?;
    Ok(Reply::default().with("Location", output.location).done())
}

pub(super) async fn head(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, expected_bucket_owner) = (members.needed("Bucket")?, members.text("ExpectedBucketOwner")?);
    members.end()?;
    let output = bucket::head(objects, HeadBucketInput { bucket, expected_bucket_owner }).await?;
    Ok(Reply::default().with("BucketRegion", output.bucket_region).done())
}

pub(super) async fn delete(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, expected_bucket_owner) = (members.needed("Bucket")?, members.text("ExpectedBucketOwner")?);
    members.end()?;
    bucket::delete(objects, DeleteBucketInput { bucket, expected_bucket_owner }).await?;
    Ok(json!({}))
}

pub(super) async fn list(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let input = ListBucketsInput {
        prefix: members.text("Prefix")?,
        max_buckets: members.small("MaxBuckets")?,
        continuation_token: members.text("ContinuationToken")?,
        bucket_region: members.text("BucketRegion")?,
    };
    members.end()?;
    let output = bucket::list(objects, input).await?;
    let each = |bucket: Bucket| {
        let reply = Reply::default().time("CreationDate", bucket.creation_date.as_ref());
        reply.with("Name", bucket.name).with("BucketRegion", bucket.bucket_region).done()
    };
    Ok(Reply::default()
        .with("Buckets", reply::list(output.buckets, each))
        .with("Owner", output.owner.and_then(|owner| owner.id).map(|id| json!({"Id": id})))
        .with("ContinuationToken", output.continuation_token)
        .with("Prefix", output.prefix)
        .done())
}

pub(super) async fn location(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, expected_bucket_owner) = (members.needed("Bucket")?, members.text("ExpectedBucketOwner")?);
    members.end()?;
    let output = bucket::location(objects, GetBucketLocationInput { bucket, expected_bucket_owner }).await?;
    let constraint = output.location_constraint.map(|constraint| constraint.as_str().to_owned());
    Ok(Reply::default().with("LocationConstraint", constraint).done())
}

pub(super) async fn get_versioning(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let (bucket, expected_bucket_owner) = (members.needed("Bucket")?, members.text("ExpectedBucketOwner")?);
    members.end()?;
    let output = bucket::get_versioning(objects, GetBucketVersioningInput { bucket, expected_bucket_owner }).await?;
    Ok(Reply::default().with("Status", output.status.map(|status| status.as_str().to_owned())).done())
}

pub(super) async fn put_versioning(objects: &Objects, mut members: Members) -> S3Result<Value> {
    let bucket = members.needed("Bucket")?;
    let expected_bucket_owner = members.text("ExpectedBucketOwner")?;
    let mut asked = members.shape("VersioningConfiguration", "an object with a Status")?;
    members.end()?;
    let versioning_configuration = VersioningConfiguration {
        status: asked.text("Status")?.map(BucketVersioningStatus::from),
        mfa_delete: asked.text("MFADelete")?.map(MFADelete::from),
    };
    asked.end()?;
    let input = PutBucketVersioningInput {
        bucket,
        expected_bucket_owner,
        versioning_configuration,
        checksum_algorithm: None,
        content_md5: None,
        mfa: None,
    };
    bucket::put_versioning(objects, input).await?;
    Ok(json!({}))
}
