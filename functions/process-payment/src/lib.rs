//! Lambda `process-payment`: charges an order, once.
//!
//! State `ProcessarPagamento`. The decision is written down under the order's name; whoever asks again, a retry or a
//! second delivery of the same order, gets the decision that stands there.
#![warn(missing_docs)]

use warehouse::{Payment, PaymentStatus, Payments, Status, Step, StepInput, Warehouse, WarehouseError};

/// Answers `pagamento_confirmado` when the order is charged, and `pagamento_falhou` when it is not: refused, or refunded
/// since.
pub async fn handle(
    input: StepInput,
    gateway: &impl Payments,
    warehouse: &impl Warehouse,
) -> Result<Step, WarehouseError> {
    let StepInput { input: Step { order, .. }, execution } = input;
    let decided = Payment::decided(&order, gateway.decide(&order), &execution.entered_at);
    let payment = warehouse.pay(&order, &decided).await?;
    let status = match payment.status {
        PaymentStatus::Charged => Status::PagamentoConfirmado,
        PaymentStatus::Refused | PaymentStatus::Refunded => Status::PagamentoFalhou,
    };
    tracing::info!(
        order_id = %order.id(),
        amount = %payment.amount,
        payment = ?payment.status,
        reason = payment.reason,
        repeated = payment != decided,
        "paid"
    );
    Ok(Step { status, order, payment: Some(payment) })
}

#[cfg(test)]
mod tests {
    use domain::Fault;
    use serde_json::{Value, json};
    use warehouse::{Decision, MemoryWarehouse, Order, PaperGateway};

    use super::*;

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/functions/process-payment.json")).unwrap()
    }

    fn input() -> StepInput {
        support::read(sample()).unwrap()
    }

    fn gateway(limit: &str) -> PaperGateway {
        PaperGateway::new(limit.parse().unwrap())
    }

    async fn reserved() -> MemoryWarehouse {
        let warehouse = MemoryWarehouse::opening_with(10);
        warehouse.reserve(&input().input.order, "now").await.unwrap();
        warehouse
    }

    #[tokio::test]
    async fn the_answer_is_the_word_that_the_state_machine_chooses_by() {
        let step = handle(input(), &gateway("699.80"), &reserved().await).await.unwrap();
        let answer = serde_json::to_value(&step).unwrap();
        assert_eq!(answer["status"], "pagamento_confirmado");
        assert_eq!(
            answer["payment"],
            json!({
                "status": "charged", "amount": "699.80", "card": "cartao-ana", "decided_at": "2026-01-05T14:30:00.301Z",
            })
        );
        let step = handle(input(), &gateway("699.79"), &reserved().await).await.unwrap();
        let answer = serde_json::to_value(&step).unwrap();
        assert_eq!(answer["status"], "pagamento_falhou");
        assert_eq!(answer["payment"]["reason"], "The total 699.80 exceeds the limit 699.79.");
    }

    /// Would charge or refuse in turn, if it were asked what counts.
    struct Fickle(std::cell::Cell<bool>);

    impl Payments for Fickle {
        fn decide(&self, _: &Order) -> Decision {
            let Self(charges) = self;
            if charges.replace(!charges.get()) { Decision::Charged } else { Decision::Refused("no".into()) }
        }
    }

    #[tokio::test]
    async fn whatever_a_retry_would_decide_the_first_decision_stands() {
        for charges in [true, false] {
            let (gateway, warehouse) = (Fickle(charges.into()), reserved().await);
            let first = handle(input(), &gateway, &warehouse).await.unwrap();
            for _ in 0..3 {
                let mut later = input();
                later.execution.entered_at = "2026-02-01T00:00:00Z".into();
                assert_eq!(handle(later, &gateway, &warehouse).await.unwrap(), first);
            }
            assert_eq!(warehouse.payment(first.order.id()), first.payment);
        }
    }

    #[tokio::test]
    async fn what_is_not_reserved_is_not_charged() {
        let warehouse = MemoryWarehouse::opening_with(10);
        let error = handle(input(), &gateway("5000"), &warehouse).await.unwrap_err();
        assert_eq!(error.name(), "OrderClosed");
        assert_eq!(warehouse.payment(input().input.order.id()), None);
    }

    #[tokio::test]
    async fn a_payment_that_was_refunded_is_not_charged_again() {
        let warehouse = reserved().await;
        handle(input(), &gateway("5000"), &warehouse).await.unwrap();
        let order = input().input.order;
        warehouse.cancel(order.id(), "now").await.unwrap();
        warehouse.reserve(&order, "now").await.unwrap();
        let step = handle(input(), &gateway("5000"), &warehouse).await.unwrap();
        assert_eq!((step.status, step.payment.unwrap().status), (Status::PagamentoFalhou, PaymentStatus::Refunded));
    }
}
