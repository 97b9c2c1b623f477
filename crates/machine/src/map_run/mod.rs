//! Map runs: what a distributed Map does.
//!
//! A map run has its items read (or takes them from the state), starts a child execution for each item or batch, counts
//! how they end, has their results written, and tells the Map state how it ended. Its children are executions of their
//! own: the machine only asks for them ([`crate::Command::StartChild`]) and is told of their ends.

mod children;
mod mocked;
mod processor;
mod redrive;
mod results;
mod run;
mod settings;
mod start;
mod summary;

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use crate::command::Outcome;
use crate::document::Document;
use crate::event::EventId;
use crate::failure::Failure;
use crate::input::MapRunId;
use crate::items::Item;
use crate::scope::ScopeId;

pub use processor::Processor;
pub use results::{ResultFile, WriteResults};
pub use summary::{Counts, MapRunStatus, MapRunSummary};

use results::{Format, Writer};

/// A map run that goes on.
#[derive(Debug)]
pub(crate) struct MapRun {
    /// The scope whose current state is the Map.
    scope: ScopeId,
    /// What can be seen of it from outside; its counts are kept up to date.
    summary: MapRunSummary,
    /// The last event that began it: its start, or its redrive.
    begun: EventId,
    /// `NAME/LABEL`
    state_machine_name: Arc<str>,
    processor: Processor,
    express: bool,
    stage: Stage,
    items: Arc<[Item]>,
    /// The first item that no child was started for.
    next_item: usize,
    batching: Option<Batching>,
    children: Vec<Child>,
    /// The children that are over without success and are to be redriven.
    to_redrive: VecDeque<usize>,
    /// How many children run.
    running: u64,
    /// Whether a turn to start more children is coming.
    starting: bool,
    writer: Option<Writer>,
    format: Format,
}

/// How far a map run is.
#[derive(Debug)]
enum Stage {
    /// Its items are being read.
    Reading,
    /// Its children run.
    Running,
    /// Its results are being written; then it ends, with that failure if there is one.
    Writing(Option<Failure>),
}

/// `ItemBatcher`, evaluated.
#[derive(Debug)]
struct Batching {
    /// The most items of a batch.
    most_items: usize,
    /// The most bytes of a batch, as the text of the child's input.
    most_bytes: usize,
    /// `BatchInput`
    input: Option<Document>,
}

/// A child execution that was started.
#[derive(Debug, Clone, PartialEq)]
struct Child {
    execution_arn: Arc<str>,
    /// None: it is over, and nobody will ask for its input.
    input: Option<Document>,
    /// How many items it works on.
    items: u64,
    started_at: Timestamp,
    stopped_at: Timestamp,
    /// How often it was redriven.
    redrives: u64,
    /// None: it runs.
    outcome: Option<Outcome>,
}

impl Child {
    fn name(&self) -> &str {
        name_of(&self.execution_arn)
    }
}

/// The name in `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME` or `…:express:MACHINE:NAME:ID`.
fn name_of(execution_arn: &str) -> &str {
    execution_arn.split(':').nth(7).unwrap_or(execution_arn)
}

impl MapRun {
    /// Its number.
    fn id(&self) -> MapRunId {
        self.summary.id
    }

    /// What can be seen of it from outside.
    pub(crate) fn summary(&self) -> MapRunSummary {
        let mut summary = self.summary.clone();
        let pending = (self.items.len() - self.next_item) as u64;
        summary.item_counts.pending = pending;
        summary.execution_counts.pending = match &self.batching {
            // How many batches the bytes make is only known when they are made.
            Some(batching) => pending.div_ceil(batching.most_items as u64),
            None => pending,
        };
        summary.item_counts.sum_up();
        summary.execution_counts.sum_up();
        summary
    }

    /// Whether more has failed than is tolerated.
    ///
    /// Without a threshold nothing is tolerated; with both, exceeding one is enough
    /// (<https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html>). Items are counted, also when
    /// they come in batches.
    fn exceeds_threshold(&self) -> bool {
        let counts = &self.summary.item_counts;
        let failed = counts.failed + counts.timed_out + counts.aborted;
        if failed == 0 {
            return false;
        }
        let (count, percentage) = (self.summary.tolerated_failure_count, self.summary.tolerated_failure_percentage);
        let too_many = count.is_some_and(|most| failed > most);
        let too_large = percentage.is_some_and(|most| failed as f64 * 100.0 > most * self.items.len() as f64);
        too_many || too_large || (count.is_none() && percentage.is_none())
    }
}
