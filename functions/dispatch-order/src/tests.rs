use std::cell::{Cell, RefCell};

use serde_json::{Value, json};
use warehouse::{Cancellation, MemoryWarehouse, Payment, PaymentStatus};

use super::*;

fn sample() -> Value {
    serde_json::from_str(include_str!("../../../events/functions/dispatch-order.json")).unwrap()
}

fn input() -> StepInput {
    support::read(sample()).unwrap()
}

#[derive(Default)]
struct Subscribers {
    away: Cell<bool>,
    told: RefCell<Vec<Announcement>>,
}

impl Announcements for Subscribers {
    async fn announce(&self, announcement: &Announcement) -> Result<(), Error> {
        if self.away.get() {
            return Err(Error::Topic { reason: "it is away".into() });
        }
        self.told.borrow_mut().push(announcement.clone());
        Ok(())
    }
}

async fn paid() -> MemoryWarehouse {
    let warehouse = MemoryWarehouse::opening_with(10);
    let Step { order, payment, .. } = input().input;
    warehouse.reserve(&order, "now").await.unwrap();
    warehouse.pay(&order, &payment.unwrap()).await.unwrap();
    warehouse
}

#[tokio::test]
async fn an_order_is_sent_out_and_told_of_once_however_often_the_step_is_tried() {
    let (warehouse, topic) = (paid().await, Subscribers::default());
    let first = handle(input(), &warehouse, &topic).await.unwrap();
    let answer = serde_json::to_value(&first).unwrap();
    assert_eq!((&answer["status"], &answer["delivery"]["announced"]), (&json!("pedido_enviado"), &json!(true)));
    assert_eq!((&answer["order"], &answer["payment"]), (&sample()["input"]["order"], &sample()["input"]["payment"]));
    for _ in 0..2 {
        assert_eq!(handle(input(), &warehouse, &topic).await.unwrap(), first);
    }
    let told = topic.told.into_inner();
    assert_eq!(told.len(), 1);
    assert_eq!(
        serde_json::to_value(&told[0]).unwrap(),
        json!({
            "order_id": "pedido-1001", "item": "cafeteira-italiana", "quantity": 2,
            "tracking_code": first.delivery.tracking_code, "customer": "Ana Souza",
            "address": "Rua das Flores 123, Curitiba", "dispatched_at": "2026-01-05T14:30:00.452Z",
        })
    );
}

#[tokio::test]
async fn a_topic_that_is_away_is_told_by_the_retry_and_the_delivery_stands() {
    let (warehouse, topic) = (paid().await, Subscribers { away: true.into(), ..Subscribers::default() });
    let error = handle(input(), &warehouse, &topic).await.unwrap_err();
    assert_eq!(error.name(), "TopicUnavailable");
    let recorded = warehouse.delivery(input().input.order.id()).unwrap();
    assert!(!recorded.announced);
    assert!(matches!(
        warehouse.cancel(input().input.order.id(), "now").await.unwrap(),
        Cancellation::Shipped { delivery, .. } if delivery == recorded
    ));

    topic.away.set(false);
    let mut later = input();
    later.execution.entered_at = "2026-02-01T00:00:00Z".into();
    let output = handle(later, &warehouse, &topic).await.unwrap();
    assert_eq!(output.delivery, Delivery { announced: true, ..recorded });
    assert_eq!(topic.told.borrow().len(), 1);
}

#[tokio::test]
async fn what_is_not_paid_or_was_cancelled_is_not_sent_out() {
    let topic = Subscribers::default();
    let order = input().input.order;

    let unpaid = MemoryWarehouse::opening_with(10);
    unpaid.reserve(&order, "now").await.unwrap();
    let refused = MemoryWarehouse::opening_with(10);
    refused.reserve(&order, "now").await.unwrap();
    let refusal = Payment { status: PaymentStatus::Refused, ..input().input.payment.unwrap() };
    refused.pay(&order, &refusal).await.unwrap();
    let cancelled = paid().await;
    cancelled.cancel(order.id(), "now").await.unwrap();

    for warehouse in [unpaid, refused, cancelled] {
        let error = handle(input(), &warehouse, &topic).await.unwrap_err();
        assert_eq!(error.name(), "OrderClosed");
        assert_eq!(warehouse.delivery(order.id()), None);
    }
    assert!(topic.told.borrow().is_empty());
}
