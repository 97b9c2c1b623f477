//! The warehouse in one `DynamoDB` table with the keys `pk` and `sk`:
//!
//! | item | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | an order | `ORDER#<order_id>` | `ORDER` | those of [`Order`]; numbers as N, so decimal and exact |
//! | its reservation | `ORDER#<order_id>` | `RESERVATION` | `status` S (`reserved`, `released`, `shipped`), `item` S, `quantity` N, `changed_at` S |
//! | its payment | `ORDER#<order_id>` | `PAYMENT` | those of [`Payment`], `changed_at` S |
//! | its delivery | `ORDER#<order_id>` | `DELIVERY` | those of [`Delivery`] |
//! | the stock of an item | `STOCK#<item>` | `STOCK` | `units` N: what may still be reserved |
//!
//! What must change together is one `TransactWriteItems`, and its conditions are what makes a repetition change nothing:
//! no client token is needed, and none would know that an order was cancelled in between. A stock item that is not there
//! yet counts as the opening stock, so a fresh table sells at once.

mod cancel;
mod dispatch;
mod item;
mod pay;
mod receive;
mod reserve;
mod transaction;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use support::aws::{self, SdkConfig};
use support::environment;

use crate::{Cancellation, Delivery, Order, OrderId, Payment, Reserved, Warehouse, WarehouseError};
use transaction::{Refusal, refusal};

/// The warehouse in `DynamoDB`.
#[derive(Clone, Debug)]
pub struct DynamoWarehouse {
    client: Client,
    table: String,
    opening: u32,
}

impl DynamoWarehouse {
    /// The warehouse in the table `TABLE_NAME`; every item opens with `OPENING_STOCK` units (10 unless told).
    pub fn from_environment(config: &SdkConfig) -> Result<Self, support::Error> {
        let opening = environment::parsed("OPENING_STOCK", 10)?;
        Ok(Self::new(Client::new(config), environment::required("TABLE_NAME")?, opening))
    }

    /// The warehouse in `table`, opening with `opening` units of every item.
    pub fn new(client: Client, table: String, opening: u32) -> Self {
        Self { client, table, opening }
    }

    /// Writes all of `items` or, when a condition does not hold, none: then the refusal says which.
    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Result<(), Refusal>, WarehouseError> {
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Ok(())),
            Err(error) => match error.as_service_error().and_then(refusal) {
                Some(refusal) => Ok(Err(refusal)),
                None => Err(unavailable(&aws::reason(&error))),
            },
        }
    }
}

impl Warehouse for DynamoWarehouse {
    async fn receive(&self, order: &Order) -> Result<Order, WarehouseError> {
        receive::receive(self, order).await
    }

    async fn reserve(&self, order: &Order, at: &str) -> Result<Reserved, WarehouseError> {
        reserve::reserve(self, order, at).await
    }

    async fn pay(&self, order: &Order, payment: &Payment) -> Result<Payment, WarehouseError> {
        pay::pay(self, order, payment).await
    }

    async fn dispatch(&self, order: &Order, delivery: &Delivery) -> Result<Delivery, WarehouseError> {
        dispatch::dispatch(self, order, delivery).await
    }

    async fn announced(&self, order: &OrderId) -> Result<(), WarehouseError> {
        dispatch::announced(self, order).await
    }

    async fn cancel(&self, order: &OrderId, at: &str) -> Result<Cancellation, WarehouseError> {
        cancel::cancel(self, order, at).await
    }
}

fn unavailable(reason: &str) -> WarehouseError {
    WarehouseError::Unavailable { reason: reason.to_owned() }
}
