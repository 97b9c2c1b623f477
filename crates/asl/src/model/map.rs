//! Map states, inline and distributed.

use std::sync::Arc;

use super::{Catcher, Flow, ResultPath, Retrier, Text};
use crate::expression::{Number, PathExpr, Template};

/// A Map state.
#[derive(Debug)]
pub struct Map {
    /// `ItemProcessor` (or the older `Iterator`).
    pub processor: Arc<Flow>,
    /// `ItemsPath` (JSONPath). None: the state's whole input is the list.
    pub items_path: Option<PathExpr>,
    /// `Items` (JSONata): a query, or a list with queries in it.
    pub items: Option<Template>,
    /// `ItemSelector` (or the older `Parameters`).
    pub item_selector: Option<Template>,
    /// Whether the selector was written in the older form, `Parameters`.
    pub legacy_parameters: bool,
    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 or none for no limit of the author's.
    pub max_concurrency: Option<Number>,
    /// What only a distributed Map has. None: inline.
    pub distributed: Option<Box<Distributed>>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
}

/// What `ProcessorConfig.Mode: DISTRIBUTED` brings.
#[derive(Debug)]
pub struct Distributed {
    /// `ExecutionType: EXPRESS` (else `STANDARD`).
    pub express: bool,
    /// `Label`: the part of the map run's ARN that names the state.
    pub label: Option<String>,
    /// `ItemReader`.
    pub item_reader: Option<ItemReader>,
    /// `ItemBatcher`.
    pub item_batcher: Option<Batcher>,
    /// `ResultWriter`.
    pub result_writer: Option<ResultWriter>,
    /// `ToleratedFailureCount` or its `Path`.
    pub tolerated_failure_count: Option<Number>,
    /// `ToleratedFailurePercentage` or its `Path`, 0 to 100.
    pub tolerated_failure_percentage: Option<Number>,
}

/// `ItemReader`: where a distributed Map takes its items from.
#[derive(Debug)]
pub struct ItemReader {
    /// `Resource`, such as `arn:aws:states:::s3:getObject`.
    pub resource: Arc<str>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Template>,
    /// `ReaderConfig` without the fields named below, as written.
    pub config: serde_json::Value,
    /// `ReaderConfig.MaxItems` or `MaxItemsPath`.
    pub max_items: Option<Number>,
    /// `ReaderConfig.ItemsPointer`: a JSON pointer into the file, or a query for one.
    pub items_pointer: Text,
}

/// `ItemBatcher`.
#[derive(Debug)]
pub struct Batcher {
    /// `BatchInput`.
    pub batch_input: Option<Template>,
    /// `MaxItemsPerBatch` or its `Path`.
    pub max_items: Option<Number>,
    /// `MaxInputBytesPerBatch` or its `Path`.
    pub max_bytes: Option<Number>,
}

/// `ResultWriter`: where a distributed Map puts its results.
#[derive(Debug)]
pub struct ResultWriter {
    /// `Resource`, such as `arn:aws:states:::s3:putObject`.
    pub resource: Option<Arc<str>>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Template>,
    /// `WriterConfig`, as written.
    pub config: serde_json::Value,
}
