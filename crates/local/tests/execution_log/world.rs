//! The Step Functions API with log delivery, and log groups to look into.

use std::sync::{Arc, Mutex};

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::{Cloud, Config};
use journal::MemoryJournal;
use local::LogDelivery;
use machine::TaskCall;
use runtime::{Answer, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

use crate::door::Door;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "111111111111";

pub(crate) struct World {
    cloud: Cloud,
    runtime: Runtime,
    door: Door,
    delivery: Arc<LogDelivery>,
    failure: Arc<Failure>,
}

/// What every task comes to.
#[derive(Default)]
pub(crate) struct Failure(Mutex<(String, String)>);

#[async_trait]
impl TaskHandler for Failure {
    async fn handle(&self, _: TaskCall, _: TaskContext) -> Answer {
        let (error, cause) = self.0.lock().unwrap().clone();
        Answer::failed(&error, cause)
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let config = Config { account_id: ACCOUNT.into(), region: REGION.into(), ..Config::default() };
        let cloud = Cloud::start(config).await.expect("a port is free");
        let delivery = Arc::new(LogDelivery::new(cloud.log_writer(), None));
        let failure = Arc::<Failure>::default();
        let settings = Settings { pace: Pace::Skip, attended: false };
        let observer = Some(delivery.clone() as Arc<dyn runtime::Observer>);
        let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), failure.clone(), observer);
        let registry = Arc::new(Registry::ephemeral(REGION, ACCOUNT));
        let api = Arc::new(StepFunctions::new(runtime.clone(), registry).with_cloud(cloud.clone()));
        cloud.register(api).expect("nobody else has its prefix");
        let door = Door::of(&cloud);
        Self { cloud, runtime, door, delivery, failure }
    }

    /// Has every task fail with this.
    pub(crate) fn fail_with(&self, error: &str, cause: &str) {
        *self.failure.0.lock().unwrap() = (error.to_owned(), cause.to_owned());
    }

    /// Calls an operation over HTTP; its reply must be a success.
    pub(crate) async fn call(&self, target: &str, request: &Value) -> Value {
        let (status, body) = self.door.call(target, request).await;
        assert_eq!(status, 200, "{target}: {body}");
        body
    }

    /// Makes a state machine that logs to a group of its name.
    pub(crate) async fn machine(&self, name: &str, kind: &str, definition: &str, level: &str, data: bool) -> String {
        self.cloud.create_log_group(name, None).await.expect("a group");
        let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*");
        let request = json!({
            "name": name, "type": kind, "definition": definition, "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
            "loggingConfiguration": {
                "level": level, "includeExecutionData": data,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
            }
        });
        let made = self.call("AWSStepFunctions.CreateStateMachine", &request).await;
        made["stateMachineArn"].as_str().expect("an ARN").to_owned()
    }

    /// Runs an execution to its end. Returns its ARN.
    pub(crate) async fn run(&self, machine: &str, input: &Value) -> String {
        let request = json!({"stateMachineArn": machine, "input": input.to_string()});
        let started = self.call("AWSStepFunctions.StartExecution", &request).await;
        let arn = started["executionArn"].as_str().expect("an ARN").to_owned();
        self.finished(&arn).await;
        arn
    }

    pub(crate) async fn finished(&self, execution: &str) {
        if let Some(execution) = self.runtime.execution(execution) {
            execution.finished().await;
        }
    }

    /// The records of a group, in the order of their streams and times.
    pub(crate) async fn records(&self, group: &str) -> Vec<Value> {
        self.delivery.drain().await;
        let (mut records, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut request = json!({"logGroupName": group});
            if !token.is_null() {
                request["nextToken"] = token;
            }
            let page = self.call("Logs_20140328.FilterLogEvents", &request).await;
            for event in page["events"].as_array().expect("events") {
                let stream = event["logStreamName"].as_str().expect("a stream");
                let parts: Vec<&str> = stream.split('/').collect();
                assert!(matches!(parts[..], ["states", _, _, "00000000"]), "{stream}");
                let record: Value = serde_json::from_str(event["message"].as_str().expect("text")).expect("JSON");
                assert_eq!(record["event_timestamp"], event["timestamp"].to_string());
                records.push(record);
            }
            token = page["nextToken"].clone();
            if token.is_null() {
                return records;
            }
        }
    }

    pub(crate) async fn shut_down(&self) {
        self.runtime.shut_down();
        self.cloud.shutdown().await;
    }
}
