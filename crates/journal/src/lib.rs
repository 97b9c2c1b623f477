//! The append-only truth of every execution.
//!
//! What is written down is, for each execution, a [`Header`] and then one [`Entry`] per step: the input that the
//! interpreter took, when, and the history events that came of it. Because the interpreter is a pure function of those
//! inputs, folding them gives the execution back exactly ([`recover`]), with what it still waits for; the events are kept
//! beside them so that a history is read without folding, and so that a fold can be checked against what was recorded.
//!
//! Append first, act after: nothing may be done for a step before [`Journal::append`] has called back.

#![warn(missing_docs)]

mod memory;
mod origin;
mod query;
mod record;
mod recover;
mod sqlite;

pub use memory::MemoryJournal;
pub use origin::{AwaitedBy, Origin};
pub use query::{ExecutionsOf, HistoryPage, Query, Status, Summary};
pub use record::{ChildOf, Entry, Header, Record};
pub use recover::{Owed, RecoverError, Recovered, machine_of, recover};
pub use sqlite::SqliteJournal;

use std::sync::Arc;

/// What went wrong in a journal.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The file can't be opened, read or written.
    #[error("the journal {path} can't be used: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is a database, but not a journal of a version that this program reads.
    #[error(
        "the journal {path} has format {found}, and this batuta reads format {expected}: move the file away, or use the \
         batuta that wrote it"
    )]
    ForeignFormat {
        /// The file.
        path: String,
        /// What it says of itself.
        found: String,
        /// What is read.
        expected: u32,
    },
    /// What was read is not what was written.
    #[error("the journal's record of execution {execution} is damaged at step {step}: {reason}")]
    Damaged {
        /// The execution's ARN.
        execution: String,
        /// Which of its steps, from 0.
        step: u64,
        /// What is wrong.
        reason: String,
    },
    /// An execution can't begin: there is one of its ARN. Nothing of the batch was written.
    #[error("there is an execution {execution} already")]
    Exists {
        /// The execution's ARN.
        execution: String,
    },
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

/// Called once when a batch is durable, or when it could not be written.
pub type Done = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// Where executions are written down.
pub trait Journal: Send + Sync {
    /// Appends a batch as a whole, and calls back when it is durable. Batches of one caller are written in the order of
    /// the calls; batches of several callers may share a commit.
    fn append(&self, batch: Vec<Record>, done: Done);

    /// The header of an execution, by its ARN.
    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError>;

    /// The entries of an execution, in order.
    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError>;

    /// The history of an execution as `GetExecutionHistory` gives its `events`, oldest first: one JSON array.
    fn history(&self, execution_arn: &str) -> Result<Vec<serde_json::Value>, JournalError>;

    /// A part of that history, each event as its JSON text.
    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError>;

    /// The executions that are asked for, newest first.
    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError>;

    /// An execution as it is in lists, by its ARN.
    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError>;

    /// All executions that somebody started, newest first; the children of map runs are not among them.
    fn summaries(&self) -> Result<Vec<Summary>, JournalError>;

    /// The child executions of a map run, newest first.
    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError>;

    /// The ARNs of all executions that have not ended, oldest first; those of map runs come after their parents.
    fn running(&self) -> Result<Vec<Arc<str>>, JournalError>;

    /// How far the clock of executions is ahead of the wall's, as the last [`Record::Clock`] says.
    fn clock(&self) -> Result<jiff::SignedDuration, JournalError>;
}
