//! States whose query language is JSONata: what they compute, and how an evaluation that fails is told of.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

/// A machine of these states in JSONata, begun at `A`.
fn machine(states: &Value) -> Value {
    json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
}

/// A Map state with these fields, that only catches what they say.
fn map(fields: &Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
        "Catch": [{"ErrorEquals": ["Nobody"], "Next": "Caught"}],
        "End": true
    });
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    machine(&json!({"A": state, "Caught": {"Type": "Succeed"}}))
}

#[test]
fn arguments_result_output_and_variables() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {"MessageBody": "{% $states.input.n + 1 %}"},
            "Assign": {"id": "{% $states.result.MessageId %}"},
            "Output": {"got": "{% $states.result.MessageId %}", "state": "{% $states.context.State.Name %}"},
            "Next": "B"},
        "B": {"Type": "Pass", "Assign": {}, "Output": "{% $id & '!' %}", "End": true}
    });
    let script = Script::new().on("A", Reply::Success(json!({"MessageId": "m"})));
    insta::assert_snapshot!(check(&machine(&states), &json!({"n": 1}), script));
}

#[test]
fn a_failed_evaluation_follows_what_its_state_follows() {
    let states = json!({
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Pass", "Output": {"x": "{% $nothing %}"}, "End": true}
    });
    insta::assert_snapshot!(check(&machine(&states), &json!({}), Script::new()));
}

#[test]
fn a_failed_evaluation_after_the_work_follows_the_work() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Output": "{% $nothing %}",
            "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput.Error %}",
                "Next": "B"}],
            "End": true},
        "B": {"Type": "Succeed"}
    });
    let script = Script::new().on("A", Reply::Success(json!({"MessageId": "m"})));
    insta::assert_snapshot!(check(&machine(&states), &json!({}), script));
}

#[test]
fn a_time_that_is_none_is_found_out_after_the_entry() {
    let states = json!({"A": {"Type": "Wait", "Timestamp": "{% 'tomorrow' %}", "End": true}});
    insta::assert_snapshot!(check(&machine(&states), &json!({}), Script::new()));
}

#[test]
fn items_that_are_no_list_end_the_map_state() {
    insta::assert_snapshot!(check(&map(&json!({"Items": "{% 'one' %}"})), &json!({}), Script::new()));
}

#[test]
fn an_iteration_whose_evaluation_fails_is_not_given_up_as_well() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": "{% $nothing %}", "End": true}}});
    let definition = map(&json!({"ItemProcessor": processor}));
    insta::assert_snapshot!(check(&definition, &json!([1]), Script::new()));
}

#[test]
fn an_item_that_cannot_be_shaped_gives_the_others_up() {
    let definition = map(&json!({
        "ItemSelector": "{% $states.context.Map.Item.Value < 2 ? 'small' : $nothing %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    }));
    insta::assert_snapshot!(check(&definition, &json!([1, 2, 3]), Script::new()));
}

#[test]
fn a_cause_that_is_missing_is_an_empty_text() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 5,
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "B"}], "End": true},
        "B": {"Type": "Succeed"}
    });
    insta::assert_snapshot!(check(&machine(&states), &json!({}), Script::new().on("A", Reply::Silence)));
}
