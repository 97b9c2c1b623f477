//! Executions whose tasks call services, functions and other executions.

use serde_json::{Value, json};

/// A parent, and the state machines that it starts.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    /// Name, type and definition.
    pub(crate) others: Vec<(&'static str, &'static str, Value)>,
    pub(crate) ends: &'static str,
}

fn case(name: &'static str, definition: Value) -> Case {
    Case { name, definition, others: Vec::new(), ends: "SUCCEEDED" }
}

fn chain(states: &[(&str, Value)]) -> Value {
    let mut made = serde_json::Map::new();
    for (at, (name, state)) in states.iter().enumerate() {
        let mut state = state.clone();
        match states.get(at + 1) {
            Some((next, _)) => state["Next"] = json!(next),
            None if state["Type"] == "Fail" => {}
            None => state["End"] = json!(true),
        }
        made.insert((*name).to_owned(), state);
    }
    json!({"StartAt": states[0].0, "States": made})
}

fn task(resource: &str, parameters: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}")});
    state["Parameters"] = parameters;
    state
}

fn pass() -> Value {
    json!({"Type": "Pass"})
}

const CHILD: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:child";

/// A parent that starts the child in that way, between two states of its own.
fn nested(name: &'static str, way: &str, kind: &'static str, child: Value) -> Case {
    let start = task(&format!("states:startExecution{way}"), json!({"StateMachineArn": CHILD, "Input.$": "$"}));
    let definition = chain(&[("Before", pass()), ("Start", start), ("After", pass())]);
    Case { others: vec![("child", kind, child)], ..case(name, definition) }
}

fn waits(seconds: u32) -> Value {
    chain(&[
        ("Wait", json!({"Type": "Wait", "Seconds": seconds})),
        ("Tell", task("lambda:invoke", json!({"FunctionName": "echo", "Payload.$": "$"}))),
    ])
}

pub(crate) fn cases() -> Vec<Case> {
    let fails = || {
        chain(&[
            ("Wait", json!({"Type": "Wait", "Seconds": 9})),
            ("F", json!({"Type": "Fail", "Error": "E", "Cause": "C"})),
        ])
    };
    let answers = chain(&[(
        "Answer",
        task("aws-sdk:sfn:sendTaskSuccess", json!({"TaskToken.$": "$.token", "Output": {"from": "child"}})),
    )]);
    let with_token = json!({"StateMachineArn": CHILD, "Input": {"token.$": "$$.Task.Token"}});
    let token = chain(&[("Start", task("states:startExecution.waitForTaskToken", with_token)), ("After", pass())]);
    let run_task = json!({"Cluster": "work", "TaskDefinition": "job", "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"]}}});
    let ask = json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/asked", "MessageBody": {"token.$": "$$.Task.Token"}});
    let given_up = json!({"Type": "Parallel", "Branches": [
        chain(&[("Start", task("states:startExecution.sync", json!({"StateMachineArn": CHILD})))]),
        chain(&[("Soon", json!({"Type": "Wait", "Seconds": 5})), ("F", json!({"Type": "Fail", "Error": "E"}))])]});
    vec![
        nested("start", "", "STANDARD", waits(5)),
        nested("start and wait", ".sync", "STANDARD", waits(86_400)),
        nested("start and wait for JSON", ".sync:2", "STANDARD", waits(5)),
        Case { ends: "FAILED", ..nested("start and wait for a failure", ".sync", "STANDARD", fails()) },
        Case { others: vec![("child", "STANDARD", answers)], ..case("start with a token", token) },
        Case {
            others: vec![("child", "STANDARD", waits(3_600))],
            ends: "FAILED",
            ..case("start and give up", chain(&[("Both", given_up)]))
        },
        case("container", chain(&[("Run", task("ecs:runTask.sync", run_task)), ("After", pass())])),
        case(
            "message with a token",
            chain(&[("Ask", task("sqs:sendMessage.waitForTaskToken", ask)), ("After", pass())]),
        ),
        case(
            "functions",
            chain(&[
                ("Invoke", task("lambda:invoke", json!({"FunctionName": "echo", "Payload": {"a": 1}}))),
                ("Direct", json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:echo"})),
            ]),
        ),
        case("services", services()),
    ]
}

/// Requests to one service after another.
fn services() -> Value {
    let discard = |mut state: Value| {
        state["ResultPath"] = Value::Null;
        state
    };
    chain(&[
        (
            "Put",
            discard(task(
                "dynamodb:putItem",
                json!({"TableName": "things", "Item": {"id": {"S": "one"}, "n": {"N": "1"}}}),
            )),
        ),
        ("Get", discard(task("dynamodb:getItem", json!({"TableName": "things", "Key": {"id": {"S": "one"}}})))),
        (
            "Send",
            discard(task(
                "sqs:sendMessage",
                json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/told", "MessageBody": "m"}),
            )),
        ),
        (
            "Publish",
            discard(task(
                "sns:publish",
                json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:news", "Message": "m"}),
            )),
        ),
        (
            "Event",
            discard(task(
                "events:putEvents",
                json!({"Entries": [{"Source": "s", "DetailType": "d", "Detail": {"a": 1}}]}),
            )),
        ),
        (
            "Call",
            discard(task(
                "apigateway:invoke",
                json!({"ApiEndpoint": "a1b2c3.execute-api.us-east-1.amazonaws.com",
            "Method": "POST", "Stage": "prod", "Path": "echo", "AuthType": "IAM_ROLE", "RequestBody": {"a": 1}}),
            )),
        ),
        ("Object", discard(task("aws-sdk:s3:putObject", json!({"Bucket": "box", "Key": "k", "Body": {"a": 1}})))),
        (
            "Update",
            discard(task(
                "aws-sdk:dynamodb:updateItem",
                json!({"TableName": "things", "Key": {"id": {"S": "one"}},
            "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}),
            )),
        ),
    ])
}
