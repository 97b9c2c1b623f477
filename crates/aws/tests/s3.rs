//! S3 over the port, with the SDK that the functions use.

use aws::{BucketSpec, Cloud, Config};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
    Delete, ObjectIdentifier, Part, VersioningConfiguration,
};

const MIB: usize = 1024 * 1024;

async fn start() -> (Cloud, Client) {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: false }).await.expect("a bucket");
    let client = client(&cloud);
    (cloud, client)
}

fn client(cloud: &Cloud) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(cloud.endpoint())
        .credentials_provider(Credentials::for_tests())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

/// Bytes that are not all the same.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 251) as u8).collect()
}

async fn read(client: &Client, key: &str) -> Vec<u8> {
    let got = client.get_object().bucket("results").key(key).send().await.expect("found");
    got.body.collect().await.expect("read").to_vec()
}

#[tokio::test]
async fn objects_come_back_as_they_were_put() {
    let (_cloud, client) = start().await;
    for (key, length) in [("none", 0), ("little", 11), ("edge", 32 * 1024), ("more", 32 * 1024 + 1), ("much", 3 * MIB)]
    {
        let content = bytes(length);
        let put = client.put_object().bucket("results").key(key).body(content.clone().into());
        let put = put.content_type("a/b").metadata("color", "dark blue").send().await.expect("put");
        assert!(put.checksum_crc32().is_some(), "the SDK's default checksum comes back");
        let got = client.get_object().bucket("results").key(key).send().await.expect("found");
        assert_eq!((got.content_type(), got.content_length()), (Some("a/b"), Some(length as i64)));
        assert_eq!(got.metadata().and_then(|metadata| metadata.get("color")).map(String::as_str), Some("dark blue"));
        assert_eq!(got.e_tag(), put.e_tag());
        assert!(got.body.collect().await.expect("read").to_vec() == content, "{key}");
    }
}

#[tokio::test]
async fn a_file_is_streamed_with_a_checksum_after_it() {
    let (_cloud, client) = start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let content = bytes(3 * MIB + 7);
    std::fs::write(file.path(), &content).expect("written");
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let body = ByteStream::from_path(file.path()).await.expect("a stream");
        let put = client.put_object().bucket("results").key("file").checksum_algorithm(algorithm.clone()).body(body);
        put.send().await.expect("put");
        assert!(read(&client, "file").await == content, "{algorithm:?}");
        // The SDK verifies what the reply says.
        let head = client.head_object().bucket("results").key("file").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.expect("found");
        let sums = [
            head.checksum_crc32(),
            head.checksum_crc32_c(),
            head.checksum_crc64_nvme(),
            head.checksum_sha1(),
            head.checksum_sha256(),
        ];
        assert_eq!(sums.iter().flatten().count(), 1, "{algorithm:?}");
        assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
    }
}

#[tokio::test]
async fn what_is_not_there_has_the_name_of_the_model() {
    let (_cloud, client) = start().await;
    let missing = client.get_object().bucket("results").key("none").send().await.expect_err("missing");
    assert!(matches!(missing.into_service_error(), GetObjectError::NoSuchKey(_)));
    let missing = client.head_object().bucket("results").key("none").send().await.expect_err("missing");
    assert!(matches!(missing.into_service_error(), HeadObjectError::NotFound(_)));
    let missing = client.list_objects_v2().bucket("nowhere").send().await.expect_err("missing").into_service_error();
    assert_eq!(
        (missing.code(), missing.message()),
        (Some("NoSuchBucket"), Some("The specified bucket does not exist"))
    );
    let refused = client.get_bucket_acl().bucket("results").send().await.expect_err("refused").into_service_error();
    let words = Some("The S3 operation GetBucketAcl is not emulated here");
    assert_eq!((refused.code(), refused.message()), (Some("NotImplemented"), words));
    let wrong = client.put_object().bucket("results").key("wrong").body(bytes(10).into());
    let wrong = wrong.checksum_crc32("AAAAAA==").send().await.expect_err("wrong").into_service_error();
    assert_eq!(wrong.code(), Some("BadDigest"));
    let kept = client.head_object().bucket("results").key("wrong").send().await;
    assert!(kept.is_err(), "nothing is kept of what is refused");
}

#[tokio::test]
async fn of_many_who_create_an_object_one_does() {
    let (_cloud, client) = start().await;
    let attempts = (0..8_u8).map(|n| {
        let put = client.put_object().bucket("results").key("once").if_none_match("*");
        let put = put.body(vec![n; 100_000].into()).send();
        tokio::spawn(async move { put.await.is_ok().then_some(n) })
    });
    let mut winners = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        winners.extend(attempt.await.expect("no panic"));
    }
    let [winner] = winners[..] else { panic!("{winners:?}") };
    assert_eq!(read(&client, "once").await, vec![winner; 100_000]);
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object() {
    let (_cloud, client) = start().await;
    let content = bytes(12 * MIB);
    let upload = client.create_multipart_upload().bucket("results").key("parts").send().await.expect("begun");
    let id = upload.upload_id().expect("an identifier");
    let mut parts = Vec::new();
    for (index, piece) in content.chunks(5 * MIB).enumerate() {
        let number = index as i32 + 1;
        let part = client.upload_part().bucket("results").key("parts").upload_id(id).part_number(number);
        let part = part.body(piece.to_vec().into()).send().await.expect("a part");
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32)
                .build(),
        );
    }
    let complete = |parts: Vec<CompletedPart>| {
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        client.complete_multipart_upload().bucket("results").key("parts").upload_id(id).multipart_upload(upload).send()
    };
    let mut backwards = parts.clone();
    backwards.reverse();
    let refused = complete(backwards).await.expect_err("backwards").into_service_error();
    assert_eq!(refused.code(), Some("InvalidPartOrder"));
    let small = vec![parts[2].clone()];
    let mut renumbered = small.clone();
    renumbered.push(CompletedPart::builder().part_number(9).e_tag("\"x\"").build());
    let refused = complete(renumbered).await.expect_err("no such part").into_service_error();
    assert_eq!(refused.code(), Some("InvalidPart"));
    let done = complete(parts).await.expect("completed");
    assert!(done.e_tag().is_some_and(|etag| etag.ends_with("-3\"")), "{:?}", done.e_tag());
    assert!(read(&client, "parts").await == content);
    let across = client.get_object().bucket("results").key("parts").range("bytes=5242870-5242890").send().await;
    let across = across.expect("a range").body.collect().await.expect("read").to_vec();
    assert_eq!(across, content[5_242_870..=5_242_890]);
    let second = client.get_object().bucket("results").key("parts").part_number(2).send().await.expect("a part");
    assert_eq!((second.parts_count(), second.content_length()), (Some(3), Some(5 * MIB as i64)));
    let again = client.abort_multipart_upload().bucket("results").key("parts").upload_id(id).send().await;
    assert_eq!(again.expect_err("it has ended").into_service_error().code(), Some("NoSuchUpload"));
}

