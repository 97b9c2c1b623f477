//! The codes of the diagnostics. Each has a page in `docs/errors/`.
//!
//! AWS's own codes are those of `ValidateStateMachineDefinitionDiagnostic`
//! (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>);
//! the last five of them AWS returns without listing them there.

/// AWS: the text is no JSON.
pub const INVALID_JSON_DESCRIPTION: &str = "INVALID_JSON_DESCRIPTION";
/// AWS: a field is missing, unknown, of the wrong type, or out of its range.
pub const SCHEMA_VALIDATION_FAILED: &str = "SCHEMA_VALIDATION_FAILED";
/// AWS: a transition leads to no state, or a state can't be reached.
pub const MISSING_TRANSITION_TARGET: &str = "MISSING_TRANSITION_TARGET";
/// AWS: the flow has no state to end in.
pub const MISSING_END_STATE: &str = "MISSING_END_STATE";
/// AWS: two states have the same name.
pub const DUPLICATE_STATE_NAME: &str = "DUPLICATE_STATE_NAME";
/// AWS: a state's name is too long.
pub const INVALID_STATE_NAME: &str = "INVALID_STATE_NAME";
/// AWS: two Map states have the same label.
pub const DUPLICATE_LABEL_NAME: &str = "DUPLICATE_LABEL_NAME";
/// AWS: a Map state's label is too long or has characters that it may not have.
pub const INVALID_LABEL_NAME: &str = "INVALID_LABEL_NAME";
/// AWS, a warning: a value that looks like a path stands in a field whose name doesn't end in `.$`.
pub const NO_DOLLAR: &str = "NO_DOLLAR";
/// AWS, a warning: a value that looks like a path stands in a field whose name doesn't end in `Path`.
pub const NO_PATH: &str = "NO_PATH";
/// AWS, a warning: a path stands in the `Result` of a Pass state, where it is only text.
pub const PASS_RESULT_IS_STATIC: &str = "PASS_RESULT_IS_STATIC";
/// AWS: a JSONata query can't be read.
pub const INVALID_JSONATA_EXPRESSION: &str = "INVALID_JSONATA_EXPRESSION";
/// AWS: a JSONata query refers to something that is not there.
pub const UNSUPPORTED_JSONATA_EXPRESSION: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
/// AWS: a variable's name has characters that it may not have.
pub const INVALID_VARIABLE_NAME: &str = "INVALID_VARIABLE_NAME";
/// AWS: a variable has the name of a built-in one.
pub const RESERVED_VARIABLE_NAME: &str = "RESERVED_VARIABLE_NAME";

/// A field stands twice in one object.
pub const DUPLICATE_KEY: &str = "DUPLICATE_KEY";
/// A placeholder `${Name}` has no value.
pub const UNRESOLVED_SUBSTITUTION: &str = "UNRESOLVED_SUBSTITUTION";
/// A part of the language that this engine doesn't run.
pub const UNSUPPORTED_FEATURE: &str = "UNSUPPORTED_FEATURE";
/// A warning: a Choice state may find no way to go.
pub const CHOICE_WITHOUT_DEFAULT: &str = "CHOICE_WITHOUT_DEFAULT";
/// A warning: a task that waits for a token may wait forever.
pub const MISSING_TASK_TIMEOUT: &str = "MISSING_TASK_TIMEOUT";
/// A warning: a heartbeat that can't be missed before the task times out.
pub const HEARTBEAT_NOT_SMALLER: &str = "HEARTBEAT_NOT_SMALLER";
/// A warning: a longest delay that isn't longer than the first one.
pub const MAX_DELAY_NOT_GREATER: &str = "MAX_DELAY_NOT_GREATER";
/// A warning: an integration that AWS may not have.
pub const UNKNOWN_INTEGRATION: &str = "UNKNOWN_INTEGRATION";
/// A warning: a parameter that an integration does not have.
pub const UNKNOWN_PARAMETER: &str = "UNKNOWN_PARAMETER";
/// A warning: a variable that no way to the state assigns.
pub const UNDEFINED_VARIABLE: &str = "UNDEFINED_VARIABLE";
/// A warning: a rule, a catcher or a retrier that never gets its turn.
pub const DEAD_ARM: &str = "DEAD_ARM";

/// The warnings that AWS gives; the others are of this project.
pub const AWS_WARNINGS: &[&str] = &[NO_DOLLAR, NO_PATH, PASS_RESULT_IS_STATIC];

/// Every code.
pub const ALL: &[&str] = &[
    INVALID_JSON_DESCRIPTION,
    SCHEMA_VALIDATION_FAILED,
    MISSING_TRANSITION_TARGET,
    MISSING_END_STATE,
    DUPLICATE_STATE_NAME,
    INVALID_STATE_NAME,
    DUPLICATE_LABEL_NAME,
    INVALID_LABEL_NAME,
    NO_DOLLAR,
    NO_PATH,
    PASS_RESULT_IS_STATIC,
    INVALID_JSONATA_EXPRESSION,
    UNSUPPORTED_JSONATA_EXPRESSION,
    INVALID_VARIABLE_NAME,
    RESERVED_VARIABLE_NAME,
    DUPLICATE_KEY,
    UNRESOLVED_SUBSTITUTION,
    UNSUPPORTED_FEATURE,
    CHOICE_WITHOUT_DEFAULT,
    MISSING_TASK_TIMEOUT,
    HEARTBEAT_NOT_SMALLER,
    MAX_DELAY_NOT_GREATER,
    UNKNOWN_INTEGRATION,
    UNKNOWN_PARAMETER,
    UNDEFINED_VARIABLE,
    DEAD_ARM,
];
