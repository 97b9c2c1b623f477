//! What AWS says about a faulty definition, word for word.
//!
//! Proofs: *recorded* is a case of the conformance recordings; *measured* was published by people who sent the definition
//! to `ValidateStateMachineDefinition` or `CreateStateMachine` (cdk-preflight's rules `pf-sfn-*`, floci's issues 2735,
//! 2745, 2968 and 3733, cfn-lint's issues 4073 to 4085, aws-cdk's issue 10530, asl-validator's issue 69). Sentences with
//! no proof of their own follow the nearest one that has it, and say so.

use std::fmt::Display;

/// Recorded: `sfn_api--create_delete_invalid_sm`, at the object.
pub(crate) fn required(fields: &[&str]) -> String {
    format!("These fields are required: [{}]", fields.join(", "))
}

/// Measured (floci 2735), at the object.
pub(crate) fn unsupported_field(field: &str) -> String {
    format!("Field '{field}' is not supported")
}

/// Measured (floci 2968): `[STRING]` for `QueryLanguage: 5`. The other types' words follow it.
pub(crate) fn expected_type(kind: &str) -> String {
    format!("Expected value of type [{kind}]")
}

/// Measured (cdk-preflight `pf-sfn-asl-numeric-ranges`).
pub(crate) const EXPECTED_INTEGER: &str = "Expected value of type Integer";

/// Measured (cdk-preflight `pf-sfn-asl-numeric-ranges`; floci 3733: a decimal field's limit has a decimal).
pub(crate) fn minimum(limit: impl Display) -> String {
    format!("Minimum value is {limit}")
}

/// Measured, as [`minimum`].
pub(crate) fn maximum(limit: impl Display) -> String {
    format!("Maximum value is {limit}")
}

/// Measured (cdk-preflight `pf-sfn-asl-choice-rules`), at the field.
pub(crate) const EMPTY: &str = "Value cannot be empty";

/// Measured (cdk-preflight `pf-sfn-asl-path-exclusive`), at the object: more than one of the fields is there.
pub(crate) fn only_one(fields: &[&str]) -> String {
    format!("There should only be one of the following fields: [{}]", fields.join(", "))
}

/// Measured (cdk-preflight `pf-sfn-asl-next-end`), at the object: none of the fields is there.
pub(crate) fn one_needed(fields: &[&str]) -> String {
    format!("This object should have only one of the following fields: [{}]", fields.join(", "))
}

/// Measured (cdk-preflight `pf-sfn-asl-choice-rules`), at the rule.
pub(crate) const RULE_SELECTOR: &str =
    "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]";

/// Measured (floci 2968, cdk-preflight), at the field.
pub(crate) fn one_of(values: &[&str]) -> String {
    format!("Value should be one of the following: [{}]", values.join(", "))
}

/// Recorded: `test_state_machine_scenarios--state_name_invalid_state_definition`, at the field.
pub(crate) const TYPES: &str =
    "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]";

/// Recorded: `sfn_api_validation--…-INVALID_DOWNGRADE_QUERY_LANGUAGE`, at the state.
pub(crate) const LANGUAGE_DOWNGRADE: &str =
    "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";

/// Measured (floci 2968), at the object.
pub(crate) fn other_language(language: &str, field: &str, needed: &str) -> String {
    format!(
        "The QueryLanguage is set to '{language}', but field '{field}' is only supported for the '{needed}' QueryLanguage"
    )
}

/// Measured (cfn-lint 4078), at the field.
pub(crate) const NOT_A_PATH: &str = "Value must be a valid JSONPath.";

/// Measured (floci 3733), at the field.
pub(crate) const NOT_A_REFERENCE_PATH: &str = "Value is not a Reference Path";

/// Measured (cfn-lint 4076), at the field.
pub(crate) const REFERENCE_PATH_WITHOUT_DOLLAR: &str =
    "Value is not a Reference Path: Reference path didn't start with '$'";

/// Measured (serverless-step-functions 399, cfn-lint 4085), at the template's field.
pub(crate) fn template_field(field: &str) -> String {
    format!("The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call")
}

/// Measured (cdk-preflight `pf-sfn-asl-query-language`).
pub(crate) const QUERY_BRACES: &str = "JSONata string must start with {% and end with %}";

/// Recorded: `base_scenarios--wait_timestamp_invalid-NO_T`, at the field.
pub(crate) const NOT_A_TIMESTAMP: &str = "String does not match RFC3339 timestamp";

