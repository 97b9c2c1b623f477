//! `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`, the context object, intrinsic functions.

use std::sync::Arc;

use jiff::Timestamp;
use machine::{Document, Execution, Identity, Input, Outcome};
use serde_json::{Value, json};

use crate::door::{Reply, Script, check, identity};

#[test]
fn the_five_fields_in_their_order() {
    let definition = json!({"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "InputPath": "$.in",
        "Parameters": {"id.$": "$.id", "fixed": true, "nested": {"list": [{"v.$": "$.list[1]"}]}},
        "ResultSelector": {"kept.$": "$.MessageId"},
        "ResultPath": "$.out.message",
        "OutputPath": "$.out",
        "End": true
    }}});
    let input = json!({"in": {"id": 7, "list": [1, 2]}, "out": {"before": 1}});
    let script = Script::new().on("T", Reply::Success(json!({"MessageId": "m", "MD5OfMessageBody": "x"})));
    insta::assert_snapshot!(check(&definition, &input, script));
}

#[test]
fn null_paths_drop_data() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "InputPath": null, "Parameters": {"seen.$": "$"}, "ResultPath": "$.a", "Next": "B"},
        "B": {"Type": "Pass", "Result": 1, "ResultPath": null, "Next": "C"},
        "C": {"Type": "Pass", "OutputPath": null, "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"x": 1}), Script::new()));
}

#[test]
fn the_context_object_is_seen_by_templates_and_paths() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"context.$": "$$"}, "Next": "B"},
        "B": {"Type": "Pass", "InputPath": "$$.Execution.Input.who", "OutputPath": "$", "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"who": "João"}), Script::new()));
}

#[test]
fn an_express_execution_has_no_redrive_count() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"redriven.$": "$$.Execution['RedriveCount']"}, "End": true}
    }});
    let machine = asl::parse(&definition.to_string(), &asl::Options::default()).machine.expect("sound");
    for express in [false, true] {
        let identity = Arc::new(Identity { express, ..identity() });
        let mut execution = Execution::new(machine.clone(), identity, Document::new(json!({})));
        execution.apply(Input::Start, Timestamp::UNIX_EPOCH);
        let succeeded = matches!(execution.outcome(), Some(Outcome::Succeeded(_)));
        assert_eq!(succeeded, !express, "{:?}", execution.outcome());
    }
}

#[test]
fn intrinsic_functions_of_every_family() {
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {
        "format.$": "States.Format('{} costs {}', $.name, $.price)",
        "parsed.$": "States.StringToJson($.text)",
        "text.$": "States.JsonToString($.list)",
        "array.$": "States.Array(1, 'two', null, true, $.list)",
        "partition.$": "States.ArrayPartition($.list, 2)",
        "contains.$": "States.ArrayContains($.list, 3)",
        "range.$": "States.ArrayRange(1, 9, 2)",
        "item.$": "States.ArrayGetItem($.list, 1)",
        "length.$": "States.ArrayLength($.list)",
        "unique.$": "States.ArrayUnique(States.Array(1, 1, 2))",
        "encoded.$": "States.Base64Encode('olá')",
        "decoded.$": "States.Base64Decode('b2zDoQ==')",
        "hash.$": "States.Hash('abc', 'SHA-256')",
        "merged.$": "States.JsonMerge(States.StringToJson('{\"a\":1,\"b\":1}'), States.StringToJson('{\"b\":2}'), false)",
        "random.$": "States.MathRandom(1, 100)",
        "sum.$": "States.MathAdd($.price, -2)",
        "split.$": "States.StringSplit('a,b;c', ',;')",
        "uuid.$": "States.UUID()"
    }, "End": true}}});
    let input = json!({"name": "tea", "price": 12, "text": "{\"x\":[1]}", "list": [1, 2, 3]});
    insta::assert_snapshot!(check(&definition, &input, Script::new()));
}

#[test]
fn a_path_that_leads_nowhere_ends_the_execution_uncaught() {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"id.$": "$.no.such"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": true},
        "Caught": {"Type": "Pass", "End": true}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"id": 1}), Script::new()));
}

#[test]
fn a_result_path_that_does_not_fit_can_be_caught() {
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "ResultPath": "$.text.x",
            "Catch": [{"ErrorEquals": ["States.ReferencePathConflict"], "ResultPath": null, "Next": "Caught"}], "End": true},
        "Caught": {"Type": "Pass", "End": true}
    }});
    let script = Script::new().on("T", Reply::Success(json!(1)));
    insta::assert_snapshot!(check(&definition, &json!({"text": "no object"}), script));
}

