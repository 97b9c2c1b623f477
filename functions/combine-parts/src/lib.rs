//! Lambda `combine-parts`: makes one result of what the containers of a batch made.
//!
//! State `Combine Results`. Results that are there are held against what was asked for; containers that failed are named,
//! with the reason. Takes [`Input`], gives [`Output`], fails with the names of [`Error`].
#![warn(missing_docs)]

mod reason;

use batch::{BatchId, Mode, Part, PartResult, Report, Status, Totals};
use domain::{Execution, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use reason::{Caught, reason};

/// The payload: the batch with the results of its parts.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state.
    pub input: State,
    /// Which execution: a part's result must be of the same.
    pub execution: Execution,
}

/// The state of the workflow after its containers.
#[derive(Clone, Debug, Deserialize)]
pub struct State {
    /// The batch.
    pub batch_id: BatchId,
    /// How many numbers it has.
    pub count: u64,
    /// What was asked for.
    pub parts: Vec<Part>,
    /// What came of it, part by part.
    pub results: Vec<Branch>,
    /// What the enrichment service knows about the batch.
    pub enrichment: Option<Map<String, Value>>,
}

/// What a branch of `Parallel State` ends with.
#[derive(Clone, Debug, Deserialize)]
pub struct Branch {
    /// Which part.
    pub part: String,
    /// What the container stored.
    pub result: Option<PartResult>,
    /// What was caught: the container did not succeed, or its result could not be read.
    pub error: Option<Caught>,
}

/// The answer: what is stored and told.
pub type Output = Report;

/// What is stored of a part.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Outcome {
    Succeeded { part: String, totals: Totals },
    Failed { part: String, error: String, reason: String },
}

/// Why there is no one result: the containers answered something else than they were asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InconsistentResults`: there are not as many results as parts.
    #[error("The batch {batch_id} has {parts} parts and {results} results.")]
    Count {
        /// The batch.
        batch_id: BatchId,
        /// How many parts.
        parts: usize,
        /// How many results.
        results: usize,
    },
    /// `InconsistentResults`: a result is not that of its part.
    #[error("The result of part {part} of the batch {batch_id} is not its own: {reason}.")]
    Part {
        /// The batch.
        batch_id: BatchId,
        /// Which part.
        part: String,
        /// What does not fit.
        reason: &'static str,
    },
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        batch::fault::INCONSISTENT_RESULTS
    }
}

/// Combines the results of all parts. A failed part makes a failed batch, which is an answer and no error.
pub fn handle(input: Input) -> Result<Output, Error> {
    let Input { input: State { batch_id, count, parts, results, enrichment }, execution } = input;
    if parts.len() != results.len() {
        return Err(Error::Count { batch_id, parts: parts.len(), results: results.len() });
    }
    let mut totals = Totals::of(&[]);
    let mut outcomes = Vec::with_capacity(parts.len());
    let mut failures = Vec::new();
    for (asked, Branch { part, result, error }) in parts.iter().zip(results) {
        let wrong = |reason| Error::Part { batch_id: batch_id.clone(), part: asked.part.clone(), reason };
        outcomes.push(match (result, error) {
            (Some(result), None) => {
                fits(asked, &part, &result, &batch_id, &execution.name).map_err(wrong)?;
                let own = result.totals;
                totals = totals.and(&own).ok_or_else(|| wrong("its totals are larger than any numbers make them"))?;
                Outcome::Succeeded { part, totals: own }
            }
            (None, Some(error)) => {
                let reason = reason(&error);
                failures.push(format!("part {part}: {reason}"));
                Outcome::Failed { part, error: error.error, reason }
            }
            _ => return Err(wrong("it is neither a result nor an error")),
        });
    }
    let report = if failures.is_empty() {
        Report {
            status: Status::Completed,
            mode: Mode::Containers,
            message: format!("The batch {batch_id} is complete: {} numbers with the sum {}.", totals.count, totals.sum),
            result: json!({ "totals": totals, "parts": outcomes, "enrichment": enrichment }),
            batch_id,
        }
    } else {
        // No totals: those of some of the numbers would be taken for those of all.
        let (failed, all, why) = (failures.len(), parts.len(), failures.join("; "));
        Report {
            status: Status::Failed,
            mode: Mode::Containers,
            message: format!("{failed} of {all} parts of the batch {batch_id} failed: {why}."),
            result: json!({ "parts": outcomes, "enrichment": enrichment }),
            batch_id,
        }
    };
    tracing::info!(status = ?report.status, count, failed = failures.len(), "parts combined");
    Ok(report)
}

/// Whether a result is of this part of this batch in this execution, and of its very numbers.
fn fits(asked: &Part, part: &str, result: &PartResult, batch: &BatchId, execution: &str) -> Result<(), &'static str> {
    if asked.part != part || result.part != part {
        Err("it is of another part")
    } else if result.batch_id != *batch {
        Err("it is of another batch")
    } else if result.execution != execution {
        Err("it is of another execution")
    } else if result.checksum != asked.checksum || result.totals.count != asked.count {
        Err("it is of other numbers")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
