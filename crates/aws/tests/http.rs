//! The port, spoken to with nothing but HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{
    Cloud, Config, FunctionDescription, FunctionReply, Functions, FunctionsError, JsonReply, JsonService, MappingSpec,
    Origin, QueueSpec, RouteSpec, SubscriptionSpec, TopicSpec,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

async fn cloud() -> Cloud {
    Cloud::start(Config::default()).await.expect("a cloud")
}

fn authority(cloud: &Cloud) -> &str {
    cloud.endpoint().strip_prefix("http://").expect("an HTTP endpoint")
}

async fn send(cloud: &Cloud, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let stream = TcpStream::connect(authority(cloud)).await.expect("a connection");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", authority(cloud));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).expect("a request");
    let (parts, body) = sender.send_request(request).await.expect("a reply").into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Reply { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

async fn call(cloud: &Cloud, target: &str, request: &Value) -> Reply {
    let headers = [("x-amz-target", target), ("content-type", "application/x-amz-json-1.0")];
    send(cloud, Method::POST, "/", &headers, request.to_string()).await
}

fn signature(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=any/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature={}",
        "0".repeat(64)
    )
}

async fn query(cloud: &Cloud, service: &str, form: &str) -> Reply {
    let signature = signature(service);
    let headers =
        [("authorization", signature.as_str()), ("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    send(cloud, Method::POST, "/", &headers, form.to_owned()).await
}

#[tokio::test]
async fn tables_are_the_same_from_the_port_and_in_process() {
    let cloud = cloud().await;
    let table = json!({"TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]});
    cloud.create_table(table).await.expect("a table");
    let put = json!({"TableName": "orders", "Item": {"id": {"S": "1"}}});
    let reply = call(&cloud, "DynamoDB_20120810.PutItem", &put).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "{}"));
    assert_eq!(reply.headers["content-type"], "application/x-amz-json-1.0");
    assert_eq!(reply.headers["x-amz-crc32"], "2745614147", "the checksum of {{}} as AWS sends it");
    assert_eq!(reply.headers["x-amzn-requestid"].len(), 52);
    let got = cloud.call("dynamodb", "GetItem", json!({"TableName": "orders", "Key": {"id": {"S": "1"}}})).await;
    assert_eq!(got.expect("a reply").output["Item"]["id"]["S"], "1");
    let reply =
        call(&cloud, "DynamoDB_20120810.GetItem", &json!({"TableName": "none", "Key": {"id": {"S": "1"}}})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.json(),
        json!({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "Requested resource not found"})
    );
    cloud.shutdown().await;
}

#[tokio::test]
async fn queues_speak_json_on_any_path() {
    let cloud = cloud().await;
    let queue = cloud.create_queue(&QueueSpec { name: "inbox".into(), ..QueueSpec::default() }).await.expect("a queue");
    let path = queue.url.strip_prefix(cloud.endpoint()).expect("a URL of this cloud");
    let headers = [("x-amz-target", "AmazonSQS.SendMessage")];
    let request = json!({"QueueUrl": queue.url, "MessageBody": "hello"}).to_string();
    let reply = send(&cloud, Method::POST, path, &headers, request).await;
    assert_eq!(reply.json()["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let reply = call(&cloud, "AmazonSQS.GetQueueUrl", &json!({"QueueName": "absent"})).await;
    assert_eq!(reply.headers["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(reply.json()["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(reply.headers["x-amzn-requestid"].len(), 36);
    cloud.shutdown().await;
}

#[tokio::test]
async fn topics_and_identity_speak_the_query_protocol() {
    let cloud = cloud().await;
    let reply = query(&cloud, "sns", "Action=CreateTopic&Version=2010-03-31&Name=results").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers["content-type"], "text/xml");
    assert!(reply.body.contains("<TopicArn>arn:aws:sns:us-east-1:000000000000:results</TopicArn>"), "{}", reply.body);
    let form = "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Aresults&Message=a+%26+b&\
                MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&\
                MessageAttributes.entry.1.Value.StringValue=x";
    let reply = query(&cloud, "sns", form).await;
    assert_eq!(reply.body.len(), 294, "{}", reply.body);
    assert_eq!(cloud.published().so_far()[0].message, "a & b");
    let reply =
        query(&cloud, "sns", "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Anone&Message=m")
            .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.body.contains("<Code>NotFound</Code>"), "{}", reply.body);
    let reply = query(&cloud, "sts", "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert!(reply.body.contains("<Account>000000000000</Account>"), "{}", reply.body);
    cloud.shutdown().await;
}

#[tokio::test]
async fn what_is_not_emulated_is_refused_by_name() {
    let cloud = cloud().await;
    let reply = call(&cloud, "AWSGlue.StartJobRun", &json!({})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.json()["message"].as_str().is_some_and(|m| m.contains("AWSGlue")), "{}", reply.body);
    let reply = call(&cloud, "DynamoDB_20120810.CreateBackup", &json!({})).await;
    assert!(reply.body.contains("CreateBackup"), "{}", reply.body);
    let reply = query(&cloud, "sns", "Action=CreatePlatformApplication").await;
    assert!(
        reply.body.contains("<Code>InvalidAction</Code>") && reply.body.contains("CreatePlatformApplication"),
        "{}",
        reply.body
    );
    let reply = query(&cloud, "iam", "Action=CreateRole&Version=2010-05-08").await;
    assert!(reply.body.contains("CreateRole") && reply.body.contains("iam"), "{}", reply.body);
    let glacier = signature("glacier");
    let reply = send(&cloud, Method::PUT, "/-/vaults/v", &[("authorization", glacier.as_str())], "x").await;
    assert_eq!(reply.status, StatusCode::NOT_IMPLEMENTED);
    assert!(reply.body.contains("The service glacier is not emulated here"), "{}", reply.body);
    let reply = send(&cloud, Method::GET, "/", &[], "").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.body.contains("AWS_ENDPOINT_URL"), "{}", reply.body);
    let error = cloud.call("kinesis", "PutRecord", json!({})).await.expect_err("not emulated");
    assert_eq!((error.code.as_ref(), error.status), ("NotEmulated", 501));
    assert!(error.message.starts_with("The service kinesis is not emulated here; emulated are dynamodb, "), "{error}");
    cloud.shutdown().await;
}

#[tokio::test]
async fn web_pages_of_others_are_refused() {
    let cloud = cloud().await;
    let target = ("x-amz-target", "DynamoDB_20120810.ListTables");
    for foreign in [[target, ("host", "evil.example:80")], [target, ("origin", "https://evil.example")]] {
        let reply = send(&cloud, Method::POST, "/", &foreign, "{}").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{foreign:?}");
        assert!(reply.body.contains("evil.example"), "{}", reply.body);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = send(&cloud, Method::POST, "/", &form, "Action=ListTopics").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "a form that any page could send");
    assert!(reply.body.contains("MissingAuthenticationToken"), "{}", reply.body);
    cloud.shutdown().await;
}

/// Answers every event with itself as an API response, and shows it.
struct Echo(mpsc::UnboundedSender<(String, Value)>);

#[async_trait]
impl Functions for Echo {
    async fn invoke(&self, function: &str, payload: Bytes, _origin: Origin) -> Result<FunctionReply, FunctionsError> {
        let event: Value = serde_json::from_slice(&payload).expect("JSON");
        let answer = json!({"statusCode": 200, "headers": {"X-Echo": "yes"}, "body": event["body"]}).to_string();
        self.0.send((function.to_owned(), event)).expect("the test listens");
        Ok(FunctionReply { payload: answer.into(), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

#[tokio::test]
async fn routes_queues_and_topics_call_functions() {
    let cloud = cloud().await;
    let (sender, mut events) = mpsc::unbounded_channel();
    cloud.attach_functions(Arc::new(Echo(sender))).expect("the first host");
    let (second, _) = mpsc::unbounded_channel();
    assert!(cloud.attach_functions(Arc::new(Echo(second))).is_err(), "there is one already");

    let route = RouteSpec {
        api_id: "api".into(),
        stage: "Prod".into(),
        method: "POST".into(),
        path: "/process".into(),
        function: "process".into(),
        iam: true,
    };
    let url = cloud.add_route(&route).expect("a route");
    let path = url.strip_prefix(cloud.endpoint()).expect("a URL of this cloud");
    let reply = send(&cloud, Method::POST, path, &[], "{}").await;
    assert_eq!(
        (reply.status, reply.json()),
        (StatusCode::FORBIDDEN, json!({"message": "Missing Authentication Token"}))
    );
    let signed = signature("execute-api");
    let signed = [("authorization", signed.as_str()), ("x-amz-date", "20261121T112841Z")];
    let reply = send(&cloud, Method::POST, path, &signed, "{\"a\":1}").await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "{\"a\":1}"));
    assert_eq!(reply.headers["x-echo"], "yes");
    assert_eq!(reply.headers.get_all("date").iter().count(), 1);
    assert_eq!(events.recv().await.expect("an event").1["headers"]["Host"], authority(&cloud));
    let port = authority(&cloud).rsplit_once(':').expect("a port").1;
    for host in [format!("api.execute-api.localhost:{port}"), "api.execute-api.us-east-1.amazonaws.com".to_owned()] {
        let by_host = [signed[0], signed[1], ("host", host.as_str())];
        assert_eq!(send(&cloud, Method::POST, "/Prod/process", &by_host, "x").await.body, "x");
        events.recv().await.expect("an event");
    }

    let queue = cloud.create_queue(&QueueSpec { name: "inbox".into(), ..QueueSpec::default() }).await.expect("a queue");
    let mapping = MappingSpec {
        queue_arn: queue.arn.clone(),
        function: "approve".into(),
        batch_size: 1,
        window: std::time::Duration::ZERO,
        report_batch_item_failures: false,
    };
    let id = cloud.map_queue(&mapping).await.expect("a mapping");
    assert_eq!(cloud.map_queue(&mapping).await.expect("the same"), id);
    assert!(cloud.map_queue(&MappingSpec { batch_size: 2, ..mapping.clone() }).await.is_err(), "another size");
    let nowhere = MappingSpec { queue_arn: queue.arn.replace("inbox", "absent"), ..mapping };
    assert!(cloud.map_queue(&nowhere).await.expect_err("no queue").to_string().contains("make it first"));
    let topic =
        cloud.create_topic(&TopicSpec { name: "results".into(), ..TopicSpec::default() }).await.expect("a topic");
    let subscription = SubscriptionSpec {
        topic_arn: topic.clone(),
        protocol: "sqs".into(),
        endpoint: queue.arn,
        ..SubscriptionSpec::default()
    };
    cloud.subscribe(&subscription).await.expect("a subscription");
    cloud.call("sns", "Publish", json!({"TopicArn": topic, "Message": "m"})).await.expect("published");
    let (function, event) = events.recv().await.expect("an event");
    assert_eq!(function, "approve");
    let body: Value = serde_json::from_str(event["Records"][0]["body"].as_str().expect("text")).expect("JSON");
    assert_eq!(body["Message"], "m");
    cloud.shutdown().await;
}

/// A service from outside.
struct Clock;

#[async_trait]
impl JsonService for Clock {
    fn target_prefix(&self) -> &'static str {
        "Clock"
    }

    async fn handle(&self, operation: &str, body: Bytes, headers: &HeaderMap) -> JsonReply {
        match operation {
            "Echo" => JsonReply::ok(body),
            "Agent" => JsonReply::ok(json!({"agent": headers["user-agent"].to_str().expect("text")}).to_string()),
            _ => JsonReply::error(400, "NoSuchOperation", operation),
        }
    }
}

#[tokio::test]
async fn further_services_can_be_registered_once() {
    let cloud = cloud().await;
    cloud.register(Arc::new(Clock)).expect("a free prefix");
    assert!(cloud.register(Arc::new(Clock)).is_err(), "it is taken");
    let reply = call(&cloud, "Clock.Echo", &json!({"a": 1})).await;
    assert_eq!((reply.status, reply.json()), (StatusCode::OK, json!({"a": 1})));
    let headers = [("x-amz-target", "Clock.Agent"), ("user-agent", "test/1")];
    assert_eq!(send(&cloud, Method::POST, "/", &headers, "{}").await.json(), json!({"agent": "test/1"}));
    let reply = call(&cloud, "Clock.Tick", &json!({})).await;
    assert_eq!((reply.status, reply.json()["__type"].as_str()), (StatusCode::BAD_REQUEST, Some("NoSuchOperation")));
    cloud.shutdown().await;
}

#[tokio::test]
async fn requests_that_are_too_long_are_refused_unread() {
    let cloud = cloud().await;
    let mut stream = TcpStream::connect(authority(&cloud)).await.expect("a connection");
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\nx-amz-target: DynamoDB_20120810.PutItem\r\ncontent-length: 17000000\r\n\r\n",
        authority(&cloud)
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).await.expect("answered without the body");
    assert_eq!(&reply, b"HTTP/1.1 413");
    let path = "/_aws/execute-api/api/Prod/x";
    let reply = send(&cloud, Method::POST, path, &[], vec![b'x'; 10 * 1024 * 1024 + 1]).await;
    assert_eq!((reply.status, reply.json()), (StatusCode::PAYLOAD_TOO_LARGE, json!({"message": "Request Too Long"})));
    cloud.shutdown().await;
}

#[tokio::test]
async fn tables_of_a_data_directory_outlive_the_cloud() {
    let data = tempfile::tempdir().expect("a directory");
    let config = || Config { data: Some(data.path().join("deep/down")), ..Config::default() };
    let table = json!({"TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]});
    let first = Cloud::start(config()).await.expect("a cloud");
    first.create_table(table.clone()).await.expect("made");
    first
        .call("dynamodb", "PutItem", json!({"TableName": "orders", "Item": {"id": {"S": "1"}}}))
        .await
        .expect("written");
    first.shutdown().await;
    drop(first);
    let second = Cloud::start(config()).await.expect("a cloud");
    second.create_table(table).await.expect("found");
    let got = second.call("dynamodb", "GetItem", json!({"TableName": "orders", "Key": {"id": {"S": "1"}}})).await;
    assert_eq!(got.expect("a reply").output["Item"]["id"]["S"], "1");
    second.shutdown().await;
}

#[tokio::test]
async fn a_cloud_that_cannot_start_says_why() {
    let cloud = cloud().await;
    let bind = authority(&cloud).parse().expect("an address");
    let taken = Cloud::start(Config { bind, ..Config::default() }).await.expect_err("the port is taken");
    assert!(taken.to_string().contains(&format!("can't listen on {bind}")), "{taken}");
    let account = Cloud::start(Config { account_id: "1".into(), ..Config::default() }).await.expect_err("no account");
    assert!(account.to_string().contains("twelve digits"), "{account}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let data =
        Cloud::start(Config { data: Some(file.path().to_owned()), ..Config::default() }).await.expect_err("a file");
    assert!(data.to_string().contains("can't use"), "{data}");
    cloud.shutdown().await;
    assert!(TcpStream::connect(bind).await.is_err(), "nobody listens after the end");
}

#[tokio::test]
async fn dropping_the_last_handle_stops_the_cloud() {
    let cloud = cloud().await;
    let address = authority(&cloud).to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    drop(cloud);
    // An end, or a reset when the connection was not yet accepted.
    assert!(matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)));
}
