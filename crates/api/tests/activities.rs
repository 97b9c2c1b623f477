//! Activities: workers wait for tasks, tasks wait for workers.

use std::sync::Arc;

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::JsonService as _;
use http::HeaderMap;
use journal::MemoryJournal;
use machine::TaskCall;
use runtime::{Answer, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

struct Queues;

#[async_trait]
impl TaskHandler for Queues {
    async fn handle(&self, _: TaskCall, _: TaskContext) -> Answer {
        Answer::Queued
    }
}

struct Stage {
    api: StepFunctions,
    runtime: Runtime,
    activity: Value,
}

impl Stage {
    async fn new(pace: Pace) -> Self {
        let settings = Settings { pace, attended: true };
        let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), Arc::new(Queues), None);
        let registry = Arc::new(Registry::ephemeral("us-east-1", "123456789012"));
        let mut stage = Self { api: StepFunctions::new(runtime.clone(), registry), runtime, activity: Value::Null };
        stage.activity = stage.call("CreateActivity", json!({"name": "approve"})).await["activityArn"].clone();
        stage
    }

    async fn call(&self, operation: &str, request: Value) -> Value {
        let reply = self.api.handle(operation, request.to_string().into(), &HeaderMap::new()).await;
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// Starts an execution whose only task is the activity's.
    async fn start(&self, input: &str) -> String {
        let definition = json!({"StartAt": "Ask", "States": {"Ask": {
            "Type": "Task", "Resource": self.activity, "TimeoutSeconds": 600, "HeartbeatSeconds": 60, "End": true}}});
        let machine = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::1:role/r"});
        let machine = self.call("CreateStateMachine", machine).await;
        let request = json!({"stateMachineArn": machine["stateMachineArn"], "input": input});
        self.call("StartExecution", request).await["executionArn"].as_str().unwrap().to_owned()
    }

    async fn poll(&self, worker: &str) -> Value {
        self.call("GetActivityTask", json!({"activityArn": self.activity, "workerName": worker})).await
    }

    async fn described(&self, arn: &str) -> Value {
        if let Some(running) = self.runtime.execution(arn) {
            running.finished().await;
        }
        self.call("DescribeExecution", json!({"executionArn": arn})).await
    }

    async fn types(&self, arn: &str) -> Vec<String> {
        let history = self.call("GetExecutionHistory", json!({"executionArn": arn})).await;
        let events = history["events"].as_array().unwrap().iter();
        events.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_task_waits_for_its_worker_and_has_its_answer() {
    let stage = Stage::new(Pace::Real).await;
    let arn = stage.start(r#"{"order":  7}"#).await;
    let task = stage.poll("ana").await;
    assert_eq!(task["input"], r#"{"order":  7}"#);
    let token = &task["taskToken"];
    assert_eq!(stage.call("SendTaskHeartbeat", json!({"taskToken": token})).await, json!({}));
    assert_eq!(stage.call("SendTaskSuccess", json!({"taskToken": token, "output": "true"})).await, json!({}));
    let described = stage.described(&arn).await;
    assert_eq!((&described["status"], &described["output"]), (&json!("SUCCEEDED"), &json!("true")));
    let expected =
        ["ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded"];
    assert_eq!(stage.types(&arn).await[..5], expected);
    let again = stage.call("SendTaskSuccess", json!({"taskToken": token, "output": "true"})).await;
    assert_eq!(again["__type"], "TaskTimedOut");
}

#[tokio::test]
async fn workers_that_wait_get_one_task_each() {
    let stage = Stage::new(Pace::Real).await;
    let work = async {
        let (one, two) = tokio::join!(stage.poll("ana"), stage.poll("bia"));
        for task in [&one, &two] {
            let answer = json!({"taskToken": task["taskToken"], "output": task["input"]});
            assert_eq!(stage.call("SendTaskSuccess", answer).await, json!({}));
        }
        let mut inputs = [one["input"].clone(), two["input"].clone()];
        inputs.sort_by_key(Value::to_string);
        inputs
    };
    let start = async {
        let arns = [stage.start("1").await, stage.start("2").await];
        for arn in &arns {
            assert_eq!(stage.described(arn).await["status"], "SUCCEEDED");
        }
    };
    let (inputs, ()) = tokio::join!(work, start);
    assert_eq!(inputs, [json!("1"), json!("2")]);
}

#[tokio::test(start_paused = true)]
async fn without_a_task_the_poll_ends_after_a_minute_with_a_null_token() {
    let stage = Stage::new(Pace::Real).await;
    let began = tokio::time::Instant::now();
    assert_eq!(stage.poll("ana").await, json!({"taskToken": null}));
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn a_task_whose_time_is_up_is_nobodys() {
    let stage = Stage::new(Pace::Skip).await;
    // Attended, time stands still while a token waits: the stop ends it.
    let arn = stage.start("{}").await;
    stage.call("StopExecution", json!({"executionArn": arn})).await;
    let second = stage.start("2").await;
    assert_eq!(stage.poll("ana").await["input"], "2", "the task that was given up is skipped");
    stage.call("StopExecution", json!({"executionArn": second, "error": "E", "cause": "C"})).await;
    let described = stage.described(&second).await;
    assert_eq!((&described["status"], &described["error"]), (&json!("ABORTED"), &json!("E")));
}

#[tokio::test]
async fn a_task_of_an_activity_that_is_not_there_fails_its_execution() {
    let stage = Stage::new(Pace::Real).await;
    stage.call("DeleteActivity", json!({"activityArn": stage.activity})).await;
    let arn = stage.start("{}").await;
    let described = stage.described(&arn).await;
    assert_eq!(described["error"], "States.Runtime");
    let cause = described["cause"].as_str().unwrap();
    assert!(cause.ends_with(":activity:approve does not exist."), "{cause}");
    assert_eq!(stage.poll("ana").await["__type"], "ActivityDoesNotExist");
}
