//! Which fields an object may have, and in which query language.
//!
//! The states' fields were measured with `ValidateStateMachineDefinition`, 8 types by 50 fields (cdk-preflight,
//! `pf-sfn-asl-state-fields`); those of the smaller objects are in the AWS Step Functions developer guide.

use crate::model::QueryLanguage;

/// A field that an object may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: &'static str,
    /// The only language that has it, or none when both have.
    pub(crate) only: Option<QueryLanguage>,
}

const fn both(name: &'static str) -> Field {
    Field { name, only: None }
}

const fn path(name: &'static str) -> Field {
    Field { name, only: Some(QueryLanguage::JsonPath) }
}

const fn query(name: &'static str) -> Field {
    Field { name, only: Some(QueryLanguage::Jsonata) }
}

/// The state machine itself.
pub(crate) const MACHINE: &[Field] =
    &[both("Comment"), both("QueryLanguage"), both("StartAt"), both("States"), both("TimeoutSeconds"), both("Version")];

/// A branch of a Parallel state.
pub(crate) const BRANCH: &[Field] = &[both("Comment"), both("StartAt"), both("States")];

/// The processor of a Map state.
pub(crate) const PROCESSOR: &[Field] = &[both("Comment"), both("ProcessorConfig"), both("StartAt"), both("States")];

/// `ProcessorConfig`.
pub(crate) const PROCESSOR_CONFIG: &[Field] = &[both("ExecutionType"), both("Mode")];

/// `ProcessorConfig` of an inline Map.
pub(crate) const INLINE_CONFIG: &[Field] = &[both("Mode")];

const PASS: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    path("InputPath"),
    path("OutputPath"),
    path("Parameters"),
    path("Result"),
    path("ResultPath"),
    query("Output"),
    both("Assign"),
    both("Next"),
    both("End"),
];

const TASK: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    both("Resource"),
    both("Credentials"),
    path("InputPath"),
    path("OutputPath"),
    path("Parameters"),
    path("ResultSelector"),
    path("ResultPath"),
    query("Arguments"),
    query("Output"),
    both("Assign"),
    both("TimeoutSeconds"),
    path("TimeoutSecondsPath"),
    both("HeartbeatSeconds"),
    path("HeartbeatSecondsPath"),
    both("Retry"),
    both("Catch"),
    both("Next"),
    both("End"),
];

const CHOICE: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    path("InputPath"),
    path("OutputPath"),
    query("Output"),
    both("Assign"),
    both("Choices"),
    both("Default"),
];

const WAIT: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    path("InputPath"),
    path("OutputPath"),
    query("Output"),
    both("Assign"),
    both("Seconds"),
    path("SecondsPath"),
    both("Timestamp"),
    path("TimestampPath"),
    both("Next"),
    both("End"),
];

const SUCCEED: &[Field] =
    &[both("Type"), both("Comment"), both("QueryLanguage"), path("InputPath"), path("OutputPath"), query("Output")];

const FAIL: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    both("Error"),
    path("ErrorPath"),
    both("Cause"),
    path("CausePath"),
];

const PARALLEL: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    both("Branches"),
    path("InputPath"),
    path("OutputPath"),
    path("Parameters"),
    path("ResultSelector"),
    path("ResultPath"),
    query("Arguments"),
    query("Output"),
    both("Assign"),
    both("Retry"),
    both("Catch"),
    both("Next"),
    both("End"),
];

const MAP: &[Field] = &[
    both("Type"),
    both("Comment"),
    both("QueryLanguage"),
    both("ItemProcessor"),
    both("Iterator"),
    path("InputPath"),
    path("OutputPath"),
    path("Parameters"),
    path("ItemsPath"),
    query("Items"),
    both("ItemSelector"),
    both("ItemReader"),
    both("ItemBatcher"),
    both("ResultWriter"),
    both("MaxConcurrency"),
    path("MaxConcurrencyPath"),
    both("ToleratedFailureCount"),
    path("ToleratedFailureCountPath"),
    both("ToleratedFailurePercentage"),
    path("ToleratedFailurePercentagePath"),
    both("Label"),
    path("ResultSelector"),
    path("ResultPath"),
    query("Output"),
    both("Assign"),
    both("Retry"),
    both("Catch"),
    both("Next"),
    both("End"),
];

/// An entry of `Retry`.
pub(crate) const RETRIER: &[Field] = &[
    both("ErrorEquals"),
    both("IntervalSeconds"),
    both("MaxAttempts"),
    both("BackoffRate"),
    both("MaxDelaySeconds"),
    both("JitterStrategy"),
    both("Comment"),
];

/// An entry of `Catch`.
pub(crate) const CATCHER: &[Field] =
    &[both("ErrorEquals"), both("Next"), path("ResultPath"), query("Output"), both("Assign"), both("Comment")];

/// `ItemReader`.
pub(crate) const ITEM_READER: &[Field] =
    &[both("Resource"), both("ReaderConfig"), path("Parameters"), query("Arguments"), both("Comment")];

/// `ItemReader.ReaderConfig`.
pub(crate) const READER_CONFIG: &[Field] = &[
    both("InputType"),
    both("Transformation"),
    both("CSVDelimiter"),
    both("CSVHeaderLocation"),
    both("CSVHeaders"),
    both("ItemsPointer"),
    both("ManifestType"),
    both("MaxItems"),
    path("MaxItemsPath"),
];

/// `ItemBatcher`.
pub(crate) const ITEM_BATCHER: &[Field] = &[
    both("BatchInput"),
    both("MaxItemsPerBatch"),
    path("MaxItemsPerBatchPath"),
    both("MaxInputBytesPerBatch"),
    path("MaxInputBytesPerBatchPath"),
];

/// `ResultWriter`.
pub(crate) const RESULT_WRITER: &[Field] =
    &[both("Resource"), both("WriterConfig"), path("Parameters"), query("Arguments"), both("Comment")];

/// `ResultWriter.WriterConfig`.
pub(crate) const WRITER_CONFIG: &[Field] = &[both("Transformation"), both("OutputType")];

/// The types of states with their fields, in the order in which AWS lists the types.
pub(crate) const STATES: &[(&str, &[Field])] = &[
    ("Task", TASK),
    ("Wait", WAIT),
    ("Pass", PASS),
    ("Succeed", SUCCEED),
    ("Fail", FAIL),
    ("Choice", CHOICE),
    ("Parallel", PARALLEL),
    ("Map", MAP),
];

/// The fields of a type of state.
pub(crate) fn of_state(kind: &str) -> Option<&'static [Field]> {
    STATES.iter().find(|(name, _)| *name == kind).map(|(_, fields)| *fields)
}
