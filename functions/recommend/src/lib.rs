//! Lambda `recommend`: buy or sell?
//!
//! State `Generate Buy/Sell Recommendation`. Takes [`Input`], gives [`Output`]. A pure function: the decision itself is
//! [`Recommendation::decide`].
#![warn(missing_docs)]

use domain::{Fault, Quantity, Quote, Recommendation, fault};
use serde::Deserialize;

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state.
    pub input: Request,
}

/// What is to be traded, with its price.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// How many shares.
    pub quantity: Quantity,
    /// What `check-price` found.
    pub quote: Quote,
}

/// The answer; `recommended_type` stands at its top, where the state `Buy or Sell?` reads it.
pub type Output = Recommendation;

/// Why nothing can be recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InvalidInput`: the amount is out of bounds.
    #[error("The trade can't be put a price on: {0}.")]
    Amount(#[from] domain::MoneyError),
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Amount(_) => fault::INVALID_INPUT,
        }
    }
}

/// Decides.
pub fn handle(input: &Input) -> Result<Output, Error> {
    let made = Recommendation::decide(&input.input.quote, input.input.quantity)?;
    tracing::info!(
        symbol = %made.symbol,
        recommended_type = %made.recommended_type,
        confidence_percent = made.confidence_percent,
        amount = %made.amount,
        "recommended"
    );
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_answer_has_everything_that_the_approver_and_the_trade_need() {
        let input: Input = support::read(json!({
            "execution": {"name": "demo"},
            "input": {
                "symbol": "NVDA",
                "quantity": 10,
                "quote": {"symbol": "NVDA", "price": "187.42", "reference": "193.41", "source": "a test"},
            },
        }))
        .unwrap();
        assert_eq!(
            serde_json::to_value(handle(&input).unwrap()).unwrap(),
            json!({
                "symbol": "NVDA",
                "quantity": 10,
                "price": "187.42",
                "amount": "1874.20",
                "reference": "193.41",
                "recommended_type": "buy",
                "confidence_percent": 31,
                "reasons": ["NVDA costs 187.42, 3.1 % below its reference 193.41.", "Prices by a test."],
            })
        );
    }

    #[test]
    fn an_amount_out_of_bounds_is_an_invalid_input() {
        let input: Input = support::read(json!({"input": {
            "quantity": 1_000_000,
            "quote": {"symbol": "X", "price": "1000000000000000.00", "reference": "1.00", "source": "a test"},
        }}))
        .unwrap();
        let error = handle(&input).unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert_eq!(
            error.to_string(),
            "The trade can't be put a price on: an amount of money is at most 1000000000000000.00."
        );
    }
}
