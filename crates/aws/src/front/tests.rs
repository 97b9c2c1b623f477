//! The port against clients that mean no good. The clock is paused: it goes on when everybody waits.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::{BucketSpec, Cloud, Config};

async fn cloud() -> Cloud {
    Cloud::start(Config::default()).await.expect("a cloud")
}

async fn connect(cloud: &Cloud) -> TcpStream {
    let authority = cloud.endpoint().strip_prefix("http://").expect("an HTTP endpoint");
    TcpStream::connect(authority).await.expect("a connection")
}

/// Sends text and reads until the server has closed the connection.
async fn exchange(stream: &mut TcpStream, text: &str) -> String {
    // The server may close before it has read everything.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends the head, and then a byte every two seconds until the server answers or closes. Returns what it answered, and after
/// how many seconds.
async fn drip(cloud: &Cloud, head: &str) -> (String, u64) {
    let began = Instant::now();
    let (mut reader, mut writer) = connect(cloud).await.into_split();
    writer.write_all(head.as_bytes()).await.expect("sent");
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    let mut answer = vec![0; 4096];
    let length = reader.read(&mut answer).await.unwrap_or(0);
    dripping.abort();
    (String::from_utf8_lossy(&answer[..length]).into_owned(), began.elapsed().as_secs())
}

fn head(method: &str, path: &str, headers: &str, length: usize) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{headers}\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_cut() {
    let cloud = cloud().await;
    cloud.create_bucket(&BucketSpec { name: "drops".into(), versioning: false }).await.expect("a bucket");
    let target = "X-Amz-Target: AmazonSQS.ListQueues\r\n";
    // The content of objects is taken by a thread that the paused clock waits for; its pace is tested in `pace.rs`.
    for (head, status, code) in [
        (head("POST", "/", target, 1_000_000), "408", "RequestTimeoutException"),
        (head("POST", "/2015-03-31/functions/f/invocations", "", 1_000_000), "408", "RequestTimeoutException"),
        (head("POST", "/_aws/execute-api/a/Prod/x", "", 1_000_000), "408", "RequestTimeoutException"),
        (head("POST", "/drops?delete", "", 10_000), "", ""),
    ] {
        let (answer, seconds) = drip(&cloud, &head).await;
        assert!(answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}{answer}");
        assert!(answer.is_empty() || answer.contains(code), "{head}{answer}");
        assert!(seconds <= 61, "{head} was cut after {seconds} seconds");
    }
    cloud.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_head_must_be_short_and_come_in_time() {
    let cloud = cloud().await;
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(300_000));
    let answer = exchange(&mut connect(&cloud).await, &long).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many = "X-Many: x\r\n".repeat(200);
    let answer =
        exchange(&mut connect(&cloud).await, &format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    for begun in ["", "GET / HTTP/1.1\r\nHost: local"] {
        let began = Instant::now();
        exchange(&mut connect(&cloud).await, begun).await;
        let seconds = began.elapsed().as_secs();
        assert!((70..=80).contains(&seconds), "{begun:?} was cut after {seconds} seconds");
    }
    let (_, seconds) = drip(&cloud, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: ").await;
    assert!(seconds <= 80, "{seconds}");
    cloud.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_idle_for_a_while_only() {
    let cloud = cloud().await;
    let mut stream = connect(&cloud).await;
    let request =
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 2\r\n\r\n{}";
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 4096];
    assert!(stream.read(&mut answer).await.expect("an answer") > 0);
    let began = Instant::now();
    assert_eq!(stream.read(&mut answer).await.unwrap_or(0), 0, "closed");
    let seconds = began.elapsed().as_secs();
    assert!((70..=80).contains(&seconds), "closed after {seconds} seconds");
    cloud.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_ends_the_connection() {
    let cloud = cloud().await;
    cloud.create_bucket(&BucketSpec { name: "big".into(), versioning: false }).await.expect("a bucket");
    let size = 64 * 1024 * 1024;
    cloud.objects().put("big", "key", vec![7; size].into(), None).await.expect("put");
    for sip in [0, 100] {
        let mut stream = connect(&cloud).await;
        stream.write_all(head("GET", "/big/key", "", 0).as_bytes()).await.expect("sent");
        // Some read nothing, some a little now and then.
        let mut taken = 0;
        let mut little = vec![0; sip.max(1)];
        for _ in 0..90 {
            tokio::time::sleep(Duration::from_secs(2)).await;
            if sip > 0 {
                taken += stream.read(&mut little).await.unwrap_or(0);
            }
        }
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(taken + rest.len() < size, "cut before the end");
    }
    cloud.shutdown().await;
}

/// Not on the paused clock, which may pass a minute while the system hands on what was read.
#[tokio::test]
async fn an_answer_that_is_read_comes_whole() {
    let cloud = cloud().await;
    cloud.create_bucket(&BucketSpec { name: "big".into(), versioning: false }).await.expect("a bucket");
    let size = 64 * 1024 * 1024;
    cloud.objects().put("big", "key", vec![7; size].into(), None).await.expect("put");
    let mut stream = connect(&cloud).await;
    let request = head("GET", "/big/key", "Connection: close\r\n", 0);
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.expect("read");
    assert!(all.len() > size);
    cloud.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn further_connections_wait_for_the_others() {
    let cloud = Cloud::start_for(Config::default(), 2).await.expect("a cloud");
    let idle = [connect(&cloud).await, connect(&cloud).await];
    let mut third = connect(&cloud).await;
    let request = head("POST", "/", "X-Amz-Target: AmazonSQS.ListQueues\r\nConnection: close\r\n", 2) + "{}";
    let began = Instant::now();
    let answer = exchange(&mut third, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seconds = began.elapsed().as_secs();
    assert!((70..=80).contains(&seconds), "answered after {seconds} seconds, when an idle connection had ended");
    drop(idle);
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_body_over_the_limit_of_its_service_is_refused() {
    let cloud = cloud().await;
    let chunks = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000)).repeat(9) + "0\r\n\r\n";
    for (path, target, length) in [
        ("/", "X-Amz-Target: AmazonSQS.SendMessage\r\n", 8 * 1024 * 1024 + 1),
        ("/", "X-Amz-Target: DynamoDB_20120810.PutItem\r\n", 16 * 1024 * 1024 + 1),
        ("/", "Content-Type: application/x-www-form-urlencoded\r\n", 2 * 1024 * 1024 + 1),
        ("/2015-03-31/functions/f/invocations", "", 6_291_457),
        ("/_aws/execute-api/a/Prod/x", "", 10 * 1024 * 1024 + 1),
    ] {
        // Refused by what is announced, without a byte of it.
        let announced = head("POST", path, &format!("{target}Connection: close\r\n"), length);
        let answer = exchange(&mut connect(&cloud).await, &announced).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path} {target}: {answer}");
    }
    let unannounced = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n\r\n{chunks}"
    );
    let answer = exchange(&mut connect(&cloud).await, &unannounced).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("RequestEntityTooLargeException"), "{answer}");
    cloud.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn large_bodies_wait_for_room() {
    let cloud = cloud().await;
    let announce =
        head("POST", "/", "X-Amz-Target: DynamoDB_20120810.ListTables\r\nConnection: close\r\n", 16 * 1024 * 1024);
    // Sixteen of sixteen MiB are all there is room for.
    let mut hoarders = Vec::new();
    for _ in 0..16 {
        let mut stream = connect(&cloud).await;
        stream.write_all(announce.as_bytes()).await.expect("sent");
        hoarders.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = exchange(&mut connect(&cloud).await, &announce).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let small = head("POST", "/", "X-Amz-Target: AmazonSQS.ListQueues\r\nConnection: close\r\n", 2) + "{}";
    assert!(exchange(&mut connect(&cloud).await, &small).await.starts_with("HTTP/1.1 200"), "small ones need no room");
    // The hoarders are cut, and there is room again.
    for mut hoarder in hoarders {
        assert!(exchange(&mut hoarder, "").await.starts_with("HTTP/1.1 408"));
    }
    let large = head("POST", "/", "X-Amz-Target: AmazonSQS.ListQueues\r\nConnection: close\r\n", 200_000)
        + "{}"
        + &" ".repeat(199_998);
    assert!(exchange(&mut connect(&cloud).await, &large).await.starts_with("HTTP/1.1 200"));
    cloud.shutdown().await;
}
