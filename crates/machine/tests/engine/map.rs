//! Inline Map states.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn map(fields: &Value, processor: &Value) -> Value {
    let mut state = json!({"Type": "Map", "ItemProcessor": processor, "Next": "Done"});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"StartAt": "M", "States": {"M": state, "Done": {"Type": "Succeed"}}})
}

fn pass() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": true}}})
}

fn work() -> Value {
    json!({"StartAt": "Each", "States": {"Each": {"Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}})
}

#[test]
fn each_item_is_shaped_by_the_selector() {
    let definition = map(
        &json!({"ItemsPath": "$.orders", "MaxConcurrency": 1, "ResultPath": "$.done",
            "ItemSelector": {"index.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value", "who.$": "$.who"}}),
        &pass(),
    );
    insta::assert_snapshot!(check(&definition, &json!({"who": "ana", "orders": ["a", "b"]}), Script::new()));
}

#[test]
fn an_empty_list_has_no_iterations() {
    insta::assert_snapshot!(check(&map(&json!({}), &pass()), &json!([]), Script::new()));
}

#[test]
fn no_more_than_max_concurrency_run_at_the_same_time() {
    let slow = |seconds| Reply::After(seconds, Box::new(Reply::Success(json!(seconds))));
    let script = Script::new().on("Each", slow(5)).on("Each", slow(1)).on("Each", slow(2));
    insta::assert_snapshot!(check(&map(&json!({"MaxConcurrency": 2}), &work()), &json!([1, 2, 3]), script));
}

#[test]
fn one_failure_gives_the_others_up() {
    let script =
        Script::new().on("Each", Reply::Silence).on("Each", Reply::Failure("Broken", "two")).on("Each", Reply::Silence);
    insta::assert_snapshot!(check(&map(&json!({}), &work()), &json!([1, 2, 3]), script));
}

#[test]
fn a_retry_starts_all_iterations_again() {
    let definition = map(&json!({"Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 1}]}), &work());
    let script = Script::new().on("Each", Reply::Failure("Broken", "")).on("Each", Reply::Success(json!("fine")));
    insta::assert_snapshot!(check(&definition, &json!(["only"]), script));
}

#[test]
fn forty_iterations_run_at_the_same_time_at_the_most() {
    let items: Vec<u32> = (0..100).collect();
    let script = (0..100)
        .fold(Script::new(), |script, n| script.on("Each", Reply::After(10, Box::new(Reply::Success(json!(n))))));
    let history = check(&map(&json!({}), &work()), &json!(items), script);
    let seconds = |line: &str| line.split_whitespace().find_map(|word| word.strip_suffix('s')?.parse::<f64>().ok());
    let starts: Vec<f64> =
        history.lines().filter(|line| line.contains("MapIterationStarted")).filter_map(seconds).collect();
    assert_eq!(starts.iter().filter(|at| **at < 10.0).count(), 40);
    assert_eq!(starts.iter().filter(|at| **at < 20.0).count(), 80);
    assert_eq!(starts.len(), 100);
}

#[test]
fn what_is_no_list_is_told() {
    insta::assert_snapshot!(check(
        &map(&json!({"ItemsPath": "$.orders"}), &pass()),
        &json!({"orders": 3}),
        Script::new()
    ));
}
