//! Cases as data.

mod fields;
mod mock;
mod read;
mod strict;
mod then;

use std::collections::BTreeMap;
use std::path::PathBuf;

use integrations::MockTable;
use local::Override;
use machine::Document;
use runtime::Pace;
use serde_json::Value;

pub(crate) use read::pace_name;
pub use read::{Cases, read};

/// An input with what must come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The state machine, as the command line calls it.
    pub machine: String,
    /// The name of the input's file without `.json`.
    pub name: String,
    /// The input's file.
    pub input_path: PathBuf,
    /// The input.
    pub input: Document,
    /// What must come of it.
    pub expected: Expected,
}

/// What a `.expect.json` file says.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Why the case exists.
    pub comment: Option<String>,
    /// Whether this is the input that `batuta run <machine>` takes when none is named.
    pub default: bool,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: Status,
    /// What the output must contain.
    pub output: Option<Value>,
    /// The error name.
    pub error: Option<ErrorName>,
    /// The cause.
    pub cause: Option<String>,
    /// The names of the states entered, in order.
    pub states: Option<Vec<String>>,
    /// Who answers task tokens.
    pub answer: Answer,
    /// How time passes.
    pub time: Pace,
    /// Environment variables of functions and containers, by binary.
    pub environment: Vec<Override>,
    /// Values of template parameters.
    pub parameters: BTreeMap<String, String>,
    /// Inputs of the same machine that are run first, in the same services.
    pub before: Vec<(PathBuf, Document)>,
    /// What tasks answer instead of being done.
    pub mock: Option<MockTable>,
    /// What the services must hold afterwards.
    pub then: Then,
}

/// What the error name must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorName {
    /// This one.
    Is(String),
    /// There must be none: a Fail state need not give one.
    Absent,
}

/// How an execution ended (`ExecutionStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `SUCCEEDED`
    Succeeded,
    /// `FAILED`
    Failed,
    /// `TIMED_OUT`
    TimedOut,
    /// `ABORTED`
    Aborted,
}

impl Status {
    const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted];

    /// AWS's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Who answers when the workflow asks a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Somebody who says yes.
    Approve,
    /// Somebody who says no.
    Reject,
    /// Nobody.
    Nobody,
}

impl Answer {
    const ALL: [Self; 3] = [Self::Approve, Self::Reject, Self::Nobody];

    /// What it is called, in a case and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Nobody => "nobody",
        }
    }
}

/// What the services must hold when everything is over. Resources are named by their logical IDs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Then {
    /// Table and item: some item contains it.
    pub items: Vec<(String, Value)>,
    /// Table and item: no item contains it.
    pub no_items: Vec<(String, Value)>,
    /// Bucket, key, and what the object contains.
    pub objects: Vec<(String, String, Value)>,
    /// Messages that were published, each a publication of its own.
    pub published: Vec<Published>,
    /// Function by binary: how often it was called.
    pub invocations: Vec<(String, u64)>,
}

/// A message that must have been published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The topic.
    pub topic: String,
    /// The subject.
    pub subject: Option<String>,
    /// What the message contains.
    pub message: Option<Value>,
}