/// Measured (cdk-preflight `pf-sfn-asl-resource-arn`), at the field.
pub(crate) const NOT_AN_ARN: &str = "Value is not a valid resource ARN";

/// Recorded: `dynamodb_task_service--invalid_integration`, at the field.
pub(crate) fn unknown_resource(resource: &str) -> String {
    format!(
        "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource is not \
         available in this region."
    )
}

/// Recorded: `credentials_base--invalid_credentials_field-INVALID_CREDENTIALS_FIELD`, at `Credentials`.
pub(crate) const ROLE_ARN_MISSING: &str = "The field 'RoleArn' is required but was missing";

/// Measured (cdk-preflight `pf-sfn-asl-credentials`), at `Credentials`.
pub(crate) const CREDENTIALS_OF_ACTIVITY: &str = "The field 'Credentials' is not supported for activities";

/// Measured (aws-cdk 10530), at the element.
pub(crate) const ALL_ALONE_AND_LAST: &str = "States.ALL must appear alone and at end of list";

/// Measured (cdk-preflight `pf-sfn-asl-map-distributed`), at the field.
pub(crate) fn value_not_allowed(field: &str) -> String {
    format!("The field '{field}' does not match any of the allowed values")
}

/// Measured (cdk-preflight `pf-sfn-asl-map-distributed`), at the object.
pub(crate) fn field_required(field: &str) -> String {
    format!("The field '{field}' is required")
}

/// Recorded: `sfn_api_express--illegal_activity_task`, at the field.
pub(crate) const EXPRESS_ACTIVITY: &str = "Express state machine does not support Activity ARN";

/// Recorded: `sfn_api_express--illegal_callbacks-SYNC`, at the field.
pub(crate) const EXPRESS_SYNC: &str = "Express state machine does not support '.sync' service integration";

/// Recorded: `sfn_api_express--illegal_callbacks-WAIT_FOR_TASK_TOKEN`, at the field. The blank at the end is AWS's.
pub(crate) const EXPRESS_CALLBACK: &str =
    "Express state machine does not support '.waitForTaskToken' service integration ";

/// Measured (cdk-preflight `pf-sfn-express-unsupported`), at the field.
pub(crate) const EXPRESS_DISTRIBUTED: &str =
    "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";

/// Measured (localstack 12487, floci 2786): the word is `Next` for every kind of transition.
pub(crate) fn missing_target(name: &str) -> String {
    format!("Missing 'Next' target: {name}")
}

/// Measured (floci 2735), at the state.
pub(crate) fn unreachable(name: &str) -> String {
    format!("State \"{name}\" is not reachable.")
}

/// Measured (floci 2735): with no place.
pub(crate) const NO_TERMINAL_STATE: &str = "Workflow has no terminal state";

/// Measured (asl-validator 69), at the state.
pub(crate) fn state_name_too_long(name: &str) -> String {
    format!("Invalid State name: State '{name}' exceeds the 80-character limit allowed by the service")
}

/// Measured (cdk-preflight `pf-sfn-asl-duplicate-state-name`), at the second state.
pub(crate) fn duplicate_state_name(name: &str) -> String {
    format!("Duplicate State name: {name}")
}

/// After [`state_name_too_long`]; the end of the sentence is measured (cdk-preflight `pf-sfn-asl-name-limits`).
pub(crate) fn label_too_long(label: &str) -> String {
    format!("Invalid Label name: Label '{label}' exceeds the 40-character limit allowed by the service")
}

/// Measured (cdk-preflight `pf-sfn-asl-name-limits`).
pub(crate) fn duplicate_label(label: &str) -> String {
    format!("Duplicate Label name: {label}")
}

/// Measured (cdk-preflight `pf-sfn-asl-jsonpath-syntax`).
pub(crate) fn invalid_variable(name: &str) -> String {
    format!("Invalid variable name '{name}': the variable name contains invalid characters.")
}

/// Measured (cdk-preflight `pf-sfn-asl-jsonpath-syntax`).
pub(crate) const RESERVED_VARIABLE: &str = "Cannot assign to reserved variable '$states'.";

/// Measured (floci 2745).
pub(crate) const ROOT_REFERENCE: &str = "Reference to '$$' is not supported.";

/// Measured (floci 2670 and 2699): for each name that a query looks up where it has no context item, once.
pub(crate) fn top_level_reference(name: &str) -> String {
    format!("Reference to '{name}' at the top level is not supported.")
}

/// Measured (floci 2745).
pub(crate) const NO_ERROR_OUTPUT: &str = "Field '$states.errorOutput' does not exist.";
