//! What S3 says on the wire, where SDKs hide it.

use aws::{BucketSpec, Cloud, Config};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;

async fn start() -> Cloud {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    cloud.create_bucket(&BucketSpec { name: "results".into(), versioning: false }).await.expect("a bucket");
    cloud.objects().put("results", "k&1", "hello".into(), None).await.expect("written");
    cloud
}

async fn send(cloud: &Cloud, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response<String> {
    let address = cloud.endpoint().strip_prefix("http://").expect("http");
    let stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", address);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
    let (parts, body) = sender.send_request(request).await.expect("a reply").into_parts();
    let text = body.collect().await.expect("a body").to_bytes();
    Response::from_parts(parts, String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn an_error_has_its_resource_and_identifiers() {
    let cloud = start().await;
    let missing = send(&cloud, "GET", "/results/no%26ne", &[], "").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let id = missing.headers()["x-amz-request-id"].to_str().expect("text");
    let host = missing.headers()["x-amz-id-2"].to_str().expect("text");
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
         <Message>The specified key does not exist.</Message><Resource>/results/no&amp;ne</Resource>\
         <RequestId>{id}</RequestId><HostId>{host}</HostId></Error>"
    );
    assert_eq!(missing.body(), &expected);
    let head = send(&cloud, "HEAD", "/results/none", &[], "").await;
    assert_eq!((head.status(), head.body().as_str()), (StatusCode::NOT_FOUND, ""));
    let short = send(&cloud, "GET", "/ab", &[], "").await;
    assert!(
        short.body().contains("<Code>InvalidBucketName</Code><Message>The specified bucket is not valid.</Message>")
    );
}

#[tokio::test]
async fn a_bucket_is_named_by_path_or_by_host() {
    let cloud = start().await;
    for (path, host) in [
        ("/results/k%261", "127.0.0.1"),
        ("/k%261", "results.localhost"),
        ("/k%261", "results.s3.localhost:4566"),
        ("/k%261", "results.s3.us-east-1.amazonaws.com"),
        ("/results/k%261", "s3.us-east-1.amazonaws.com"),
    ] {
        let got = send(&cloud, "GET", path, &[("host", host)], "").await;
        assert_eq!((got.status(), got.body().as_str()), (StatusCode::OK, "hello"), "{host}{path}");
    }
    let foreign = send(&cloud, "GET", "/results/k%261", &[("origin", "http://evil.s3.amazonaws.com")], "").await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(send(&cloud, "GET", "/", &[], "").await.status(), StatusCode::NOT_FOUND, "no S3 request");
}

#[tokio::test]
async fn a_coded_body_must_be_whole_and_have_its_checksum() {
    let cloud = start().await;
    let coded = |length: &'static str| {
        [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-decoded-content-length", length),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("content-encoding", "gzip,aws-chunked"),
        ]
    };
    let whole = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let put = send(&cloud, "PUT", "/results/coded", &coded("5"), whole).await;
    assert_eq!(
        (put.status(), &put.headers()["x-amz-checksum-crc32"]),
        (StatusCode::OK, &"NhCmhg==".parse().expect("a value"))
    );
    let got = send(&cloud, "GET", "/results/coded", &[], "").await;
    assert_eq!((&got.headers()["content-encoding"], got.body().as_str()), (&"gzip".parse().expect("a value"), "hello"));
    for (body, length, code) in [
        ("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "5", "BadDigest"),
        ("5\r\nhello\r\n0\r\n\r\n", "5", "InvalidRequest"),
        ("5\r\nhel", "5", "IncompleteBody"),
        (whole, "4", "IncompleteBody"),
        (whole, "6", "IncompleteBody"),
        ("z\r\nhello", "5", "InvalidRequest"),
    ] {
        let refused = send(&cloud, "PUT", "/results/refused", &coded(length), body).await;
        assert!(refused.body().contains(&format!("<Code>{code}</Code>")), "{body:?}: {}", refused.body());
    }
    let signed = [("x-amz-content-sha256", &*"0".repeat(64))];
    let refused = send(&cloud, "PUT", "/results/refused", &signed, "hello").await;
    assert!(refused.body().contains("<Code>XAmzContentSHA256Mismatch</Code>"), "{}", refused.body());
    assert_eq!(send(&cloud, "HEAD", "/results/refused", &[], "").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_that_read_may_be_conditional() {
    let cloud = start().await;
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    for (name, value, status) in [
        ("if-none-match", etag, StatusCode::NOT_MODIFIED),
        ("if-none-match", etag.trim_matches('"'), StatusCode::NOT_MODIFIED),
        ("if-none-match", "\"other\"", StatusCode::OK),
        ("if-match", etag, StatusCode::OK),
        ("if-match", "\"other\"", StatusCode::PRECONDITION_FAILED),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT", StatusCode::NOT_MODIFIED),
        ("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT", StatusCode::PRECONDITION_FAILED),
    ] {
        let got = send(&cloud, "GET", "/results/k%261", &[(name, value)], "").await;
        assert_eq!(got.status(), status, "{name}: {value}");
        if status == StatusCode::NOT_MODIFIED {
            assert_eq!((&got.headers()["etag"], got.body().as_str()), (&etag.parse().expect("a value"), ""));
        }
    }
    let beyond = send(&cloud, "GET", "/results/k%261", &[("range", "bytes=5-")], "").await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers()["content-range"], "bytes */5");
    let several = send(&cloud, "GET", "/results/k%261", &[("range", "bytes=0-1,3-4")], "").await;
    assert_eq!((several.status(), several.body().as_str()), (StatusCode::OK, "hello"), "S3 ignores it");
}

#[tokio::test]
async fn attributes_tell_the_entity_tag_without_quotes() {
    let cloud = start().await;
    let asked = [("x-amz-object-attributes", "ETag,ObjectSize")];
    let got = send(&cloud, "GET", "/results/k%261?attributes", &asked, "").await;
    let words = "<ETag>5d41402abc4b2a76b9719d911017c592</ETag><ObjectSize>5</ObjectSize>";
    assert!(got.body().contains(words), "{}", got.body());
}
