//! What ends a command: how it exits and what it says.

use std::fmt;

/// Wrong use or broken files.
pub(crate) const WRONG_USE: u8 = 2;
/// The execution did not succeed.
pub(crate) const FAILED: u8 = 1;

/// A command that can't go on.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The exit status.
    pub(crate) status: u8,
    /// What to say on standard error; several lines are fine.
    pub(crate) message: String,
    /// What would cure it.
    pub(crate) help: Option<String>,
}

impl Fault {
    /// Wrong use, or a file that can't be used.
    pub(crate) fn wrong_use(message: impl fmt::Display) -> Self {
        Self { status: WRONG_USE, message: message.to_string(), help: None }
    }

    /// Something failed that was used rightly.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self { status: FAILED, message: message.to_string(), help: None }
    }

    /// With its cure.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
