//! What a data directory holds after its process was killed, and what is refused of it. The processes are real, and so is
//! the signal.

use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws::{BucketSpec, Cloud, Config, Error, MappingSpec, QueueSpec, SubscriptionSpec, TopicSpec};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The cloud in a process of its own.
struct Server {
    process: Child,
    authority: String,
}

impl Server {
    async fn start(folder: &Path) -> Self {
        let test = std::env::current_exe().expect("a test has a path");
        let debug = test.parent().and_then(Path::parent).expect("a test is in target/PROFILE/deps");
        let mut process = Command::new(debug.join("examples").join("serve"))
            .args(["0".as_ref(), folder.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the example is built with the tests");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let line = lines.next_line().await.expect("readable").expect("it says where it listens");
        let authority = line.split_whitespace().find_map(|word| word.strip_prefix("AWS_ENDPOINT_URL=http://"));
        Self { process, authority: authority.expect("an endpoint").to_owned() }
    }

    /// SIGKILL: the process can do nothing about it.
    async fn kill(mut self) {
        self.process.kill().await.expect("it is ours");
    }

    fn caller(&self) -> Caller {
        Caller { authority: self.authority.clone(), connection: None }
    }
}

/// One connection; an error is that of a server that was killed.
struct Caller {
    authority: String,
    connection: Option<hyper::client::conn::http1::SendRequest<Full<bytes::Bytes>>>,
}

impl Caller {
    async fn call(&mut self, target: &str, request: &Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(&self.authority).await?;
            let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        let sender = self.connection.as_mut().expect("connected above");
        let request = http::Request::post("/")
            .header("host", &self.authority)
            .header("x-amz-target", target)
            .body(Full::new(request.to_string().into()))?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if !parts.status.is_success() {
            return Err(format!("{}: {}", parts.status, String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    async fn done(&mut self, operation: &str, request: Value) -> Value {
        self.call(&format!("AmazonSQS.{operation}"), &request).await.unwrap_or_else(|e| panic!("{operation}: {e}"))
    }
}

#[tokio::test]
async fn no_message_is_lost_or_comes_back_when_the_process_is_killed_at_any_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..4 {
        let server = Server::start(folder.path()).await;
        let url = format!("http://{}/000000000000/orders", server.authority);
        server.caller().done("CreateQueue", json!({"QueueName": "orders"})).await;
        let answered = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let (mut caller, url, answered) = (server.caller(), url.clone(), Arc::clone(&answered));
                tokio::spawn(async move {
                    let (mut sent, mut deleted) = (Vec::new(), Vec::new());
                    for number in 0.. {
                        let body = format!("{round}-{worker}-{number}");
                        let send = json!({"QueueUrl": url, "MessageBody": body});
                        if caller.call("AmazonSQS.SendMessage", &send).await.is_err() {
                            break;
                        }
                        sent.push(body);
                        answered.fetch_add(1, Ordering::SeqCst);
                        if number % 3 != 0 {
                            continue;
                        }
                        let receive = json!({"QueueUrl": url, "VisibilityTimeout": 43_200});
                        let Ok(got) = caller.call("AmazonSQS.ReceiveMessage", &receive).await else { break };
                        let Some(message) = got["Messages"].get(0) else { continue };
                        let delete = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
                        let gone = message["Body"].as_str().expect("text").to_owned();
                        let answer = caller.call("AmazonSQS.DeleteMessage", &delete).await;
                        // Without an answer it may be gone, or not.
                        deleted.push((gone, answer.is_ok()));
                    }
                    (sent, deleted)
                })
            })
            .collect();
        while answered.load(Ordering::SeqCst) < 150 + 37 * round {
            tokio::task::yield_now().await;
        }
        server.kill().await;
        // Bodies of messages for which there was an answer when they were sent; when they were deleted; and which may be
        // deleted or not.
        let (mut sent, mut deleted, mut unsure) = (HashSet::new(), HashSet::new(), HashSet::new());
        for worker in workers {
            let (more, gone) = worker.await.expect("a worker ends");
            sent.extend(more);
            for (body, answered) in gone {
                if answered {
                    deleted.insert(body)
                } else {
                    unsure.insert(body)
                };
            }
        }

        let server = Server::start(folder.path()).await;
        let mut caller = server.caller();
        let url = format!("http://{}/000000000000/orders", server.authority);
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let counted = caller.done("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": names})).await;
        let count =
            |name: &str| -> usize { counted["Attributes"][name].as_str().expect("text").parse().expect("a number") };
        let there = count(names[0]) + count(names[1]);
        let least = sent.len() - deleted.len() - unsure.iter().filter(|body| sent.contains(*body)).count();
        // Each worker may have sent one message without hearing of it.
        assert!((least..=sent.len() - deleted.len() + 4).contains(&there), "round {round}: {there}, not {least}");
        // What was in flight when the process was killed is in flight still; all the rest comes, and once.
        let mut seen = HashSet::new();
        loop {
            let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600});
            let got = caller.done("ReceiveMessage", receive).await;
            let Some(messages) = got["Messages"].as_array() else { break };
            for message in messages {
                let body = message["Body"].as_str().expect("text").to_owned();
                assert!(!deleted.contains(&body), "{body} was deleted");
                assert!(seen.insert(body.clone()), "{body} came twice");
            }
        }
        assert_eq!(seen.len(), count(names[0]));
        caller.done("DeleteQueue", json!({"QueueUrl": url})).await;
        server.kill().await;
    }
}

