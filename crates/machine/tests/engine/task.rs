//! Task states: the three kinds of resource, timeouts, heartbeats, task tokens.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn task(resource: &str, fields: &Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": resource, "End": true});
    task.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"StartAt": "T", "States": {"T": task}})
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:buy";
const INVOKE: &str = "arn:aws:states:::lambda:invoke";
const CALLBACK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:pack";

#[test]
fn a_function_by_its_arn() {
    let script = Script::new().on("T", Reply::After(2, Box::new(Reply::Success(json!({"done": true})))));
    insta::assert_snapshot!(check(&task(FUNCTION, &json!({"TimeoutSeconds": 30})), &json!({"n": 1}), script));
}

#[test]
fn a_service_integration() {
    let definition =
        task(INVOKE, &json!({"Parameters": {"FunctionName": "buy", "Payload.$": "$"}, "OutputPath": "$.Payload"}));
    let script = Script::new().on("T", Reply::Success(json!({"StatusCode": 200, "Payload": [1]})));
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), script));
}

#[test]
fn a_failure_nobody_catches() {
    let script = Script::new().on("T", Reply::Failure("InsufficientFunds", "{\"errorMessage\":\"no\"}"));
    insta::assert_snapshot!(check(&task(FUNCTION, &json!({})), &json!({}), script));
}

#[test]
fn a_timeout() {
    let script = Script::new().on("T", Reply::Silence);
    insta::assert_snapshot!(check(
        &task(FUNCTION, &json!({"TimeoutSecondsPath": "$.limit"})),
        &json!({"limit": 5}),
        script
    ));
}

#[test]
fn a_task_token_is_answered() {
    let definition =
        task(CALLBACK, &json!({"Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}}));
    let answered = Reply::After(3600, Box::new(Reply::Success(json!({"decision": "approved"}))));
    let script = Script::new().on("T", Reply::Submitted(json!({"MessageId": "m"}), Box::new(answered)));
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}

#[test]
fn a_task_token_is_answered_with_a_failure() {
    let definition = task(
        CALLBACK,
        &json!({"Parameters": {"QueueUrl": "q", "MessageBody": "b"},
            "Catch": [{"ErrorEquals": ["Rejected"], "ResultPath": "$.error", "Next": "T2"}]}),
    );
    let mut definition = definition;
    definition["States"]["T2"] = json!({"Type": "Succeed"});
    let script = Script::new()
        .on("T", Reply::Submitted(json!({"MessageId": "m"}), Box::new(Reply::Failure("Rejected", "not today"))));
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), script));
}

#[test]
fn a_heartbeat_that_stays_away_is_a_timeout() {
    let definition = task(
        CALLBACK,
        &json!({"HeartbeatSeconds": 60, "TimeoutSeconds": 600, "Parameters": {"QueueUrl": "q", "MessageBody": "b"}}),
    );
    let alive = Reply::Heartbeat(50, Box::new(Reply::Heartbeat(50, Box::new(Reply::Silence))));
    let script = Script::new().on("T", Reply::Submitted(json!({"MessageId": "m"}), Box::new(alive)));
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}

#[test]
fn a_missing_heartbeat_is_caught_by_either_name() {
    for name in ["States.HeartbeatTimeout", "States.Timeout"] {
        let mut definition = task(
            CALLBACK,
            &json!({"HeartbeatSeconds": 60, "Parameters": {"QueueUrl": "q", "MessageBody": "b"},
                "Catch": [{"ErrorEquals": [name], "Next": "Late"}]}),
        );
        definition["States"]["Late"] = json!({"Type": "Succeed"});
        let script = Script::new().on("T", Reply::Submitted(json!({}), Box::new(Reply::Silence)));
        let history = check(&definition, &json!({}), script);
        assert!(history.contains("SucceedStateEntered name=Late"), "{name}: {history}");
    }
}

#[test]
fn an_activity_is_scheduled_until_a_worker_takes_it() {
    let definition = task(ACTIVITY, &json!({"TimeoutSeconds": 30, "HeartbeatSeconds": 10}));
    let script = Script::new().on("T", Reply::Heartbeat(9, Box::new(Reply::Success(json!("packed")))));
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), script));
}

#[test]
fn a_result_over_256_kib_is_a_failure_of_the_task() {
    let mut definition = task(FUNCTION, &json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}));
    definition["States"]["Caught"] = json!({"Type": "Succeed"});
    let script = Script::new().on("T", Reply::Success(json!("x".repeat(262_144))));
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}

#[test]
fn tasks_whose_time_is_up_at_the_same_moment_all_tell_of_it() {
    let each = task(INVOKE, &json!({"TimeoutSeconds": 5}));
    let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": each, "End": true}}});
    let script = Script::new().on("T", Reply::Silence).on("T", Reply::Silence);
    insta::assert_snapshot!(check(&definition, &json!([1, 2]), script));
}

/// `services/apigetway_task_service--invoke_with_headers-singleStringHeader.json`
#[test]
fn a_task_that_is_refused_is_never_scheduled() {
    let definition = task(INVOKE, &json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "T"}]}));
    let script = Script::new().refuse("The Parameters could not be used.");
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}
