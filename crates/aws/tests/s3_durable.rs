//! What of S3 outlives its process.

use aws::{BucketSpec, Cloud, Config, Error};

fn config(folder: &tempfile::TempDir) -> Config {
    Config { data: Some(folder.path().to_owned()), ..Config::default() }
}

#[tokio::test]
async fn objects_outlive_the_cloud_and_leftovers_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let big = vec![7_u8; 200_000];
    let bucket = BucketSpec { name: "kept".into(), versioning: true };
    let cloud = Cloud::start(config(&folder)).await.expect("a cloud");
    cloud.create_bucket(&bucket).await.expect("a bucket");
    let old = cloud.objects().put("kept", "little", "one".into(), Some("text/plain")).await.expect("written");
    cloud.objects().put("kept", "little", "two".into(), None).await.expect("written");
    cloud.objects().put("kept", "big/../../x", big.clone().into(), None).await.expect("written");
    cloud.shutdown().await;
    drop(cloud);

    let blobs = folder.path().join("s3").join("blobs");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&blobs).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let kept = names();
    assert_eq!(kept.len(), 1, "little content is in the database: {kept:?}");
    assert!(kept[0].len() == 32 && kept[0].bytes().all(|b| b.is_ascii_hexdigit()), "{kept:?}");
    std::fs::write(blobs.join("left-by-a-crash"), "x").expect("written");

    let cloud = Cloud::start(config(&folder)).await.expect("a cloud");
    assert_eq!(names(), kept, "what nothing refers to is gone");
    cloud.create_bucket(&bucket).await.expect("found");
    let objects = cloud.objects();
    assert_eq!(objects.get("kept", "little", None).await.expect("found").1, "two");
    let version = old.version_id.as_deref();
    let (info, content) = objects.get("kept", "little", version).await.expect("found");
    assert_eq!((info, &content[..]), (old, b"one".as_slice()));
    let (info, mut reader) = objects.read("kept", "big/../../x", None).await.expect("found");
    assert_eq!((info.size, reader.left()), (200_000, 200_000));
    // Deleted while it is read: the reader has it to the end.
    for request in [serde_json::json!({"Bucket": "kept", "Key": "big/../../x", "VersionId": info.version_id})] {
        cloud.call("s3", "DeleteObject", request).await.expect("deleted");
    }
    let mut read = Vec::new();
    while let Some(chunk) = reader.next().await {
        read.extend_from_slice(&chunk.expect("readable"));
    }
    assert!(read == big);
    drop(reader);
    assert!(names().is_empty());
}

#[tokio::test]
async fn one_process_at_a_time_has_the_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("s3");
    let file = store.join("s3.sqlite");
    let cloud = Cloud::start(config(&folder)).await.expect("a cloud");
    cloud.shutdown().await;
    drop(cloud);
    let other = rusqlite::Connection::open(&file).expect("opened");
    other.execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").expect("taken");
    let refused = Cloud::start(config(&folder)).await.expect_err("taken");
    let Error::Data { path, reason } = refused else { panic!("{refused}") };
    assert_eq!(path, file);
    assert_eq!(reason, "another process uses it: end that process, or choose another data directory");
}

#[tokio::test]
async fn a_name_that_cannot_be_a_buckets_is_refused() {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    for name in ["ab", "Upper", "under_score", "192.168.0.1", "../etc", &"a".repeat(64)] {
        let refused = cloud.create_bucket(&BucketSpec { name: name.into(), versioning: false }).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{name}");
    }
}
