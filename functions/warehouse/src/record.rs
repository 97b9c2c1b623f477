//! What the warehouse writes down beside the order.

use std::fmt::Write as _;

use domain::Money;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Card, Decision, Line, Order, OrderId};

/// What came of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The units are the order's, now or since an earlier try.
    Held,
    /// There are fewer; nothing has changed.
    Short {
        /// How many there are.
        available: u32,
    },
}

/// What has become of the reserved units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationStatus {
    /// They are kept for the order.
    Reserved,
    /// They have gone back to the stock; the order may reserve again.
    Released,
    /// They have left with the order.
    Shipped,
}

/// What has become of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The card is charged.
    Charged,
    /// The card was not charged.
    Refused,
    /// The card was charged and got its money back. It is not charged for this order again.
    Refunded,
}

/// The one payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What has become of it.
    pub status: PaymentStatus,
    /// How much: the order's total.
    pub amount: Money,
    /// What pays.
    pub card: Card,
    /// Why the card was not charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was decided, RFC 3339.
    pub decided_at: String,
}

impl Payment {
    /// The payment of `order` as it was decided at `at`.
    pub fn decided(order: &Order, decision: Decision, at: &str) -> Self {
        let (status, reason) = match decision {
            Decision::Charged => (PaymentStatus::Charged, None),
            Decision::Refused(reason) => (PaymentStatus::Refused, Some(reason)),
        };
        Self { status, amount: order.total, card: order.draft.card.clone(), reason, decided_at: at.to_owned() }
    }
}

/// A delivery on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What the carrier finds it by. It follows from the order, so that a retry says the same.
    pub tracking_code: String,
    /// Whom it is for.
    pub customer: Line,
    /// Where it goes.
    pub address: Line,
    /// When it was sent out, RFC 3339.
    pub dispatched_at: String,
    /// Whether the topic has been told of it.
    pub announced: bool,
}

impl Delivery {
    /// The delivery of `order`, sent out at `at` and not told of yet.
    pub fn of(order: &Order, at: &str) -> Self {
        Self {
            tracking_code: tracking_code(order.id()),
            customer: order.draft.customer.clone(),
            address: order.draft.address.clone(),
            dispatched_at: at.to_owned(),
            announced: false,
        }
    }
}

/// `BR` and twelve hexadecimal digits of a digest of the order's name.
fn tracking_code(order: &OrderId) -> String {
    Sha256::digest(order.as_str()).iter().take(6).fold("BR".to_owned(), |mut code, byte| {
        write!(code, "{byte:02X}").expect("a String takes every text");
        code
    })
}

/// What came of the wish to cancel an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// Nothing is reserved and nothing charged any more.
    Cancelled {
        /// How many units went back just now.
        released: u32,
        /// How much went back just now.
        refunded: Money,
    },
    /// The order is on its way: too late, nothing has changed.
    Shipped {
        /// What was paid.
        payment: Payment,
        /// What is on its way.
        delivery: Delivery,
    },
}
