//! What can be asked of a journal about executions in the plural, and of histories in pages.

use std::sync::Arc;

use jiff::Timestamp;

/// AWS's `ExecutionStatus`, as far as a journal knows it.
pub type Status = String;

/// An execution in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its place in the order of beginnings: later ones have larger numbers.
    pub number: u64,
    /// The execution's ARN.
    pub execution_arn: Arc<str>,
    /// Its name.
    pub execution_name: Arc<str>,
    /// Its state machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The version it was started from.
    pub version_arn: Option<Arc<str>>,
    /// The alias it was started from.
    pub alias_arn: Option<Arc<str>>,
    /// The map run whose child it is.
    pub map_run_arn: Option<Arc<str>>,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: Status,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
    /// How often it was redriven.
    pub redrive_count: u64,
    /// When it was redriven last.
    pub redriven_at: Option<Timestamp>,
}

/// Whose executions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionsOf<'a> {
    /// All that somebody started; the children of map runs are not among them.
    Anybody,
    /// A state machine, whichever version or alias they were started from.
    StateMachine(&'a str),
    /// A version of a state machine.
    Version(&'a str),
    /// An alias of a state machine.
    Alias(&'a str),
    /// A map run: its children.
    MapRun(&'a str),
}

/// Which executions are asked for. The answer is newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<'a> {
    /// Whose.
    pub of: ExecutionsOf<'a>,
    /// Only those with this status.
    pub status: Option<&'a str>,
    /// Only those that were redriven, or only those that were not.
    pub redriven: Option<bool>,
    /// Only those that began before the one with this [`Summary::number`].
    pub before: Option<u64>,
    /// How many at the most.
    pub limit: usize,
}

impl<'a> Query<'a> {
    /// All executions of somebody.
    pub fn all(of: ExecutionsOf<'a>) -> Self {
        Self { of, status: None, redriven: None, before: None, limit: usize::MAX }
    }

    /// Whether an execution, which is one of those it asks for, has the wanted traits.
    pub(crate) fn admits(&self, summary: &Summary) -> bool {
        self.status.is_none_or(|status| summary.status == status)
            && self.redriven.is_none_or(|redriven| redriven == (summary.redrive_count > 0))
            && self.before.is_none_or(|before| summary.number < before)
            && match self.of {
                ExecutionsOf::Anybody => summary.map_run_arn.is_none(),
                ExecutionsOf::StateMachine(arn) => *summary.state_machine_arn == *arn,
                ExecutionsOf::Version(arn) => summary.version_arn.as_deref() == Some(arn),
                ExecutionsOf::Alias(arn) => summary.alias_arn.as_deref() == Some(arn),
                ExecutionsOf::MapRun(arn) => summary.map_run_arn.as_deref() == Some(arn),
            }
    }
}

/// A part of a history, by the numbers of its events, which begin at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPage {
    /// The first event of the page in the order of the page. Reversed, `u64::MAX` is the last of all.
    pub from: u64,
    /// Newest first.
    pub reverse: bool,
    /// How many events at the most.
    pub limit: usize,
}
