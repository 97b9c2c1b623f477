//! Every state type in JSONata; Task and Pass states are in `jsonata.rs`, distributed Maps in `distributed_map.rs`.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn history(states: &Value, input: &Value, script: Script) -> String {
    check(&json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}), input, script)
}

#[test]
fn pass_and_succeed_shape_their_output() {
    let states = json!({
        "A": {"Type": "Pass", "Output": {"sum": "{% $sum($states.input.n) %}", "as": ["it", "{% 'is' %}"]}, "Next": "B"},
        "B": {"Type": "Succeed", "Output": "{% $states.input.sum & ' at ' & $states.context.State.Name %}"}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": [1, 2.5]}), Script::new()));
}

#[test]
fn the_first_condition_that_holds_brings_its_own_output_and_variables() {
    let states = json!({
        "A": {"Type": "Choice", "Choices": [
            {"Condition": "{% $states.input.n > 5 %}", "Next": "B", "Assign": {"size": "large"}, "Output": "large"},
            {"Condition": "{% $states.input.n > 1 %}", "Next": "B", "Assign": {"size": "{% $states.input.n %}"},
                "Output": {"was": "{% $states.input %}"}},
            {"Condition": true, "Next": "B"}
        ], "Default": "B", "Assign": {"size": "default"}},
        "B": {"Type": "Pass", "Output": "{% [$states.input, $size] %}", "End": true}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": 3}), Script::new()));
}

#[test]
fn without_a_condition_that_holds_the_states_own_output_and_variables_count() {
    let states = json!({
        "A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n > 5 %}", "Next": "B", "Output": "large"}],
            "Default": "B", "Assign": {"size": "default"}, "Output": "small"},
        "B": {"Type": "Pass", "Output": "{% [$states.input, $size] %}", "End": true}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": 3}), Script::new()));
}

#[test]
fn a_condition_must_be_a_truth_value() {
    let states = json!({
        "A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n %}", "Next": "B"}], "Default": "B"},
        "B": {"Type": "Succeed"}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": 1}), Script::new()));
}

#[test]
fn wait_computes_its_seconds_or_its_time() {
    let states = json!({
        "A": {"Type": "Wait", "Seconds": "{% $states.input.n * 2 %}", "Assign": {"waited": true}, "Next": "B"},
        "B": {"Type": "Wait", "Timestamp": "{% '2026-01-01T00:00:0' & $states.input.n & 'Z' %}", "Next": "C"},
        "C": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:20Z", "Output": "{% $waited %}", "End": true}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": 4}), Script::new()));
}

#[test]
fn fail_computes_its_words() {
    let states = json!({
        "A": {"Type": "Fail", "Error": "{% $states.input.error %}", "Cause": "{% $states.context.State.Name & ' failed' %}"}
    });
    insta::assert_snapshot!(history(&states, &json!({"error": "E"}), Script::new()));
}

#[test]
fn branches_see_the_arguments_and_outer_variables_and_keep_their_own() {
    let states = json!({
        "A": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Arguments": {"n": "{% $states.input.n + 1 %}"}, "Branches": [
            {"StartAt": "L", "States": {
                "L": {"Type": "Pass", "Assign": {"own": "{% $outer + $states.input.n %}"}, "Next": "M"},
                "M": {"Type": "Pass", "Output": "{% $own %}", "End": true}}},
            {"StartAt": "R", "States": {"R": {"Type": "Pass", "Output": "{% $outer %}", "End": true}}}
        ], "Assign": {"outer": "{% $sum($states.result) %}"}, "Output": {"results": "{% $states.result %}"}, "Next": "E"},
        "E": {"Type": "Pass", "Output": "{% [$states.input.results, $outer] %}", "End": true}
    });
    insta::assert_snapshot!(history(&states, &json!({"n": 5}), Script::new()));
}

#[test]
fn items_are_computed_and_shaped() {
    let states = json!({
        "A": {"Type": "Map", "Items": "{% $states.input.list[$ > 1] %}", "MaxConcurrency": "{% 1 %}",
            "ItemSelector": {"at": "{% $states.context.Map.Item.Index %}", "is": "{% $states.context.Map.Item.Value %}",
                "of": "{% $count($states.input.list) %}"},
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                "Arguments": {"MessageBody": "{% $states.input %}"},
                "Output": "{% $states.result.MessageId & $states.context.Map.Item.Index %}", "End": true}}},
            "Output": "{% $join($states.result, ',') %}", "End": true}
    });
    let script = Script::new()
        .on("T", Reply::Success(json!({"MessageId": "m"})))
        .on("T", Reply::Success(json!({"MessageId": "n"})));
    insta::assert_snapshot!(history(&states, &json!({"list": [1, 2, 3]}), script));
}

#[test]
fn a_retry_and_then_a_catcher_with_output_and_variables() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {"try": "{% $states.context.State.RetryCount %}"},
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"},
                "Output": {"error": "{% $states.errorOutput.Error %}", "input": "{% $states.input %}"}, "Next": "B"}],
            "End": true},
        "B": {"Type": "Pass", "Output": "{% [$states.input, $why] %}", "End": true}
    });
    let script = Script::new().on("A", Reply::Failure("Busy", "once")).on("A", Reply::Failure("Busy", "twice"));
    insta::assert_snapshot!(history(&states, &json!(1), script));
}

#[test]
fn an_activity_with_its_time_limits_computed() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
            "Arguments": {"token": "{% $exists($states.context.Task.Token) %}"},
            "TimeoutSeconds": "{% 60 %}", "HeartbeatSeconds": "{% $states.input.h %}",
            "Output": "{% $states.result %}", "End": true}
    });
    let script =
        Script::new().on("A", Reply::Heartbeat(2, Box::new(Reply::After(4, Box::new(Reply::Success(json!("ok")))))));
    insta::assert_snapshot!(history(&states, &json!({"h": 5}), script));
}

/// Each state may have a language of its own.
#[test]
fn both_languages_in_one_machine() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Assign": {"v.$": "$.n"}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"n": "{% $states.input.n + $v %}"}, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"n.$": "$.n", "v.$": "$v"}, "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), Script::new()));
}
