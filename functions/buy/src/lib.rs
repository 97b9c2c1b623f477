//! Lambda `buy`: buys what was recommended and approved, as one conditional transaction.
//!
//! State `Buy Stock`. Takes [`Input`], gives [`Output`], fails with the names of [`Error`]; `InsufficientFunds` is its
//! own. What it shares with `sell` is the crate `ledger`.
#![warn(missing_docs)]

pub use ledger::{Error, Input, Output};

use domain::Side;
use ledger::Ledger;

/// Takes the cash and brings the shares, once per step.
pub async fn handle(input: Input, ledger: &impl Ledger) -> Result<Output, Error> {
    ledger::trade(Side::Buy, input, ledger).await
}
