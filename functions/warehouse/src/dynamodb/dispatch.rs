use aws_sdk_dynamodb::types::AttributeValue;
use support::aws;

use super::item::{self, Part, payment_status, reservation_status};
use super::{DynamoWarehouse, transaction, unavailable};
use crate::{Delivery, Order, OrderId, PaymentStatus, ReservationStatus, WarehouseError};

/// Where the writes and the check stand in the transaction.
const DELIVERY: usize = 0;
const RESERVATION: usize = 1;
const PAYMENT: usize = 2;

/// One transaction: the delivery is written and the units leave, if there was no delivery, the units are reserved and the
/// order is charged.
pub(super) async fn dispatch(
    warehouse: &DynamoWarehouse,
    order: &Order,
    delivery: &Delivery,
) -> Result<Delivery, WarehouseError> {
    let table = &warehouse.table;
    let (reserved, shipped) =
        (reservation_status(ReservationStatus::Reserved), reservation_status(ReservationStatus::Shipped));
    let writes = vec![
        transaction::create(table, item::delivery(order.id(), delivery)),
        transaction::change(table, Part::Reservation.key(order.id()), reserved, shipped, &delivery.dispatched_at),
        transaction::check(table, Part::Payment.key(order.id()), payment_status(PaymentStatus::Charged)),
    ];
    let Err(refusal) = warehouse.transact(writes).await? else { return Ok(delivery.clone()) };
    if refusal.failed(DELIVERY) {
        let known = refusal.item(DELIVERY).and_then(item::read_delivery);
        return known.ok_or_else(|| unavailable("the stored delivery can't be read"));
    }
    if refusal.failed(RESERVATION) || refusal.failed(PAYMENT) {
        return Err(WarehouseError::Closed(order.id().clone()));
    }
    Err(unavailable(&refusal.codes()))
}

/// Marks the delivery as told of.
pub(super) async fn announced(warehouse: &DynamoWarehouse, order: &OrderId) -> Result<(), WarehouseError> {
    let update = warehouse
        .client
        .update_item()
        .table_name(&warehouse.table)
        .set_key(Some(Part::Delivery.key(order)))
        .update_expression("SET announced = :yes")
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_values(":yes", AttributeValue::Bool(true));
    update.send().await.map(drop).map_err(|error| unavailable(&aws::reason(&error)))
}
