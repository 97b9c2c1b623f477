//! What the options change: features, substitutions, Express.

use asl::{Features, Options, Substitutions};

use crate::common::{check, check_with, state};

#[test]
fn what_is_switched_off_is_refused_by_name() {
    let off = Options {
        features: Features { jsonata: false, variables: false, distributed_map: false },
        ..Options::default()
    };
    let text = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"x": 1}, "Next": "C"},
        "C": {"Type": "Pass", "InputPath": "$x", "Parameters": {"y.$": "States.Format('{}', $x)"}, "Next": "M"},
        "M": {"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P", "States": {"P": {"Type": "Succeed"}}}}}}"#;
    assert_eq!(
        check_with(text, &off),
        [
            "UNSUPPORTED_FEATURE 2:48 /States/A JSONata is not supported yet",
            "UNSUPPORTED_FEATURE 3:31 /States/B/Assign Assign (workflow variables) is not supported yet",
            "UNSUPPORTED_FEATURE 4:44 /States/C/InputPath A workflow variable is not supported yet",
            "UNSUPPORTED_FEATURE 4:64 /States/C/Parameters A workflow variable is not supported yet",
            "UNSUPPORTED_FEATURE 6:41 /States/M/ItemProcessor/ProcessorConfig/Mode A distributed Map is not supported yet",
        ]
    );
    assert_eq!(check(text), Vec::<String>::new());
}

#[test]
fn substitutions_are_put_in_before_anything_is_checked() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "${Function}", "InputPath": "$.${Field}.x[", "Comment": "${Funktion}"}}}"#;
    let values = [("Function", "arn:aws:lambda:us-east-1:123456789012:function:buy"), ("Field", "order")];
    let options = Options {
        substitutions: Substitutions::Values(values.map(|(k, v)| (k.to_owned(), v.to_owned())).into()),
        ..Options::default()
    };
    let problems = check_with(text, &options);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(
        problems[0],
        "UNRESOLVED_SUBSTITUTION 2:78 /States/A/Comment The substitution '${Funktion}' has no value (did you mean \
         '${Function}'?)"
    );
    assert!(problems[1].starts_with("SCHEMA_VALIDATION_FAILED 2:6"), "{problems:?}");
    assert!(problems[1].contains("/States/A/InputPath Value must be a valid JSONPath."), "{problems:?}");
}

#[test]
fn unknown_values_are_not_looked_into_unless_they_must_be() {
    let with = |fields: &str| state(&format!(r#""Type": "Task", "End": true, {fields}"#));
    assert_eq!(
        with(r#""Resource": "${Function}", "Parameters": {"a": "${X}"}, "TimeoutSeconds": 5"#),
        Vec::<String>::new()
    );
    assert_eq!(
        with(r#""Resource": "${Function}", "InputPath": "${Path}""#),
        [
            "UNRESOLVED_SUBSTITUTION 1:104 /States/A/InputPath The expression depends on a substitution whose value is not \
          known (give the values of the template's DefinitionSubstitutions)"
        ]
    );
    assert_eq!(
        with(r#""Resource": "${Function}", "TimeoutSeconds": "${T}""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:109 /States/A/TimeoutSeconds Expected value of type Integer (a substitution puts in a \
          text, never a number)"
        ]
    );
    assert_eq!(state(r#""Type": "Wait", "Timestamp": "${When}", "End": true"#), Vec::<String>::new());
}

#[test]
fn an_express_machine_may_do_less() {
    let express = Options { express: true, ..Options::default() };
    let with = |resource: &str| {
        check_with(
            &format!(
                r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "End": true, "TimeoutSeconds": 5, "Resource": "{resource}"}}}}}}"#
            ),
            &express,
        )
    };
    let refused = |what: &str| {
        format!(
            "SCHEMA_VALIDATION_FAILED 1:97 /States/A/Resource Express state machine does not support {what} (a Standard state machine can do this)"
        )
    };
    assert_eq!(with("arn:aws:states:us-east-1:1:activity:a"), [refused("Activity ARN")]);
    assert_eq!(with("arn:aws:states:::ecs:runTask.sync"), [refused("'.sync' service integration")]);
    assert_eq!(
        with("arn:aws:states:::sqs:sendMessage.waitForTaskToken"),
        [refused("'.waitForTaskToken' service integration ")]
    );
    assert_eq!(with("arn:aws:states:::lambda:invoke"), Vec::<String>::new());
    let distributed = check_with(
        r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "P", "States": {"P": {"Type": "Succeed"}}}}}}"#,
        &express,
    );
    assert_eq!(
        distributed,
        ["SCHEMA_VALIDATION_FAILED 2:41 /States/M/ItemProcessor/ProcessorConfig/Mode The field 'Mode' with value \
          'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"]
    );
}
