//! Lambda `check-availability`: reserves what was ordered, if there is enough of it.
//!
//! State `VerificarDisponibilidade`. Looking and reserving are one conditional transaction, so what is said to be
//! available is the order's own, however many orders come at the same time.
#![warn(missing_docs)]

use warehouse::{Reserved, Status, Step, StepInput, Warehouse, WarehouseError};

/// Answers `item_disponivel` when the units are the order's, now or since an earlier try, and `item_indisponivel` when
/// there are too few.
pub async fn handle(input: StepInput, warehouse: &impl Warehouse) -> Result<Step, WarehouseError> {
    let StepInput { input: Step { order, payment, .. }, execution } = input;
    let draft = &order.draft;
    let status = match warehouse.reserve(&order, &execution.entered_at).await? {
        Reserved::Held => {
            tracing::info!(order_id = %order.id(), item = %draft.item, quantity = %draft.quantity, "reserved");
            Status::ItemDisponivel
        }
        Reserved::Short { available } => {
            tracing::warn!(order_id = %order.id(), item = %draft.item, quantity = %draft.quantity, available, "too few");
            Status::ItemIndisponivel
        }
    };
    Ok(Step { status, order, payment })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use warehouse::MemoryWarehouse;

    use super::*;

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/functions/check-availability.json")).unwrap()
    }

    async fn check(order: &str, quantity: u64, warehouse: &MemoryWarehouse) -> Status {
        let mut payload = sample();
        payload["input"]["order"]["order_id"] = json!(order);
        payload["input"]["order"]["quantity"] = json!(quantity);
        payload["input"]["order"]["unit_price"] = json!("1.00");
        payload["input"]["order"]["total"] = json!(format!("{quantity}.00"));
        handle(support::read(payload).unwrap(), warehouse).await.unwrap().status
    }

    #[tokio::test]
    async fn the_answer_is_the_word_that_the_state_machine_chooses_by() {
        let step = handle(support::read(sample()).unwrap(), &MemoryWarehouse::opening_with(2)).await.unwrap();
        let answer = serde_json::to_value(&step).unwrap();
        assert_eq!(answer["status"], "item_disponivel");
        assert_eq!(answer["order"], sample()["input"]["order"]);
        let step = handle(support::read(sample()).unwrap(), &MemoryWarehouse::opening_with(1)).await.unwrap();
        assert_eq!(serde_json::to_value(&step).unwrap()["status"], "item_indisponivel");
    }

    #[tokio::test]
    async fn a_step_that_is_tried_again_reserves_once_and_the_last_unit_goes_to_one_order() {
        let warehouse = MemoryWarehouse::opening_with(10);
        let item = "cafeteira-italiana".parse().unwrap();
        for _ in 0..3 {
            assert_eq!(check("a", 6, &warehouse).await, Status::ItemDisponivel);
            assert_eq!(warehouse.stock(&item), 4);
        }
        assert_eq!(check("b", 5, &warehouse).await, Status::ItemIndisponivel);
        assert_eq!(check("c", 4, &warehouse).await, Status::ItemDisponivel);
        assert_eq!(check("d", 1, &warehouse).await, Status::ItemIndisponivel);
        assert_eq!(warehouse.stock(&item), 0);
    }
}
