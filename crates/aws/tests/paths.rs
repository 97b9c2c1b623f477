//! No name that a request gives becomes a path of the file system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws::{BucketSpec, Cloud, Config};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SECRET: &str = "nobody may read this over the port";

/// Names that lead out of a folder when they are taken for paths.
const NAMES: [&str; 12] = [
    "..",
    "../secret",
    "../../secret",
    "..\\..\\secret",
    "/etc/passwd",
    "a/../../../secret",
    "./../secret",
    "%2e%2e/secret",
    "..%2f..%2fsecret",
    "secret\0",
    "sqs.sqlite",
    "blobs/../../secret",
];

/// All files below a folder, with their contents' lengths.
fn files(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                let length = entry.metadata().expect("its length").len();
                found.insert(entry.path().strip_prefix(folder).expect("below it").to_owned(), length);
            }
        }
    }
    found
}

/// Sends a request as it is, whose path no client has made tidy. Returns the whole answer.
async fn raw(cloud: &Cloud, method: &str, path: &str, body: &str) -> String {
    let authority = cloud.endpoint().strip_prefix("http://").expect("an HTTP endpoint");
    let mut stream = TcpStream::connect(authority).await.expect("a connection");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn world() -> (tempfile::TempDir, Cloud) {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret"), SECRET).expect("written");
    let data = outside.path().join("a").join("data");
    let cloud = Cloud::start(Config { data: Some(data), ..Config::default() }).await.expect("a cloud");
    cloud.create_bucket(&BucketSpec { name: "bucket".into(), versioning: false }).await.expect("a bucket");
    (outside, cloud)
}

/// That nothing but the stores' own files is there, and the secret is untouched.
fn check(outside: &Path) {
    let known = ["dynamodb.sqlite", "sqs.sqlite", "sns.sqlite", "lambda.sqlite", "logs.sqlite", "s3/s3.sqlite"];
    for file in files(outside).into_keys() {
        let name = file.to_string_lossy().into_owned();
        if name == "secret" {
            continue;
        }
        let own = name.strip_prefix("a/data/").unwrap_or_else(|| panic!("{name} is outside"));
        let blob = own
            .strip_prefix("s3/blobs/")
            .is_some_and(|blob| blob.len() == 32 && blob.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let store =
            known.iter().any(|known| own.strip_prefix(known).is_some_and(|rest| ["", "-wal", "-shm"].contains(&rest)));
        assert!(blob || store, "{name} was made by a request");
    }
    assert_eq!(std::fs::read_to_string(outside.join("secret")).expect("there"), SECRET);
}

#[tokio::test]
async fn a_key_of_an_object_is_a_key() {
    let (outside, cloud) = world().await;
    for name in NAMES {
        let key = name.replace('\0', "%00").replace('\\', "%5C");
        // Above 32 KiB content has a file of its own.
        for content in ["mine".to_owned(), "mine".repeat(20_000)] {
            let answer = raw(&cloud, "PUT", &format!("/bucket/{key}"), &content).await;
            let read = raw(&cloud, "GET", &format!("/bucket/{key}"), "").await;
            assert!(!read.contains(SECRET), "{name}");
            if answer.starts_with("HTTP/1.1 200") {
                assert!(read.ends_with(&content), "{name} is what was put");
            }
        }
    }
    for name in NAMES {
        let name = name.replace('\0', "%00").replace('\\', "%5C");
        for (method, path) in
            [("PUT", format!("/{name}")), ("PUT", format!("/{name}/key")), ("GET", format!("/{name}/secret"))]
        {
            let answer = raw(&cloud, method, &path, "").await;
            assert!(!answer.contains(SECRET) && !answer.contains("root:"), "{method} {path}: {answer}");
        }
    }
    check(outside.path());
    cloud.shutdown().await;
}

#[tokio::test]
async fn names_of_resources_are_names() {
    let (outside, cloud) = world().await;
    for name in NAMES {
        let table = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]});
        let calls: [(&str, &str, Value); 12] = [
            ("dynamodb", "CreateTable", table),
            ("dynamodb", "PutItem", json!({"TableName": name, "Item": {"id": {"S": name}}})),
            ("sqs", "CreateQueue", json!({"QueueName": name})),
            (
                "sqs",
                "SendMessage",
                json!({"QueueUrl": format!("http://localhost/000000000000/{name}"), "MessageBody": "x"}),
            ),
            ("sns", "CreateTopic", json!({"Name": name})),
            (
                "sns",
                "Publish",
                json!({"TopicArn": format!("arn:aws:sns:us-east-1:000000000000:{name}"), "Message": "x"}),
            ),
            ("logs", "CreateLogGroup", json!({"logGroupName": name})),
            ("logs", "CreateLogStream", json!({"logGroupName": name, "logStreamName": name})),
            ("events", "PutRule", json!({"Name": name, "EventPattern": "{\"source\": [\"s\"]}"})),
            ("ecs", "RunTask", json!({"cluster": name, "taskDefinition": name})),
            ("s3", "PutObject", json!({"Bucket": "bucket", "Key": name, "Body": "x"})),
            ("s3", "CreateBucket", json!({"Bucket": name})),
        ];
        for (service, operation, request) in calls {
            // Refused or taken: what counts is what comes of it.
            let _ = cloud.call(service, operation, request).await;
        }
        let path = format!("/2015-03-31/functions/{}/invocations", name.replace('\0', "%00").replace('\\', "%5C"));
        let answer = raw(&cloud, "POST", &path, "{}").await;
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"), "{name}: {answer}");
    }
    cloud.log_writer().write("../../secret", "../../secret", jiff::Timestamp::now(), "a line");
    check(outside.path());
    cloud.shutdown().await;
    check(outside.path());
}
