use serde_json::{Value, json};

use crate::{BucketSpec, Cloud, Config, ServiceError};

async fn cloud() -> Cloud {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: false }).await.expect("a bucket");
    cloud
}

async fn call(cloud: &Cloud, operation: &str, request: Value) -> Value {
    cloud.call("s3", operation, request).await.expect("a reply").output
}

async fn refused(cloud: &Cloud, operation: &str, request: Value) -> ServiceError {
    cloud.call("s3", operation, request).await.expect_err("refused")
}

// services/aws_sdk_task_service--s3_put_object-*.json
#[tokio::test]
async fn a_body_is_stored_as_it_was_recorded() {
    let cloud = cloud().await;
    for (body, etag, crc) in [
        (json!({"Dict": "Value"}), "49e31cee5aec8faf3345893addb14346", "hnEfWw=="),
        (json!(false), "68934a3e9455fa72420237eb05902327", "K81oMA=="),
        (json!(0), "cfcd208495d565ef66e7dff9f98764da", "9NvfIQ=="),
        (json!("\"text data\""), "2b5df3712557f503a9977a8ea893b2c9", "KUmHvQ=="),
    ] {
        let put = call(&cloud, "PutObject", json!({"Bucket": "results", "Key": "file-key", "Body": body})).await;
        let expected = json!({"ChecksumCRC32": crc, "ChecksumType": "FULL_OBJECT", "ETag": format!("\"{etag}\""),
                              "ServerSideEncryption": "AES256"});
        assert_eq!(put, expected, "{body}");
    }
}

// services/aws_sdk_task_service--s3_get_object-bytearray.json
#[tokio::test]
async fn an_object_is_told_as_it_was_recorded() {
    let cloud = cloud().await;
    cloud.objects().put("results", "file_key", "byte array data".into(), None).await.expect("written");
    let mut got = call(&cloud, "GetObject", json!({"Bucket": "results", "Key": "file_key"})).await;
    let written = got.as_object_mut().and_then(|got| got.remove("LastModified")).expect("a time");
    let written = written.as_str().expect("text");
    assert!(written.len() == 20 && written.ends_with('Z'), "whole seconds: {written}");
    let expected = json!({
        "AcceptRanges": "bytes", "ContentLength": 15, "ContentType": "binary/octet-stream",
        "ETag": "\"383fd42bdf94a2ab38cbeb1d8eb7e53f\"", "Metadata": {}, "ServerSideEncryption": "AES256",
        "Body": "byte array data"
    });
    assert_eq!(got, expected);
    let head = call(&cloud, "HeadObject", json!({"Bucket": "results", "Key": "file_key"})).await;
    assert_eq!((head.get("Body"), &head["ContentLength"]), (None, &json!(15)));
    let part = call(&cloud, "GetObject", json!({"Bucket": "results", "Key": "file_key", "Range": "bytes=5-9"})).await;
    assert_eq!((part["Body"].as_str(), part["ContentRange"].as_str()), (Some("array"), Some("bytes 5-9/15")));
}

// error_handling/aws_sdk--no_such_bucket.json and aws_sdk--s3_no_such_key.json
#[tokio::test]
async fn errors_have_the_names_of_the_model() {
    let cloud = cloud().await;
    for (operation, request, status, exception, message) in [
        (
            "ListObjects",
            json!({"Bucket": "someNonexistentBucketName"}),
            404,
            Some("NoSuchBucket"),
            "The specified bucket does not exist",
        ),
        (
            "GetObject",
            json!({"Bucket": "results", "Key": "no_such_key.json"}),
            404,
            Some("NoSuchKey"),
            "The specified key does not exist.",
        ),
        (
            "HeadObject",
            json!({"Bucket": "results", "Key": "no_such_key.json"}),
            404,
            Some("NoSuchKey"),
            "The specified key does not exist.",
        ),
        (
            "PutObject",
            json!({"Bucket": "results", "Key": "k", "IfMatch": "\"x\"", "Body": ""}),
            404,
            Some("NoSuchKey"),
            "The specified key does not exist.",
        ),
        ("GetObject", json!({"Bucket": "results"}), 400, None, "The member Key of GetObject is missing"),
        (
            "PutObject",
            json!({"Bucket": "results", "Key": "k", "Bodi": "x"}),
            501,
            None,
            "The member Bodi of PutObject is not emulated here",
        ),
        ("PutBucketPolicy", json!({}), 501, None, "The S3 operation PutBucketPolicy is not emulated here"),
    ] {
        let error = refused(&cloud, operation, request.clone()).await;
        assert_eq!((error.status, error.exception.as_deref(), &*error.message), (status, exception, message));
        assert_eq!(error.request_id.len(), 16);
        assert!(error.details.is_some_and(|details| details.contains_key("ExtendedRequestId")));
    }
}

