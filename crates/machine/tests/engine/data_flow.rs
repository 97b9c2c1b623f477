//! `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`, the context object, intrinsic functions.

use std::sync::Arc;

use jiff::Timestamp;
use machine::{Document, Execution, Identity, Input, Outcome};
use serde_json::json;

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
            "Catch": [{"ErrorEquals": ["States.ResultPathMatchFailure"], "ResultPath": null, "Next": "Caught"}], "End": true},
        "Caught": {"Type": "Pass", "End": true}
    }});
    let script = Script::new().on("T", Reply::Success(json!(1)));
    insta::assert_snapshot!(check(&definition, &json!({"text": "no object"}), script));
}

#[test]
fn an_output_over_256_kib_is_refused() {
    let definition =
        json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "x".repeat(262_143), "End": true}}});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}
