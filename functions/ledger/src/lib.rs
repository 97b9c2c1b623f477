//! Settles an order: the order, the shares and the cash change together or not at all, and a step that is tried again
//! changes them once.
//!
//! [`trade`] is what `buy` and `sell` share; [`Ledger`] is its port, [`DynamoLedger`] the real one, [`MemoryLedger`] the
//! one for tests.
#![warn(missing_docs)]

mod dynamodb;
mod memory;
mod port;
mod trade;

pub use dynamodb::DynamoLedger;
pub use memory::MemoryLedger;
pub use port::{Ledger, LedgerError};
pub use trade::{Error, Input, Output, trade};
