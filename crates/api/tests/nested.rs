//! Executions that start executions and wait for them.

use std::sync::Arc;

use api::{Registry, StepFunctions};
use aws::{Cloud, Config, JsonService as _};
use http::HeaderMap;
use integrations::{Executions, Integrations};
use journal::MemoryJournal;
use lambda::{Endpoint, Location};
use runtime::{Pace, Runtime, Settings};
use serde_json::{Value, json};

struct Stage {
    api: Arc<StepFunctions>,
    runtime: Runtime,
    cloud: Cloud,
}

impl Stage {
    async fn new() -> Self {
        let cloud = Cloud::start(Config::default()).await.unwrap();
        // No function is called.
        let functions = Endpoint::new("http://127.0.0.1:9", Vec::new(), Location::default()).unwrap();
        let integrations = Integrations::new(Arc::new(functions.into()), Arc::new(cloud.clone()));
        let settings = Settings { pace: Pace::Skip, attended: false };
        let handler = Arc::new(integrations.clone());
        let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), handler, None);
        let registry = Arc::new(Registry::ephemeral(cloud.region(), cloud.account_id()));
        let api = Arc::new(StepFunctions::new(runtime.clone(), registry));
        let port: Arc<dyn Executions> = api.clone();
        assert!(integrations.attach_executions(&port));
        Self { api, runtime, cloud }
    }

    async fn call(&self, operation: &str, request: Value) -> Value {
        let reply = self.api.handle(operation, request.to_string().into(), &HeaderMap::new()).await;
        serde_json::from_slice(&reply.body).unwrap()
    }

    async fn create(&self, name: &str, kind: &str, definition: &Value) -> Value {
        let request = json!({"name": name, "type": kind, "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::000000000000:role/r"});
        let created = self.call("CreateStateMachine", request).await;
        assert!(created["stateMachineArn"].is_string(), "{created}");
        created["stateMachineArn"].clone()
    }

    /// Runs a state machine to its end, and gives its description.
    async fn run(&self, arn: &Value) -> Value {
        let started = self.call("StartExecution", json!({"stateMachineArn": arn, "input": "{\"n\":1}"})).await;
        let execution = started["executionArn"].as_str().unwrap();
        if let Some(running) = self.runtime.execution(execution) {
            running.finished().await;
        }
        self.call("DescribeExecution", json!({"executionArn": execution})).await
    }

    /// A machine that starts another one in that way.
    async fn parent(&self, name: &str, way: &str, child: &Value) -> Value {
        let definition = json!({"StartAt": "Start", "States": {"Start": {
            "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution{way}"),
            "Parameters": {"StateMachineArn": child, "Input.$": "$"}, "End": true}}});
        self.create(name, "STANDARD", &definition).await
    }
}

#[tokio::test]
async fn an_execution_is_waited_for_over_days_that_are_skipped() {
    let stage = Stage::new().await;
    let child = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 259_200, "End": true}}});
    let child = stage.create("child", "STANDARD", &child).await;
    let parent = stage.parent("parent", ".sync:2", &child).await;
    let described = stage.run(&parent).await;
    let output: Value = serde_json::from_str(described["output"].as_str().unwrap()).unwrap();
    assert_eq!((&output["Status"], &output["Output"]), (&json!("SUCCEEDED"), &json!({"n": 1})));
    assert_eq!(output["StateMachineArn"], child);
    let days = |from: &str, to: &str| output[to].as_i64().unwrap() - output[from].as_i64().unwrap();
    assert!(days("StartDate", "StopDate") >= 259_200_000, "{output}");
    let members: Vec<_> = output.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "ExecutionArn",
            "Input",
            "InputDetails",
            "Name",
            "Output",
            "OutputDetails",
            "StartDate",
            "StateMachineArn",
            "Status",
            "StopDate"
        ]
    );
    stage.cloud.shutdown().await;
}

#[tokio::test]
async fn a_failure_is_told_with_the_description_as_its_cause() {
    let stage = Stage::new().await;
    let child = json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}});
    let child = stage.create("child", "STANDARD", &child).await;
    let parent = stage.parent("parent", ".sync", &child).await;
    let described = stage.run(&parent).await;
    assert_eq!((&described["status"], &described["error"]), (&json!("FAILED"), &json!("States.TaskFailed")));
    let cause: Value = serde_json::from_str(described["cause"].as_str().unwrap()).unwrap();
    assert_eq!((&cause["Status"], &cause["Error"], &cause["Cause"]), (&json!("FAILED"), &json!("E"), &json!("C")));
    stage.cloud.shutdown().await;
}

#[tokio::test]
async fn one_that_is_only_started_is_not_waited_for() {
    let stage = Stage::new().await;
    let child = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let child = stage.create("quick", "EXPRESS", &child).await;
    let parent = stage.parent("parent", "", &child).await;
    let described = stage.run(&parent).await;
    let output: Value = serde_json::from_str(described["output"].as_str().unwrap()).unwrap();
    assert!(output["ExecutionArn"].as_str().unwrap().contains(":express:quick:"), "{output}");
    assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let missing = stage.parent("lost", "", &json!(child.as_str().unwrap().replace("quick", "nobody"))).await;
    let described = stage.run(&missing).await;
    assert_eq!(described["error"], "StepFunctions.StateMachineDoesNotExistException", "{described}");
    stage.cloud.shutdown().await;
}