#[tokio::test]
async fn objects_are_written_once_listed_copied_tagged_and_deleted() {
    let cloud = cloud().await;
    let key = |n: usize| format!("in/{n}");
    for n in 0..3 {
        let request = json!({"Bucket": "results", "Key": key(n), "Body": {"n": n}, "IfNoneMatch": "*",
                             "Metadata": {"Color": "blue"}, "ContentType": "application/json"});
        call(&cloud, "PutObject", request.clone()).await;
        let again = refused(&cloud, "PutObject", request).await;
        assert_eq!((again.status, &*again.code), (412, "PreconditionFailed"));
    }
    let copy = json!({"Bucket": "results", "Key": "out/a b", "CopySource": "results/in/1"});
    assert!(call(&cloud, "CopyObject", copy).await["CopyObjectResult"]["ETag"].is_string());
    let copied = call(&cloud, "GetObject", json!({"Bucket": "results", "Key": "out/a b"})).await;
    assert_eq!((copied["Body"].as_str(), &copied["Metadata"]), (Some("{\"n\":1}"), &json!({"color": "blue"})));

    let first = call(&cloud, "ListObjectsV2", json!({"Bucket": "results", "MaxKeys": 2, "Prefix": "in/"})).await;
    assert_eq!((&first["KeyCount"], &first["IsTruncated"]), (&json!(2), &json!(true)));
    assert_eq!(first["Contents"][1]["Key"], "in/1");
    let rest = json!({"Bucket": "results", "Prefix": "in/", "ContinuationToken": first["NextContinuationToken"]});
    let rest = call(&cloud, "ListObjectsV2", rest).await;
    assert_eq!((&rest["KeyCount"], &rest["Contents"][0]["Key"]), (&json!(1), &json!("in/2")));
    let folders = call(&cloud, "ListObjects", json!({"Bucket": "results", "Delimiter": "/"})).await;
    assert_eq!(folders["CommonPrefixes"], json!([{"Prefix": "in/"}, {"Prefix": "out/"}]));
    let nothing = call(&cloud, "ListObjectsV2", json!({"Bucket": "results", "Prefix": "none"})).await;
    assert_eq!((&nothing["KeyCount"], nothing.get("Contents")), (&json!(0), None));

    let tags = json!({"TagSet": [{"Key": "state", "Value": "done"}]});
    call(&cloud, "PutObjectTagging", json!({"Bucket": "results", "Key": "in/0", "Tagging": tags})).await;
    assert_eq!(call(&cloud, "GetObjectTagging", json!({"Bucket": "results", "Key": "in/0"})).await, tags);

    let all = json!({"Objects": [{"Key": "in/0"}, {"Key": "in/1"}, {"Key": "in/2"}, {"Key": "never"}]});
    let deleted = call(&cloud, "DeleteObjects", json!({"Bucket": "results", "Delete": all})).await;
    assert_eq!(deleted["Deleted"].as_array().map(Vec::len), Some(4), "what isn't there is deleted already");
    let held = refused(&cloud, "DeleteBucket", json!({"Bucket": "results"})).await;
    assert_eq!((held.status, &*held.code), (409, "BucketNotEmpty"));
    call(&cloud, "DeleteObject", json!({"Bucket": "results", "Key": "out/a b"})).await;
    call(&cloud, "DeleteBucket", json!({"Bucket": "results"})).await;
    assert_eq!(call(&cloud, "ListBuckets", json!({})).await["Buckets"], json!([]));
}

#[tokio::test]
async fn versions_are_kept_marked_and_removed() {
    let cloud = cloud().await;
    cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: true }).await.expect("found");
    let at = |version: &Value| json!({"Bucket": "results", "Key": "k", "VersionId": version});
    let one = call(&cloud, "PutObject", json!({"Bucket": "results", "Key": "k", "Body": "one"})).await;
    let two = call(&cloud, "PutObject", json!({"Bucket": "results", "Key": "k", "Body": "two"})).await;
    assert_ne!(one["VersionId"], two["VersionId"]);
    assert_eq!(call(&cloud, "GetObject", at(&one["VersionId"])).await["Body"], "one");
    let marker = call(&cloud, "DeleteObject", json!({"Bucket": "results", "Key": "k"})).await;
    assert_eq!(marker["DeleteMarker"], true);
    assert_eq!(refused(&cloud, "GetObject", json!({"Bucket": "results", "Key": "k"})).await.code, "NoSuchKey");
    assert_eq!(refused(&cloud, "GetObject", at(&marker["VersionId"])).await.status, 405);
    call(&cloud, "DeleteObject", at(&marker["VersionId"])).await;
    let back = call(&cloud, "GetObject", json!({"Bucket": "results", "Key": "k"})).await;
    assert_eq!((&back["Body"], &back["VersionId"]), (&json!("two"), &two["VersionId"]));
    call(&cloud, "DeleteObject", at(&two["VersionId"])).await;
    assert_eq!(call(&cloud, "GetObject", json!({"Bucket": "results", "Key": "k"})).await["Body"], "one");
    assert_eq!(refused(&cloud, "GetObject", at(&two["VersionId"])).await.code, "NoSuchVersion");
    assert_eq!(refused(&cloud, "GetObject", at(&json!("nonsense"))).await.code, "InvalidArgument");
}
