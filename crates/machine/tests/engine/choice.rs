//! Choice states.

use serde_json::{Value, json};

use crate::door::{Script, check};

/// Whether a rule holds for an input.
fn holds(rule: &Value, input: &Value) -> bool {
    let mut rule = rule.clone();
    rule["Next"] = json!("Yes");
    let definition = json!({"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "Choices": [rule], "Default": "No"},
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Succeed"}
    }});
    let history = check(&definition, input, Script::new());
    match (history.contains("SucceedStateEntered name=Yes"), history.contains("SucceedStateEntered name=No")) {
        (true, false) => true,
        (false, true) => false,
        _ => panic!("one of both: {history}"),
    }
}

#[test]
fn every_comparison_operator() {
    let table = [
        ("StringEquals", json!("b"), json!("b"), true),
        ("StringEquals", json!("b"), json!(1), false),
        ("StringLessThan", json!("b"), json!("a"), true),
        ("StringLessThan", json!("b"), json!("b"), false),
        ("StringGreaterThan", json!("b"), json!("c"), true),
        ("StringLessThanEquals", json!("b"), json!("b"), true),
        ("StringGreaterThanEquals", json!("b"), json!("a"), false),
        ("StringMatches", json!("log-*.txt"), json!("log-1.txt"), true),
        ("StringMatches", json!("log-*.txt"), json!("log-1.zip"), false),
        ("NumericEquals", json!(1), json!(1.0), true),
        ("NumericEquals", json!(1), json!("1"), false),
        ("NumericLessThan", json!(1), json!(0.5), true),
        ("NumericGreaterThan", json!(1), json!(1), false),
        ("NumericLessThanEquals", json!(1), json!(1), true),
        ("NumericGreaterThanEquals", json!(1), json!(2), true),
        ("BooleanEquals", json!(true), json!(true), true),
        ("BooleanEquals", json!(true), json!(false), false),
        ("TimestampEquals", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T01:00:00+01:00"), true),
        ("TimestampLessThan", json!("2026-01-01T00:00:00Z"), json!("2025-12-31T23:59:59.999Z"), true),
        ("TimestampGreaterThan", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00Z"), false),
        ("TimestampLessThanEquals", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00Z"), true),
        ("TimestampGreaterThanEquals", json!("2026-01-01T00:00:00Z"), json!("today"), false),
        ("IsNull", json!(true), json!(null), true),
        ("IsNull", json!(false), json!(null), false),
        ("IsPresent", json!(true), json!(null), true),
        ("IsNumeric", json!(true), json!(1.5), true),
        ("IsString", json!(true), json!(1.5), false),
        ("IsBoolean", json!(false), json!("true"), true),
        ("IsTimestamp", json!(true), json!("2026-01-01T00:00:00Z"), true),
        ("IsTimestamp", json!(true), json!("2026-01-01"), false),
    ];
    for (operator, operand, value, expected) in table {
        let input = json!({"value": value, "operand": operand});
        let rule = json!({"Variable": "$.value", operator: operand});
        assert_eq!(holds(&rule, &input), expected, "{value} {operator} {operand}");
        let has_path = !operator.starts_with("Is") && operator != "StringMatches";
        if has_path {
            let rule = json!({"Variable": "$.value", format!("{operator}Path"): "$.operand"});
            assert_eq!(holds(&rule, &input), expected, "{value} {operator}Path {operand}");
        }
    }
    assert!(holds(&json!({"Variable": "$.gone", "IsPresent": false}), &json!({})));
    assert!(!holds(&json!({"Variable": "$.gone.deeper", "IsPresent": true}), &json!({})));
}

#[test]
fn rules_combine() {
    let big = json!({"Variable": "$.n", "NumericGreaterThan": 10});
    let text = json!({"Variable": "$.s", "IsString": true});
    let input = json!({"n": 11, "s": 1});
    assert!(!holds(&json!({"And": [big, text]}), &input));
    assert!(holds(&json!({"Or": [text, big]}), &input));
    assert!(holds(&json!({"Not": text}), &input));
    assert!(holds(&json!({"And": [big, {"Not": {"Or": [text, {"Variable": "$.n", "NumericEquals": 12}]}}]}), &input));
    // What decides early is not looked past: the second path leads nowhere.
    assert!(holds(&json!({"Or": [big, {"Variable": "$.gone", "IsNull": true}]}), &input));
}

#[test]
fn the_first_rule_that_holds_is_taken() {
    let definition = json!({"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "InputPath": "$.in", "OutputPath": "$.kept", "Choices": [
            {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "A"},
            {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "B"},
            {"Variable": "$.n", "NumericGreaterThan": 1, "Next": "C"}
        ]},
        "A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"in": {"n": 7, "kept": "k"}}), Script::new()));
}

#[test]
fn no_rule_holds_and_there_is_no_default() {
    let definition = json!({"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 10, "Next": "A"}]},
        "A": {"Type": "Succeed"}
    }});
    insta::assert_snapshot!(check(&definition, &json!({"n": 1}), Script::new()));
}

#[test]
fn a_variable_that_is_not_there_ends_the_execution() {
    let definition = json!({"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 10, "Next": "A"}], "Default": "A"},
        "A": {"Type": "Succeed"}
    }});
    insta::assert_snapshot!(check(&definition, &json!({}), Script::new()));
}