/// As AWS users quote it: the error names the step that can't be taken, and not the state.
#[test]
fn an_items_path_that_leads_nowhere_can_be_caught() {
    let definition = json!({"StartAt": "M", "States": {
        "M": {"Type": "Map", "ItemsPath": "$.order.items", "ItemProcessor": {"StartAt": "I", "States": {
            "I": {"Type": "Pass", "End": true}}},
            "Catch": [{"ErrorEquals": ["States.ReferencePathConflict"], "Next": "Caught"}], "End": true},
        "Caught": {"Type": "Pass", "End": true}
    }});
    let transcript = check(&definition, &json!({"order": {"id": 1}}), Script::new());
    let caught = r#"{"Error":"States.ReferencePathConflict","Cause":"Unable to apply step \"items\" to input {\"order\":{\"id\":1}}"}"#;
    assert!(transcript.contains(&format!("= SUCCEEDED {caught}")), "{transcript}");
}

#[test]
fn an_output_over_256_kib_is_refused() {
    let definition =
        json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "x".repeat(262_143), "End": true}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}

/// Each round wraps the input once more. What is nested so deep that it could not be read back is refused before it uses up
/// the stack of whoever walks it.
#[test]
fn what_is_nested_too_deep_is_refused() {
    let again = |condition: Value| json!({"Type": "Choice", "Choices": [condition], "Default": "A"});
    let end = json!({"Type": "Succeed"});
    let jsonpath = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "C"},
        "C": again(json!({"Variable": "$", "IsPresent": false, "Next": "End"})), "End": end}});
    let jsonata = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Output": {"a": "{% $states.input %}"}, "Next": "C"},
        "C": again(json!({"Condition": false, "Next": "End"})), "End": end}});
    let variable = json!({"QueryLanguage": "JSONata", "StartAt": "V", "States": {
        "V": {"Type": "Pass", "Assign": {"v": 0}, "Next": "A"},
        "A": {"Type": "Pass", "Assign": {"v": "{% {'a': $v} %}"}, "Next": "C"},
        "C": again(json!({"Condition": false, "Next": "End"})), "End": end}});
    for definition in [jsonpath, jsonata, variable] {
        let history = check(&definition, &json!({}), Script::new());
        let end = "= FAILED States.DataLimitExceeded The state/task 'A' returned a result that is nested more than 127 \
                   levels deep.\n";
        assert!(history.ends_with(end), "{}", &history[history.len() - 300..]);
    }
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>: 256 KiB in one `Assign`, 10 MiB in the
/// whole execution; a variable that is assigned again counts once.
#[test]
fn variables_have_limits() {
    let end = |states: Value| {
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "S0", "States": states});
        let history = check(&definition, &json!({}), Script::new());
        history.lines().last().unwrap_or_default().to_owned()
    };
    let text = |bytes: usize| json!(format!("{{% $pad('', {bytes}, 'x') %}}"));
    let assign = |assign: Value| json!({"S0": {"Type": "Pass", "Output": 1, "Assign": assign, "End": true}});
    assert_eq!(end(assign(json!({"a": text(131_070), "b": text(131_070)}))), "= SUCCEEDED 1");
    let too_much = "= FAILED States.DataLimitExceeded The variables assigned in state 'S0' exceed the maximum number of \
                    bytes service limit.";
    assert_eq!(end(assign(json!({"a": text(131_070), "b": text(131_071)}))), too_much);

    let many = |name: fn(usize) -> String| {
        let mut states = serde_json::Map::new();
        for at in 0..41 {
            let (value, next) = (text(262_142), format!("S{}", at + 1));
            states.insert(format!("S{at}"), json!({"Type": "Pass", "Assign": {name(at): value}, "Next": next}));
        }
        states.insert("S41".into(), json!({"Type": "Succeed", "Output": 1}));
        Value::Object(states)
    };
    assert_eq!(end(many(|_| "v".to_owned())), "= SUCCEEDED 1");
    let too_much = "= FAILED States.DataLimitExceeded The variables of the execution exceed the maximum number of bytes \
                    service limit (10 MiB).";
    assert_eq!(end(many(|at| format!("v{at}"))), too_much);
}
