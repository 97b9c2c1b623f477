//! `TestState`, as an SDK sends it, where no recorded case shows it.

use std::sync::Arc;

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::JsonService as _;
use http::HeaderMap;
use journal::MemoryJournal;
use machine::{Document, Scheduling, TaskCall, TaskOutcome};
use runtime::{Answer, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/tester";

/// Does a task: answers with its parameters, never (`silent`), later (`later`), or not at all (`refused`).
struct World;

#[async_trait]
impl TaskHandler for World {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        assert!(context.identity.execution_arn.contains(":express:"), "{:?}", context.identity);
        match call.parameters.value()["Do"].as_str() {
            Some("silent") => std::future::pending().await,
            Some("later") => Answer::Submitted(call.parameters),
            Some("fail") => Answer::failed("Broken", "why"),
            _ => Answer::Ended(TaskOutcome::Succeeded(call.parameters)),
        }
    }

    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        (task.parameters.value()["Do"] == "refused").then(|| "These parameters can't be used.".into())
    }
}

/// Makes the call: status and body.
async fn test_state(request: Value) -> (u16, Value) {
    let settings = Settings { pace: Pace::Skip, attended: false };
    let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), Arc::new(World), None);
    let api = StepFunctions::new(runtime.clone(), Arc::new(Registry::ephemeral("us-east-1", "123456789012")));
    let reply = api.handle("TestState", request.to_string().into(), &HeaderMap::new()).await;
    runtime.shut_down();
    (reply.status, serde_json::from_slice(&reply.body).expect("every reply is JSON"))
}

/// Tests a state with further members of the request.
async fn test(state: Value, more: Value) -> (u16, Value) {
    let mut request = json!({"definition": state.to_string()});
    for (name, value) in more.as_object().expect("members") {
        request[name] = value.clone();
    }
    test_state(request).await
}

async fn answer(state: Value, more: Value) -> Value {
    let (status, answer) = test(state, more).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The error's name and message.
async fn refused(state: Value, more: Value) -> (String, String) {
    let (status, error) = test(state, more).await;
    assert_eq!(status, 400, "{error}");
    let text = |name: &str| error[name].as_str().expect("an error has both").to_owned();
    (text("__type"), text("message"))
}

fn task() -> Value {
    json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true})
}

fn map(more: Value) -> Value {
    let mut state = json!({
        "Type": "Map", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": true}}
        }
    });
    let Value::Object(fields) = more else { panic!("fields: {more}") };
    for (name, field) in fields {
        state[name] = field;
    }
    state
}

