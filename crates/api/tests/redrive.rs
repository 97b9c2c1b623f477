//! `RedriveExecution`: what did not succeed goes on, what did is not done again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::JsonService as _;
use http::HeaderMap;
use journal::{Journal, MemoryJournal};
use machine::TaskCall;
use runtime::{Answer, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

/// Echoes the parameters, but fails the first calls of each that have `fails`.
#[derive(Default)]
struct Echo {
    calls: Mutex<BTreeMap<String, u64>>,
}

#[async_trait]
impl TaskHandler for Echo {
    async fn handle(&self, call: TaskCall, _: TaskContext) -> Answer {
        let parameters = call.parameters.value();
        let name = parameters["name"].as_str().unwrap_or_default().to_owned();
        let mut calls = self.calls.lock().unwrap();
        let count = calls.entry(name).or_default();
        *count += 1;
        if *count <= parameters["fails"].as_u64().unwrap_or(0) {
            return Answer::failed("Failed", "not yet");
        }
        Answer::succeeded(parameters.clone())
    }
}

struct Stage {
    api: StepFunctions,
    runtime: Runtime,
    echo: Arc<Echo>,
    journal: Arc<MemoryJournal>,
}

struct Shared(Arc<Echo>);

#[async_trait]
impl TaskHandler for Shared {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        self.0.handle(call, context).await
    }
}

impl Stage {
    fn new(pace: Pace) -> Self {
        let (echo, journal) = (Arc::new(Echo::default()), Arc::new(MemoryJournal::new()));
        let settings = Settings { pace, attended: false };
        let runtime = Runtime::new(settings, journal.clone(), Arc::new(Shared(echo.clone())), None);
        let registry = Arc::new(Registry::ephemeral("us-east-1", "123456789012"));
        Self { api: StepFunctions::new(runtime.clone(), registry), runtime, echo, journal }
    }

    async fn call(&self, operation: &str, request: Value) -> Value {
        let reply = self.api.handle(operation, request.to_string().into(), &HeaderMap::new()).await;
        serde_json::from_slice(&reply.body).unwrap()
    }

    async fn start(&self, definition: &Value, input: &Value) -> String {
        let machine = json!({"name": "m", "definition": definition.to_string(), "roleArn": "arn:aws:iam::1:role/r"});
        let arn = self.call("CreateStateMachine", machine).await["stateMachineArn"].clone();
        let request = json!({"stateMachineArn": arn, "input": input.to_string()});
        self.call("StartExecution", request).await["executionArn"].as_str().unwrap().to_owned()
    }

    async fn end(&self, arn: &str) -> Value {
        if let Some(running) = self.runtime.execution(arn) {
            running.finished().await;
        }
        self.call("DescribeExecution", json!({"executionArn": arn})).await
    }

    async fn redrive(&self, arn: &str) -> Value {
        let answer = self.call("RedriveExecution", json!({"executionArn": arn})).await;
        assert!(answer["redriveDate"].as_f64().is_some(), "{answer}");
        self.end(arn).await
    }

    fn calls(&self) -> Vec<(String, u64)> {
        self.echo.calls.lock().unwrap().clone().into_iter().collect()
    }

    fn types(&self, arn: &str) -> Vec<String> {
        let history = self.journal.history(arn).unwrap();
        history.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// The journal gives back what happened.
    fn recovers(&self, arn: &str) {
        let header = self.journal.header(arn).unwrap().unwrap();
        let machine = journal::machine_of(&*self.journal, &header).unwrap();
        let recovered = journal::recover(machine, &header, &self.journal.entries(arn).unwrap()).unwrap();
        assert!(
            recovered.execution.outcome().is_some()
                && recovered.owed.calls.is_empty()
                && recovered.owed.timers.is_empty()
        );
    }
}

fn task(parameters: &Value) -> Value {
    json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Parameters": parameters,
        "End": true})
}

/// A flow of one task, which is called what its parameters are called: names of states are used once.
fn flow(parameters: &Value) -> Value {
    let name = parameters["name"].as_str().unwrap_or("Each");
    json!({"StartAt": name, "States": {name: task(parameters)}})
}

