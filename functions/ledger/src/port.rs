use std::future::Future;

use domain::{Order, Shortfall};

/// Port: where orders, cash and shares are written down.
pub trait Ledger {
    /// Writes `order` down and changes cash and shares by it, all or nothing.
    ///
    /// When an order of this identity has been written down before, nothing changes and that one is the answer, be the
    /// account as it may: that is what makes a retry safe.
    fn settle(&self, order: &Order) -> impl Future<Output = Result<Order, LedgerError>>;
}

/// Why an order was not settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The account holds too little; nothing has changed.
    #[error(transparent)]
    Short(#[from] Shortfall),
    /// The ledger could not be asked, or another transaction was in the way. Whether anything has changed is not known;
    /// trying the same step again finds out.
    #[error("The ledger could not settle the order: {reason}.")]
    Unavailable {
        /// What was in the way.
        reason: String,
    },
}
