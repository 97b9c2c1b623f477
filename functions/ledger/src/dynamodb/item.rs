use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Money, Order, OrderId, Quantity, Side, Symbol};

/// The attribute that holds an account item's number.
pub(super) const VALUE: &str = "value";

const PARTITION_KEY: &str = "pk";
const SORT_KEY: &str = "sk";
const ACCOUNT: &str = "ACCOUNT#paper";

pub(super) type Item = HashMap<String, AttributeValue>;

fn key(partition: String, sort: String) -> Item {
    HashMap::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(partition)),
        (SORT_KEY.to_owned(), AttributeValue::S(sort)),
    ])
}

/// The key of an order.
pub(super) fn order_key(id: &OrderId) -> Item {
    key(format!("ORDER#{id}"), "ORDER".to_owned())
}

/// The key of the account's cash.
pub(super) fn cash_key() -> Item {
    key(ACCOUNT.to_owned(), "CASH".to_owned())
}

/// The key of the account's shares of `symbol`.
pub(super) fn position_key(symbol: &Symbol) -> Item {
    key(ACCOUNT.to_owned(), format!("POSITION#{symbol}"))
}

/// A number as the service takes it: decimal text.
pub(super) fn number<T: Copy + Display>(value: T) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Money as a number: the exact decimal.
pub(super) fn money(value: Money) -> AttributeValue {
    number(value.decimal())
}

/// The item of an order.
pub(super) fn order(order: &Order) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let mut item = order_key(&order.order_id);
    item.extend(
        [
            ("order_id", text(order.order_id.as_str())),
            ("side", text(order.side.as_str())),
            ("symbol", text(order.symbol.as_str())),
            ("quantity", number(order.quantity)),
            ("price", money(order.price)),
            ("amount", money(order.amount)),
            ("created_at", text(&order.created_at)),
            ("execution", text(&order.execution)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    item
}

/// The order of an item, `None` when it is not one that [`order`] wrote.
pub(super) fn read_order(item: &Item) -> Option<Order> {
    let text = |name: &str| item.get(name)?.as_s().ok();
    let number = |name: &str| item.get(name)?.as_n().ok();
    Some(Order {
        order_id: OrderId::from_text(text("order_id")?),
        side: match text("side")?.as_str() {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return None,
        },
        symbol: text("symbol")?.parse().ok()?,
        quantity: Quantity::new(number("quantity")?.parse().ok()?).ok()?,
        price: number("price")?.parse().ok()?,
        amount: number("amount")?.parse().ok()?,
        created_at: text("created_at")?.clone(),
        execution: text("execution")?.clone(),
    })
}
