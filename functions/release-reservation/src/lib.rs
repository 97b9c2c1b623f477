//! Lambda `release-reservation`: cancels an order: gives back what is reserved and refunds what is charged.
//!
//! States `LiberarReserva` (the payment failed) and `CancelarPedido` (something broke on the way). Both go back together
//! and once, whatever the state machine got to know before it broke. An order that is on its way already stays so, and the
//! answer says that instead.
#![warn(missing_docs)]

use domain::Money;
use serde::Serialize;
use warehouse::{Cancellation, Delivery, Order, Payment, Status, Step, StepInput, Warehouse, WarehouseError};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Output {
    /// Nothing is reserved and nothing charged any more.
    Cancelled {
        /// `pedido_cancelado`.
        status: Status,
        /// The order.
        order: Order,
        /// How many units this call gave back: none when there was nothing to give back.
        released: u32,
        /// How much this call refunded.
        refunded: Money,
    },
    /// Too late: what `dispatch-order` would have answered.
    Shipped {
        /// `pedido_enviado`.
        status: Status,
        /// The order.
        order: Order,
        /// How it was paid.
        payment: Payment,
        /// What is on its way.
        delivery: Delivery,
    },
}

/// Cancels the order, if it is not on its way.
pub async fn handle(input: StepInput, warehouse: &impl Warehouse) -> Result<Output, WarehouseError> {
    let StepInput { input: Step { order, .. }, execution } = input;
    match warehouse.cancel(order.id(), &execution.entered_at).await? {
        Cancellation::Cancelled { released, refunded } => {
            tracing::info!(order_id = %order.id(), released, %refunded, "cancelled");
            Ok(Output::Cancelled { status: Status::PedidoCancelado, order, released, refunded })
        }
        Cancellation::Shipped { payment, delivery } => {
            let announced = delivery.announced;
            tracing::warn!(order_id = %order.id(), announced, "not cancelled: it is on its way");
            Ok(Output::Shipped { status: Status::PedidoEnviado, order, payment, delivery })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use warehouse::{Item, MemoryWarehouse, PaymentStatus};

    use super::*;

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/functions/release-reservation.json")).unwrap()
    }

    fn input() -> StepInput {
        support::read(sample()).unwrap()
    }

    fn item() -> Item {
        "cafeteira-italiana".parse().unwrap()
    }

    async fn cancel(warehouse: &MemoryWarehouse) -> Value {
        serde_json::to_value(handle(input(), warehouse).await.unwrap()).unwrap()
    }

    async fn reserved(paid: Option<PaymentStatus>) -> MemoryWarehouse {
        let warehouse = MemoryWarehouse::opening_with(10);
        let Step { order, payment, .. } = input().input;
        warehouse.reserve(&order, "now").await.unwrap();
        if let Some(status) = paid {
            warehouse.pay(&order, &Payment { status, ..payment.unwrap() }).await.unwrap();
        }
        warehouse
    }

    #[tokio::test]
    async fn what_is_reserved_and_charged_goes_back_once() {
        for (paid, refunded, left) in [
            (None, "0.00", None),
            (Some(PaymentStatus::Refused), "0.00", Some(PaymentStatus::Refused)),
            (Some(PaymentStatus::Charged), "699.80", Some(PaymentStatus::Refunded)),
        ] {
            let warehouse = reserved(paid).await;
            assert_eq!(warehouse.stock(&item()), 8);
            let order = &sample()["input"]["order"];
            let expected = json!({"status": "pedido_cancelado", "order": order, "released": 2, "refunded": refunded});
            assert_eq!(cancel(&warehouse).await, expected);
            assert_eq!(warehouse.stock(&item()), 10);
            for _ in 0..2 {
                let expected = json!({"status": "pedido_cancelado", "order": order, "released": 0, "refunded": "0.00"});
                assert_eq!(cancel(&warehouse).await, expected);
            }
            assert_eq!(warehouse.stock(&item()), 10, "given back once");
            assert_eq!(warehouse.payment(input().input.order.id()).map(|payment| payment.status), left);
        }
    }

    #[tokio::test]
    async fn an_order_that_reserved_nothing_gives_nothing_back() {
        let warehouse = MemoryWarehouse::opening_with(10);
        assert_eq!(cancel(&warehouse).await["released"], 0);
        assert_eq!(warehouse.stock(&item()), 10);
    }

    #[tokio::test]
    async fn an_order_on_its_way_stays_so() {
        let warehouse = reserved(Some(PaymentStatus::Charged)).await;
        let order = input().input.order;
        let delivery = warehouse.dispatch(&order, &Delivery::of(&order, "now")).await.unwrap();
        let answer = cancel(&warehouse).await;
        assert_eq!(answer["status"], "pedido_enviado");
        assert_eq!(answer["payment"]["status"], "charged");
        assert_eq!(answer["delivery"], serde_json::to_value(delivery).unwrap());
        assert_eq!(warehouse.stock(&item()), 8);
    }
}
