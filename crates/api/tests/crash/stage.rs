//! Services that outlive processes, and the processes: runtime, integrations and API.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::{
    Cloud, Config, FunctionDescription, FunctionReply, Functions, FunctionsError, JsonService as _, Origin, RouteSpec,
};
use bytes::Bytes;
use http::HeaderMap;
use integrations::{Executions, Integrations};
use journal::Journal;
use lambda::{Endpoint, FunctionSpec, Location};
use runtime::{Pace, Runtime, Settings};
use serde_json::{Value, json};

/// What API Gateway calls.
struct Echo;

#[async_trait]
impl Functions for Echo {
    async fn invoke(&self, _function: &str, payload: Bytes, _origin: Origin) -> Result<FunctionReply, FunctionsError> {
        let event: Value = serde_json::from_slice(&payload).expect("an event");
        let reply = json!({"statusCode": 200, "body": event["body"]});
        Ok(FunctionReply { payload: reply.to_string().into(), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

/// Serves a function that answers with its payload, in the way of `cargo lambda watch`, as long as the test runs.
fn function_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                loop {
                    let mut length = 0;
                    loop {
                        let mut line = String::new();
                        // The client went away.
                        if reader.read_line(&mut line).unwrap_or_default() == 0 {
                            return;
                        }
                        if let Some((name, value)) = line.split_once(':')
                            && name.eq_ignore_ascii_case("content-length")
                        {
                            length = value.trim().parse().expect("a length");
                        }
                        if line == "\r\n" {
                            break;
                        }
                    }
                    let mut body = vec![0; length];
                    if reader.read_exact(&mut body).is_err() {
                        return;
                    }
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    let writer = reader.get_mut();
                    if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(&body)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

/// The execution whose tokens are answered.
const PARENT: &str = "arn:aws:states:us-east-1:000000000000:execution:parent:e";

/// What outlives a process.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    registry: Arc<Registry>,
    function_url: String,
    pub(crate) queue_url: String,
}

/// A process.
pub(crate) struct Process {
    pub(crate) runtime: Runtime,
    pub(crate) api: Arc<StepFunctions>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let cloud =
            Cloud::start(Config { functions: Some(Arc::new(Echo)), ..Config::default() }).await.expect("starts");
        let call = async |service: &str, operation: &str, request: Value| {
            cloud.call(service, operation, request).await.expect("it can be made").output
        };
        let queue = call("sqs", "CreateQueue", json!({"QueueName": "asked"})).await;
        call("sqs", "CreateQueue", json!({"QueueName": "told"})).await;
        call("sns", "CreateTopic", json!({"Name": "news"})).await;
        call("s3", "CreateBucket", json!({"Bucket": "box"})).await;
        let key = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
        let attributes = json!([{"AttributeName": "id", "AttributeType": "S"}]);
        let table = json!({"TableName": "things", "KeySchema": key, "AttributeDefinitions": attributes,
            "BillingMode": "PAY_PER_REQUEST"});
        cloud.create_table(table).await.expect("a table");
        let route = RouteSpec {
            api_id: "a1b2c3".into(),
            stage: "prod".into(),
            method: "POST".into(),
            path: "/echo".into(),
            function: "echo".into(),
            iam: true,
        };
        cloud.add_route(&route).expect("a route");
        cloud.create_cluster("work").expect("a cluster");
        let definition = json!({"family": "job", "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [
            {"name": "worker", "image": "shell:1", "entryPoint": ["sh", "-c"], "command": ["exit 0"]}]});
        let programs = BTreeMap::from([("worker".to_owned(), PathBuf::from("/bin/sh"))]);
        cloud.register_task_definition(definition, programs).expect("a definition");
        let registry = Arc::new(Registry::ephemeral(cloud.region(), cloud.account_id()));
        let queue_url = queue["QueueUrl"].as_str().expect("a URL").to_owned();
        Self { cloud, registry, function_url: function_server(), queue_url }
    }

    /// Starts a process.
    pub(crate) fn process(&self, journal: Arc<dyn Journal>) -> Process {
        let spec = FunctionSpec::new("echo", "arn:aws:lambda:us-east-1:000000000000:function:echo", "echo");
        let functions = Endpoint::new(&self.function_url, vec![spec], Location::default()).expect("an endpoint");
        let integrations = Integrations::new(Arc::new(functions.into()), Arc::new(self.cloud.clone()));
        let settings = Settings { pace: Pace::Skip, attended: true };
        let runtime = Runtime::new(settings, journal, Arc::new(integrations.clone()), None);
        let api = Arc::new(StepFunctions::new(runtime.clone(), self.registry.clone()));
        let port: Arc<dyn Executions> = api.clone();
        assert!(integrations.attach_executions(&port));
        Process { runtime, api }
    }

    /// Answers every task token that comes with a message, for as long as it is polled. A message stays until its token was
    /// answered; as people do, it takes its time, so that the request is on record by then.
    pub(crate) async fn answer_messages(&self, process: &Process) {
        loop {
            let request = json!({"QueueUrl": self.queue_url, "VisibilityTimeout": 0, "WaitTimeSeconds": 0});
            let received = self.cloud.call("sqs", "ReceiveMessage", request).await.expect("a queue").output;
            let history = process.runtime.journal().history(PARENT).expect("readable");
            if !history.iter().any(|event| event["type"] == "TaskSubmitted") {
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            }
            for message in received["Messages"].as_array().into_iter().flatten() {
                let body: Value = serde_json::from_str(message["Body"].as_str().expect("a body")).expect("JSON");
                let answer = json!({"taskToken": body["token"], "output": "{\"answer\": \"yes\"}"});
                let answered = process.call("SendTaskSuccess", answer).await;
                if answered["__type"].as_str().is_none_or(|kind| kind.contains("TaskTimedOut")) {
                    let request = json!({"QueueUrl": self.queue_url, "ReceiptHandle": message["ReceiptHandle"]});
                    self.cloud.call("sqs", "DeleteMessage", request).await.expect("deleted");
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Process {
    pub(crate) async fn call(&self, operation: &str, request: Value) -> Value {
        let reply = self.api.handle(operation, request.to_string().into(), &HeaderMap::new()).await;
        serde_json::from_slice(&reply.body).unwrap_or_default()
    }

    /// Makes a state machine, and gives its ARN.
    pub(crate) async fn create(&self, name: &str, kind: &str, definition: &Value) -> String {
        let request = json!({"name": name, "type": kind, "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::000000000000:role/r"});
        let created = self.call("CreateStateMachine", request).await;
        created["stateMachineArn"].as_str().unwrap_or_else(|| panic!("{name}: {created}")).to_owned()
    }
}
