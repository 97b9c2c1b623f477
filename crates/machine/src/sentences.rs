//! AWS's sentences: the causes of errors as AWS words them, each with where that is proven.

use serde_json::Value;

use crate::limits::MAX_DEPTH;

/// Recorded nowhere; the wording of <https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html>'s error.
pub(crate) const TOO_MANY_EVENTS: &str = "The execution reached the maximum number of history events (25000).";

/// In our own words: on AWS the five minutes are over first.
pub(crate) const TOO_MANY_EXPRESS_EVENTS: &str =
    "The execution reached the maximum number of events of an Express execution (1000000).";

/// `scenarios/base_scenarios--invalid_jsonpath-ST.INVALID_JSONPATH_IN_INPUTPATH.json` and every other runtime error.
pub(crate) fn while_executing(state: &str, entered: u64, cause: &str) -> String {
    format!("An error occurred while executing the state '{state}' (entered at the event id #{entered}). {cause}")
}

/// `error_handling/states_errors--start_large_input.json`
pub(crate) fn too_large(state_or_task: &str) -> String {
    format!(
        "The state/task '{state_or_task}' returned a result with a size exceeding the maximum number of bytes service limit."
    )
}

/// In our own words: AWS documents no limit.
pub(crate) fn too_deep(state_or_task: &str) -> String {
    format!("The state/task '{state_or_task}' returned a result that is nested more than {MAX_DEPTH} levels deep.")
}

/// In our own words, recorded nowhere.
pub(crate) fn variables_too_large(state: &str) -> String {
    format!("The variables assigned in state '{state}' exceed the maximum number of bytes service limit.")
}

/// In our own words, recorded nowhere.
pub(crate) const ALL_VARIABLES_TOO_LARGE: &str =
    "The variables of the execution exceed the maximum number of bytes service limit (10 MiB).";

/// `base/wait--base_wait_seconds_path-1.5.json`
pub(crate) fn seconds_not_a_long(field: &str, path: &str, value: &Value) -> String {
    format!("The {field} parameter cannot be parsed as a long value: {path} == {value}")
}

/// `base/wait--base_wait_seconds_path--1.json`
pub(crate) fn seconds_negative(field: &str, path: &str, value: &Value) -> String {
    format!("The {field} parameter references a negative value: {path} == {value}")
}

/// `logs/logs--base-wait_seconds_path.json5_ALL_False.json`
pub(crate) fn seconds_missing(field: &str, path: &str) -> String {
    format!("The {field} parameter does not reference an input value: {path}")
}

/// `base/wait--timestamp_too_far_in_future_boundary-24856.json`
pub(crate) const WAIT_TOO_LONG: &str = "Wait state delay is too long.";

/// `scenarios/base_scenarios--wait_timestamp_path-NO_T.json`
pub(crate) fn timestamp_path_invalid(path: &str, value: &str) -> String {
    format!(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {path} == {value}"
    )
}

/// `scenarios/base_scenarios--wait_timestamp_jsonata-NO_T.json`
pub(crate) fn timestamp_invalid(value: &str) -> String {
    format!("The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {value}")
}

/// `scenarios/base_scenarios--max_concurrency_path-max_concurrency_value0.json`
pub(crate) fn not_an_integer(field: &str, value: &Value, path: &str) -> String {
    format!("The {field} field refers to value \"{}\" which is not a valid integer: {path}", quoted(value))
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `scenarios/base_scenarios--map_state_items_input_types-string.json`
pub(crate) fn map_input_not_an_array(value: &Value) -> String {
    format!("Map state input must be an array but was: {value}")
}

/// `scenarios/base_scenarios--map_state_items_eval_jsonata_fail-string.json`
pub(crate) fn unexpected_type(expression: &str, field: &str, expected: &str, value: &Value) -> String {
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!(
        "The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. \
         Expected '{expected}', but was '{actual}' for value: {value}"
    )
}

/// In the wording of [`not_an_integer`]; recorded nowhere.
pub(crate) fn not_a_string(field: &str, value: &Value, path: &str) -> String {
    format!("The {field} field refers to value \"{}\" which is not a string: {path}", quoted(value))
}

/// Not among the recorded cases. Measured in us-east-1 (floci 3167): AWS gives it with `States.Runtime`, not with the
/// `States.NoChoiceMatched` of its documentation.
pub(crate) const NO_CHOICE_MATCHED: &str =
    "Failed to transition out of the state. The state does not point to a next state.";

/// Not among the recorded cases; the sentence that AWS users quote for a Choice `Variable` that leads nowhere.
pub(crate) fn choice_path_missing(path: &str) -> String {
    format!("Invalid path '{path}': The choice state's condition path references an invalid value.")
}

/// `test_state/state_context_object--state_map_context_object-EXECUTION_INPUT.json`: a path into the context object loses
/// the first of its dollars.
pub(crate) fn map_items_not_an_array(path: &str) -> String {
    let path = if path.starts_with("$$") { &path[1..] } else { path };
    format!("Reference path \"{path}\" must point to array.")
}

/// `scenarios/base_scenarios--max_concurrency_path_negative.json`
pub(crate) fn negative(field: &str) -> String {
    format!("{field} cannot be negative.")
}

/// `scenarios/base_scenarios--map_state_tolerated_failure_percentage_path-tolerated_failure_percentage_value0.json`
pub(crate) fn not_a_float(field: &str, value: &Value, path: &str) -> String {
    format!("The {field} field refers to value \"{}\" which is not a valid float: {path}", quoted(value))
}

/// `scenarios/base_scenarios--map_state_tolerated_failure_percentage_path--1.1.json`
pub(crate) const PERCENTAGE_OUT_OF_RANGE: &str = "ToleratedFailurePercentage must be between 0 and 100.";

/// `scenarios/base_scenarios--map_item_reader_csv_max_items_paths--1.json`
pub(crate) const MAX_ITEMS_NEGATIVE: &str = "field MaxItems must be positive";

/// The threshold of tolerated failures; recorded in
/// `test_state/state_configuration--map_state_failure_count-INFO-BASE_MAP_STATE_CATCH.json`.
pub(crate) const THRESHOLD_EXCEEDED: &str = "The specified tolerated failure threshold was exceeded";

/// In our own words, recorded nowhere; the limit is that of
/// <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>.
pub(crate) fn too_many_redrives(most: u64) -> String {
    format!("The Map Run was redriven the maximum number of times ({most}).")
}

/// AWS's words as other engines' tests quote them, not among the recorded cases.
pub(crate) const NOT_ITERABLE: &str = "Attempting to map over non-iterable node.";

/// AWS's words as other engines' tests quote them, not among the recorded cases.
pub(crate) const CSV_DUPLICATE_HEADERS: &str = "CSV headers cannot contain duplicates.";

/// A file that is not in the form that the `ItemReader` names; in our own words, recorded nowhere.
pub(crate) fn unreadable(form: &str, reason: &dyn std::fmt::Display) -> String {
    format!("The file can't be read as {form}: {reason}.")
}

/// An `ItemReader` or `ResultWriter` that lacks a field; in our own words, recorded nowhere.
pub(crate) fn no_parameter(name: &str) -> String {
    format!("The field '{name}' is required but was missing.")
}
