use domain::{Execution, Fault, MoneyError, Order, Recommendation, Shortfall, Side, Symbol, fault};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError};

/// The payload of `buy` and of `sell`.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state: what was recommended, and approved since.
    pub input: Recommendation,
    /// Which step of which execution trades. It decides the order's identity.
    pub execution: Execution,
}

/// The answer of `buy` and of `sell`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The order as it stands in the ledger.
    pub order: Order,
    /// What has been done, as a sentence.
    pub message: String,
}

/// Why nothing was traded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InvalidInput`: the function only trades the other way.
    #[error("This function is there to {side} and was asked to {asked} {symbol}.")]
    WrongSide {
        /// What the function does.
        side: Side,
        /// What was recommended.
        asked: Side,
        /// The share.
        symbol: Symbol,
    },
    /// `InvalidInput`: the price is nothing.
    #[error("{0} has no price.")]
    Worthless(Symbol),
    /// `InvalidInput`: price times quantity is out of bounds.
    #[error("The trade can't be put a price on: {0}.")]
    Amount(#[from] MoneyError),
    /// `InvalidInput`: this step of this execution has given a different order before.
    #[error("This step has traded something else before: {0}")]
    AnotherOrder(Box<Order>),
    /// `InsufficientFunds`, `InsufficientShares` or, worth a retry, `LedgerUnavailable`.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::WrongSide { .. } | Self::Worthless(_) | Self::Amount(_) | Self::AnotherOrder(_) => {
                fault::INVALID_INPUT
            }
            Self::Ledger(LedgerError::Short(Shortfall::Funds { .. })) => fault::INSUFFICIENT_FUNDS,
            Self::Ledger(LedgerError::Short(Shortfall::Shares { .. })) => fault::INSUFFICIENT_SHARES,
            Self::Ledger(LedgerError::Unavailable { .. }) => fault::LEDGER_UNAVAILABLE,
        }
    }
}

/// Trades what was recommended, if that is what this function is there for.
pub async fn trade(side: Side, input: Input, ledger: &impl Ledger) -> Result<Output, Error> {
    let order = order(side, &input)?;
    let settled = ledger.settle(&order).await?;
    let repeated = settled != order;
    if repeated && !same_trade(&settled, &order) {
        return Err(Error::AnotherOrder(Box::new(settled)));
    }
    tracing::info!(
        order_id = %settled.order_id,
        side = %settled.side,
        symbol = %settled.symbol,
        quantity = settled.quantity.get(),
        amount = %settled.amount,
        repeated,
        "settled"
    );
    Ok(Output { message: settled.to_string(), order: settled })
}

/// The order that this step gives.
fn order(side: Side, input: &Input) -> Result<Order, Error> {
    let Input { input: recommended, execution } = input;
    let symbol = || recommended.symbol.clone();
    if recommended.recommended_type != side {
        return Err(Error::WrongSide { side, asked: recommended.recommended_type, symbol: symbol() });
    }
    if !recommended.price.is_positive() {
        return Err(Error::Worthless(symbol()));
    }
    Ok(Order::of(execution, recommended)?)
}

/// Whether two orders of one identity trade the same; the moment may differ, as a redriven step is entered again.
fn same_trade(one: &Order, other: &Order) -> bool {
    let what = |order: &Order| (order.side, order.symbol.clone(), order.quantity, order.price);
    what(one) == what(other)
}

#[cfg(test)]
mod tests {
    use domain::Account;
    use serde_json::{Value, json};

    use super::*;
    use crate::MemoryLedger;

    fn payload(side: &str, quantity: u64, price: &str) -> Value {
        json!({
            "input": {
                "symbol": "NVDA",
                "quantity": quantity,
                "price": price,
                "amount": "0.01",
                "reference": "193.41",
                "recommended_type": side,
                "confidence_percent": 31,
                "reasons": [],
                "approval": {"decision": "approved"},
            },
            "execution": {
                "id": "arn:aws:states:us-east-1:123456789012:execution:stock-trading:demo",
                "name": "demo",
                "started_at": "2026-01-01T00:00:00.000Z",
                "state": "Buy Stock",
                "entered_at": "2026-01-01T00:00:05.000Z",
            },
        })
    }

    fn input(side: &str, quantity: u64, price: &str) -> Input {
        support::read(payload(side, quantity, price)).unwrap()
    }

    fn ledger() -> MemoryLedger {
        MemoryLedger::of(Account::opened("10000.00".parse().unwrap(), 100))
    }