#[tokio::test]
async fn small_parts_are_refused_and_an_upload_can_be_given_up() {
    let (_cloud, client) = start().await;
    let upload = client.create_multipart_upload().bucket("results").key("small").send().await.expect("begun");
    let id = upload.upload_id().expect("an identifier");
    let mut parts = Vec::new();
    for number in 1..=2 {
        let part = client.upload_part().bucket("results").key("small").upload_id(id).part_number(number);
        let part = part.body(bytes(100).into()).send().await.expect("a part");
        let done = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
        parts.push(done.set_checksum_crc32(part.checksum_crc32).build());
    }
    let listed = client.list_parts().bucket("results").key("small").upload_id(id).send().await.expect("parts");
    assert_eq!(listed.parts().iter().filter_map(Part::size).collect::<Vec<_>>(), [100, 100]);
    let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = client.complete_multipart_upload().bucket("results").key("small").upload_id(id);
    let refused = complete.multipart_upload(upload).send().await.expect_err("too small").into_service_error();
    assert_eq!(refused.code(), Some("EntityTooSmall"));
    client.abort_multipart_upload().bucket("results").key("small").upload_id(id).send().await.expect("given up");
    let uploads = client.list_multipart_uploads().bucket("results").send().await.expect("uploads");
    assert!(uploads.uploads().is_empty());
}

#[tokio::test]
async fn versions_are_listed_in_pages() {
    let (_cloud, client) = start().await;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let versioning = client.put_bucket_versioning().bucket("results").versioning_configuration(enabled);
    versioning.send().await.expect("enabled");
    let mut written = Vec::new();
    for key in ["a", "a", "b/1", "b/2"] {
        let put = client.put_object().bucket("results").key(key).body(bytes(1).into()).send().await.expect("put");
        written.push(put.version_id().expect("a version").to_owned());
    }
    let marker = client.delete_object().bucket("results").key("a").send().await.expect("deleted");
    let (mut keys, mut key, mut version) = (Vec::new(), None, None);
    loop {
        let page = client.list_object_versions().bucket("results").max_keys(1);
        let page = page.set_key_marker(key).set_version_id_marker(version).send().await.expect("a page");
        keys.extend(page.delete_markers().iter().filter_map(|marker| marker.version_id().map(str::to_owned)));
        keys.extend(page.versions().iter().filter_map(|version| version.version_id().map(str::to_owned)));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
    }
    let marker = marker.version_id().expect("a version").to_owned();
    assert_eq!(keys, [marker, written[1].clone(), written[0].clone(), written[2].clone(), written[3].clone()]);
    let all = keys
        .iter()
        .zip(["a", "a", "a", "b/1", "b/2"])
        .map(|(version, key)| ObjectIdentifier::builder().key(key).version_id(version).build().expect("an object"));
    let all = Delete::builder().set_objects(Some(all.collect())).build().expect("objects");
    let deleted = client.delete_objects().bucket("results").delete(all).send().await.expect("deleted");
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (5, 0));
    client.delete_bucket().bucket("results").send().await.expect("nothing is left");
}

#[tokio::test]
async fn a_long_listing_comes_in_pages_by_the_bytes_of_its_keys() {
    let (cloud, client) = start().await;
    let mut keys: Vec<String> = (0..1_100).map(|n| format!("page/{n:04}")).collect();
    keys.extend(["ä b+c%/日本語.txt", "a&b<c>\"'", "a//b", "z"].map(str::to_owned));
    for key in &keys {
        cloud.objects().put("results", key, "x".into(), None).await.expect("written");
    }
    keys.sort();
    let mut pages = client.list_objects_v2().bucket("results").into_paginator().send();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await {
        listed.extend(page.expect("a page").contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    assert_eq!(listed, keys);
    let folders = client.list_objects_v2().bucket("results").delimiter("/").send().await.expect("folders");
    let prefixes: Vec<_> = folders.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert_eq!(prefixes, ["a/", "page/", "ä b+c%/"]);
    assert_eq!(folders.contents().len(), 2);
    assert_eq!(read(&client, "ä b+c%/日本語.txt").await, b"x");

    let (mut after, mut own) = (None, Vec::new());
    loop {
        let page = cloud.objects().list("results", "page/", after.as_deref(), 300).await.expect("a page");
        own.extend(page.objects.into_iter().map(|object| object.key));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(own.len(), 1_100);
}
