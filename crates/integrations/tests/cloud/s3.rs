//! `aws-sdk:s3`.

use aws::BucketSpec;
use serde_json::{Value, json};

use crate::world::world;

#[tokio::test]
async fn an_object_is_put_and_read_in_the_recorded_shapes() {
    let world = world().await;
    world.cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: false }).await.expect("a bucket");
    let object = |body: Value| json!({"Bucket": "results", "Key": "output/demo.json", "Body": body});
    // The checksum, its type and the tag of `services/aws_sdk_task_service--s3_put_object-dict.json`.
    let put = world.output("aws-sdk:s3:putObject", object(json!({"Dict": "Value"}))).await;
    assert_eq!(put["ETag"], "\"49e31cee5aec8faf3345893addb14346\"");
    assert_eq!((&put["ChecksumCRC32"], &put["ChecksumType"]), (&json!("hnEfWw=="), &json!("FULL_OBJECT")));
    assert_eq!(put["ServerSideEncryption"], "AES256");
    let put = world.output("aws-sdk:s3:putObject", object(json!("text data"))).await;
    assert_eq!(
        (&put["ETag"], &put["ChecksumCRC32"]),
        (&json!("\"2b5df3712557f503a9977a8ea893b2c9\""), &json!("KUmHvQ=="))
    );
    let got = world.output("aws-sdk:s3:getObject", json!({"Bucket": "results", "Key": "output/demo.json"})).await;
    assert_eq!(
        (&got["Body"], &got["ContentLength"], &got["AcceptRanges"]),
        (&json!("\"text data\""), &json!(11), &json!("bytes"))
    );
    let modified = got["LastModified"].as_str().expect("a time");
    assert!(modified.len() == 20 && modified.ends_with('Z'), "{modified}");
}

#[tokio::test]
async fn errors_of_s3_are_those_of_the_second_java_sdk() {
    let world = world().await;
    world.cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: false }).await.expect("a bucket");
    let (error, cause) =
        world.failure("aws-sdk:s3:getObject", json!({"Bucket": "results", "Key": "no_such_key"})).await;
    assert_eq!(error, "S3.NoSuchKeyException");
    assert!(
        cause.starts_with("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: "),
        "{cause}"
    );
    assert!(cause.contains(", Extended Request ID: ") && cause.ends_with(") (SDK Attempt Count: 1)"), "{cause}");
    let (error, cause) = world.failure("aws-sdk:s3:listObjects", json!({"Bucket": "nobodys-bucket"})).await;
    assert_eq!(error, "S3.NoSuchBucketException");
    assert!(cause.starts_with("The specified bucket does not exist (Service: S3, Status Code: 404"), "{cause}");
}
