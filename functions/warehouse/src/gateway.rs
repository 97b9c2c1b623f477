use domain::Money;
use support::environment;

use crate::Order;

/// The card that is always refused.
const REFUSED: &str = "cartao-recusado";

/// Port: who decides whether a card pays.
pub trait Payments {
    /// Decides on the order's card and total. The same order gets the same decision however often it is asked for.
    fn decide(&self, order: &Order) -> Decision;
}

/// Whether a card pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It does.
    Charged,
    /// It does not, for a reason that a person may read.
    Refused(String),
}

/// A payment provider on paper: it refuses what exceeds its limit and the test card `cartao-recusado`, and takes all else.
///
/// It moves no money, so the payment's record in the table is the charge, and its condition is what charges once. A
/// provider that moves money takes the order's name as its idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct PaperGateway {
    limit: Money,
}

impl PaperGateway {
    /// Refuses orders above `limit`.
    pub fn new(limit: Money) -> Self {
        Self { limit }
    }

    /// Refuses orders above `PAYMENT_LIMIT` (5000.00 unless told).
    pub fn from_environment() -> Result<Self, support::Error> {
        Ok(Self::new(environment::parsed("PAYMENT_LIMIT", Money::from_whole(5_000))?))
    }
}

impl Payments for PaperGateway {
    fn decide(&self, order: &Order) -> Decision {
        if order.draft.card.as_str() == REFUSED {
            Decision::Refused("The card was refused.".to_owned())
        } else if order.total > self.limit {
            Decision::Refused(format!("The total {} exceeds the limit {}.", order.total, self.limit))
        } else {
            Decision::Charged
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decide(card: &str, quantity: u64, price: &str) -> Decision {
        let draft = serde_json::from_value(json!({
            "order_id": "p", "item": "i", "quantity": quantity, "unit_price": price, "card": card,
            "customer": "Ana", "address": "Rua 1",
        }))
        .unwrap();
        let execution = serde_json::from_value(json!({
            "id": "a", "name": "n", "started_at": "2026-01-01T00:00:00Z", "state": "s", "entered_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        PaperGateway::new(Money::from_whole(5_000)).decide(&Order::receive(draft, &execution).unwrap())
    }

    #[test]
    fn the_limit_itself_is_paid_and_a_cent_more_is_not() {
        assert_eq!(decide("cartao-ana", 2, "2500.00"), Decision::Charged);
        let reason = "The total 5000.01 exceeds the limit 5000.00.";
        assert_eq!(decide("cartao-ana", 1, "5000.01"), Decision::Refused(reason.to_owned()));
    }

    #[test]
    fn the_test_card_is_refused_whatever_it_is_to_pay() {
        assert_eq!(decide("cartao-recusado", 1, "0.01"), Decision::Refused("The card was refused.".to_owned()));
        assert_eq!(decide("cartao-recusado-nao", 1, "0.01"), Decision::Charged);
    }
}
