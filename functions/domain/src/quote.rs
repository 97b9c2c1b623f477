use serde::{Deserialize, Serialize};

use crate::{Money, Symbol};

/// What a share costs now, and what it usually costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The share.
    pub symbol: Symbol,
    /// The price of one share now; more than nothing.
    pub price: Money,
    /// What the price is held against: the average of the last closing prices; more than nothing.
    pub reference: Money,
    /// Where the prices come from, for the person who reads them.
    pub source: String,
}
