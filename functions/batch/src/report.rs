use serde::Serialize;
use serde_json::Value;

use crate::BatchId;

/// What is stored and told of a batch, whichever way it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// The batch.
    pub batch_id: BatchId,
    /// Which way it went.
    pub mode: Mode,
    /// A sentence for a person.
    pub message: String,
    /// The details: `totals` of a completed batch, `parts` when there were any, `enrichment`.
    pub result: Value,
}

/// How a batch ended. The state machine knows more: `refused`, when the input was none, and `not_stored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All of it was processed.
    Completed,
    /// Some of it was not.
    Failed,
}

/// Which way a batch was processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By the function that prepares it.
    Direct,
    /// By containers, part by part.
    Containers,
}