    #[tokio::test]
    async fn a_trade_changes_cash_and_shares_by_the_true_amount() {
        let ledger = ledger();
        let output = trade(Side::Buy, input("buy", 10, "187.42"), &ledger).await.unwrap();
        assert_eq!(output.message, "Bought 10 NVDA at 187.42 for 1874.20.");
        assert_eq!(output.order.amount.to_string(), "1874.20", "not the amount that came along");
        assert_eq!(ledger.account().cash.to_string(), "8125.80");
        assert_eq!(ledger.account().shares(&"NVDA".parse().unwrap()), 110);
        assert_eq!(ledger.orders(), [output.order]);
    }

    #[tokio::test]
    async fn a_step_that_is_tried_again_trades_once_and_answers_the_same() {
        let ledger = ledger();
        // After the first, the cash does not suffice for a second: the retry must not stumble over that either.
        let first = trade(Side::Buy, input("buy", 50, "187.42"), &ledger).await.unwrap();
        let mut again = input("buy", 50, "187.42");
        again.execution.entered_at = "2026-01-02T00:00:00.000Z".into();
        for _ in 0..3 {
            assert_eq!(trade(Side::Buy, again.clone(), &ledger).await.unwrap(), first);
        }
        assert_eq!(ledger.account().cash.to_string(), "629.00");
        assert_eq!(ledger.orders().len(), 1);
    }

    #[tokio::test]
    async fn a_step_never_answers_for_a_different_trade() {
        let ledger = ledger();
        trade(Side::Buy, input("buy", 10, "187.42"), &ledger).await.unwrap();
        let error = trade(Side::Buy, input("buy", 11, "187.42"), &ledger).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert_eq!(
            error.to_string(),
            "This step has traded something else before: Bought 10 NVDA at 187.42 for 1874.20."
        );
    }

    #[tokio::test]
    async fn a_shortfall_has_its_stated_name_and_changes_nothing() {
        let ledger = ledger();
        let funds = trade(Side::Buy, input("buy", 100, "187.42"), &ledger).await.unwrap_err();
        assert_eq!(funds.name(), "InsufficientFunds");
        assert_eq!(funds.to_string(), "Buying 100 NVDA at 187.42 costs 18742.00, but the account holds only 10000.00.");
        let shares = trade(Side::Sell, input("sell", 101, "187.42"), &ledger).await.unwrap_err();
        assert_eq!(shares.name(), "InsufficientShares");
        assert_eq!(ledger.account(), Account::opened("10000.00".parse().unwrap(), 100));
        assert!(ledger.orders().is_empty());
    }

    #[tokio::test]
    async fn a_ledger_that_is_away_is_worth_a_retry() {
        struct Away;
        impl Ledger for Away {
            async fn settle(&self, _: &Order) -> Result<Order, LedgerError> {
                Err(LedgerError::Unavailable { reason: "it is away".into() })
            }
        }
        let error = trade(Side::Buy, input("buy", 1, "1.00"), &Away).await.unwrap_err();
        assert_eq!(error.name(), "LedgerUnavailable");
        assert_eq!(error.to_string(), "The ledger could not settle the order: it is away.");
    }

    #[tokio::test]
    async fn what_makes_no_sense_reaches_no_ledger() {
        let ledger = ledger();
        for (input, message) in [
            (input("sell", 1, "1.00"), "This function is there to buy and was asked to sell NVDA."),
            (input("buy", 1, "0"), "NVDA has no price."),
            (
                input("buy", 1_000_000, "1000000000000000"),
                "The trade can't be put a price on: an amount of money is at most 1000000000000000.00.",
            ),
        ] {
            let error = trade(Side::Buy, input, &ledger).await.unwrap_err();
            assert_eq!((error.name(), error.to_string().as_str()), ("InvalidInput", message));
        }
        assert!(ledger.orders().is_empty());
    }

    #[test]
    fn hostile_and_malformed_payloads_are_refused_by_their_place() {
        for (pointer, value, place) in [
            ("/input/symbol", json!("NVDA#CASH"), "input.symbol"),
            ("/input/symbol", json!("nvda"), "input.symbol"),
            ("/input/quantity", json!(-1), "input.quantity"),
            ("/input/quantity", json!("10"), "input.quantity"),
            ("/input/price", json!(187.42), "input.price"),
            ("/input/price", json!("1e3"), "input.price"),
            ("/input/price", json!("-187.42"), "input.price"),
            ("/input/recommended_type", json!("hold"), "input.recommended_type"),
            ("/execution/id", json!(""), "execution"),
            ("/execution", json!(null), "execution"),
            ("/input", json!([]), "input"),
        ] {
            let mut payload = payload("buy", 10, "187.42");
            *payload.pointer_mut(pointer).unwrap() = value.clone();
            let error = support::read::<Input>(payload).unwrap_err();
            assert_eq!(error.at, place, "{pointer} = {value}: {error}");
        }
    }
}