fn config(folder: &Path) -> Config {
    Config { data: Some(folder.to_owned()), ..Config::default() }
}

/// What a template says, made or found.
async fn furnish(cloud: &Cloud) -> Vec<String> {
    let table = json!({"TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]});
    let dead = QueueSpec { name: "dead".into(), ..QueueSpec::default() };
    let dead = cloud.create_queue(&dead).await.expect("a queue").arn;
    let policy = json!({"deadLetterTargetArn": dead, "maxReceiveCount": 5}).to_string();
    let queue = QueueSpec {
        name: "orders".into(),
        attributes: [("RedrivePolicy".to_owned(), policy), ("VisibilityTimeout".to_owned(), "60".to_owned())].into(),
        tags: [("team".to_owned(), "a".to_owned())].into(),
    };
    let queue = cloud.create_queue(&queue).await.expect("a queue").arn;
    let topic = TopicSpec { name: "results".into(), attributes: [("DisplayName".to_owned(), "R".to_owned())].into() };
    let topic = cloud.create_topic(&topic).await.expect("a topic");
    let subscription = SubscriptionSpec {
        topic_arn: topic.clone(),
        protocol: "sqs".into(),
        endpoint: queue.clone(),
        attributes: [("RawMessageDelivery".to_owned(), "true".to_owned())].into(),
    };
    let subscription = cloud.subscribe(&subscription).await.expect("a subscription");
    cloud.create_bucket(&BucketSpec { name: "kept".into(), versioning: true }).await.expect("a bucket");
    cloud.create_log_group("/orders", Some(7)).await.expect("a group");
    let mapping = MappingSpec {
        queue_arn: queue.clone(),
        function: "approve".into(),
        batch_size: 10,
        window: std::time::Duration::ZERO,
        report_batch_item_failures: true,
    };
    cloud.map_queue(&mapping).await.expect("a mapping");
    vec![cloud.create_table(table).await.expect("a table"), queue, topic, subscription]
}

#[tokio::test]
async fn a_stack_is_furnished_again_on_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first: Option<Vec<String>> = None;
    for _ in 0..3 {
        let cloud = Cloud::start(config(folder.path())).await.expect("a cloud");
        let made = furnish(&cloud).await;
        assert_eq!(made, *first.get_or_insert_with(|| made.clone()), "the same each time");
        cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_file_that_is_not_this_programs_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let cloud = Cloud::start(config(folder.path())).await.expect("a cloud");
    furnish(&cloud).await;
    cloud.shutdown().await;
    drop(cloud);
    let files = ["dynamodb.sqlite", "sqs.sqlite", "sns.sqlite", "lambda.sqlite", "logs.sqlite", "s3/s3.sqlite"];
    let foreign = tempfile::tempdir().expect("a folder").path().with_extension("sqlite");
    rusqlite::Connection::open(&foreign).and_then(|c| c.execute_batch("CREATE TABLE theirs (x)")).expect("made");
    let foreign_bytes = std::fs::read(&foreign).expect("read");
    for name in files {
        let file = folder.path().join(name);
        let own = std::fs::read(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (what, bytes) in [
            ("empty", Vec::new()),
            ("foreign", foreign_bytes.clone()),
            ("garbage", b"garbage ".repeat(1_000)),
            ("truncated", own[..100].to_vec()),
        ] {
            std::fs::write(&file, &bytes).expect("written");
            let refused = Cloud::start(config(folder.path())).await.expect_err(name);
            let sentence = refused.to_string();
            let Error::Data { path, .. } = refused else { panic!("{name}, {what}: {sentence}") };
            assert_eq!(path, file, "{what}: {sentence}");
            let cure = ["put back", "move it away", "remove it", "another data directory"];
            assert!(cure.iter().any(|cure| sentence.contains(cure)), "{name}, {what}: {sentence}");
            assert_eq!(std::fs::read(&file).expect("read"), bytes, "{name}, {what}: it was changed");
            for left in ["-wal", "-shm"] {
                let mut beside = file.clone().into_os_string();
                beside.push(left);
                let _ = std::fs::remove_file(beside);
            }
        }
        std::fs::write(&file, &own).expect("written");
    }
    let cloud = Cloud::start(config(folder.path())).await.expect("whole again");
    furnish(&cloud).await;
    let taken = Cloud::start(config(folder.path())).await.expect_err("taken").to_string();
    assert!(taken.contains("another process uses it"), "{taken}");
    cloud.shutdown().await;
}
