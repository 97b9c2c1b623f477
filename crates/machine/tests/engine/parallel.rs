//! Parallel states.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn branch(name: &str) -> Value {
    json!({"StartAt": name, "States": {name: {"Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}})
}

fn parallel(fields: &Value) -> Value {
    let mut state = json!({"Type": "Parallel", "Branches": [branch("One"), branch("Two"),
        {"StartAt": "Three", "States": {"Three": {"Type": "Wait", "Seconds": 5, "End": true}}}], "Next": "Done"});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"StartAt": "P", "States": {"P": state, "Done": {"Type": "Succeed"}}})
}

#[test]
fn results_are_in_the_order_of_the_branches() {
    let definition =
        parallel(&json!({"Parameters": {"n.$": "$.n"}, "ResultSelector": {"all.$": "$[0:2]"}, "ResultPath": "$.p"}));
    let script = Script::new()
        .on("One", Reply::After(3, Box::new(Reply::Success(json!(1)))))
        .on("Two", Reply::After(1, Box::new(Reply::Success(json!(2)))));
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), script));
}

#[test]
fn one_failure_gives_the_others_up() {
    let definition =
        parallel(&json!({"Catch": [{"ErrorEquals": ["Broken"], "ResultPath": "$.error", "Next": "Done"}]}));
    let script =
        Script::new().on("One", Reply::Silence).on("Two", Reply::After(1, Box::new(Reply::Failure("Broken", "two"))));
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), script));
}

#[test]
fn a_retry_starts_all_branches_again() {
    let definition = parallel(&json!({"Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 2}]}));
    let script = Script::new()
        .on("One", Reply::Success(json!("first")))
        .on("One", Reply::Success(json!("again")))
        .on("Two", Reply::Failure("Broken", "two"))
        .on("Two", Reply::Success(json!("fine")));
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}

#[test]
fn branches_nest() {
    let inner = json!({"StartAt": "Inner", "States": {"Inner": {"Type": "Parallel", "End": true,
        "Branches": [branch("Deep"), {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 60, "End": true}}}]}}});
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [inner, branch("Side")], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}], "End": true},
        "Done": {"Type": "Succeed"}
    }});
    let script = Script::new()
        .on("Deep", Reply::Silence)
        .on("Side", Reply::After(1, Box::new(Reply::Failure("Broken", "side"))));
    insta::assert_snapshot!(check(&definition, &json!({}), script));
}
