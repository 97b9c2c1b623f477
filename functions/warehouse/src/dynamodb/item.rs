use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Money;

use crate::{Delivery, Draft, Item, Order, OrderId, Payment, PaymentStatus, ReservationStatus, Units};

/// The attribute that a condition looks at. `STATUS` is a reserved word, so expressions write [`STATUS_NAME`].
pub(super) const STATUS: &str = "status";
pub(super) const STATUS_NAME: &str = "#status";

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// What is kept of an order, by the sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Order,
    Reservation,
    Payment,
    Delivery,
}

impl Part {
    pub(super) const fn sort_key(self) -> &'static str {
        match self {
            Self::Order => "ORDER",
            Self::Reservation => "RESERVATION",
            Self::Payment => "PAYMENT",
            Self::Delivery => "DELIVERY",
        }
    }

    pub(super) fn key(self, order: &OrderId) -> Attributes {
        key(order_partition(order), self.sort_key())
    }
}

pub(super) fn order_partition(order: &OrderId) -> String {
    format!("ORDER#{order}")
}

pub(super) fn stock_key(item: &Item) -> Attributes {
    key(format!("STOCK#{item}"), "STOCK")
}

fn key(partition: String, sort: &str) -> Attributes {
    HashMap::from([("pk".to_owned(), AttributeValue::S(partition)), ("sk".to_owned(), text(sort))])
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number as the service takes it: decimal text.
pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn money(value: Money) -> AttributeValue {
    number(value.decimal())
}

fn with<const N: usize>(mut key: Attributes, attributes: [(&str, AttributeValue); N]) -> Attributes {
    key.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    key
}

fn read_text<'a>(item: &'a Attributes, name: &str) -> Option<&'a String> {
    item.get(name)?.as_s().ok()
}

fn read_number<'a>(item: &'a Attributes, name: &str) -> Option<&'a String> {
    item.get(name)?.as_n().ok()
}

pub(super) fn order(order: &Order) -> Attributes {
    let Order { draft, total, received_at, execution } = order;
    with(
        Part::Order.key(&draft.order_id),
        [
            ("order_id", text(draft.order_id.as_str())),
            ("item", text(draft.item.as_str())),
            ("quantity", number(draft.quantity)),
            ("unit_price", money(draft.unit_price)),
            ("total", money(*total)),
            ("card", text(draft.card.as_str())),
            ("customer", text(draft.customer.as_str())),
            ("address", text(draft.address.as_str())),
            ("received_at", text(received_at)),
            ("execution", text(execution)),
        ],
    )
}

/// The order of an item, `None` when it is not one that [`order`] wrote; so are the readers below.
pub(super) fn read_order(item: &Attributes) -> Option<Order> {
    Some(Order {
        draft: Draft {
            order_id: read_text(item, "order_id")?.parse().ok()?,
            item: read_text(item, "item")?.parse().ok()?,
            quantity: Units::new(read_number(item, "quantity")?.parse().ok()?).ok()?,
            unit_price: read_number(item, "unit_price")?.parse().ok()?,
            card: read_text(item, "card")?.parse().ok()?,
            customer: read_text(item, "customer")?.clone().try_into().ok()?,
            address: read_text(item, "address")?.clone().try_into().ok()?,
        },
        total: read_number(item, "total")?.parse().ok()?,
        received_at: read_text(item, "received_at")?.clone(),
        execution: read_text(item, "execution")?.clone(),
    })
}

pub(super) const fn reservation_status(status: ReservationStatus) -> &'static str {
    match status {
        ReservationStatus::Reserved => "reserved",
        ReservationStatus::Released => "released",
        ReservationStatus::Shipped => "shipped",
    }
}

/// What has become of the reserved units, what they are, and how many.
pub(super) fn read_reservation(item: &Attributes) -> Option<(ReservationStatus, Item, u32)> {
    let status = match read_text(item, STATUS)?.as_str() {
        "reserved" => ReservationStatus::Reserved,
        "released" => ReservationStatus::Released,
        "shipped" => ReservationStatus::Shipped,
        _ => return None,
    };
    Some((status, read_text(item, "item")?.parse().ok()?, read_number(item, "quantity")?.parse().ok()?))
}

pub(super) const fn payment_status(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Charged => "charged",
        PaymentStatus::Refused => "refused",
        PaymentStatus::Refunded => "refunded",
    }
}

pub(super) fn payment(order: &OrderId, payment: &Payment) -> Attributes {
    let mut item = with(
        Part::Payment.key(order),
        [
            (STATUS, text(payment_status(payment.status))),
            ("amount", money(payment.amount)),
            ("card", text(payment.card.as_str())),
            ("decided_at", text(&payment.decided_at)),
            ("changed_at", text(&payment.decided_at)),
        ],
    );
    if let Some(reason) = &payment.reason {
        item.insert("reason".to_owned(), text(reason));
    }
    item
}

pub(super) fn read_payment(item: &Attributes) -> Option<Payment> {
    Some(Payment {
        status: match read_text(item, STATUS)?.as_str() {
            "charged" => PaymentStatus::Charged,
            "refused" => PaymentStatus::Refused,
            "refunded" => PaymentStatus::Refunded,
            _ => return None,
        },
        amount: read_number(item, "amount")?.parse().ok()?,
        card: read_text(item, "card")?.parse().ok()?,
        reason: read_text(item, "reason").cloned(),
        decided_at: read_text(item, "decided_at")?.clone(),
    })
}

pub(super) fn delivery(order: &OrderId, delivery: &Delivery) -> Attributes {
    with(
        Part::Delivery.key(order),
        [
            ("tracking_code", text(&delivery.tracking_code)),
            ("customer", text(delivery.customer.as_str())),
            ("address", text(delivery.address.as_str())),
            ("dispatched_at", text(&delivery.dispatched_at)),
            ("announced", AttributeValue::Bool(delivery.announced)),
        ],
    )
}

pub(super) fn read_delivery(item: &Attributes) -> Option<Delivery> {
    Some(Delivery {
        tracking_code: read_text(item, "tracking_code")?.clone(),
        customer: read_text(item, "customer")?.clone().try_into().ok()?,
        address: read_text(item, "address")?.clone().try_into().ok()?,
        dispatched_at: read_text(item, "dispatched_at")?.clone(),
        announced: *item.get("announced")?.as_bool().ok()?,
    })
}
