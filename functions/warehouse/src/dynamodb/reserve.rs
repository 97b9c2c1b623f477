use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};

use super::item::{self, Part, STATUS, STATUS_NAME, number, reservation_status, text};
use super::transaction::built;
use super::{DynamoWarehouse, unavailable};
use crate::{Order, ReservationStatus, Reserved, WarehouseError};

/// Where the two writes stand in the transaction.
const RESERVATION: usize = 0;
const STOCK: usize = 1;

/// One transaction over the reservation and the stock.
pub(super) async fn reserve(warehouse: &DynamoWarehouse, order: &Order, at: &str) -> Result<Reserved, WarehouseError> {
    let writes = vec![keep(&warehouse.table, order, at), take(&warehouse.table, order, warehouse.opening)];
    let Err(refusal) = warehouse.transact(writes).await? else { return Ok(Reserved::Held) };
    // The reservation is looked at first: the units that an earlier try took may be the ones that are missing now.
    if refusal.failed(RESERVATION) {
        return Ok(Reserved::Held);
    }
    if !refusal.failed(STOCK) {
        return Err(unavailable(&refusal.codes()));
    }
    let units = refusal.item(STOCK).and_then(|item| item.get("units")?.as_n().ok()?.parse().ok());
    Ok(Reserved::Short { available: units.unwrap_or(warehouse.opening) })
}

/// Writes the reservation, unless there is one; one that was released is taken up again.
fn keep(table: &str, order: &Order, at: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(Part::Reservation.key(order.id())))
        .update_expression(format!(
            "SET {STATUS_NAME} = :reserved, #item = :item, quantity = :quantity, changed_at = :at"
        ))
        .condition_expression(format!("attribute_not_exists(pk) OR {STATUS_NAME} = :released"))
        .expression_attribute_names(STATUS_NAME, STATUS)
        .expression_attribute_names("#item", "item")
        .expression_attribute_values(":reserved", text(reservation_status(ReservationStatus::Reserved)))
        .expression_attribute_values(":released", text(reservation_status(ReservationStatus::Released)))
        .expression_attribute_values(":item", text(order.draft.item.as_str()))
        .expression_attribute_values(":quantity", number(order.draft.quantity))
        .expression_attribute_values(":at", text(at));
    TransactWriteItem::builder().update(built(update.build())).build()
}

/// Takes the units out of the stock, if there are enough, or if there is no item yet and the opening stock suffices.
fn take(table: &str, order: &Order, opening: u32) -> TransactWriteItem {
    let units = order.draft.quantity;
    // A missing number compares as false, so without an item the second condition fails.
    let condition = if units.get() <= opening { "attribute_not_exists(units) OR units >= :by" } else { "units >= :by" };
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(item::stock_key(&order.draft.item)))
        .update_expression("SET units = if_not_exists(units, :opening) - :by")
        .condition_expression(condition)
        // A shortfall then says how much there is.
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .expression_attribute_values(":opening", number(opening))
        .expression_attribute_values(":by", number(units));
    TransactWriteItem::builder().update(built(update.build())).build()
}
