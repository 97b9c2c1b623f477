//! Wait, Fail, Pass and Parallel states.

use crate::common::{apart_from_variables, check, state};

#[test]
fn a_wait_has_one_form() {
    let wait = |fields: &str| state(&format!(r#""Type": "Wait", "End": true{fields}"#));
    assert_eq!(
        wait(""),
        [
            "SCHEMA_VALIDATION_FAILED 1:34 /States/A This object should have only one of the following fields: [SecondsPath, \
          Seconds, TimestampPath, Timestamp]"
        ]
    );
    assert_eq!(
        wait(r#", "Seconds": 1, "TimestampPath": "$.x""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:78 /States/A There should only be one of the following fields: [SecondsPath, Seconds, \
          TimestampPath, Timestamp]"
        ]
    );
    for sound in [
        r#", "Seconds": 0"#,
        r#", "Seconds": 99999999"#,
        r#", "SecondsPath": "$.x""#,
        r#", "TimestampPath": "$x""#,
        r#", "Timestamp": "2016-03-05T21:29:29.243167252Z""#,
    ] {
        assert_eq!(apart_from_variables(wait(sound)), Vec::<String>::new(), "{sound}");
    }
}

#[test]
fn a_wait_has_limits() {
    let wait = |value: &str| state(&format!(r#""Type": "Wait", "End": true, "Seconds": {value}"#));
    let refused = |sentence| [format!("SCHEMA_VALIDATION_FAILED 1:75 /States/A/Seconds {sentence}")];
    assert_eq!(wait("-1"), refused("Minimum value is 0"));
    assert_eq!(wait("100000000"), refused("Maximum value is 99999999"));
    assert_eq!(wait("10000000000000000"), refused("Maximum value is 99999999"));
    assert_eq!(wait("1.5"), refused("Expected value of type Integer"));
    assert_eq!(wait("1e30"), refused("Expected value of type Integer"));
    assert_eq!(wait("\"10\""), refused("Expected value of type Integer"));
    assert_eq!(wait("null"), refused("Expected value of type Integer"));
}

#[test]
fn a_timestamp_is_strict() {
    assert_eq!(
        state(r#""Type": "Wait", "End": true, "Timestamp": "2016-12-05 21:29:29Z""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:77 /States/A/Timestamp String does not match RFC3339 timestamp (write it with a 'T', \
          seconds, and a 'Z' or an offset, such as 2016-08-18T17:33:00Z)"
        ]
    );
}

#[test]
fn a_wait_in_jsonata() {
    let wait = |fields: &str| {
        check(&format!(
            r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{"A": {{"Type": "Wait", "End": true, {fields}}}}}}}"#
        ))
    };
    assert_eq!(wait(r#""Seconds": "{% 1 + 1 %}""#), Vec::<String>::new());
    assert_eq!(wait(r#""Timestamp": "{% $now() %}""#), Vec::<String>::new());
    assert_eq!(
        wait(r#""Seconds": "10""#),
        ["SCHEMA_VALIDATION_FAILED 1:103 /States/A/Seconds JSONata string must start with {% and end with %}"]
    );
}

#[test]
fn a_failure_is_written_down_or_looked_up() {
    let fail = |fields: &str| state(&format!(r#""Type": "Fail"{fields}"#));
    assert_eq!(fail(""), Vec::<String>::new());
    assert_eq!(fail(r#", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)""#), Vec::<String>::new());
    assert_eq!(
        fail(r#", "Error": "E", "ErrorPath": "$.e""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:65 /States/A There should only be one of the following fields: [Error, ErrorPath]"
        ]
    );
    assert_eq!(
        fail(r#", "Cause": "C", "CausePath": "$.c""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:65 /States/A There should only be one of the following fields: [Cause, CausePath]"
        ]
    );
    assert_eq!(
        fail(r#", "Error": 5"#),
        ["SCHEMA_VALIDATION_FAILED 1:60 /States/A/Error Expected value of type [STRING]"]
    );
    assert_eq!(
        fail(r#", "Cause": "$.c""#),
        [
            "warning NO_PATH 1:60 /States/A/Cause The value of 'Cause' looks like a path but is only text (to have it looked up, \
          use 'CausePath')"
        ]
    );
    let problems = fail(r#", "CausePath": "c""#);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("SCHEMA_VALIDATION_FAILED 1:65 /States/A/CausePath Value must be a valid JSONPath."),
        "{problems:?}"
    );
}

#[test]
fn a_path_in_a_result_is_only_text() {
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Result": {"a.$": "$.x", "b": ["$.y"], "c": "z"}"#),
        [
            "warning PASS_RESULT_IS_STATIC 1:82 /States/A/Result/a.$ The 'Result' of a Pass state is handed on as it is: \
             nothing in it is looked up (use 'Parameters' with a field whose name ends in '.$')",
            "warning PASS_RESULT_IS_STATIC 1:95 /States/A/Result/b/0 The 'Result' of a Pass state is handed on as it is: \
             nothing in it is looked up (use 'Parameters' with a field whose name ends in '.$')",
        ]
    );
}

#[test]
fn a_parallel_has_branches() {
    let parallel = |fields: &str| state(&format!(r#""Type": "Parallel", "End": true{fields}"#));
    assert_eq!(parallel(""), ["SCHEMA_VALIDATION_FAILED 1:34 /States/A These fields are required: [Branches]"]);
    assert_eq!(
        parallel(r#", "Branches": []"#),
        ["SCHEMA_VALIDATION_FAILED 1:80 /States/A/Branches Value cannot be empty"]
    );
    assert_eq!(
        parallel(r#", "Branches": [{}, 5, {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}, "X": 1}]"#),
        [
            "SCHEMA_VALIDATION_FAILED 1:81 /States/A/Branches/0 These fields are required: [States, StartAt]",
            "SCHEMA_VALIDATION_FAILED 1:85 /States/A/Branches/1 Expected value of type [OBJECT]",
            "SCHEMA_VALIDATION_FAILED 1:143 /States/A/Branches/2 Field 'X' is not supported (a branch may have: Comment, \
             StartAt, States)",
        ]
    );
    assert_eq!(
        parallel(r#", "Branches": {}"#),
        ["SCHEMA_VALIDATION_FAILED 1:80 /States/A/Branches Expected value of type [ARRAY]"]
    );
}
