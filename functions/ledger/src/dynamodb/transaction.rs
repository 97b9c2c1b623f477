use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{Order, Settlement};

use super::Opening;
use super::item::{self, Item, VALUE};

/// Where the order, the cash and the shares stand among the items, and so among the reasons of a cancellation.
pub(super) const ORDER: usize = 0;
pub(super) const CASH: usize = 1;
pub(super) const SHARES: usize = 2;

/// The three writes of one order.
pub(super) fn items(table: &str, order: &Order, opening: Opening) -> Vec<TransactWriteItem> {
    let cash_opening = item::money(opening.cash);
    let shares_opening = item::number(opening.shares);
    let (cash, shares) = match order.settlement() {
        Settlement::CashForShares { takes, brings } => (
            Change::take(cash_opening, item::money(takes), takes <= opening.cash),
            Change::bring(shares_opening, item::number(brings)),
        ),
        Settlement::SharesForCash { takes, brings } => (
            Change::bring(cash_opening, item::money(brings)),
            Change::take(shares_opening, item::number(takes), takes.get() <= opening.shares),
        ),
    };
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item::order(order)))
        .condition_expression("attribute_not_exists(pk)");
    vec![
        TransactWriteItem::builder().put(built(put.build())).build(),
        cash.update(table, item::cash_key()),
        shares.update(table, item::position_key(&order.symbol)),
    ]
}

/// A change of an account item's number.
struct Change {
    opening: AttributeValue,
    by: AttributeValue,
    expression: &'static str,
    condition: Option<&'static str>,
}

impl Change {
    /// More of it; always possible.
    fn bring(opening: AttributeValue, by: AttributeValue) -> Self {
        let expression = "SET #value = if_not_exists(#value, :opening) + :by";
        Self { opening, by, expression, condition: None }
    }

    /// Less of it; possible if there is enough, or if there is no item yet and the opening balance suffices.
    fn take(opening: AttributeValue, by: AttributeValue, opening_suffices: bool) -> Self {
        let expression = "SET #value = if_not_exists(#value, :opening) - :by";
        // A missing number compares as false, so without an item the second condition fails.
        let condition =
            if opening_suffices { "attribute_not_exists(#value) OR #value >= :by" } else { "#value >= :by" };
        Self { opening, by, expression, condition: Some(condition) }
    }

    fn update(self, table: &str, key: Item) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(self.expression)
            .set_condition_expression(self.condition.map(str::to_owned))
            // A shortfall then says how much there is.
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_names("#value", VALUE)
            .expression_attribute_values(":opening", self.opening)
            .expression_attribute_values(":by", self.by);
        TransactWriteItem::builder().update(built(update.build())).build()
    }
}

fn built<T>(value: Result<T, aws_sdk_dynamodb::error::BuildError>) -> T {
    value.expect("every required member is set above")
}
