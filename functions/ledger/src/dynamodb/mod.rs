//! The ledger in one `DynamoDB` table with the keys `pk` and `sk`:
//!
//! | item | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | an order | `ORDER#<identity>` | `ORDER` | those of [`domain::Order`]; numbers as N, so decimal and exact |
//! | the cash | `ACCOUNT#paper` | `CASH` | `value` N |
//! | the shares of a symbol | `ACCOUNT#paper` | `POSITION#<symbol>` | `value` N |
//!
//! An order is one `TransactWriteItems` over three of these items, in this order. An account item that is not there yet
//! counts as the opening balance, so a fresh table trades at once.

mod item;
mod transaction;
mod verdict;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use domain::{Money, Order, OrderId};
use support::aws::{self, SdkConfig};
use support::environment;

use crate::{Ledger, LedgerError};
use verdict::Verdict;

/// The ledger in `DynamoDB`.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    opening: Opening,
}

/// What an account item that is not there yet counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) cash: Money,
    pub(crate) shares: u32,
}

impl DynamoLedger {
    /// The ledger in the table `TABLE_NAME`; an account opens with `OPENING_CASH` (10000.00 unless told) and with
    /// `OPENING_SHARES` of every symbol (100 unless told).
    pub fn from_environment(config: &SdkConfig) -> Result<Self, support::Error> {
        let cash = environment::parsed("OPENING_CASH", Money::from_whole(10_000))?;
        let shares = environment::parsed("OPENING_SHARES", 100)?;
        Ok(Self::new(Client::new(config), environment::required("TABLE_NAME")?, cash, shares))
    }

    /// The ledger in `table`, opening with `cash` and with `shares` of every symbol.
    pub fn new(client: Client, table: String, cash: Money, shares: u32) -> Self {
        Self { client, table, opening: Opening { cash, shares } }
    }

    /// The order of this identity, as it is in the table at this moment.
    async fn find(&self, id: &OrderId) -> Result<Option<Order>, LedgerError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::order_key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(&aws::reason(&error)))?;
        let order = found.item.map(|item| item::read_order(&item).ok_or("the stored order can't be read"));
        order.transpose().map_err(unavailable)
    }

    /// The order that the table has instead of a second one.
    async fn settled_before(&self, id: &OrderId) -> Result<Order, LedgerError> {
        self.find(id).await?.ok_or_else(|| unavailable("it was settled before, and yet it is not there"))
    }
}

impl Ledger for DynamoLedger {
    async fn settle(&self, order: &Order) -> Result<Order, LedgerError> {
        let request = self
            .client
            .transact_write_items()
            // Within ten minutes the service itself recognises the step by this; later, the order's own key does.
            .client_request_token(order.order_id.as_str())
            .set_transact_items(Some(transaction::items(&self.table, order, self.opening)));
        let Err(error) = request.send().await else { return Ok(order.clone()) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                match verdict::of(cancelled.cancellation_reasons(), order, self.opening) {
                    Verdict::SettledBefore => self.settled_before(&order.order_id).await,
                    Verdict::Short(shortfall) => Err(shortfall.into()),
                    Verdict::InTheWay(reason) => Err(unavailable(&reason)),
                }
            }
            // The same step, but with another moment or another opening balance in it: a redrive, or a new deployment.
            Some(TransactWriteItemsError::IdempotentParameterMismatchException(_)) => {
                self.settled_before(&order.order_id).await
            }
            _ => Err(unavailable(&aws::reason(&error))),
        }
    }
}

fn unavailable(reason: &str) -> LedgerError {
    LedgerError::Unavailable { reason: reason.to_owned() }
}
