//! Lambda `dispatch-order`: sends a paid order out and tells of it.
//!
//! State `EnviarParaEntrega`. First the delivery is recorded, in one conditional transaction: from then on the order
//! can't be cancelled. Then the topic is told. When that fails, a retry finds the delivery and only tells of it again;
//! the topic may so be told twice, but never of a delivery that is none.
#![warn(missing_docs)]

mod sns;

use std::future::Future;

use domain::Fault;
use serde::Serialize;
use warehouse::{Delivery, Item, OrderId, Status, Step, StepInput, Units, Warehouse, WarehouseError, fault};

pub use sns::DeliveryTopic;

/// The answer: the step with the delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// How far the order is, the order, and how it was paid.
    #[serde(flatten)]
    pub step: Step,
    /// What is on its way.
    pub delivery: Delivery,
}

/// What the topic is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// Which order is on its way.
    pub order_id: OrderId,
    /// What it is.
    pub item: Item,
    /// How many units of it.
    pub quantity: Units,
    /// The delivery, as it is recorded.
    #[serde(flatten)]
    pub delivery: Delivered,
}

/// The part of a delivery that matters to whoever is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// What the carrier finds it by.
    pub tracking_code: String,
    /// Whom it is for.
    pub customer: String,
    /// Where it goes.
    pub address: String,
    /// When it was sent out, RFC 3339.
    pub dispatched_at: String,
}

/// Port: who is told of deliveries.
pub trait Announcements {
    /// Tells of one, or says why that failed.
    fn announce(&self, announcement: &Announcement) -> impl Future<Output = Result<(), Error>>;
}

/// Why the order was not sent out, or nobody told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `OrderClosed` or, worth a retry, `WarehouseUnavailable`.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    /// `TopicUnavailable`, worth a retry: the order is on its way, but nobody could be told.
    #[error("The delivery is recorded, but the topic could not be told: {reason}.")]
    Topic {
        /// Why not.
        reason: String,
    },
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Warehouse(error) => error.name(),
            Self::Topic { .. } => fault::TOPIC_UNAVAILABLE,
        }
    }
}

/// Sends the order out, once, and tells the topic of it unless it has been told.
pub async fn handle(input: StepInput, warehouse: &impl Warehouse, topic: &impl Announcements) -> Result<Output, Error> {
    let StepInput { input: Step { order, payment, .. }, execution } = input;
    let mut delivery = warehouse.dispatch(&order, &Delivery::of(&order, &execution.entered_at)).await?;
    if !delivery.announced {
        topic.announce(&announcement(&order.draft, &delivery)).await?;
        match warehouse.announced(order.id()).await {
            Ok(()) => delivery.announced = true,
            // The topic knows; at worst, a second delivery of this order tells it once more.
            Err(error) => {
                tracing::warn!(order_id = %order.id(), %error, "told the topic, but could not write that down");
            }
        }
    }
    tracing::info!(order_id = %order.id(), tracking_code = delivery.tracking_code, "dispatched");
    Ok(Output { step: Step { status: Status::PedidoEnviado, order, payment }, delivery })
}

fn announcement(draft: &warehouse::Draft, delivery: &Delivery) -> Announcement {
    let Delivery { tracking_code, customer, address, dispatched_at, announced: _ } = delivery.clone();
    Announcement {
        order_id: draft.order_id.clone(),
        item: draft.item.clone(),
        quantity: draft.quantity,
        delivery: Delivered {
            tracking_code,
            customer: customer.to_string(),
            address: address.to_string(),
            dispatched_at,
        },
    }
}

#[cfg(test)]
mod tests;
