use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Execution, Money, MoneyError, Quantity, Recommendation, Side, Symbol};

/// The identity of an order: 32 hexadecimal digits, a digest of the execution and the step that gives it.
///
/// The same step of the same execution always gives the same order, however often it is tried, and no other step ever
/// does. The moment at which the execution began counts in, because Step Functions lets an execution's name be used
/// again 90 days after its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(String);

impl OrderId {
    /// The identity of the one order that this step gives.
    pub fn of(execution: &Execution) -> Self {
        let mut digest = Sha256::new();
        for part in [&execution.id, &execution.started_at, &execution.state] {
            // With its length in front, no two lists of parts run together into the same bytes.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let half = digest.finalize().iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        Self(format!("{half:032x}"))
    }

    /// The identity of an order that was written down before.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An order, as it was given and as it stands in the ledger once it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its identity.
    pub order_id: OrderId,
    /// Bought or sold.
    pub side: Side,
    /// The share.
    pub symbol: Symbol,
    /// How many.
    pub quantity: Quantity,
    /// The price of one share.
    pub price: Money,
    /// `price` times `quantity`: what the cash changed by.
    pub amount: Money,
    /// When the step that gave it was entered, RFC 3339.
    pub created_at: String,
    /// The ARN of the execution that gave it.
    pub execution: String,
}

impl Order {
    /// The order that this step gives for what was recommended and approved.
    ///
    /// The amount is worked out anew, so that an amount that was tampered with on its way moves no money. Fails when it
    /// exceeds [`Money::MAX`].
    pub fn of(execution: &Execution, recommended: &Recommendation) -> Result<Self, MoneyError> {
        Ok(Self {
            order_id: OrderId::of(execution),
            side: recommended.recommended_type,
            symbol: recommended.symbol.clone(),
            quantity: recommended.quantity,
            price: recommended.price,
            amount: recommended.price.times(recommended.quantity)?,
            created_at: execution.entered_at.clone(),
            execution: execution.id.clone(),
        })
    }
}

impl fmt::Display for Order {
    /// What has been done, as a sentence: `Bought 10 NVDA at 187.42 for 1874.20.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, symbol, quantity, price, amount, .. } = self;
        write!(f, "{} {quantity} {symbol} at {price} for {amount}.", side.done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, started_at: &str, state: &str, entered_at: &str) -> Execution {
        Execution {
            id: id.into(),
            name: "n".into(),
            started_at: started_at.into(),
            state: state.into(),
            entered_at: entered_at.into(),
        }
    }

    #[test]
    fn a_step_tried_again_gives_the_same_order_and_no_other_step_does() {
        let first = OrderId::of(&step("arn:1", "2026-01-01T00:00:00Z", "Buy Stock", "2026-01-01T00:00:05Z"));
        assert_eq!(first.as_str().len(), 32);
        assert!(first.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));

        let redriven = step("arn:1", "2026-01-01T00:00:00Z", "Buy Stock", "2026-01-02T00:00:00Z");
        assert_eq!(OrderId::of(&redriven), first);
        for other in [
            step("arn:2", "2026-01-01T00:00:00Z", "Buy Stock", "2026-01-01T00:00:05Z"),
            step("arn:1", "2026-06-01T00:00:00Z", "Buy Stock", "2026-01-01T00:00:05Z"),
            step("arn:1", "2026-01-01T00:00:00Z", "Sell Stock", "2026-01-01T00:00:05Z"),
            step("arn:12026-01-01T00:00:00Z", "", "Buy Stock", "2026-01-01T00:00:05Z"),
        ] {
            assert_ne!(OrderId::of(&other), first, "{other:?}");
        }
    }
}
