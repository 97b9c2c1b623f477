//! Nested executions, with a fake of Step Functions.

use std::sync::Mutex;

use async_trait::async_trait;
use journal::MemoryJournal;
use runtime::{Busy, Runtime, Settings, TaskHandler};
use tokio::sync::{Notify, mpsc};

use super::*;
use crate::testing::{Fake, call as task, context, integrations, outcome};

/// Answers `StartExecution`; the execution ends when the test says how.
struct FakeExecutions {
    calls: Mutex<Vec<(String, Value)>>,
    called: Notify,
    end: tokio::sync::Mutex<mpsc::UnboundedReceiver<Value>>,
    runtime: Runtime,
}

#[async_trait]
impl Executions for FakeExecutions {
    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        self.calls.lock().expect("not poisoned").push((operation.to_owned(), request.clone()));
        self.called.notify_one();
        if request["stateMachineArn"] == "arn:nobody" {
            let message = "State Machine Does Not Exist: 'arn:nobody'";
            return Err(
                ServiceError::new(400, "StateMachineDoesNotExist", message).exception("StateMachineDoesNotExist")
            );
        }
        let output = json!({"startDate": 1.5, "executionArn": "arn:child"});
        Ok(ServiceReply { output, request_id: "r".into(), status: 200, headers: Vec::new() })
    }

    async fn start_awaited(
        &self,
        request: Value,
        execution_arn: &Arc<str>,
        task: u64,
    ) -> Result<ServiceReply, ServiceError> {
        assert_eq!((execution_arn, task), (&context().identity.execution_arn, 5), "it is told for whom");
        self.call("StartExecution", request).await
    }

    fn busy(&self) -> Busy {
        self.runtime.busy()
    }

    async fn ended(&self, execution_arn: &str) -> Result<(Value, Busy), ServiceError> {
        assert_eq!(execution_arn, "arn:child");
        let description = self.end.lock().await.recv().await.expect("the test says how it ends");
        Ok((description, self.runtime.busy()))
    }
}

/// No task is done by this runtime: it only lends its clock.
struct Idle;

#[async_trait]
impl TaskHandler for Idle {
    async fn handle(&self, call: TaskCall, _context: runtime::TaskContext) -> Answer {
        panic!("nobody asks for {call:?}")
    }
}

struct World {
    integrations: Integrations,
    executions: Arc<FakeExecutions>,
    end: mpsc::UnboundedSender<Value>,
    _port: Arc<dyn Executions>,
}

fn world() -> World {
    let (end, ended) = mpsc::unbounded_channel();
    let runtime = Runtime::new(Settings::default(), Arc::new(MemoryJournal::new()), Arc::new(Idle), None);
    let executions = Arc::new(FakeExecutions {
        calls: Mutex::default(),
        called: Notify::new(),
        end: tokio::sync::Mutex::new(ended),
        runtime,
    });
    let (_, integrations) = integrations(Fake::default());
    let port: Arc<dyn Executions> = executions.clone();
    assert!(integrations.attach_executions(&port) && !integrations.attach_executions(&port));
    World { integrations, executions, end, _port: port }
}

fn description(status: &str) -> Value {
    json!({
        "executionArn": "arn:child", "stateMachineArn": "arn:machine", "name": "child", "status": status,
        "startDate": 1.5, "stopDate": 2.25, "input": "{\"a\": 1}", "inputDetails": {"included": true},
        "output": (status == "SUCCEEDED").then_some("[1]"), "error": (status == "FAILED").then_some("Oops"),
        "redriveCount": 0
    })
}

async fn ask(world: &World, pattern: &str, input: Value) -> Answer {
    let resource = format!("arn:aws:states:::states:startExecution{pattern}");
    let parameters = json!({"StateMachineArn": "arn:machine", "Name": "child", "Input": input});
    world.integrations.handle(task(&resource, parameters), context()).await
}

async fn run(pattern: &str, status: &str) -> (Value, TaskOutcome) {
    let world = world();
    let Answer::Job(job) = ask(&world, pattern, json!({})).await else { panic!("a job is waited for") };
    assert!(!job.works, "the child's own waits may be skipped");
    world.end.send(description(status)).expect("somebody waits");
    let (outcome, busy) = job.end.await;
    assert!(busy.is_some(), "time stands still until the parent has heard of it");
    (job.submitted.into_value(), outcome)
}

#[tokio::test]
async fn the_answer_to_the_request_is_the_output() {
    let world = world();
    let TaskOutcome::Succeeded(output) = outcome(ask(&world, "", json!({"Hello": "World"})).await) else {
        panic!("it was started")
    };
    assert_eq!((&output.value()["ExecutionArn"], &output.value()["StartDate"]), (&json!("arn:child"), &json!(1500)));
    assert_eq!(output.value()["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let Answer::Submitted(_) = ask(&world, ".waitForTaskToken", json!("\"text\"")).await else { panic!("submitted") };
    let Answer::Ended(_) = ask(&world, "", Value::Null).await else { panic!("started") };
    let requests: Vec<Value> = world
        .executions
        .calls
        .lock()
        .expect("not poisoned")
        .iter()
        .map(|(_, request)| request["input"].clone())
        .collect();
    assert_eq!(requests, [json!("{\"Hello\":\"World\"}"), json!("\"text\""), Value::Null]);
}

