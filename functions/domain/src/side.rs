use std::fmt;

use serde::{Deserialize, Serialize};

/// Which way a trade goes. In JSON `"buy"` or `"sell"`, the values that the state `Buy or Sell?` compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Cash goes out, shares come in.
    Buy,
    /// Shares go out, cash comes in.
    Sell,
}

impl Side {
    /// The value in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }

    /// What has been done, at the beginning of a sentence: `Bought` or `Sold`.
    pub fn done(self) -> &'static str {
        match self {
            Self::Buy => "Bought",
            Self::Sell => "Sold",
        }
    }

    /// What is to be done, at the beginning of a sentence: `Buy` or `Sell`.
    pub fn imperative(self) -> &'static str {
        match self {
            Self::Buy => "Buy",
            Self::Sell => "Sell",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
