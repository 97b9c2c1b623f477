//! `ReaderConfig`, typed.

use std::sync::Arc;

use serde_json::Value;

use super::TransferError;

/// How the objects of an `ItemReader` are to be read
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderConfig {
    /// `InputType`, with what goes with it. None: not given, as for a plain `s3:listObjectsV2`.
    pub input_type: Option<InputType>,
    /// `Transformation: LOAD_AND_FLATTEN`: the items are those inside the listed objects, not the objects.
    pub load_and_flatten: bool,
}

/// `InputType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputType {
    /// `CSV`: rows of texts.
    Csv(CsvFormat),
    /// `JSON`: an array or an object.
    Json,
    /// `JSONL`: a JSON value on each line.
    JsonLines,
    /// `MANIFEST`: an S3 inventory's `manifest.json`, whose lists are CSV files.
    Inventory,
    /// `ManifestType: ATHENA_DATA`: a list of `s3://` places of files of that type.
    Athena(Box<InputType>),
}

/// The dialect of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFormat {
    /// Where the columns' names are.
    pub header: CsvHeader,
    /// `CSVDelimiter`, as a byte.
    pub delimiter: u8,
}

/// `CSVHeaderLocation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvHeader {
    /// `FIRST_ROW`
    FirstRow,
    /// `GIVEN`: `CSVHeaders`.
    Given(Arc<[Arc<str>]>),
}

impl ReaderConfig {
    /// Takes a `ReaderConfig` as it is written.
    ///
    /// # Errors
    /// For what is not supported, by its name.
    pub fn parse(config: &Value) -> Result<Self, TransferError> {
        let text = |field: &str| config.get(field).and_then(Value::as_str);
        let load_and_flatten = text("Transformation") == Some("LOAD_AND_FLATTEN");
        let inner = match text("InputType") {
            None => None,
            Some("CSV") => Some(InputType::Csv(csv(config))),
            Some("JSON") => Some(InputType::Json),
            Some("JSONL") => Some(InputType::JsonLines),
            Some("MANIFEST" | "INVENTORY") => Some(InputType::Inventory),
            Some(other) => return Err(unsupported("InputType", other)),
        };
        let input_type = match (text("ManifestType"), inner) {
            (Some("ATHENA_DATA"), Some(inner @ (InputType::Csv(_) | InputType::Json | InputType::JsonLines))) => {
                Some(InputType::Athena(Box::new(inner)))
            }
            (Some("ATHENA_DATA"), _) => return Err(unsupported("ManifestType", "ATHENA_DATA without its InputType")),
            (_, inner) => inner,
        };
        Ok(Self { input_type, load_and_flatten })
    }
}

fn unsupported(field: &str, value: &str) -> TransferError {
    TransferError::reader(format!("{field} {value} of an ItemReader is not supported by batuta."))
}

fn csv(config: &Value) -> CsvFormat {
    let header = match config.get("CSVHeaders").and_then(Value::as_array) {
        Some(names) if config.get("CSVHeaderLocation").and_then(Value::as_str) == Some("GIVEN") => {
            CsvHeader::Given(names.iter().filter_map(Value::as_str).map(Arc::from).collect())
        }
        _ => CsvHeader::FirstRow,
    };
    let delimiter = match config.get("CSVDelimiter").and_then(Value::as_str) {
        Some("PIPE") => b'|',
        Some("SEMICOLON") => b';',
        Some("SPACE") => b' ',
        Some("TAB") => b'\t',
        _ => b',',
    };
    CsvFormat { header, delimiter }
}