#[tokio::test]
async fn a_task_without_a_mock_is_done_by_the_runtime() {
    let input = r#"{"Do": "it"}"#;
    let done = answer(task(), json!({"roleArn": ROLE, "input": input, "inspectionLevel": "DEBUG"})).await;
    assert_eq!((&done["status"], &done["output"]), (&json!("SUCCEEDED"), &json!(input)));
    assert_eq!(done["inspectionData"]["result"], input);
    let failed = answer(task(), json!({"roleArn": ROLE, "input": r#"{"Do": "fail"}"#})).await;
    assert_eq!(failed, json!({"status": "FAILED", "error": "Broken", "cause": "why"}));
    let refused = answer(task(), json!({"roleArn": ROLE, "input": r#"{"Do": "refused"}"#})).await;
    assert_eq!(refused["error"], "States.Runtime");
    assert_eq!(refused["cause"], "These parameters can't be used.");
}

#[tokio::test]
async fn time_that_is_waited_for_ends() {
    let waited = answer(json!({"Type": "Wait", "Seconds": 200, "Next": "B"}), json!({"input": "[1]"})).await;
    assert_eq!(waited, json!({"status": "SUCCEEDED", "output": "[1]", "nextState": "B"}));
    // A test has five minutes.
    let too_long = answer(json!({"Type": "Wait", "Seconds": 301, "Next": "B"}), json!({})).await;
    assert_eq!(too_long, json!({"status": "FAILED", "error": "States.Timeout"}));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_says_nothing_times_out() {
    let mut silent = task();
    silent["TimeoutSeconds"] = json!(60);
    silent["Catch"] = json!([{"ErrorEquals": ["States.Timeout"], "Next": "Cure"}]);
    let more = json!({"roleArn": ROLE, "input": r#"{"Do": "silent"}"#, "inspectionLevel": "TRACE"});
    let caught = answer(silent, more.clone()).await;
    assert_eq!((&caught["status"], &caught["nextState"]), (&json!("CAUGHT_ERROR"), &json!("Cure")));
    assert_eq!(caught["inspectionData"]["errorDetails"], json!({"catchIndex": 0}));
    let over = answer(task(), more).await;
    assert_eq!((&over["status"], &over["error"]), (&json!("FAILED"), &json!("States.Timeout")));
}

#[tokio::test]
async fn what_waits_for_others_needs_a_mock() {
    for resource in [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::ecs:runTask.sync",
        "arn:aws:states:us-east-1:123456789012:activity:pack",
    ] {
        let mut state = task();
        state["Resource"] = json!(resource);
        state["Parameters"] = json!({"MessageBody": {"a": 1}, "QueueUrl": "u", "TaskDefinition": "t"});
        let (kind, message) = refused(state.clone(), json!({"roleArn": ROLE})).await;
        assert_eq!(kind, "InvalidDefinition", "{message}");
        let mocked = answer(state, json!({"mock": {"result": "{\"done\": true}"}})).await;
        assert_eq!(mocked["output"], "{\"done\": true}");
    }
    // Whatever a handler does, a test doesn't hang.
    let later = answer(task(), json!({"roleArn": ROLE, "input": r#"{"Do": "later"}"#})).await;
    assert_eq!((&later["status"], &later["error"]), (&json!("FAILED"), &json!("States.Runtime")));
}

#[tokio::test]
async fn the_token_of_a_task_is_the_one_of_the_context() {
    let state = json!({
        "Type": "Task", "End": true, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "u", "MessageBody": {"token.$": "$$.Task.Token"}}
    });
    let context = json!({"Task": {"Token": "abcd"}}).to_string();
    let more = json!({"context": context, "mock": {"result": "1"}, "inspectionLevel": "DEBUG"});
    let answer = answer(state, more).await;
    let parameters = answer["inspectionData"]["afterParameters"].as_str().expect("a text");
    let parameters: Value = serde_json::from_str(parameters).expect("JSON");
    assert_eq!(parameters["MessageBody"]["token"], "abcd");
}

#[tokio::test]
async fn every_shape_of_a_context_is_looked_at() {
    let mock = json!({"result": "{}", "fieldValidationMode": "NONE"});
    for (context, reason) in [
        ("[]", "Context object must be a valid JSON object"),
        (r#"{"Map": {}}"#, "'Map' field is not supported when mocking a Context object"),
        (r#"{"Other": {}}"#, "Field 'Other' is not allowed"),
        (r#"{"State": 1}"#, "State must be an object"),
        (r#"{"State": {"RetryCount": "1"}}"#, "State.RetryCount must be a number"),
    ] {
        let (kind, message) = refused(task(), json!({"context": context, "mock": mock})).await;
        assert_eq!((&*kind, message), ("ValidationException", format!("Invalid Context object provided: {reason}")));
    }
    let (_, message) = refused(task(), json!({"context": "{}", "roleArn": ROLE})).await;
    assert_eq!(message, "A Context object can only be specified when a mock is specified.");
}

#[tokio::test]
async fn a_mock_has_one_answer_and_it_is_whole() {
    for (mock, message) in [
        (
            json!({"result": "{}", "errorOutput": {"error": "E"}}),
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (json!({}), "A test mock should have one of the following fields: [result, errorOutput]."),
        (json!({"errorOutput": {"cause": "c"}}), "An error was not specified in the mocked error output."),
        (
            json!({"result": "{}", "fieldValidationMode": "SOME"}),
            "1 validation error detected: Value 'SOME' at 'mock.fieldValidationMode' failed to satisfy constraint: Member \
             must satisfy enum value set: [STRICT, PRESENT, NONE]",
        ),
    ] {
        assert_eq!(refused(task(), json!({"mock": mock})).await, ("ValidationException".into(), message.into()));
    }
    let (_, message) = refused(task(), json!({})).await;
    assert_eq!(message, "RoleArn must be specified when testing a Task state");
    let more = json!({"mock": {"result": "[]"}, "stateConfiguration": {"retrierRetryCount": -1}});
    let (_, message) = refused(task(), more).await;
    assert!(message.contains("at 'stateConfiguration.retrierRetryCount'"), "{message}");
}

#[tokio::test]
async fn results_are_checked_against_the_models_of_all_services() {
    let case = |resource: &str, result: Value, mode: &str| {
        let mut state = task();
        state["Resource"] = json!(format!("arn:aws:states:::{resource}"));
        test(state, json!({"mock": {"result": result.to_string(), "fieldValidationMode": mode}}))
    };
    for (resource, result, reason) in [
        ("aws-sdk:sqs:receiveMessage", json!({"Messages": [{"Md5OfBody": 1}]}), "Field 'Md5OfBody' must be a string"),
        ("aws-sdk:dynamodb:getItem", json!({"Item": {"a": {"S": 1}}}), "Field 'S' must be a string"),
        ("aws-sdk:dynamodb:getItem", json!({"Item": []}), "Field 'Item' must be an object"),
        ("aws-sdk:cloudwatchlogs:getLogEvents", json!({"events": 1, "Events": 1}), "Field 'Events' must be an array"),
        ("aws-sdk:sfn:describeExecution", json!({"Status": "DONE"}), "Required field 'ExecutionArn' is missing"),
        ("states:startExecution.sync", json!([]), "The result must be a JSON object"),
        ("emr-serverless:startApplication", json!([]), ""),
        (
            "lambda:invoke",
            json!({"Payload": {"any": "thing"}, "StatusCode": true}),
            "Field 'StatusCode' must be a number",
        ),
    ] {
        let (status, answer) = case(resource, result.clone(), "STRICT").await;
        if reason.is_empty() {
            assert_eq!(status, 200, "{resource}: {answer}");
        } else {
            let message = format!("Mock result schema validation error: {reason}");
            assert_eq!((status, &answer["message"]), (400, &json!(message)), "{resource}");
        }
        assert_eq!(case(resource, result, "NONE").await.0, 200, "{resource}");
    }
    // What has to be there need not be there when only what is there counts.
    assert_eq!(case("aws-sdk:sfn:describeExecution", json!({}), "PRESENT").await.0, 200);
    // Nor does what is null count.
    assert_eq!(case("lambda:invoke", json!({"StatusCode": null}), "STRICT").await.0, 200);
}

#[tokio::test]
async fn the_items_of_a_map_are_shown_as_they_are_made() {
    let state = map(json!({
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
            "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/list"}
        },
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatch": 2}
    }));
    let more = json!({
        "inspectionLevel": "DEBUG", "mock": {"result": "[1, 2]"},
        "stateConfiguration": {"mapItemReaderData": r#"{"list": [7, 8, 9]}"#}
    });
    let seen = answer(state.clone(), more).await["inspectionData"].clone();
    let parsed = |name: &str| -> Value { serde_json::from_str(seen[name].as_str().expect("a text")).expect("JSON") };
    assert_eq!(parsed("afterItemsPointer"), json!([7, 8, 9]));
    assert_eq!(parsed("afterItemSelector"), json!([{"v": 7}, {"v": 8}, {"v": 9}]));
    assert_eq!(parsed("afterItemBatcher"), json!([{"Items": [{"v": 7}, {"v": 8}]}, {"Items": [{"v": 9}]}]));
    assert_eq!(seen.get("afterItemsPath"), None);
    let (_, message) = refused(state, json!({"mock": {"result": "[]"}})).await;
    assert_eq!(message, "ItemReader data must be specified when testing a Map state with ItemReader specified.");
}

#[tokio::test]
async fn an_error_inside_a_map_is_of_a_task_when_its_state_is_one() {
    let state = map(json!({"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Cure"}]}));
    let with = |name: &str| {
        json!({
            "input": "[1]", "mock": {"errorOutput": {"error": "E"}}, "stateConfiguration": {"errorCausedByState": name}
        })
    };
    // `Inner` is a Pass state.
    assert_eq!(answer(state.clone(), with("Inner")).await, json!({"status": "FAILED", "error": "E"}));
    let mut tasks = state.clone();
    tasks["ItemProcessor"]["States"]["Inner"] = task();
    assert_eq!(answer(tasks, with("Inner")).await["status"], "CAUGHT_ERROR");
    let (kind, message) = refused(state, with("Outer")).await;
    assert!(kind == "ValidationException" && message.contains("'Outer'"), "{message}");
}

#[tokio::test]
async fn retries_and_catches_are_both_told() {
    let mut state = task();
    state["Retry"] = json!([{"ErrorEquals": ["E"], "MaxAttempts": 1}]);
    state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": "Cure"}]);
    let more = |count: u64| {
        json!({
            "inspectionLevel": "DEBUG", "mock": {"errorOutput": {"error": "E", "cause": "c"}},
            "stateConfiguration": {"retrierRetryCount": count}
        })
    };
    let retriable = answer(state.clone(), more(0)).await;
    assert_eq!((&retriable["status"], &retriable["error"]), (&json!("RETRIABLE"), &json!("E")));
    let details = json!({"retryIndex": 0, "retryBackoffIntervalSeconds": 1});
    assert_eq!(retriable["inspectionData"]["errorDetails"], details);
    let caught = answer(state, more(1)).await;
    assert_eq!(caught["status"], "CAUGHT_ERROR");
    assert_eq!(caught["inspectionData"]["errorDetails"], json!({"catchIndex": 0, "retryIndex": 0}));
}

#[tokio::test]
async fn variables_come_in_and_go_out() {
    let state = json!({"Type": "Pass", "Assign": {"b.$": "$a"}, "End": true});
    let told = answer(state.clone(), json!({"variables": r#"{"a": [1]}"#, "inspectionLevel": "DEBUG"})).await;
    let variables = told["inspectionData"]["variables"].as_str().expect("a text");
    assert_eq!(serde_json::from_str::<Value>(variables).expect("JSON"), json!({"a": [1], "b": [1]}));
    let (_, message) = refused(state, json!({"variables": "1"})).await;
    assert_eq!(message, "The variables must be the members of a JSON object.");
}

#[tokio::test]
async fn a_definition_is_refused_in_the_words_of_aws() {
    let (kind, message) = refused(json!({"Type": "Odd", "End": true}), json!({})).await;
    assert_eq!(kind, "InvalidDefinition");
    assert!(message.starts_with("Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "), "{message}");
    let (kind, message) = refused(json!({"Type": "Pass", "End": true}), json!({"input": "no"})).await;
    assert_eq!(kind, "InvalidExecutionInput", "{message}");
    let (status, error) = test_state(json!({})).await;
    assert_eq!((status, &error["__type"]), (400, &json!("ValidationException")));
}

/// A mocked result keeps its text, spaces included.
#[tokio::test]
async fn a_result_is_handed_on_as_it_was_written() {
    let text = r#"[ {"a":1},  {"b":2} ]"#;
    assert_eq!(Document::parse(text).expect("JSON").text(), text);
    let parallel = json!({
        "Type": "Parallel", "End": true,
        "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
            {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}
        ]
    });
    assert_eq!(answer(parallel, json!({"mock": {"result": text}})).await["output"], text);
}