#[tokio::test]
async fn the_description_is_the_output_of_a_job() {
    let (submitted, ended) = run(".sync", "SUCCEEDED").await;
    assert_eq!(submitted["ExecutionArn"], "arn:child");
    let mut expected = json!({
        "ExecutionArn": "arn:child", "Input": "{\"a\": 1}", "InputDetails": {"Included": true}, "Name": "child",
        "Output": "[1]", "RedriveCount": 0, "StartDate": 1500, "StateMachineArn": "arn:machine", "Status": "SUCCEEDED",
        "StopDate": 2250
    });
    assert_eq!(ended, TaskOutcome::Succeeded(expected.clone().into()));
    let (_, ended) = run(".sync:2", "SUCCEEDED").await;
    expected["Input"] = json!({"a": 1});
    expected["Output"] = json!([1]);
    assert_eq!(ended, TaskOutcome::Succeeded(expected.into()));
}

#[tokio::test]
async fn the_description_is_the_cause_of_a_failure() {
    for pattern in [".sync", ".sync:2"] {
        for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
            let (_, ended) = run(pattern, status).await;
            let TaskOutcome::Failed { error, cause } = ended else { panic!("it failed") };
            assert_eq!(error.as_deref(), Some("States.TaskFailed"));
            let cause: Value = serde_json::from_str(&cause.expect("a cause")).expect("JSON");
            assert_eq!((&cause["Status"], &cause["Input"]), (&json!(status), &json!("{\"a\": 1}")));
            assert_eq!(cause.get("Error").is_some(), status == "FAILED");
            assert!(cause.get("Output").is_none());
        }
    }
}

#[tokio::test]
async fn an_execution_that_is_given_up_is_stopped() {
    let world = world();
    let answer = ask(&world, ".sync", json!({})).await;
    world.executions.called.notified().await;
    drop(answer);
    world.executions.called.notified().await;
    let calls = world.executions.calls.lock().expect("not poisoned").clone();
    assert_eq!(calls[1], ("StopExecution".to_owned(), json!({"executionArn": "arn:child"})));
}

#[tokio::test]
async fn errors_are_those_of_step_functions() {
    let world = world();
    let parameters = json!({"StateMachineArn": "arn:nobody"});
    for pattern in ["", ".sync"] {
        let resource = format!("arn:aws:states:::states:startExecution{pattern}");
        let answer = world.integrations.handle(task(&resource, parameters.clone()), context()).await;
        let TaskOutcome::Failed { error, cause } = outcome(answer) else { panic!("it failed") };
        assert_eq!(error.as_deref(), Some("StepFunctions.StateMachineDoesNotExistException"));
        assert!(cause.is_some_and(|cause| cause.starts_with(
            "State Machine Does Not Exist: 'arn:nobody' (Service: AWSStepFunctions; Status Code: 400; \
             Error Code: StateMachineDoesNotExist; Request ID: "
        )));
    }
    let answer = world
        .integrations
        .handle(
            task("arn:aws:states:::aws-sdk:sfn:startExecution", json!({"StateMachineArn": "arn:nobody"})),
            context(),
        )
        .await;
    let TaskOutcome::Failed { error, .. } = outcome(answer) else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("Sfn.StateMachineDoesNotExistException"));
}

#[tokio::test]
async fn the_sdk_integration_spells_and_reads_in_its_own_way() {
    let world = world();
    let parameters = json!({"StateMachineArn": "arn:machine", "Input": {"key": "value"}});
    let answer =
        world.integrations.handle(task("arn:aws:states:::aws-sdk:sfn:startExecution", parameters), context()).await;
    let expected = json!({"StartDate": "1970-01-01T00:00:01.500Z", "ExecutionArn": "arn:child"});
    assert_eq!(outcome(answer), TaskOutcome::Succeeded(expected.into()));
    let mut calls = world.executions.calls.lock().expect("not poisoned").clone();
    let name = calls[0].1["name"].take();
    assert!(name.is_string(), "a task that is done again must find what it has started");
    let request = json!({"stateMachineArn": "arn:machine", "input": "{\"key\":\"value\"}", "name": null});
    assert_eq!(calls, [("StartExecution".to_owned(), request)]);
}

#[tokio::test]
async fn without_executions_the_integration_says_so() {
    let (_, integrations) = integrations(Fake::default());
    let answer = integrations
        .handle(task("arn:aws:states:::states:startExecution", json!({"StateMachineArn": "arn:machine"})), context())
        .await;
    let TaskOutcome::Failed { cause, .. } = outcome(answer) else { panic!("it failed") };
    assert!(cause.is_some_and(|cause| cause.contains("No executions are attached here")));
}

#[tokio::test]
async fn a_job_is_waited_for_again() {
    let world = world();
    let resource = "arn:aws:states:::states:startExecution.sync:2";
    let call = task(resource, json!({"StateMachineArn": "arn:machine"}));
    let submitted = Document::new(json!({"ExecutionArn": "arn:child", "StartDate": 1500}));
    let context = runtime::TaskContext { again: true, ..context() };
    let Answer::Job(job) = world.integrations.resume(call, context, submitted).await else { panic!("a job") };
    assert!(world.executions.calls.lock().expect("not poisoned").is_empty(), "nothing is started again");
    world.end.send(description("SUCCEEDED")).expect("somebody waits");
    let (TaskOutcome::Succeeded(output), _) = job.end.await else { panic!("it succeeded") };
    assert_eq!(output.value()["Output"], json!([1]));
}
