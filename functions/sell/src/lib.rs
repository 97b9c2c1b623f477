//! Lambda `sell`: sells what was recommended and approved, as one conditional transaction.
//!
//! State `Sell Stock`. Takes [`Input`], gives [`Output`], fails with the names of [`Error`]; `InsufficientShares` is its
//! own. What it shares with `buy` is the crate `ledger`.
#![warn(missing_docs)]

pub use ledger::{Error, Input, Output};

use domain::Side;
use ledger::Ledger;

/// Takes the shares and brings the cash, once per step.
pub async fn handle(input: Input, ledger: &impl Ledger) -> Result<Output, Error> {
    ledger::trade(Side::Sell, input, ledger).await
}
