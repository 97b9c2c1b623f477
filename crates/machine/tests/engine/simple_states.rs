//! Pass, Succeed and Fail.

use serde_json::json;

use crate::door::{Script, check};

#[test]
fn pass_hands_its_input_on_or_a_result() {
    let definition = json!({"StartAt": "Same", "States": {
        "Same": {"Type": "Pass", "Next": "Fixed"},
        "Fixed": {"Type": "Pass", "Result": {"n.$": "plain data"}, "ResultPath": "$.fixed", "Next": "Done"},
        "Done": {"Type": "Succeed"}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"a": [1, 2.50]}), Script::new()));
}

#[test]
fn fail_ends_the_execution_with_error_and_cause() {
    let definition =
        json!({"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Erro", "Cause": "porque não"}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}

#[test]
fn fail_reads_error_and_cause_from_data() {
    let definition = json!({"StartAt": "No", "States": {
        "No": {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "States.Format('{} of {}', $.why, $$.State.Name)"}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"error": "E", "why": "because"}), Script::new()));
}

#[test]
fn fail_without_words() {
    let definition = json!({"StartAt": "No", "States": {"No": {"Type": "Fail"}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}
