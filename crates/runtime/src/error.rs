//! What a caller of the runtime can meet.

use journal::{JournalError, RecoverError};

/// Why an execution was not started or could not be reached.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RuntimeError {
    /// The journal.
    #[error(transparent)]
    Journal(JournalError),
    /// An execution of that name exists.
    #[error("an execution with the ARN {0} exists already")]
    ExecutionExists(String),
    /// `ExecutionDoesNotExist`
    #[error("Execution Does Not Exist: '{0}'")]
    ExecutionDoesNotExist(String),
    /// `ResourceNotFound`: no such map run.
    #[error("Resource not found: '{0}'")]
    MapRunDoesNotExist(String),
    /// An execution of the past could not be read back.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// `ExecutionNotRedrivable`
    #[error("{0}")]
    NotRedrivable(String),
    /// The operating system gave no randomness.
    #[error("no randomness could be had from the operating system: {0}")]
    Randomness(String),
}

impl From<JournalError> for RuntimeError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Exists { execution } => Self::ExecutionExists(execution),
            error => Self::Journal(error),
        }
    }
}

impl From<JournalError> for TokenError {
    fn from(error: JournalError) -> Self {
        Self::NotRecorded(error.to_string())
    }
}

/// Why a task token answers nothing. The sentences are AWS's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// `InvalidToken`: this never was a token of ours.
    #[error("Invalid Token: 'Invalid token'")]
    InvalidToken,
    /// `TaskTimedOut`: its task is over.
    #[error("Task Timed Out: 'Provided task does not exist anymore'")]
    TaskTimedOut,
    /// The journal could not take the answer down, so it does not count.
    #[error("the answer was not recorded: {0}")]
    NotRecorded(String),
}
