//! Lambda `receive-order`: takes an order in.
//!
//! State `ReceberPedido`. Whatever is no order is refused here as `InvalidInput`, before anything is reserved. An order
//! that comes a second time is the same order; the same name with another content is refused.
#![warn(missing_docs)]

use domain::{Execution, Fault, MoneyError, fault};
use serde::Deserialize;
use warehouse::{Draft, Order, Status, Step, Warehouse, WarehouseError};

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the execution: the order.
    pub input: Draft,
    /// Which execution receives it.
    pub execution: Execution,
}

/// Why the order was not received.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InvalidInput`: the total is out of bounds.
    #[error("The order can't be put a price on: {0}.")]
    Total(#[from] MoneyError),
    /// `InvalidInput` or, worth a retry, `WarehouseUnavailable`.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Total(_) => fault::INVALID_INPUT,
            Self::Warehouse(error) => error.name(),
        }
    }
}

/// Writes the order down, once.
pub async fn handle(input: Input, warehouse: &impl Warehouse) -> Result<Step, Error> {
    let received = Order::receive(input.input, &input.execution)?;
    let order = warehouse.receive(&received).await?;
    tracing::info!(order_id = %order.id(), total = %order.total, repeated = order != received, "received");
    Ok(Step { status: Status::PedidoRecebido, order, payment: None })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use warehouse::MemoryWarehouse;

    use super::*;

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/functions/receive-order.json")).unwrap()
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut payload = sample();
        *payload.pointer_mut(pointer).unwrap() = value;
        payload
    }

    async fn receive(payload: Value, warehouse: &MemoryWarehouse) -> Result<Step, Error> {
        handle(support::read(payload).unwrap(), warehouse).await
    }

    #[tokio::test]
    async fn an_order_is_received_with_its_total() {
        let step = receive(sample(), &MemoryWarehouse::opening_with(10)).await.unwrap();
        let answer = serde_json::to_value(&step).unwrap();
        assert_eq!(answer["status"], "pedido_recebido");
        assert_eq!(
            (&answer["order"]["order_id"], &answer["order"]["total"]),
            (&json!("pedido-1001"), &json!("699.80"))
        );
        assert_eq!(answer["order"]["received_at"], sample()["execution"]["entered_at"]);
        assert!(answer.get("payment").is_none());
    }

    #[tokio::test]
    async fn an_order_that_comes_again_is_the_one_that_came_first() {
        let warehouse = MemoryWarehouse::opening_with(10);
        let first = receive(sample(), &warehouse).await.unwrap();
        let mut later = with("/execution/entered_at", json!("2026-02-01T00:00:00.000Z"));
        later["execution"]["id"] = json!("arn:another");
        assert_eq!(receive(later, &warehouse).await.unwrap(), first);
    }

    #[tokio::test]
    async fn the_same_name_with_another_content_is_refused() {
        let warehouse = MemoryWarehouse::opening_with(10);
        receive(sample(), &warehouse).await.unwrap();
        let error = receive(with("/input/quantity", json!(3)), &warehouse).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert_eq!(
            error.to_string(),
            "The order pedido-1001 was received before with another content; a new order needs a new order_id."
        );
    }

    #[test]
    fn hostile_and_malformed_orders_are_refused_by_their_place() {
        for (pointer, value, place) in [
            ("/input", json!(null), "input"),
            ("/input", json!([]), "input"),
            ("/input", json!("pedido"), "input"),
            ("/input", json!({}), "input"),
            ("/input/order_id", json!("pedido#1"), "input.order_id"),
            ("/input/order_id", json!("../../etc/passwd"), "input.order_id"),
            ("/input/order_id", json!(1001), "input.order_id"),
            ("/input/item", json!("cafeteira\u{0}"), "input.item"),
            ("/input/item", json!({"S": "x"}), "input.item"),
            ("/input/quantity", json!(-1), "input.quantity"),
            ("/input/quantity", json!(0), "input.quantity"),
            ("/input/quantity", json!(1e300), "input.quantity"),
            ("/input/quantity", json!("2"), "input.quantity"),
            ("/input/unit_price", json!(349.9), "input.unit_price"),
            ("/input/unit_price", json!("-1.00"), "input.unit_price"),
            ("/input/unit_price", json!("0.00"), "input"),
            ("/input/card", json!("4111111111111111"), "input.card"),
            ("/input/customer", json!("Ana\nBCC: todos"), "input.customer"),
            ("/input/address", json!(""), "input.address"),
            ("/execution/id", json!(""), "execution"),
        ] {
            let error = support::read::<Input>(with(pointer, value.clone())).unwrap_err();
            assert_eq!(error.at, place, "{pointer} = {value}: {error}");
        }
    }

    #[tokio::test]
    async fn names_and_addresses_are_taken_in_any_writing() {
        let payload = with("/input/customer", json!("José Conceição 🌵 株式会社"));
        let step = receive(payload, &MemoryWarehouse::opening_with(10)).await.unwrap();
        assert_eq!(step.order.draft.customer.as_str(), "José Conceição 🌵 株式会社");
    }
}
