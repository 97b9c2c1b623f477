use std::future::Future;

use domain::{Fault, fault};

use crate::{Cancellation, Delivery, Order, OrderId, Payment, Reserved};

/// Port: where orders, stock, payments and deliveries are written down. Each call is all or nothing, and repeating it
/// changes nothing: that is what makes a retry safe.
pub trait Warehouse {
    /// Writes `order` down and gives it back; when an order of this name with the same content was received before, it
    /// gives that one.
    fn receive(&self, order: &Order) -> impl Future<Output = Result<Order, WarehouseError>>;

    /// Takes the order's units out of the stock and keeps them for it. `at` is now, RFC 3339.
    fn reserve(&self, order: &Order, at: &str) -> impl Future<Output = Result<Reserved, WarehouseError>>;

    /// Writes the order's payment down, if its units are reserved; when there is one already, gives that one.
    fn pay(&self, order: &Order, payment: &Payment) -> impl Future<Output = Result<Payment, WarehouseError>>;

    /// Sends the order out, if its units are reserved and it is charged; when it was sent out before, gives that
    /// delivery. From here on it can't be cancelled.
    fn dispatch(&self, order: &Order, delivery: &Delivery) -> impl Future<Output = Result<Delivery, WarehouseError>>;

    /// Remembers that the topic has been told of the order's delivery.
    fn announced(&self, order: &OrderId) -> impl Future<Output = Result<(), WarehouseError>>;

    /// Puts what is reserved for the order back and refunds what is charged, both together. An order that is on its way
    /// stays so, and one that has neither is left as it is. `at` is now, RFC 3339.
    fn cancel(&self, order: &OrderId, at: &str) -> impl Future<Output = Result<Cancellation, WarehouseError>>;
}

/// Why the warehouse did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WarehouseError {
    /// `InvalidInput`: this name belongs to an order of another content.
    #[error("The order {0} was received before with another content; a new order needs a new order_id.")]
    AnotherOrder(OrderId),
    /// `OrderClosed`: the order is not reserved, or not charged, as it must be at this step.
    #[error("The order {0} was cancelled meanwhile; nothing was done.")]
    Closed(OrderId),
    /// `WarehouseUnavailable`: it could not be asked, or another transaction was in the way. Whether anything has changed
    /// is not known; trying the same step again finds out.
    #[error("The warehouse could not do it: {reason}.")]
    Unavailable {
        /// What was in the way.
        reason: String,
    },
}

impl Fault for WarehouseError {
    fn name(&self) -> &'static str {
        match self {
            Self::AnotherOrder(_) => fault::INVALID_INPUT,
            Self::Closed(_) => crate::fault::ORDER_CLOSED,
            Self::Unavailable { .. } => crate::fault::WAREHOUSE_UNAVAILABLE,
        }
    }
}
