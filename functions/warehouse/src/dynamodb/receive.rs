use aws_sdk_dynamodb::operation::put_item::PutItemError;
use support::aws;

use super::item::{self, Part};
use super::{DynamoWarehouse, unavailable};
use crate::{Order, WarehouseError};

/// Writes the order down, or finds the one that was written before.
pub(super) async fn receive(warehouse: &DynamoWarehouse, order: &Order) -> Result<Order, WarehouseError> {
    let DynamoWarehouse { client, table, .. } = warehouse;
    let put = client.put_item().table_name(table).set_item(Some(item::order(order)));
    let Err(error) = put.condition_expression("attribute_not_exists(pk)").send().await else {
        return Ok(order.clone());
    };
    if !matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) {
        return Err(unavailable(&aws::reason(&error)));
    }
    let get = client.get_item().table_name(table).set_key(Some(Part::Order.key(order.id()))).consistent_read(true);
    let found = get.send().await.map_err(|error| unavailable(&aws::reason(&error)))?;
    let known = found.item().and_then(item::read_order).ok_or_else(|| unavailable("the stored order can't be read"))?;
    if known.draft == order.draft { Ok(known) } else { Err(WarehouseError::AnotherOrder(order.id().clone())) }
}
