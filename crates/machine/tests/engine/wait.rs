//! Wait states, in all four forms.

use serde_json::{Value, json};

use crate::door::{Script, check};

fn waits(fields: &Value, input: &Value) -> String {
    let mut wait = json!({"Type": "Wait", "End": true});
    wait.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    check(&json!({"StartAt": "W", "States": {"W": wait}}), input, Script::new())
}

#[test]
fn seconds() {
    insta::assert_snapshot!(waits(&json!({"Seconds": 10}), &json!({"x": 1})));
}

#[test]
fn seconds_path() {
    insta::assert_snapshot!(waits(&json!({"SecondsPath": "$.timer_seconds"}), &json!({"timer_seconds": 3})));
}

#[test]
fn timestamp() {
    insta::assert_snapshot!(waits(&json!({"Timestamp": "2026-01-02T00:00:00Z"}), &json!({})));
}

#[test]
fn timestamp_path() {
    insta::assert_snapshot!(waits(&json!({"TimestampPath": "$.at"}), &json!({"at": "2026-01-01T02:00:05+02:00"})));
}

#[test]
fn a_time_in_the_past_is_no_wait() {
    insta::assert_snapshot!(waits(&json!({"Timestamp": "2016-03-14T01:59:00Z"}), &json!({})));
}

#[test]
fn what_is_no_time_is_told() {
    let mut told = String::new();
    for (fields, input) in [
        (json!({"SecondsPath": "$.s"}), json!({"s": "soon"})),
        (json!({"SecondsPath": "$.s"}), json!({"s": -1})),
        (json!({"SecondsPath": "$.s"}), json!({})),
        (json!({"TimestampPath": "$.s"}), json!({"s": "2026-01-01 00:00:00Z"})),
        (json!({"SecondsPath": "$.s"}), json!({"s": 99_999_999})),
    ] {
        told.push_str(waits(&fields, &input).lines().last().expect("an end"));
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_execution_has_a_time_limit_of_its_own() {
    let definition =
        json!({"TimeoutSeconds": 5, "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}

#[test]
fn an_execution_can_be_stopped() {
    let definition = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new().stop_after(7)));
}
