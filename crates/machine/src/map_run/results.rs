//! The results of a map run: the state's output, and the files that a `ResultWriter` leaves in S3.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Child, MapRun};
use crate::command::Outcome;
use crate::document::Document;
use crate::event::ErrorCause;
use crate::input::MapRunId;
use crate::timestamp;

/// Where a `ResultWriter` writes to.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    /// `Bucket`. None: the parameters name none.
    pub(super) bucket: Option<Arc<str>>,
    /// `Prefix`
    pub(super) prefix: Box<str>,
}

/// `WriterConfig`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    transformation: Transformation,
    /// `OutputType: JSONL`
    lines: bool,
}

impl Default for Format {
    /// As without a `ResultWriter`.
    fn default() -> Self {
        Self { transformation: Transformation::Compact, lines: false }
    }
}

/// `Transformation` (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transformation {
    /// `NONE`: the outputs with what is to be known of their executions.
    None,
    /// `COMPACT`: the outputs.
    Compact,
    /// `FLATTEN`: the outputs, and those that are arrays flattened.
    Flatten,
}

impl Format {
    /// The form that a `WriterConfig` asks for; when it asks for nothing, `NONE` for what is exported.
    pub(super) fn of(config: &Value, exported: bool) -> Self {
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        let transformation = match text("Transformation") {
            Some("COMPACT") => Transformation::Compact,
            Some("FLATTEN") => Transformation::Flatten,
            Some(_) => Transformation::None,
            None if exported => Transformation::None,
            None => Transformation::Compact,
        };
        Self { transformation, lines: text("OutputType") == Some("JSONL") }
    }

    /// Whether the inputs of children that succeeded show in the results.
    pub(super) fn shows_inputs(self) -> bool {
        self.transformation == Transformation::None
    }
}

/// The results of a map run, on their way to S3.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteResults {
    /// The map run.
    pub map_run: MapRunId,
    /// The bucket.
    pub bucket: Arc<str>,
    /// The folder of this map run: the prefix and the map run's UUID, without a slash at the end.
    pub folder: Arc<str>,
    results: Arc<Results>,
}

#[derive(Debug, PartialEq)]
struct Results {
    map_run_arn: Arc<str>,
    state_machine_arn: Arc<str>,
    format: Format,
    children: Vec<Child>,
    /// The inputs of the children that were not started.
    pending: Vec<Document>,
}

/// A file to be put into the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    /// Its key.
    pub key: String,
    /// Its content.
    pub body: String,
}

impl WriteResults {
    /// The key of `manifest.json`.
    pub fn manifest_key(&self) -> String {
        format!("{}/manifest.json", self.folder)
    }

    /// The files, the manifest last: it must not be there before what it names.
    ///
    /// Each status has one file: AWS begins another when one is larger than 5 GB, which no memory here would hold.
    pub fn files(&self) -> Vec<ResultFile> {
        let Results { map_run_arn, state_machine_arn, format, children, pending } = &*self.results;
        let of = |succeeded: bool| {
            children.iter().filter(move |child| matches!(child.outcome, Some(Outcome::Succeeded(_))) == succeeded)
        };
        let mut succeeded = Vec::new();
        for child in of(true) {
            format.add(child, state_machine_arn, &mut succeeded);
        }
        let failed: Vec<_> = of(false).map(|child| record(child, state_machine_arn)).collect();
        let pending: Vec<_> = pending
            .iter()
            .map(|input| {
                Document::new(json!({"Input": input.text(), "InputDetails": {"Included": true}, "Status": "PENDING"}))
            })
            .collect();
        let mut files = Vec::new();
        let mut result_files = Map::new();
        for (status, results) in [("FAILED", failed), ("PENDING", pending), ("SUCCEEDED", succeeded)] {
            let mut listed = Vec::new();
            if !results.is_empty() {
                let key = format!("{}/{status}_0.json", self.folder);
                let body = format.text(&results);
                listed.push(json!({"Key": key, "Size": body.len()}));
                files.push(ResultFile { key, body });
            }
            result_files.insert(status.into(), listed.into());
        }
        let manifest =
            json!({"DestinationBucket": &*self.bucket, "MapRunArn": &**map_run_arn, "ResultFiles": result_files});
        files.push(ResultFile { key: self.manifest_key(), body: manifest.to_string() });
        files
    }
}

