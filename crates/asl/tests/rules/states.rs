//! What all types of states have in common.

use crate::common::{check, state, states};

#[test]
fn a_type_is_needed_and_known() {
    assert_eq!(
        state(r#""Type": "pass", "End": true"#),
        [
            "SCHEMA_VALIDATION_FAILED 1:43 /States/A/Type The field 'Type' should have one of these values: [Task, Wait, \
          Pass, Succeed, Fail, Choice, Parallel, Map] (did you mean 'Pass'?)"
        ]
    );
    assert_eq!(state(r#""End": true"#), ["SCHEMA_VALIDATION_FAILED 1:34 /States/A These fields are required: [Type]"]);
    assert_eq!(
        state(r#""Type": 5, "End": true"#),
        ["SCHEMA_VALIDATION_FAILED 1:43 /States/A/Type Expected value of type [STRING]"]
    );
    assert_eq!(
        check(r#"{"StartAt": "A", "States": {"A": 1}}"#),
        ["SCHEMA_VALIDATION_FAILED 1:34 /States/A Expected value of type [OBJECT]"]
    );
}

#[test]
fn a_field_of_another_type_of_state_is_refused() {
    for (field, kind) in [
        (r#""TimeoutSeconds": 5"#, r#""Type": "Pass", "End": true"#),
        (r#""Catch": []"#, r#""Type": "Pass", "End": true"#),
        (r#""Retry": []"#, r#""Type": "Wait", "Seconds": 1, "End": true"#),
        (r#""End": true"#, r#""Type": "Succeed""#),
        (r#""InputPath": "$""#, r#""Type": "Fail""#),
        (r#""Assign": {}"#, r#""Type": "Succeed""#),
        (r#""ResultPath": "$.a""#, r#""Type": "Wait", "Seconds": 1, "End": true"#),
    ] {
        let name = field.split('"').nth(1).expect("a name");
        let problems = state(&format!("{kind}, {field}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        let sentence = format!("/States/A Field '{name}' is not supported");
        assert!(problems[0].contains(&sentence), "{}", problems[0]);
    }
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Ressult": 1"#),
        ["SCHEMA_VALIDATION_FAILED 1:64 /States/A Field 'Ressult' is not supported (did you mean 'Result'?)"]
    );
}

#[test]
fn next_or_end() {
    assert_eq!(
        state(r#""Type": "Pass""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:34 /States/A This object should have only one of the following fields: [Next, End]"
        ]
    );
    assert_eq!(
        state(r#""Type": "Pass", "End": false"#),
        [
            "SCHEMA_VALIDATION_FAILED 1:34 /States/A This object should have only one of the following fields: [Next, End]"
        ]
    );
    assert_eq!(
        states(r#""A": {"Type": "Pass", "Next": "B", "End": true}, "B": {"Type": "Succeed"}"#),
        ["SCHEMA_VALIDATION_FAILED 1:51 /States/A There should only be one of the following fields: [Next, End]"]
    );
    assert_eq!(
        states(r#""A": {"Type": "Pass", "Next": "B", "End": false}, "B": {"Type": "Succeed"}"#),
        Vec::<String>::new()
    );
    assert_eq!(
        state(r#""Type": "Pass", "End": "true""#),
        ["SCHEMA_VALIDATION_FAILED 1:58 /States/A/End Expected value of type [BOOLEAN]"]
    );
}

#[test]
fn paths_are_pointed_at_where_they_go_wrong() {
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "InputPath": "x""#),
        ["SCHEMA_VALIDATION_FAILED 1:78 /States/A/InputPath Value must be a valid JSONPath. (a path starts with '$')"]
    );
    let problems = state(r#""Type": "Pass", "End": true, "OutputPath": "$.a\u002e""#);
    assert!(
        problems[0].starts_with("SCHEMA_VALIDATION_FAILED 1:88 /States/A/OutputPath Value must be"),
        "{problems:?}"
    );
    assert_eq!(state(r#""Type": "Pass", "End": true, "InputPath": null, "OutputPath": "$""#), Vec::<String>::new());
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "InputPath": 5"#),
        ["SCHEMA_VALIDATION_FAILED 1:77 /States/A/InputPath Expected value of type [STRING]"]
    );
    let problems = state(r#""Type": "Pass", "End": true, "ResultPath": "$.a[*]""#);
    assert!(
        problems[0].starts_with("SCHEMA_VALIDATION_FAILED 1:83 /States/A/ResultPath Value is not a Reference Path"),
        "{problems:?}"
    );
    let problems = state(r#""Type": "Pass", "End": true, "ResultPath": "a""#);
    assert!(problems[0].contains("/States/A/ResultPath Value must be a valid JSONPath."), "{problems:?}");
}

#[test]
fn templates_are_pointed_at_where_they_go_wrong() {
    let problems = state(r#""Type": "Pass", "End": true, "Parameters": {"a": [{"b.$": "x"}], "c.$": 5}"#);
    assert_eq!(problems.len(), 2, "{problems:?}");
    let sentence = "must be a valid JSONPath or a valid intrinsic function call";
    assert!(problems[0].starts_with(&format!(
        "SCHEMA_VALIDATION_FAILED 1:94 /States/A/Parameters The value for the field 'b.$' {sentence}"
    )));
    assert!(problems[1].starts_with(&format!(
        "SCHEMA_VALIDATION_FAILED 1:107 /States/A/Parameters The value for the field 'c.$' {sentence}"
    )));
    let problems = state(r#""Type": "Pass", "End": true, "Parameters": {"b.$": "States.Format('{}' $.x)"}"#);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_forgotten_dollar_is_noticed() {
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Parameters": {"a": "$.x", "b": "States.UUID()", "c": "$5 each"}"#),
        [
            "warning NO_DOLLAR 1:84 /States/A/Parameters/a The value of 'a' looks like a path but is only text (to have \
             it looked up, name the field 'a.$')",
            "warning NO_DOLLAR 1:96 /States/A/Parameters/b The value of 'b' looks like a path but is only text (to have \
             it looked up, name the field 'b.$')",
        ]
    );
}

#[test]
fn names_are_short_and_unique() {
    let long = "x".repeat(81);
    let problems = check(&format!(r#"{{"StartAt": "{long}", "States": {{"{long}": {{"Type": "Succeed"}}}}}}"#));
    assert_eq!(
        problems,
        [format!(
            "INVALID_STATE_NAME 1:109 /States/{long} Invalid State name: State '{long}' exceeds the 80-character limit \
             allowed by the service"
        )]
    );
    assert_eq!(
        state(
            r#""Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}]"#
        ),
        [
            "DUPLICATE_STATE_NAME 2:41 /States/A/Branches/0/States/A Duplicate State name: A (the name is taken at /States/A: \
          names are unique in the whole state machine)"
        ]
    );
}

#[test]
fn variables_have_proper_names() {
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Assign": {"a-b": 1, "states": 2, "ok.$": "$"}"#),
        [
            "INVALID_VARIABLE_NAME 1:75 /States/A/Assign Invalid variable name 'a-b': the variable name contains invalid \
             characters.",
            "RESERVED_VARIABLE_NAME 1:85 /States/A/Assign Cannot assign to reserved variable '$states'.",
        ]
    );
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Assign": []"#),
        ["SCHEMA_VALIDATION_FAILED 1:74 /States/A/Assign Expected value of type [OBJECT]"]
    );
}

#[test]
fn a_sound_definition_has_no_problem() {
    assert_eq!(state(r#""Type": "Pass", "End": true"#), Vec::<String>::new());
}
