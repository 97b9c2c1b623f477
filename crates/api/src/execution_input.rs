//! The input of an execution, as `StartExecution` and `StartSyncExecution` take it.

use machine::Document;
use machine::limits::MAX_PAYLOAD_BYTES;

use crate::error::ApiError;

/// The sentences are recorded in `sfn_api--invalid_start_execution_input`.
pub(crate) fn read_input(text: &str) -> Result<Document, ApiError> {
    if text.len() > MAX_PAYLOAD_BYTES {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than \
             or equal to 262144",
        ));
    }
    let invalid = |reason: &str| {
        ApiError::bad_request("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{reason}'"))
    };
    if text.trim().is_empty() {
        return Err(invalid("Invalid execution input."));
    }
    Document::parse(text).map_err(|error| invalid(&unreadable(text, &error)))
}

/// What AWS's parser says of a text that is no JSON, where that is known; else what ours says.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    let trimmed = text.trim_start();
    let word: String = trimmed.chars().take_while(|char| char.is_alphanumeric() || "_$".contains(*char)).collect();
    if word.starts_with(|first: char| !first.is_ascii_digit()) && !["null", "true", "false"].contains(&word.as_str()) {
        return format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
             'false')"
        );
    }
    let within = trimmed.strip_prefix('{').and_then(|rest| rest.trim_start().chars().next());
    match within.filter(|first| !matches!(first, '"' | '}')) {
        Some(found) => format!(
            "Unexpected character ('{found}' (code {})): was expecting double-quote to start field name",
            u32::from(found)
        ),
        None => error.to_string(),
    }
}
