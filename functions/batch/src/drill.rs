use std::fmt;

use serde::{Deserialize, Serialize};

/// A fire drill: the input of an execution may ask one container to fail, so that what happens then can be tried, on a
/// laptop as well as on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// Which part's container, from 1.
    pub part: u8,
    /// How it fails.
    pub failure: Failure,
}

/// How a container fails in a [`Drill`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// It ends with exit status 1.
    Exit,
    /// It is killed by a signal (SIGABRT), as one that is out of memory would be.
    Abort,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exit => "exit",
            Self::Abort => "abort",
        })
    }
}