fn named(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn a_task_is_scheduled_again_with_its_input_and_its_retriers_count_anew() {
    let stage = Stage::new(Pace::Skip);
    let mut work = task(&json!({"name": "w", "fails": 3, "count.$": "$$.Execution.RedriveCount"}));
    work["Retry"] = json!([{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]);
    let mut first = task(&json!({"name": "first"}));
    first.as_object_mut().unwrap().remove("End");
    first["Next"] = json!("Work");
    let definition = json!({"StartAt": "First", "TimeoutSeconds": 600, "States": {"First": first, "Work": work}});
    let arn = stage.start(&definition, &json!({})).await;
    let described = stage.end(&arn).await;
    assert_eq!((&described["status"], &described["redriveStatus"]), (&json!("FAILED"), &json!("REDRIVABLE")));

    let described = stage.redrive(&arn).await;
    assert_eq!((&described["status"], &described["redriveCount"]), (&json!("SUCCEEDED"), &json!(1)));
    assert!(described["redriveDate"].as_f64().unwrap() >= described["startDate"].as_f64().unwrap());
    let output: Value = serde_json::from_str(described["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["count"], 1, "the context tells of the redrive");
    assert_eq!(stage.calls(), named(&[("first", 1), ("w", 4)]));
    let types = stage.types(&arn);
    let redriven = types.iter().position(|kind| kind == "ExecutionRedriven").unwrap();
    assert_eq!(types[redriven - 1..=redriven + 1], ["ExecutionFailed", "ExecutionRedriven", "LambdaFunctionScheduled"]);
    stage.recovers(&arn);

    let again = stage.call("RedriveExecution", json!({"executionArn": arn})).await;
    assert_eq!(again["__type"], "ExecutionNotRedrivable");
    assert_eq!(again["message"], "Execution is SUCCEEDED and cannot be redriven");
    let redriven = stage.call(
        "ListExecutions",
        json!({"stateMachineArn": described["stateMachineArn"],
        "redriveFilter": "REDRIVEN"}),
    );
    assert_eq!(redriven.await["executions"][0]["redriveCount"], 1);
}

#[tokio::test]
async fn of_branches_only_those_that_failed_go_on() {
    let stage = Stage::new(Pace::Skip);
    let nested = json!({"StartAt": "Q", "States": {"Q": {"Type": "Parallel", "End": true, "Branches": [
        flow(&json!({"name": "c"})), flow(&json!({"name": "d", "fails": 2}))]}}});
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        flow(&json!({"name": "a"})), flow(&json!({"name": "b"})), nested]}}});
    let arn = stage.start(&definition, &json!({})).await;
    assert_eq!(stage.end(&arn).await["status"], "FAILED");
    let described = stage.redrive(&arn).await;
    assert_eq!(described["status"], "FAILED", "it fails once more");
    let described = stage.redrive(&arn).await;
    assert_eq!((&described["status"], &described["redriveCount"]), (&json!("SUCCEEDED"), &json!(2)));
    let output: Value = serde_json::from_str(described["output"].as_str().unwrap()).unwrap();
    let names = json!([output[0]["name"], output[1]["name"], output[2][0]["name"], output[2][1]["name"]]);
    assert_eq!(names, json!(["a", "b", "c", "d"]));
    let calls = stage.calls();
    assert_eq!(calls.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1, 1, 3], "{calls:?}");
    stage.recovers(&arn);
}

#[tokio::test]
async fn of_iterations_those_that_failed_and_those_that_were_not_begun_go_on() {
    let stage = Stage::new(Pace::Skip);
    let each = flow(&json!({"name.$": "$.name", "fails.$": "$.fails"}));
    let mut processor = each.as_object().unwrap().clone();
    processor.insert("ProcessorConfig".into(), json!({"Mode": "INLINE"}));
    let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1, "End": true,
        "ItemProcessor": processor}}});
    let item = |name: &str, fails: u64| json!({"name": name, "fails": fails});
    let arn = stage.start(&definition, &json!([item("a", 0), item("b", 1), item("c", 0)])).await;
    assert_eq!(stage.end(&arn).await["status"], "FAILED");
    assert_eq!(stage.calls(), named(&[("a", 1), ("b", 1)]));
    let described = stage.redrive(&arn).await;
    assert_eq!(described["output"], json!([item("a", 0), item("b", 1), item("c", 0)]).to_string());
    assert_eq!(stage.calls(), named(&[("a", 1), ("b", 2), ("c", 1)]));
    stage.recovers(&arn);
}

#[tokio::test]
async fn one_that_was_stopped_goes_on_in_every_branch() {
    let stage = Stage::new(Pace::Real);
    let wait = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "T"},
        "T": task(&json!({"name.$": "$.name"}))}});
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        wait, flow(&json!({"name": "quick"}))]}}});
    let arn = stage.start(&definition, &json!({"seconds": 3600, "name": "slow"})).await;
    // The quick branch is over when its task was answered for.
    let running = stage.runtime.execution(&arn).unwrap();
    while !stage.types(&arn).iter().any(|kind| kind == "TaskStateExited") {
        tokio::task::yield_now().await;
    }
    let stopped = stage.call("RedriveExecution", json!({"executionArn": arn})).await;
    assert_eq!(stopped["message"], "Execution is RUNNING and cannot be redriven");
    stage.call("StopExecution", json!({"executionArn": arn})).await;
    assert_eq!(running.finished().await.status(), "ABORTED");
    let token = json!({"executionArn": arn, "clientToken": "once"});
    let first = stage.call("RedriveExecution", token.clone()).await;
    assert_eq!(stage.call("RedriveExecution", token).await, first, "the same token is the same redrive");
    let described = stage.call("DescribeExecution", json!({"executionArn": arn})).await;
    assert_eq!((&described["status"], &described["redriveCount"]), (&json!("RUNNING"), &json!(1)));
    assert!(described["stopDate"].is_null());
    stage.call("StopExecution", json!({"executionArn": arn})).await;
    assert_eq!(stage.calls(), named(&[("quick", 1)]), "what was over is not done again");
    stage.recovers(&arn);
}
