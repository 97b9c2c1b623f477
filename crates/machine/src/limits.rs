//! AWS's quotas that an execution meets (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).

use serde_json::Value;

use crate::document::Document;

/// The most bytes of an input, output or result: 256 KiB of UTF-8.
pub const MAX_PAYLOAD_BYTES: usize = 262_144;

/// The most events of a Standard execution's history.
pub const MAX_HISTORY_EVENTS: u64 = 25_000;

/// The most events of an Express execution. AWS sets no limit but the five minutes; this one stops an endless loop, which
/// would write more than that long before they are over.
pub const MAX_EXPRESS_EVENTS: u64 = 1_000_000;

/// The longest time that an Express execution may run, in seconds.
pub const MAX_EXPRESS_SECONDS: u64 = 300;

/// The longest wait, in seconds: one year, the longest that an execution may run.
pub const MAX_WAIT_SECONDS: i64 = 31_536_000;

/// The most events of an execution.
pub(crate) fn max_events(express: bool) -> u64 {
    if express { MAX_EXPRESS_EVENTS } else { MAX_HISTORY_EVENTS }
}

/// Whether a document is too large to be handed on.
///
/// Most documents are far from the limit: a bound that needs no text decides for them.
pub fn is_too_large(document: &Document) -> bool {
    let mut budget = MAX_PAYLOAD_BYTES;
    !fits(document.value(), &mut budget) && document.text().len() > MAX_PAYLOAD_BYTES
}

/// Whether the value's text is sure to fit into what is left of the budget (an upper bound is taken off it).
fn fits(value: &Value, budget: &mut usize) -> bool {
    let mut take = |bytes: usize| match budget.checked_sub(bytes) {
        Some(left) => {
            *budget = left;
            true
        }
        None => false,
    };
    match value {
        Value::Null | Value::Bool(_) => take(6),
        Value::Number(_) => take(26),
        // A character may become a six-byte escape.
        Value::String(text) => take(text.len().saturating_mul(6) + 3),
        Value::Array(items) => take(3) && items.iter().all(|item| fits(item, budget)),
        Value::Object(members) => {
            take(3)
                && members.iter().all(|(name, value)| {
                    let bytes = name.len().saturating_mul(6) + 4;
                    let Some(left) = budget.checked_sub(bytes) else { return false };
                    *budget = left;
                    fits(value, budget)
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_bytes_of_the_text() {
        let of = |length: usize| Document::new(Value::String("a".repeat(length)));
        assert!(!is_too_large(&of(MAX_PAYLOAD_BYTES - 2)));
        assert!(is_too_large(&of(MAX_PAYLOAD_BYTES - 1)));
        assert!(is_too_large(&Document::new(Value::Array(vec![Value::Null; 60_000]))));
        assert!(!is_too_large(&Document::new(Value::Array(vec![Value::Null; 50_000]))));
    }
}
