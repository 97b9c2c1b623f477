use super::item::{self, Part, reservation_status};
use super::{DynamoWarehouse, transaction, unavailable};
use crate::{Order, Payment, ReservationStatus, WarehouseError};

/// Where the write and the check stand in the transaction.
const PAYMENT: usize = 0;
const RESERVATION: usize = 1;

/// One transaction: the payment is written if there is none and the order's units are reserved.
pub(super) async fn pay(
    warehouse: &DynamoWarehouse,
    order: &Order,
    payment: &Payment,
) -> Result<Payment, WarehouseError> {
    let table = &warehouse.table;
    let reserved = reservation_status(ReservationStatus::Reserved);
    let writes = vec![
        transaction::create(table, item::payment(order.id(), payment)),
        transaction::check(table, Part::Reservation.key(order.id()), reserved),
    ];
    let Err(refusal) = warehouse.transact(writes).await? else { return Ok(payment.clone()) };
    // The payment is looked at first: an order that is on its way has one, and is no longer merely reserved.
    if refusal.failed(PAYMENT) {
        let known = refusal.item(PAYMENT).and_then(item::read_payment);
        return known.ok_or_else(|| unavailable("the stored payment can't be read"));
    }
    if refusal.failed(RESERVATION) {
        return Err(WarehouseError::Closed(order.id().clone()));
    }
    Err(unavailable(&refusal.codes()))
}
