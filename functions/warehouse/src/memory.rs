use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Money;

use crate::{
    Cancellation, Delivery, Item, Order, OrderId, Payment, PaymentStatus, ReservationStatus, Reserved, Warehouse,
    WarehouseError,
};

/// A warehouse in memory, for tests.
#[derive(Debug)]
pub struct MemoryWarehouse {
    opening: u32,
    shelves: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    stock: BTreeMap<Item, u32>,
    files: BTreeMap<OrderId, File>,
}

/// All that is known of one order.
#[derive(Clone, Debug, Default)]
struct File {
    order: Option<Order>,
    reservation: Option<(ReservationStatus, Item, u32)>,
    payment: Option<Payment>,
    delivery: Option<Delivery>,
}

impl File {
    fn holds(&self) -> bool {
        matches!(self.reservation, Some((ReservationStatus::Reserved, ..)))
    }

    fn is_charged(&self) -> bool {
        self.payment.as_ref().is_some_and(|payment| payment.status == PaymentStatus::Charged)
    }
}

impl MemoryWarehouse {
    /// A warehouse that opens with `opening` units of every item.
    pub fn opening_with(opening: u32) -> Self {
        Self { opening, shelves: Mutex::default() }
    }

    /// How many units of `item` may still be reserved.
    pub fn stock(&self, item: &Item) -> u32 {
        self.shelves().stock.get(item).copied().unwrap_or(self.opening)
    }

    /// The payment of an order.
    pub fn payment(&self, order: &OrderId) -> Option<Payment> {
        self.shelves().files.get(order)?.payment.clone()
    }

    /// The delivery of an order.
    pub fn delivery(&self, order: &OrderId) -> Option<Delivery> {
        self.shelves().files.get(order)?.delivery.clone()
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Warehouse for MemoryWarehouse {
    async fn receive(&self, order: &Order) -> Result<Order, WarehouseError> {
        let mut shelves = self.shelves();
        let known = shelves.files.entry(order.id().clone()).or_default().order.get_or_insert_with(|| order.clone());
        if known.draft == order.draft {
            Ok(known.clone())
        } else {
            Err(WarehouseError::AnotherOrder(order.id().clone()))
        }
    }

    async fn reserve(&self, order: &Order, _at: &str) -> Result<Reserved, WarehouseError> {
        let mut shelves = self.shelves();
        let Shelves { stock, files } = &mut *shelves;
        let file = files.entry(order.id().clone()).or_default();
        if matches!(file.reservation, Some((ReservationStatus::Reserved | ReservationStatus::Shipped, ..))) {
            return Ok(Reserved::Held);
        }
        let (item, units) = (&order.draft.item, order.draft.quantity.get());
        let available = stock.get(item).copied().unwrap_or(self.opening);
        let Some(left) = available.checked_sub(units) else { return Ok(Reserved::Short { available }) };
        stock.insert(item.clone(), left);
        file.reservation = Some((ReservationStatus::Reserved, item.clone(), units));
        Ok(Reserved::Held)
    }

    async fn pay(&self, order: &Order, payment: &Payment) -> Result<Payment, WarehouseError> {
        let mut shelves = self.shelves();
        let file = shelves.files.entry(order.id().clone()).or_default();
        if let Some(known) = &file.payment {
            return Ok(known.clone());
        }
        if !file.holds() {
            return Err(WarehouseError::Closed(order.id().clone()));
        }
        file.payment = Some(payment.clone());
        Ok(payment.clone())
    }

    async fn dispatch(&self, order: &Order, delivery: &Delivery) -> Result<Delivery, WarehouseError> {
        let mut shelves = self.shelves();
        let file = shelves.files.entry(order.id().clone()).or_default();
        if let Some(known) = &file.delivery {
            return Ok(known.clone());
        }
        if !(file.holds() && file.is_charged()) {
            return Err(WarehouseError::Closed(order.id().clone()));
        }
        if let Some((status, ..)) = &mut file.reservation {
            *status = ReservationStatus::Shipped;
        }
        file.delivery = Some(delivery.clone());
        Ok(delivery.clone())
    }

    async fn announced(&self, order: &OrderId) -> Result<(), WarehouseError> {
        if let Some(delivery) = self.shelves().files.get_mut(order).and_then(|file| file.delivery.as_mut()) {
            delivery.announced = true;
        }
        Ok(())
    }

    async fn cancel(&self, order: &OrderId, _at: &str) -> Result<Cancellation, WarehouseError> {
        let mut shelves = self.shelves();
        let Shelves { stock, files } = &mut *shelves;
        let file = files.entry(order.clone()).or_default();
        if let (Some(payment), Some(delivery)) = (&file.payment, &file.delivery) {
            return Ok(Cancellation::Shipped { payment: payment.clone(), delivery: delivery.clone() });
        }
        let charged = file.is_charged();
        let Some((status @ ReservationStatus::Reserved, item, units)) = &mut file.reservation else {
            return Ok(Cancellation::Cancelled { released: 0, refunded: Money::ZERO });
        };
        *status = ReservationStatus::Released;
        *stock.entry(item.clone()).or_insert(self.opening) += *units;
        let released = *units;
        let refunded = match &mut file.payment {
            Some(payment) if charged => {
                payment.status = PaymentStatus::Refunded;
                payment.amount
            }
            _ => Money::ZERO,
        };
        Ok(Cancellation::Cancelled { released, refunded })
    }
}
