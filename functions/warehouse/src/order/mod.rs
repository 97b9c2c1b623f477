//! What an order is: its vocabulary, which refuses what is no order.

mod id;
mod line;
mod units;

use domain::{Execution, Money, MoneyError};
use serde::{Deserialize, Serialize};

pub use id::{Card, IdError, Item, OrderId};
pub use line::{Line, LineError};
pub use units::{Units, UnitsError};

/// What a delivery is started with. Members beside these are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Draft {
    /// Names the order, once and for all: a second order of this name is the same order.
    pub order_id: OrderId,
    /// What is ordered.
    pub item: Item,
    /// How many units of it.
    pub quantity: Units,
    /// The price of one unit, as the shop offered it. Who may start a delivery is the shop, not its customer.
    pub unit_price: Money,
    /// What pays: a reference to a card that the payment provider keeps.
    pub card: Card,
    /// Whom it is for.
    pub customer: Line,
    /// Where it goes.
    pub address: Line,
}

#[derive(Deserialize)]
struct Fields {
    order_id: OrderId,
    item: Item,
    quantity: Units,
    unit_price: Money,
    card: Card,
    customer: Line,
    address: Line,
}

impl TryFrom<Fields> for Draft {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let Fields { order_id, item, quantity, unit_price, card, customer, address } = fields;
        if !unit_price.is_positive() {
            return Err("unit_price must be more than nothing".to_owned());
        }
        let draft = Self { order_id, item, quantity, unit_price, card, customer, address };
        draft.total().map_err(|error| format!("quantity times unit_price: {error}"))?;
        Ok(draft)
    }
}

impl Draft {
    /// What the order costs; [`MoneyError::TooLarge`] above [`Money::MAX`], which no draft that was read is.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.unit_price.times(self.quantity.into())
    }
}

/// An order as it was received. Its members are on the way between the states and in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Whole")]
pub struct Order {
    /// What was ordered.
    #[serde(flatten)]
    pub draft: Draft,
    /// What it costs: `quantity` times `unit_price`.
    pub total: Money,
    /// When it was received, RFC 3339: when the execution came to that step, so that a retry says the same.
    pub received_at: String,
    /// The ARN of the execution that received it first.
    pub execution: String,
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    fields: Fields,
    total: Money,
    received_at: String,
    execution: String,
}

impl TryFrom<Whole> for Order {
    type Error = String;

    fn try_from(whole: Whole) -> Result<Self, String> {
        let Whole { fields, total, received_at, execution } = whole;
        let draft = Draft::try_from(fields)?;
        // No total that was changed on its way is charged.
        if draft.total().as_ref() != Ok(&total) {
            return Err(format!("the total {total} is not quantity times unit_price"));
        }
        Ok(Self { draft, total, received_at, execution })
    }
}

impl Order {
    /// The order that `execution` receives. Fails when it costs more than [`Money::MAX`].
    pub fn receive(draft: Draft, execution: &Execution) -> Result<Self, MoneyError> {
        let total = draft.total()?;
        Ok(Self { draft, total, received_at: execution.entered_at.clone(), execution: execution.id.clone() })
    }

    /// Its name.
    pub fn id(&self) -> &OrderId {
        &self.draft.order_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn draft() -> Value {
        json!({
            "order_id": "pedido-1001", "item": "cafeteira-italiana", "quantity": 3, "unit_price": "349.90",
            "card": "cartao-ana", "customer": "Ana Souza", "address": "Rua das Flores 123, Curitiba",
        })
    }

    fn execution() -> Execution {
        serde_json::from_value(json!({
            "id": "arn", "name": "n", "started_at": "2026-01-01T00:00:00Z", "state": "ReceberPedido",
            "entered_at": "2026-01-01T00:00:01Z",
        }))
        .unwrap()
    }

    #[test]
    fn an_order_is_its_draft_with_a_total_and_travels_flat() {
        let order = Order::receive(serde_json::from_value(draft()).unwrap(), &execution()).unwrap();
        let mut expected = draft();
        expected["total"] = json!("1049.70");
        expected["received_at"] = json!("2026-01-01T00:00:01Z");
        expected["execution"] = json!("arn");
        assert_eq!(serde_json::to_value(&order).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Order>(expected).unwrap(), order);
    }

    #[test]
    fn a_total_that_was_changed_on_its_way_is_refused() {
        let order = Order::receive(serde_json::from_value(draft()).unwrap(), &execution()).unwrap();
        let mut changed = serde_json::to_value(order).unwrap();
        changed["total"] = json!("0.01");
        let refusal = serde_json::from_value::<Order>(changed).unwrap_err().to_string();
        assert_eq!(refusal, "the total 0.01 is not quantity times unit_price");
    }

    #[test]
    fn what_costs_nothing_or_too_much_is_no_order() {
        for (price, reason) in [
            ("0", "unit_price must be more than nothing"),
            ("1000000000000000", "quantity times unit_price: an amount of money is at most 1000000000000000.00"),
        ] {
            let mut free = draft();
            free["unit_price"] = json!(price);
            assert_eq!(serde_json::from_value::<Draft>(free).unwrap_err().to_string(), reason);
        }
    }
}
