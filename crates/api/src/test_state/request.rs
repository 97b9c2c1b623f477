//! The request, and what can be said of it before the definition is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine::Document;
use machine::limits::MAX_PAYLOAD_BYTES;
use serde::Deserialize;

use super::object;
use crate::constraint::{self, Constraints};
use crate::error::{self, ApiError};
use crate::execution_input::read_input;

/// The longest definition, in bytes (API reference, `definition`).
const LONGEST_DEFINITION: usize = 1_048_576;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    definition: Option<String>,
    pub(super) role_arn: Option<String>,
    input: Option<String>,
    inspection_level: Option<String>,
    pub(super) reveal_secrets: Option<bool>,
    variables: Option<String>,
    pub(super) state_name: Option<String>,
    pub(super) mock: Option<MockInput>,
    pub(super) context: Option<String>,
    pub(super) state_configuration: Option<StateConfiguration>,
}

/// `mock`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MockInput {
    pub(super) result: Option<String>,
    pub(super) error_output: Option<ErrorOutput>,
    field_validation_mode: Option<String>,
}

/// `mock.errorOutput`
#[derive(Debug, Deserialize)]
pub(super) struct ErrorOutput {
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
}

/// `stateConfiguration`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateConfiguration {
    retrier_retry_count: Option<i64>,
    pub(super) error_caused_by_state: Option<String>,
    map_iteration_failure_count: Option<i64>,
    pub(super) map_item_reader_data: Option<String>,
}

/// How much is told (`inspectionLevel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// What came of the state.
    Info,
    /// The data on its way through the state as well.
    Debug,
    /// And the request and answer of an HTTP Task.
    Trace,
}

/// How closely a mocked result is looked at (`mock.fieldValidationMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// Fields that must be there are there, and every field is as it must be.
    Strict,
    /// Every field that is there is as it must be.
    Present,
    /// Not at all.
    None,
}

impl Request {
    pub(super) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = error::request(body)?;
        let text = Option::as_deref;
        let mut constraints = Constraints::default();
        constraints
            .required("definition", text(&request.definition), (1, LONGEST_DEFINITION))
            .length("roleArn", text(&request.role_arn), (1, constraint::ARN))
            .secret_length("input", text(&request.input), MAX_PAYLOAD_BYTES)
            .one_of("inspectionLevel", text(&request.inspection_level), &["INFO", "DEBUG", "TRACE"])
            .secret_length("variables", text(&request.variables), MAX_PAYLOAD_BYTES)
            .length("stateName", text(&request.state_name), (1, constraint::NAME))
            .secret_length("context", text(&request.context), MAX_PAYLOAD_BYTES);
        if let Some(mock) = &request.mock {
            let modes = ["STRICT", "PRESENT", "NONE"];
            constraints.secret_length("mock.result", text(&mock.result), MAX_PAYLOAD_BYTES).one_of(
                "mock.fieldValidationMode",
                text(&mock.field_validation_mode),
                &modes,
            );
            if let Some(output) = &mock.error_output {
                constraints
                    .secret_length("mock.errorOutput.error", text(&output.error), constraint::ERROR)
                    .secret_length("mock.errorOutput.cause", text(&output.cause), constraint::CAUSE);
            }
        }
        if let Some(configuration) = &request.state_configuration {
            let caused_by = text(&configuration.error_caused_by_state);
            let data = text(&configuration.map_item_reader_data);
            let (retries, failures) = (configuration.retrier_retry_count, configuration.map_iteration_failure_count);
            constraints
                .range("stateConfiguration.retrierRetryCount", retries, (0, i64::MAX))
                .length("stateConfiguration.errorCausedByState", caused_by, (1, constraint::NAME))
                .range("stateConfiguration.mapIterationFailureCount", failures, (0, i64::MAX))
                .secret_length("stateConfiguration.mapItemReaderData", data, MAX_PAYLOAD_BYTES);
        }
        constraints.check()?;
        Ok(request)
    }

    pub(super) fn definition(&self) -> &str {
        self.definition.as_deref().unwrap_or_default()
    }

    /// `INFO` when none is asked for.
    pub(super) fn level(&self) -> Level {
        match self.inspection_level.as_deref() {
            Some("DEBUG") => Level::Debug,
            Some("TRACE") => Level::Trace,
            _ => Level::Info,
        }
    }

    /// `stateConfiguration.errorCausedByState`
    pub(super) fn caused_by(&self) -> Option<&str> {
        self.state_configuration.as_ref()?.error_caused_by_state.as_deref()
    }

    /// An empty object when none is given.
    pub(super) fn input(&self) -> Result<Document, ApiError> {
        read_input(self.input.as_deref().unwrap_or("{}"))
    }

    pub(super) fn variables(&self) -> Result<BTreeMap<Arc<str>, Document>, ApiError> {
        let Some(text) = &self.variables else { return Ok(BTreeMap::new()) };
        let members =
            object(text).ok_or_else(|| ApiError::validation("The variables must be the members of a JSON object."))?;
        Ok(members.into_iter().map(|(name, value)| (name.into(), Document::new(value))).collect())
    }
}

impl StateConfiguration {
    /// 0 when it is not given.
    pub(super) fn retry_count(&self) -> u64 {
        self.retrier_retry_count.and_then(|count| count.try_into().ok()).unwrap_or(0)
    }

    /// 0 when it is not given.
    pub(super) fn failed_iterations(&self) -> u64 {
        self.map_iteration_failure_count.and_then(|count| count.try_into().ok()).unwrap_or(0)
    }
}

impl MockInput {
    /// `STRICT` when none is asked for.
    pub(super) fn validation(&self) -> FieldValidation {
        match self.field_validation_mode.as_deref() {
            Some("PRESENT") => FieldValidation::Present,
            Some("NONE") => FieldValidation::None,
            _ => FieldValidation::Strict,
        }
    }
}
