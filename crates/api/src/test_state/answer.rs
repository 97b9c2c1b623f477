//! The answer: what came of the state, and what was seen of it.

use std::sync::Arc;

use asl::model::{QueryLanguage, State, StateKind};
use machine::{Document, ErrorCause, Inspection, Outcome};
use serde::Serialize;
use serde_json::{Map, Value};

use super::request::Level;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inspection_data: Option<InspectionData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_state: Option<Arc<str>>,
    status: &'static str,
}

/// Values are texts of JSON.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectionData {
    input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_arguments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_parameters: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_result_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_result_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_items_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_items_pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_item_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_item_batcher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrency: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerated_failure_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerated_failure_percentage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<ErrorDetails>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    catch_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_backoff_interval_seconds: Option<i64>,
}

impl Answer {
    pub(super) fn new(state: &State, level: Level, input: &Document, end: Outcome, seen: Inspection) -> Self {
        let next_state = seen.next_state.clone();
        let retriable = seen.retry.is_some_and(|retried| retried.delay.is_some());
        let caught = seen.caught.as_ref().map(|(_, error)| error.clone());
        let (status, output, failure) = match (end, caught) {
            (Outcome::Succeeded(output), Some(failure)) => ("CAUGHT_ERROR", Some(output), failure),
            (Outcome::Succeeded(output), None) => ("SUCCEEDED", Some(output), ErrorCause::default()),
            (Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure), _) => {
                (if retriable { "RETRIABLE" } else { "FAILED" }, None, failure)
            }
        };
        Self {
            output: output.map(|output| output.text().to_owned()),
            error: failure.error,
            cause: failure.cause,
            inspection_data: (level != Level::Info).then(|| InspectionData::new(state, input, seen)),
            next_state,
            status,
        }
    }
}

impl InspectionData {
    /// Which steps are told of differs between the types of states: a Pass state with a `Result` and a Parallel state tell
    /// nothing of how their input was filtered (recorded in
    /// `test_state/test_state_scenarios--base_inspection_level_debug-IO_RESULT_PASS_STATE.json` and
    /// `test_state/test_state_mock_scenarios--io_parallel_state_mock_success-DEBUG.json`), and JSONata has no filters.
    fn new(state: &State, input: &Document, seen: Inspection) -> Self {
        let error_details = ErrorDetails::of(&seen);
        let mut data = Self {
            input: input.text().to_owned(),
            result: text(seen.result),
            after_items_pointer: text(seen.after_items_pointer),
            after_item_selector: text(seen.after_item_selector),
            after_item_batcher: text(seen.after_item_batcher),
            max_concurrency: seen.max_concurrency,
            tolerated_failure_count: seen.tolerated_failure_count,
            tolerated_failure_percentage: seen.tolerated_failure_percentage,
            variables: variables(seen.variables),
            error_details,
            ..Self::default()
        };
        if state.query_language == QueryLanguage::Jsonata {
            data.after_arguments = text(seen.after_parameters);
            return data;
        }
        let silent = match &state.kind {
            StateKind::Pass(pass) => pass.result.is_some(),
            StateKind::Parallel(_) => true,
            _ => false,
        };
        if !silent {
            data.after_input_path = text(seen.after_input_path);
            data.after_parameters = text(seen.after_parameters);
        }
        data.after_items_path = text(seen.after_items_path);
        data.after_result_selector = text(seen.after_result_selector);
        data.after_result_path = text(seen.after_result_path);
        data
    }
}

impl ErrorDetails {
    fn of(seen: &Inspection) -> Option<Self> {
        let catch_index = seen.caught.as_ref().map(|(index, _)| *index);
        if catch_index.is_none() && seen.retry.is_none() {
            return None;
        }
        let delay = seen.retry.and_then(|retried| retried.delay);
        Some(Self {
            catch_index,
            retry_index: seen.retry.map(|retried| retried.index),
            retry_backoff_interval_seconds: delay.map(|delay| delay.as_secs()),
        })
    }
}

fn text(document: Option<Document>) -> Option<String> {
    document.map(|document| document.text().to_owned())
}

/// None when there are none.
fn variables(variables: std::collections::BTreeMap<Arc<str>, Document>) -> Option<String> {
    if variables.is_empty() {
        return None;
    }
    let members: Map<String, Value> =
        variables.into_iter().map(|(name, value)| (name.to_string(), value.into_value())).collect();
    Some(Value::Object(members).to_string())
}
