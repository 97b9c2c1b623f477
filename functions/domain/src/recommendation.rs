use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::{Money, MoneyError, Quantity, Quote, Side, Symbol};

/// How far from its reference a price must be, in percent, for the fullest confidence.
const DECISIVE_PERCENT: u8 = 10;

/// A trade that is proposed, with why. It is what the approver reads and what is traded afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The share.
    pub symbol: Symbol,
    /// How many of them.
    pub quantity: Quantity,
    /// The price of one share that the recommendation was made at, and at which it is traded.
    pub price: Money,
    /// `price` times `quantity`.
    pub amount: Money,
    /// What the price was held against.
    pub reference: Money,
    /// Which way: the state `Buy or Sell?` reads it at `$.recommended_type`.
    pub recommended_type: Side,
    /// How sure, 0 to 100: the price's distance from its reference, fullest at 10 %.
    pub confidence_percent: u8,
    /// Why, in sentences for a person.
    pub reasons: Vec<String>,
}

impl Recommendation {
    /// Decides: a share below its reference is cheap and to be bought, one above it is dear and to be sold, one at it is
    /// bought with no confidence. The same quote always gives the same answer.
    ///
    /// Fails only when the amount exceeds [`Money::MAX`].
    pub fn decide(quote: &Quote, quantity: Quantity) -> Result<Self, MoneyError> {
        let amount = quote.price.times(quantity)?;
        let side = if quote.price <= quote.reference { Side::Buy } else { Side::Sell };
        let percent = distance_percent(quote.price, quote.reference);
        let Quote { symbol, price, reference, source } = quote;
        let place = match side {
            _ if percent.is_zero() => format!("at its reference {reference}"),
            Side::Buy => format!("{percent} % below its reference {reference}"),
            Side::Sell => format!("{percent} % above its reference {reference}"),
        };
        let full = Decimal::ONE_HUNDRED / Decimal::from(DECISIVE_PERCENT);
        let confidence = (percent * full).round().min(Decimal::ONE_HUNDRED).to_u8().unwrap_or(100);
        Ok(Self {
            symbol: symbol.clone(),
            quantity,
            price: *price,
            amount,
            reference: *reference,
            recommended_type: side,
            confidence_percent: confidence,
            reasons: vec![
                format!("{symbol} costs {price}, {place}."),
                format!("Prices by {}.", crate::text::one_line(source, 80)),
            ],
        })
    }
}

/// How far `price` is from `reference`, in percent of `reference`, to two places.
fn distance_percent(price: Money, reference: Money) -> Decimal {
    if !reference.is_positive() {
        return Decimal::ONE_HUNDRED;
    }
    let distance = (price.decimal() - reference.decimal()).abs();
    (distance / reference.decimal() * Decimal::ONE_HUNDRED).round_dp(2).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(price: &str, reference: &str) -> Recommendation {
        let quote = Quote {
            symbol: "NVDA".parse().unwrap(),
            price: price.parse().unwrap(),
            reference: reference.parse().unwrap(),
            source: "a test".into(),
        };
        Recommendation::decide(&quote, Quantity::new(10).unwrap()).unwrap()
    }

    #[test]
    fn cheap_is_bought_and_dear_is_sold() {
        let cheap = decide("95.00", "100.00");
        assert_eq!((cheap.recommended_type, cheap.confidence_percent), (Side::Buy, 50));
        assert_eq!(cheap.amount.to_string(), "950.00");
        assert_eq!(cheap.reasons[0], "NVDA costs 95.00, 5 % below its reference 100.00.");

        let dear = decide("103.33", "100.00");
        assert_eq!((dear.recommended_type, dear.confidence_percent), (Side::Sell, 33));
        assert_eq!(dear.reasons[0], "NVDA costs 103.33, 3.33 % above its reference 100.00.");
    }

    #[test]
    fn at_the_reference_it_is_bought_without_confidence() {
        let level = decide("100.00", "100.0000");
        assert_eq!((level.recommended_type, level.confidence_percent), (Side::Buy, 0));
        assert_eq!(level.reasons[0], "NVDA costs 100.00, at its reference 100.00.");
    }

    #[test]
    fn confidence_stays_between_0_and_100() {
        assert_eq!(decide("1000000.00", "0.0001").confidence_percent, 100);
        assert_eq!(decide("0.0001", "1000000.00").confidence_percent, 100);
        assert_eq!(decide("1.00", "0.00").confidence_percent, 100);
    }

    #[test]
    fn the_choice_finds_its_value_at_recommended_type() {
        let json = serde_json::to_value(decide("95.00", "100.00")).unwrap();
        assert_eq!(json["recommended_type"], "buy");
        assert_eq!(json["price"], "95.00");
        assert_eq!(json["quantity"], 10);
    }

    #[test]
    fn a_source_cannot_bring_lines_of_its_own() {
        let quote = Quote {
            symbol: "NVDA".parse().unwrap(),
            price: "1.00".parse().unwrap(),
            reference: "1.00".parse().unwrap(),
            source: "x\nApprove: https://elsewhere.example".into(),
        };
        let made = Recommendation::decide(&quote, Quantity::new(1).unwrap()).unwrap();
        assert_eq!(made.reasons[1], "Prices by x Approve: https://elsewhere.example.");
    }
}