impl Format {
    /// Adds a child's result.
    fn add(self, child: &Child, state_machine_arn: &str, results: &mut Vec<Document>) {
        match (&child.outcome, self.transformation) {
            (Some(Outcome::Succeeded(output)), Transformation::Compact) => results.push(output.clone()),
            (Some(Outcome::Succeeded(output)), Transformation::Flatten) => match output.value() {
                Value::Array(parts) => results.extend(parts.iter().cloned().map(Document::new)),
                _ => results.push(output.clone()),
            },
            // What failed is shown whole, whatever the transformation.
            _ => results.push(record(child, state_machine_arn)),
        }
    }

    fn text(self, results: &[Document]) -> String {
        if self.lines {
            results.iter().flat_map(|result| [result.text(), "\n"]).collect()
        } else {
            Document::array(results).text().to_owned()
        }
    }
}

/// Everything about a child that is over, members in the order of their names.
fn record(child: &Child, state_machine_arn: &str) -> Document {
    let mut record = Map::new();
    let (status, error, output) = match &child.outcome {
        None => ("RUNNING", None, None),
        Some(outcome) => (
            outcome.status(),
            match outcome {
                Outcome::Succeeded(_) => None,
                Outcome::Failed(error) | Outcome::TimedOut(error) | Outcome::Aborted(error) => Some(error),
            },
            match outcome {
                Outcome::Succeeded(output) => Some(output),
                _ => None,
            },
        ),
    };
    let mut insert = |name: &str, value: Value| _ = record.insert(name.into(), value);
    if let Some(ErrorCause { cause: Some(cause), .. }) = error {
        insert("Cause", json!(&**cause));
    }
    if let Some(ErrorCause { error: Some(error), .. }) = error {
        insert("Error", json!(&**error));
    }
    insert("ExecutionArn", json!(&*child.execution_arn));
    if let Some(input) = &child.input {
        insert("Input", json!(input.text()));
    }
    insert("InputDetails", json!({"Included": child.input.is_some()}));
    insert("Name", json!(child.name()));
    if let Some(output) = output {
        insert("Output", json!(output.text()));
        insert("OutputDetails", json!({"Included": true}));
    }
    insert("RedriveCount", json!(child.redrives));
    if output.is_some() {
        insert("RedriveStatus", json!("NOT_REDRIVABLE"));
        insert("RedriveStatusReason", json!("Execution is SUCCEEDED and cannot be redriven"));
    } else {
        insert("RedriveStatus", json!("REDRIVABLE_BY_MAP_RUN"));
    }
    insert("StartDate", json!(timestamp::format(child.started_at)));
    insert("StateMachineArn", json!(state_machine_arn));
    insert("Status", json!(status));
    insert("StopDate", json!(timestamp::format(child.stopped_at)));
    Document::new(Value::Object(record))
}

impl MapRun {
    /// The state's result when nothing is exported: one array.
    pub(super) fn output(&mut self) -> Document {
        let children = std::mem::take(&mut self.children);
        let mut results = Vec::with_capacity(children.len());
        for child in &children {
            self.format.add(child, &self.summary.state_machine_arn, &mut results);
        }
        Document::array(&results)
    }

    /// The state's result when the results were exported
    /// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>).
    pub(super) fn export(&self, bucket: &str) -> Document {
        let key = format!("{}/manifest.json", self.folder());
        let details = json!({"Bucket": bucket, "Key": key});
        Document::new(json!({"MapRunArn": &*self.summary.map_run_arn, "ResultWriterDetails": details}))
    }

    /// The folder of this map run: the prefix, and the UUID that its ARN ends with.
    fn folder(&self) -> String {
        let prefix = self.writer.as_ref().map_or("", |writer| &writer.prefix);
        let uuid = self.summary.map_run_arn.rsplit(':').next().unwrap_or_default();
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        format!("{prefix}{slash}{uuid}")
    }

    /// The results on their way to S3. The map run keeps its children: it may be redriven.
    pub(super) fn write_results(&self, bucket: Arc<str>, pending: Vec<Document>) -> WriteResults {
        WriteResults {
            map_run: self.id(),
            bucket,
            folder: self.folder().into(),
            results: Arc::new(Results {
                map_run_arn: self.summary.map_run_arn.clone(),
                state_machine_arn: self.summary.state_machine_arn.clone(),
                format: self.format,
                children: self.children.clone(),
                pending,
            }),
        }
    }
}
