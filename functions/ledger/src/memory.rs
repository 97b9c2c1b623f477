use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Account, Order, OrderId};

use crate::{Ledger, LedgerError};

/// A ledger in memory, for tests.
#[derive(Debug)]
pub struct MemoryLedger(Mutex<Books>);

#[derive(Debug)]
struct Books {
    account: Account,
    orders: BTreeMap<OrderId, Order>,
}

impl MemoryLedger {
    /// A ledger of `account` without any order.
    pub fn of(account: Account) -> Self {
        Self(Mutex::new(Books { account, orders: BTreeMap::new() }))
    }

    /// The account as it is now.
    pub fn account(&self) -> Account {
        self.books().account.clone()
    }

    /// Every order that has been settled.
    pub fn orders(&self) -> Vec<Order> {
        self.books().orders.values().cloned().collect()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    async fn settle(&self, order: &Order) -> Result<Order, LedgerError> {
        let mut books = self.books();
        if let Some(settled) = books.orders.get(&order.order_id) {
            return Ok(settled.clone());
        }
        books.account = books.account.settle(order)?;
        books.orders.insert(order.order_id.clone(), order.clone());
        Ok(order.clone())
    }
}
