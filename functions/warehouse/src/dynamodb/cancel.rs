use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::Money;
use support::aws;

use super::item::{self, Attributes, Part, number, order_partition, payment_status, reservation_status, text};
use super::transaction::built;
use super::{DynamoWarehouse, transaction, unavailable};
use crate::{Cancellation, Item, OrderId, Payment, PaymentStatus, ReservationStatus, WarehouseError};

/// Looks at what there is of the order and undoes it in one transaction, whose conditions hold only while it is still so.
pub(super) async fn cancel(
    warehouse: &DynamoWarehouse,
    order: &OrderId,
    at: &str,
) -> Result<Cancellation, WarehouseError> {
    let parts = parts(warehouse, order).await?;
    let part = |part: Part| {
        parts
            .iter()
            .find(|item| item.get("sk").and_then(|key| key.as_s().ok()).is_some_and(|key| key == part.sort_key()))
    };
    let read = |found: Option<&Attributes>| found.map(|item| item::read_payment(item).ok_or(UNREADABLE)).transpose();
    let payment = read(part(Part::Payment)).map_err(unavailable)?;
    let Some(reservation) = part(Part::Reservation) else { return Ok(NOTHING) };
    let (status, item, units) = item::read_reservation(reservation).ok_or_else(|| unavailable(UNREADABLE))?;
    match status {
        ReservationStatus::Released => Ok(NOTHING),
        ReservationStatus::Shipped => {
            let delivery = part(Part::Delivery).and_then(item::read_delivery);
            payment
                .zip(delivery)
                .map(|(payment, delivery)| Cancellation::Shipped { payment, delivery })
                .ok_or_else(|| unavailable(UNREADABLE))
        }
        ReservationStatus::Reserved => {
            let writes = undo(&warehouse.table, order, (&item, units), payment.as_ref(), at);
            warehouse.transact(writes).await?.map_err(|refusal| unavailable(&refusal.codes()))?;
            let charged = payment.filter(|payment| payment.status == PaymentStatus::Charged);
            let refunded = charged.map_or(Money::ZERO, |payment| payment.amount);
            Ok(Cancellation::Cancelled { released: units, refunded })
        }
    }
}

const NOTHING: Cancellation = Cancellation::Cancelled { released: 0, refunded: Money::ZERO };
const UNREADABLE: &str = "what is stored of the order can't be read";

/// Everything that is stored of the order, at most four items.
async fn parts(warehouse: &DynamoWarehouse, order: &OrderId) -> Result<Vec<Attributes>, WarehouseError> {
    let query = warehouse
        .client
        .query()
        .table_name(&warehouse.table)
        .key_condition_expression("pk = :order")
        .expression_attribute_values(":order", text(order_partition(order)))
        .consistent_read(true);
    let found = query.send().await.map_err(|error| unavailable(&aws::reason(&error)))?;
    Ok(found.items.unwrap_or_default())
}

/// The units go back; a charge becomes a refund, and where there is none yet, none may have come in between.
fn undo(
    table: &str,
    order: &OrderId,
    (item, units): (&Item, u32),
    payment: Option<&Payment>,
    at: &str,
) -> Vec<TransactWriteItem> {
    let (reserved, released) =
        (reservation_status(ReservationStatus::Reserved), reservation_status(ReservationStatus::Released));
    let give_back = Update::builder()
        .table_name(table)
        .set_key(Some(item::stock_key(item)))
        .update_expression("ADD units :by")
        .expression_attribute_values(":by", number(units));
    let mut writes = vec![
        transaction::change(table, Part::Reservation.key(order), reserved, released, at),
        TransactWriteItem::builder().update(built(give_back.build())).build(),
    ];
    let key = Part::Payment.key(order);
    match payment.map(|payment| payment.status) {
        None => writes.push(transaction::check_absent(table, key)),
        Some(PaymentStatus::Charged) => writes.push(transaction::change(
            table,
            key,
            payment_status(PaymentStatus::Charged),
            payment_status(PaymentStatus::Refunded),
            at,
        )),
        Some(PaymentStatus::Refused | PaymentStatus::Refunded) => {}
    }
    writes
}
