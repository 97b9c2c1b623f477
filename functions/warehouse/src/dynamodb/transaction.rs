use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::item::{Attributes, STATUS, STATUS_NAME, text};

/// The code of a condition that did not hold.
const CONDITION: &str = "ConditionalCheckFailed";

/// Which conditions of a transaction did not hold; nothing was written.
#[derive(Debug)]
pub(super) struct Refusal(Vec<CancellationReason>);

impl Refusal {
    /// Whether the condition of write number `at` did not hold.
    pub(super) fn failed(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|reason| reason.code() == Some(CONDITION))
    }

    /// The item that is in the way of write number `at`, if there is one and the write asked for it.
    pub(super) fn item(&self, at: usize) -> Option<&Attributes> {
        self.0.get(at).and_then(CancellationReason::item)
    }

    /// The codes, for a person.
    pub(super) fn codes(&self) -> String {
        let codes: Vec<_> = self.0.iter().map(|reason| reason.code().unwrap_or("None")).collect();
        format!("the transaction was cancelled [{}]", codes.join(", "))
    }
}

/// The refusal that an error is, if it is one.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html>.
pub(super) fn refusal(error: &TransactWriteItemsError) -> Option<Refusal> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return None };
    Some(Refusal(cancelled.cancellation_reasons().to_vec()))
}

/// Writes an item that is not there yet.
pub(super) fn create(table: &str, item: Attributes) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().put(built(put.build())).build()
}

/// Changes an item's status, if it is `from`.
pub(super) fn change(table: &str, key: Attributes, from: &str, to: &str, at: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(format!("SET {STATUS_NAME} = :to, changed_at = :at"))
        .condition_expression(format!("{STATUS_NAME} = :from"))
        .expression_attribute_names(STATUS_NAME, STATUS)
        .expression_attribute_values(":from", text(from))
        .expression_attribute_values(":to", text(to))
        .expression_attribute_values(":at", text(at));
    TransactWriteItem::builder().update(built(update.build())).build()
}

/// Writes nothing, if an item's status is `status`.
pub(super) fn check(table: &str, key: Attributes, status: &str) -> TransactWriteItem {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key))
        .condition_expression(format!("{STATUS_NAME} = :status"))
        .expression_attribute_names(STATUS_NAME, STATUS)
        .expression_attribute_values(":status", text(status));
    TransactWriteItem::builder().condition_check(built(check.build())).build()
}

/// Writes nothing, if there is no item.
pub(super) fn check_absent(table: &str, key: Attributes) -> TransactWriteItem {
    let check =
        ConditionCheck::builder().table_name(table).set_key(Some(key)).condition_expression("attribute_not_exists(pk)");
    TransactWriteItem::builder().condition_check(built(check.build())).build()
}

pub(super) fn built<T>(value: Result<T, BuildError>) -> T {
    value.expect("every required member is set above")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_refusal_tells_whose_condition_it_was_and_what_is_in_the_way() {
        let item = HashMap::from([(STATUS.to_owned(), text("charged"))]);
        let reasons = [
            CancellationReason::builder().code("None").build(),
            CancellationReason::builder().code(CONDITION).set_item(Some(item.clone())).build(),
            CancellationReason::builder().code(CONDITION).build(),
            CancellationReason::builder().code("TransactionConflict").build(),
        ];
        let refusal = Refusal(reasons.to_vec());
        assert_eq!([0, 1, 2, 3, 9].map(|at| refusal.failed(at)), [false, true, true, false, false]);
        assert_eq!([0, 1, 2, 9].map(|at| refusal.item(at)), [None, Some(&item), None, None]);
        assert_eq!(
            refusal.codes(),
            "the transaction was cancelled [None, ConditionalCheckFailed, ConditionalCheckFailed, TransactionConflict]"
        );
    }
}
