//! Choice states.

use crate::common::{apart_from_variables, check, states};

/// The problems of a Choice state with one rule.
fn rule(rule: &str) -> Vec<String> {
    states(&format!(
        r#""A": {{"Type": "Choice", "Default": "Z", "Choices": [
{{{rule}}}]}}, "Z": {{"Type": "Succeed"}}"#
    ))
}

#[test]
fn rules_that_are_sound() {
    for sound in [
        r#""Variable": "$.x", "StringEquals": "a", "Next": "Z""#,
        r#""Variable": "$", "IsPresent": true, "Next": "Z", "Comment": "c", "Assign": {"a.$": "$.x"}"#,
        r#""Variable": "$$.Execution.Id", "StringMatches": "a*", "Next": "Z""#,
        r#""Variable": "$guess", "NumericEqualsPath": "$.y[0]", "Next": "Z""#,
        r#""Variable": "$.x", "TimestampLessThan": "2016-08-18T17:33:00+01:00", "Next": "Z""#,
        r#""And": [{"Variable": "$.x", "IsNull": false}, {"Not": {"Variable": "$.x", "BooleanEquals": true}}], "Next": "Z""#,
        r#""Or": [{"Comment": "c", "Variable": "$.x", "NumericGreaterThanEquals": 1.5}], "Next": "Z""#,
    ] {
        assert_eq!(apart_from_variables(rule(sound)), Vec::<String>::new(), "{sound}");
    }
}

