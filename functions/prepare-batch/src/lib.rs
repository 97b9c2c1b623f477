//! Lambda `prepare-batch`: reads a batch and sets the conditions that the workflow decides on.
//!
//! State `Lambda Invoke`. A small batch is summarised at once; a large one is divided into parts for containers. Takes
//! [`Input`], gives [`Output`], fails with the names of [`Error`].
#![warn(missing_docs)]

mod enrichment;

use batch::{BatchId, Drill, Mode, Number, PARTS, Part, Report, Status, Totals, checksum};
use domain::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use enrichment::{Enrichment, HttpEnrichment, Source};

/// The most numbers of a batch.
const MOST_NUMBERS: usize = 10_000;
/// The most characters of a part's numbers: all overrides of a task may have 8,192 characters, and what is around the
/// numbers needs less than 1,000 of them.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html>.
const LONGEST_PART: usize = 7_000;

/// The payload: what the execution was started with.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state.
    pub input: Batch,
}

/// A batch. Other members are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// Its name.
    pub batch_id: BatchId,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// How it is to be processed.
    #[serde(default)]
    pub processing: Processing,
    /// A container that is to fail.
    #[serde(default)]
    pub drill: Option<Drill>,
}

/// Who decides how a batch is processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Processing {
    /// Its size.
    #[default]
    Auto,
    /// The input: by this function.
    Direct,
    /// The input: by containers.
    Containers,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Output {
    /// What the workflow decides on.
    pub conditions: Conditions,
    /// How many numbers the batch has.
    pub count: u64,
    /// The checksum of all of them.
    pub checksum: String,
    /// What comes of it.
    #[serde(flatten)]
    pub way: Way,
}

/// The business conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conditions {
    /// `Rule #1`: whether the batch goes to containers.
    pub use_containers: bool,
    /// Why, for a person.
    pub reason: String,
}

/// What comes of a batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Way {
    /// It is done: what is to be stored and told.
    Direct(Report),
    /// It is divided: the containers' work.
    Containers {
        /// The batch.
        batch_id: BatchId,
        /// Always [`Mode::Containers`].
        mode: Mode,
        /// The parts, as many as the workflow has branches.
        parts: Vec<Part>,
        /// What the enrichment service knows about the batch.
        enrichment: Option<Map<String, Value>>,
    },
}

/// Why a batch can't be processed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InvalidInput`: it has no numbers.
    #[error("The batch {0} has no numbers.")]
    Empty(BatchId),
    /// `InvalidInput`: every container needs a number.
    #[error("The batch {batch_id} has {count} of the {PARTS} numbers that its containers need at least.")]
    TooSmall {
        /// The batch.
        batch_id: BatchId,
        /// How many numbers it has.
        count: usize,
    },
    /// `InvalidInput`: a drill asks for what can't be drilled.
    #[error("The drill of the batch {batch_id} is not possible: {reason}.")]
    Drill {
        /// The batch.
        batch_id: BatchId,
        /// Why.
        reason: &'static str,
    },
    /// `BatchTooLarge`.
    #[error("The batch {batch_id} is too large: {reason}.")]
    TooLarge {
        /// The batch.
        batch_id: BatchId,
        /// What there is too much of.
        reason: String,
    },
    /// `EnrichmentUnavailable`: worth a retry.
    #[error("Nothing can be learnt about the batch {batch_id} at the moment: {reason}.")]
    EnrichmentUnavailable {
        /// The batch.
        batch_id: BatchId,
        /// What went wrong.
        reason: String,
    },
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Empty(_) | Self::TooSmall { .. } | Self::Drill { .. } => batch::fault::INVALID_INPUT,
            Self::TooLarge { .. } => batch::fault::BATCH_TOO_LARGE,
            Self::EnrichmentUnavailable { .. } => batch::fault::ENRICHMENT_UNAVAILABLE,
        }
    }
}

/// Decides on a batch with so many numbers as of which containers are used, and asks `source` what it knows about it.
pub async fn handle(input: Input, threshold: usize, source: &impl Enrichment) -> Result<Output, Error> {
    let Input { input: batch } = input;
    let conditions = conditions(&batch, threshold)?;
    let enrichment = source.about(&batch.batch_id).await?;
    let output = prepare(batch, conditions, enrichment)?;
    let Conditions { use_containers, reason } = &output.conditions;
    tracing::info!(use_containers, reason, count = output.count, "batch prepared");
    Ok(output)
}

/// What the workflow is to decide on, when the batch can be processed at all.
fn conditions(batch: &Batch, threshold: usize) -> Result<Conditions, Error> {
    let Batch { batch_id, numbers, processing, drill } = batch;
    let count = numbers.len();
    if count == 0 {
        return Err(Error::Empty(batch_id.clone()));
    }
    if count > MOST_NUMBERS {
        let reason = format!("{count} numbers are more than {MOST_NUMBERS}");
        return Err(Error::TooLarge { batch_id: batch_id.clone(), reason });
    }
    let (use_containers, reason) = match processing {
        Processing::Direct => (false, "the input asks for it to be done at once".to_owned()),
        Processing::Containers => (true, "the input asks for containers".to_owned()),
        Processing::Auto if count >= threshold => (true, format!("{count} numbers, containers from {threshold} on")),
        Processing::Auto => (false, format!("{count} numbers, containers from {threshold} on")),
    };
    if use_containers && count < PARTS {
        return Err(Error::TooSmall { batch_id: batch_id.clone(), count });
    }
    if let Some(drill) = drill {
        let reason = if !use_containers {
            Some("it is not processed by containers")
        } else if !(1..=PARTS).contains(&usize::from(drill.part)) {
            Some("there is no such part")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(Error::Drill { batch_id: batch_id.clone(), reason });
        }
    }
    Ok(Conditions { use_containers, reason })
}

fn prepare(batch: Batch, conditions: Conditions, enrichment: Option<Map<String, Value>>) -> Result<Output, Error> {
    let Batch { batch_id, numbers, drill, .. } = batch;
    let (count, checksum) = (numbers.len() as u64, checksum(&numbers));
    let way = if conditions.use_containers {
        let parts = Part::divide(&numbers, drill);
        if let Some(part) = parts.iter().find(|part| part.numbers.len() > LONGEST_PART) {
            let reason = format!(
                "the numbers of part {} are {} characters long, and a container takes {LONGEST_PART}",
                part.part,
                part.numbers.len()
            );
            return Err(Error::TooLarge { batch_id, reason });
        }
        Way::Containers { batch_id, mode: Mode::Containers, parts, enrichment }
    } else {
        let totals = Totals::of(&numbers);
        let message = format!("The batch {batch_id} is complete: {count} numbers with the sum {}.", totals.sum);
        let result = json!({ "totals": totals, "enrichment": enrichment });
        Way::Direct(Report { status: Status::Completed, batch_id, mode: Mode::Direct, message, result })
    };
    Ok(Output { conditions, count, checksum, way })
}

#[cfg(test)]
mod tests;
