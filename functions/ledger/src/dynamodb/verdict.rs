use aws_sdk_dynamodb::types::CancellationReason;
use domain::{Order, Settlement, Shortfall};

use super::Opening;
use super::item::VALUE;
use super::transaction::{CASH, ORDER, SHARES};

/// What a cancelled transaction means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is an order of this identity already.
    SettledBefore,
    /// The account holds too little.
    Short(Shortfall),
    /// Neither: another transaction, or a throttle. The codes say.
    InTheWay(String),
}

const CONDITION: &str = "ConditionalCheckFailed";

/// Reads the reasons, which stand in the order of the transaction's items.
///
/// The order's own reason is looked at first: when a step is tried again, the first try's purchase may have used up the
/// cash that a second one would need.
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html>.
pub(super) fn of(reasons: &[CancellationReason], order: &Order, opening: Opening) -> Verdict {
    let failed = |at: usize| reasons.get(at).filter(|reason| reason.code() == Some(CONDITION));
    if failed(ORDER).is_some() {
        return Verdict::SettledBefore;
    }
    let held = |reason: &CancellationReason| reason.item()?.get(VALUE)?.as_n().ok().cloned();
    match order.settlement() {
        Settlement::CashForShares { .. } => failed(CASH).map(|reason| {
            let available = held(reason).and_then(|value| value.parse().ok()).unwrap_or(opening.cash);
            order.short_of_funds(available)
        }),
        Settlement::SharesForCash { .. } => failed(SHARES).map(|reason| {
            let available = held(reason).and_then(|value| value.parse().ok()).unwrap_or(u64::from(opening.shares));
            order.short_of_shares(available)
        }),
    }
    .map_or_else(|| Verdict::InTheWay(codes(reasons)), Verdict::Short)
}

fn codes(reasons: &[CancellationReason]) -> String {
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or("None")).collect();
    format!("the transaction was cancelled [{}]", codes.join(", "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde_json::json;

    use super::*;

    const OPENING_SHARES: u32 = 100;

    fn order(side: &str) -> Order {
        serde_json::from_value(json!({
            "order_id": "0", "side": side, "symbol": "NVDA", "quantity": 200, "price": "187.42", "amount": "37484.00",
            "created_at": "2026-01-01T00:00:00Z", "execution": "arn",
        }))
        .unwrap()
    }

    fn verdict(codes: [&str; 3], held: Option<&str>, side: &str) -> Verdict {
        let opening = Opening { cash: "10000.00".parse().unwrap(), shares: OPENING_SHARES };
        let reasons = codes.map(|code| {
            let item = held.filter(|_| code == CONDITION).map(|value| {
                std::collections::HashMap::from([(VALUE.to_owned(), AttributeValue::N(value.to_owned()))])
            });
            CancellationReason::builder().code(code).set_item(item).build()
        });
        of(&reasons, &order(side), opening)
    }

    #[test]
    fn an_order_that_is_there_counts_before_any_shortfall() {
        assert_eq!(verdict([CONDITION, CONDITION, "None"], Some("1"), "buy"), Verdict::SettledBefore);
        assert_eq!(verdict([CONDITION, "None", "None"], None, "sell"), Verdict::SettledBefore);
    }

    #[test]
    fn a_shortfall_says_what_is_there_or_what_the_account_opens_with() {
        let cash = |text: &str| Verdict::Short(order("buy").short_of_funds(text.parse().unwrap()));
        assert_eq!(verdict(["None", CONDITION, "None"], Some("629"), "buy"), cash("629.00"));
        assert_eq!(verdict(["None", CONDITION, "None"], None, "buy"), cash("10000.00"));
        let shares = |held| Verdict::Short(order("sell").short_of_shares(held));
        assert_eq!(verdict(["None", "None", CONDITION], Some("7"), "sell"), shares(7));
        assert_eq!(verdict(["None", "None", CONDITION], None, "sell"), shares(100));
    }

    #[test]
    fn anything_else_is_in_the_way() {
        let reason = "the transaction was cancelled [None, TransactionConflict, None]";
        assert_eq!(verdict(["None", "TransactionConflict", "None"], None, "buy"), Verdict::InTheWay(reason.into()));
        let opening = Opening { cash: "10000.00".parse().unwrap(), shares: OPENING_SHARES };
        assert_eq!(of(&[], &order("buy"), opening), Verdict::InTheWay("the transaction was cancelled []".into()));
    }
}