#[test]
fn choices_are_needed() {
    assert_eq!(
        states(r#""A": {"Type": "Choice", "Default": "Z"}, "Z": {"Type": "Succeed"}"#),
        ["SCHEMA_VALIDATION_FAILED 1:34 /States/A These fields are required: [Choices]"]
    );
    assert_eq!(
        states(r#""A": {"Type": "Choice", "Default": "Z", "Choices": []}, "Z": {"Type": "Succeed"}"#),
        ["SCHEMA_VALIDATION_FAILED 1:80 /States/A/Choices Value cannot be empty"]
    );
}

#[test]
fn a_rule_leads_somewhere_but_not_from_inside() {
    assert_eq!(
        rule(r#""Variable": "$.x", "IsNull": true"#),
        ["SCHEMA_VALIDATION_FAILED 2:1 /States/A/Choices/0 These fields are required: [Next]"]
    );
    let problems = rule(r#""Not": {"Variable": "$.x", "IsNull": true, "Next": "Z"}, "Next": "Z""#);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("SCHEMA_VALIDATION_FAILED 2:45 /States/A/Choices/0/Not Field 'Next' is not supported"),
        "{problems:?}"
    );
    let problems = rule(r#""And": [{"Variable": "$.x", "IsNull": true, "Assign": {}}], "Next": "Z""#);
    assert!(problems[0].contains("/States/A/Choices/0/And/0 Field 'Assign' is not supported"), "{problems:?}");
}

#[test]
fn a_rule_is_one_thing() {
    let sentence = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]";
    assert_eq!(rule(r#""Next": "Z""#), [format!("SCHEMA_VALIDATION_FAILED 2:1 /States/A/Choices/0 {sentence}")]);
    assert_eq!(
        rule(r#""Variable": "$.x", "IsNull": true, "Not": {"Variable": "$.x", "IsNull": true}, "Next": "Z""#),
        [format!("SCHEMA_VALIDATION_FAILED 2:37 /States/A/Choices/0 {sentence}")]
    );
    assert_eq!(
        rule(r#""And": [], "Next": "Z""#),
        ["SCHEMA_VALIDATION_FAILED 2:9 /States/A/Choices/0/And Value cannot be empty"]
    );
}

#[test]
fn a_variable_has_one_operator() {
    let problems = rule(r#""Variable": "$.x", "Next": "Z""#);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with(
            "SCHEMA_VALIDATION_FAILED 2:1 /States/A/Choices/0 This object should have only one of the following fields: \
             [BooleanEquals, "
        ),
        "{problems:?}"
    );
    let problems = rule(r#""Variable": "$.x", "IsNull": true, "StringEquals": "x", "Next": "Z""#);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with(
            "SCHEMA_VALIDATION_FAILED 2:37 /States/A/Choices/0 There should only be one of the following fields: \
             [BooleanEquals, "
        ),
        "{problems:?}"
    );
    let problems = rule(r#""Variable": "$.x", "StringEqual": "x", "Next": "Z""#);
    assert!(
        problems[0].ends_with("Field 'StringEqual' is not supported (did you mean 'StringEquals'?)"),
        "{problems:?}"
    );
}

#[test]
fn the_right_side_is_of_the_operators_type() {
    for (operator, operand, sentence) in [
        ("StringEquals", "5", "Expected value of type [STRING]"),
        ("NumericEquals", "\"5\"", "Expected value of type [NUMBER]"),
        ("BooleanEquals", "\"true\"", "Expected value of type [BOOLEAN]"),
        ("IsString", "1", "Expected value of type [BOOLEAN]"),
        ("StringMatches", "null", "Expected value of type [STRING]"),
        ("StringEqualsPath", "5", "Expected value of type [STRING]"),
    ] {
        assert_eq!(
            rule(&format!(r#""Variable": "$.x", "{operator}": {operand}, "Next": "Z""#)),
            [format!("SCHEMA_VALIDATION_FAILED 2:{} /States/A/Choices/0/{operator} {sentence}", 25 + operator.len())]
        );
    }
    assert_eq!(
        rule(r#""Variable": "$.x", "TimestampEquals": "2016-08-18 17:33", "Next": "Z""#),
        [
            "SCHEMA_VALIDATION_FAILED 2:40 /States/A/Choices/0/TimestampEquals String does not match RFC3339 timestamp (write it \
          with a 'T', seconds, and a 'Z' or an offset, such as 2016-08-18T17:33:00Z)"
        ]
    );
}

#[test]
fn paths_of_a_rule_lead_to_one_place() {
    assert_eq!(
        rule(r#""Variable": "x", "IsNull": true, "Next": "Z""#),
        [
            "SCHEMA_VALIDATION_FAILED 2:15 /States/A/Choices/0/Variable Value is not a Reference Path: Reference path didn't \
          start with '$' (a path starts with '$')"
        ]
    );
    let problems = rule(r#""Variable": "$.a", "NumericEqualsPath": "$$.b[*]", "Next": "Z""#);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with(
            "SCHEMA_VALIDATION_FAILED 2:48 /States/A/Choices/0/NumericEqualsPath Value is not a Reference Path"
        ),
        "{problems:?}"
    );
    let problems = rule(r#""Variable": "$guess..b", "IsNull": true, "Next": "Z""#);
    assert!(problems[0].starts_with("SCHEMA_VALIDATION_FAILED 2:21 "), "{problems:?}");
}

#[test]
fn a_literal_that_looks_like_a_path_is_noticed() {
    assert_eq!(
        rule(r#""Variable": "$.x", "StringEquals": "$.y", "Next": "Z""#),
        [
            "warning NO_PATH 2:37 /States/A/Choices/0/StringEquals The value of 'StringEquals' looks like a path but is only text \
          (to have it looked up, use 'StringEqualsPath')"
        ]
    );
}

#[test]
fn no_rule_may_hold() {
    assert_eq!(
        states(
            r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "Z"}]},
               "Z": {"Type": "Succeed"}"#
        ),
        ["warning CHOICE_WITHOUT_DEFAULT 1:34 /States/A Where no rule holds, the execution fails with \
          States.Runtime (add 'Default')"]
    );
}

#[test]
fn rules_in_jsonata() {
    let rule = |rule: &str| {
        check(&format!(
            r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{"A": {{"Type": "Choice", "Default": "Z", "Choices": [
{{{rule}}}]}}, "Z": {{"Type": "Succeed"}}}}}}"#
        ))
    };
    assert_eq!(rule(r#""Condition": "{% $states.input.x = 1 %}", "Next": "Z", "Output": 1"#), Vec::<String>::new());
    assert_eq!(
        rule(r#""Condition": true, "Next": "Z""#),
        ["warning DEAD_ARM 1:92 /States/A/Default Default is never taken: one of the rules always holds (remove it)"]
    );
    assert_eq!(
        rule(r#""Condition": "$states.input.x", "Next": "Z""#),
        [
            "SCHEMA_VALIDATION_FAILED 2:15 /States/A/Choices/0/Condition JSONata string must start with {% and end with %}"
        ]
    );
    assert_eq!(
        rule(r#""Condition": 1, "Next": "Z""#),
        ["SCHEMA_VALIDATION_FAILED 2:15 /States/A/Choices/0/Condition Expected value of type [STRING]"]
    );
    let problems = rule(r#""Variable": "$.x", "IsNull": true, "Next": "Z""#);
    assert!(
        problems[0].starts_with(
            "SCHEMA_VALIDATION_FAILED 2:2 /States/A/Choices/0 The QueryLanguage is set to 'JSONata', but field 'Variable' is \
             only supported for the 'JSONPath' QueryLanguage (use 'Condition')"
        ),
        "{problems:?}"
    );
}
