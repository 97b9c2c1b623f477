//! Lambda `check-price`: the price of a share now, and the reference to hold it against.
//!
//! State `Check Stock Price`. Takes [`Input`], gives [`Output`], fails with the names of [`Error`].
#![warn(missing_docs)]

mod http;
mod simulation;
mod source;

use domain::{Fault, Quantity, Quote, Symbol, fault};
use serde::Deserialize;

pub use http::HttpSource;
pub use simulation::Market;
pub use source::{PriceSource, Source};

/// The payload: what the execution was started with.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state.
    pub input: Request,
}

/// What is to be traded. Other members are left to those who understand them.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// The share.
    pub symbol: Symbol,
    /// How many. Not needed for the price, but what can't be traded should not reach a person for approval.
    pub quantity: Quantity,
}

/// The answer.
pub type Output = Quote;

/// Why there is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `UnknownSymbol`.
    #[error("The market does not list {0}.")]
    UnknownSymbol(Symbol),
    /// `PriceSourceUnavailable`: worth a retry.
    #[error("There is no price for {symbol} at the moment: {reason}.")]
    PriceSourceUnavailable {
        /// The share.
        symbol: Symbol,
        /// What went wrong.
        reason: String,
    },
    /// `InvalidInput`: nobody has that much money.
    #[error("{quantity} {symbol} cost more than an account can hold.")]
    TooLarge {
        /// The share.
        symbol: Symbol,
        /// How many.
        quantity: Quantity,
    },
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::UnknownSymbol(_) => fault::UNKNOWN_SYMBOL,
            Self::PriceSourceUnavailable { .. } => fault::PRICE_SOURCE_UNAVAILABLE,
            Self::TooLarge { .. } => fault::INVALID_INPUT,
        }
    }
}

/// Asks `source` for the price and accepts the answer only if it is one.
pub async fn handle(input: Input, source: &impl PriceSource) -> Result<Output, Error> {
    let Request { symbol, quantity } = input.input;
    let quote = accept(source.quote(&symbol).await?, &symbol, quantity)?;
    tracing::info!(%symbol, price = %quote.price, reference = %quote.reference, source = quote.source, "price checked");
    Ok(quote)
}

/// Whether `quote` can be decided and traded on.
fn accept(quote: Quote, symbol: &Symbol, quantity: Quantity) -> Result<Quote, Error> {
    if !quote.price.is_positive() || !quote.reference.is_positive() {
        let reason = format!("it was quoted at {} with the reference {}", quote.price, quote.reference);
        return Err(Error::PriceSourceUnavailable { symbol: symbol.clone(), reason });
    }
    match quote.price.times(quantity) {
        Ok(_) => Ok(quote),
        Err(_) => Err(Error::TooLarge { symbol: symbol.clone(), quantity }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(&'static str, &'static str);

    impl PriceSource for Fixed {
        async fn quote(&self, symbol: &Symbol) -> Result<Quote, Error> {
            Ok(Quote {
                symbol: symbol.clone(),
                price: self.0.parse().unwrap(),
                reference: self.1.parse().unwrap(),
                source: "a test".into(),
            })
        }
    }

    fn input(quantity: u64) -> Input {
        support::read(serde_json::json!({
            "input": {"symbol": "NVDA", "quantity": quantity, "note": "left alone"},
            "execution": {"name": "demo"},
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn a_price_above_nothing_is_passed_on() {
        let quote = handle(input(10), &Fixed("187.42", "193.41")).await.unwrap();
        let json = serde_json::to_value(quote).unwrap();
        let expected = serde_json::json!(
            {"symbol": "NVDA", "price": "187.42", "reference": "193.41", "source": "a test"}
        );
        assert_eq!(json, expected);
    }

    #[tokio::test]
    async fn a_price_of_nothing_is_no_price() {
        for source in [Fixed("0", "193.41"), Fixed("187.42", "0.00")] {
            let error = handle(input(10), &source).await.unwrap_err();
            assert_eq!(error.name(), "PriceSourceUnavailable");
        }
    }

    #[tokio::test]
    async fn more_than_an_account_can_hold_is_an_invalid_input() {
        let error = handle(input(1_000_000), &Fixed("1000000000000000.00", "1")).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert_eq!(error.to_string(), "1000000 NVDA cost more than an account can hold.");
    }
}
