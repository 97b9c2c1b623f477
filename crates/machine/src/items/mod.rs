//! The items of a distributed Map: what its `ItemReader` reads, as pure code.
//!
//! A [`Reader`] says what it needs next ([`Fetch`]), is given the bytes or the list, and ends with the items. Whoever does
//! the input and output (the runtime, a test) holds no knowledge of formats.

mod config;
mod csv;
mod json;
mod manifest;
mod reader;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::Document;

pub(crate) use json::items_of;

pub use config::{CsvFormat, CsvHeader, InputType, ReaderConfig};
pub use reader::{Fetch, ListedObject, Reader};

/// One item of a distributed Map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// `$$.Map.Item.Value`.
    pub value: Document,
    /// `$$.Map.Item.Key`: the member's name, when the items are the members of an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// `$$.Map.Item.Source`: `STATE_DATA`, or the place that it was read from (`S3://bucket/key`).
    pub source: Arc<str>,
}

impl Item {
    /// What a child execution gets when there is no `ItemSelector`: the value; of an object's member an object with its
    /// name and its value, since the name would be lost otherwise.
    pub fn input(&self) -> Document {
        match &self.key {
            None => self.value.clone(),
            Some(key) => Document::new(serde_json::json!({"Key": &**key, "Value": self.value.value()})),
        }
    }
}

/// `$$.Map.Item.Source` of items that come from the state's input
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>).
pub const STATE_DATA: &str = "STATE_DATA";

/// Why items could not be read, or results not be written: the error and cause of `MapRunFailed`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TransferError {
    /// The error name.
    pub error: Arc<str>,
    /// The cause.
    pub cause: Arc<str>,
}

impl TransferError {
    /// `States.ItemReaderFailed`
    pub fn reader(cause: impl Into<Arc<str>>) -> Self {
        Self { error: crate::failure::name::ITEM_READER_FAILED.into(), cause: cause.into() }
    }

    /// `States.ResultWriterFailed`
    pub fn writer(cause: impl Into<Arc<str>>) -> Self {
        Self { error: crate::failure::name::RESULT_WRITER_FAILED.into(), cause: cause.into() }
    }
}
