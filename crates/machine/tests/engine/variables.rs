//! Variables in the JSONPath language; those of JSONata are in `jsonata_states.rs`.

use serde_json::json;

use crate::door::{Reply, Script, check};

#[test]
fn assign_reads_the_result_and_is_seen_by_later_states() {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"MessageBody": "x"},
            "ResultSelector": {"id.$": "$.MessageId"}, "ResultPath": null,
            "Assign": {"id.$": "$.id", "twice.$": "States.Format('{}{}', $.id, $.id)", "fixed": [1, null]}, "Next": "W"},
        "W": {"Type": "Wait", "SecondsPath": "$fixed[0]", "Assign": {"input.$": "$"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$id", "StringEquals": "m", "Assign": {"id": "new"}, "Next": "P"}],
            "Default": "P"},
        "P": {"Type": "Pass", "Parameters": {"all.$": "States.Array($id, $twice, $fixed[1], $input.a)"}, "End": true}
    }});
    let script = Script::new().on("T", Reply::Success(json!({"MessageId": "m"})));
    insta::assert_snapshot!(check(&definition, &json!({"a": 1}), script));
}

#[test]
fn branches_and_iterations_have_variables_of_their_own() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [
            {"StartAt": "L", "States": {
                "L": {"Type": "Pass", "Assign": {"own": "left"}, "Next": "L2"},
                "L2": {"Type": "Pass", "Parameters": {"sees.$": "States.Array($outer, $own)"}, "End": true}}},
            {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "End": true,
                "ItemProcessor": {"StartAt": "I", "States": {
                    "I": {"Type": "Pass", "Assign": {"own.$": "$"}, "Next": "I2"},
                    "I2": {"Type": "Pass", "Parameters": {"sees.$": "States.Array($outer, $own)"}, "End": true}}}}}}
        ], "Assign": {"outer.$": "$[0].sees[1]"}, "ResultPath": null, "Next": "E"},
        "E": {"Type": "Pass", "Parameters": {"outer.$": "$outer"}, "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"items": [1, 2]}), Script::new()));
}

#[test]
fn a_catcher_assigns_from_the_error() {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"MessageBody": "x"},
            "Assign": {"never": 1},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why.$": "$.Cause"}, "ResultPath": "$.e", "Next": "P"}],
            "End": true},
        "P": {"Type": "Pass", "Parameters": {"why.$": "$why", "e.$": "$.e.Error"}, "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new().on("T", Reply::Failure("E", "because"))));
}
