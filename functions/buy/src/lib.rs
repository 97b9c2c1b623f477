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

#[cfg(test)]
mod tests {
    use domain::{Account, Fault, Money};
    use ledger::MemoryLedger;
    use serde_json::Value;

    use super::*;

    fn sample(function: &str) -> Value {
        let path = format!("{}/../../events/functions/{function}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn ledger() -> MemoryLedger {
        MemoryLedger::of(Account::opened(Money::from_whole(10_000), 100))
    }

    #[tokio::test]
    async fn the_sample_is_bought_once_however_often_the_step_is_tried() {
        let ledger = ledger();
        let first = handle(support::read(sample("buy")).unwrap(), &ledger).await.unwrap();
        assert_eq!(first.message, "Bought 10 GOOG at 181.92 for 1819.20.");
        let again = handle(support::read(sample("buy")).unwrap(), &ledger).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(ledger.orders().len(), 1);
        assert_eq!(ledger.account().cash.to_string(), "8180.80");
        assert_eq!(ledger.account().shares(&first.order.symbol), 110);
    }

    #[tokio::test]
    async fn too_little_cash_has_the_name_that_the_state_machine_catches() {
        let mut payload = sample("buy");
        payload["input"]["quantity"] = 55.into();
        let error = handle(support::read(payload).unwrap(), &ledger()).await.unwrap_err();
        assert_eq!(error.name(), "InsufficientFunds");
    }

    #[tokio::test]
    async fn what_is_to_be_sold_is_not_bought() {
        let ledger = ledger();
        let error = handle(support::read(sample("sell")).unwrap(), &ledger).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert!(ledger.orders().is_empty());
    }
}
