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

/// How deep arrays and objects may be nested in what is handed on. AWS documents no such limit; this is as deep as a JSON
/// text may be that is read back, from the journal and by those who are sent it.
pub const MAX_DEPTH: usize = 127;

/// The most bytes of all variables of an execution
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>). Those that one `Assign` sets may have
/// [`MAX_PAYLOAD_BYTES`] together.
pub const MAX_VARIABLES_BYTES: usize = 10 << 20;

/// Why a document can't be handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// It has more than [`MAX_PAYLOAD_BYTES`].
    Size,
    /// It is nested deeper than [`MAX_DEPTH`].
    Depth,
}

/// About how many bytes a document has, or why it can't be handed on.
///
/// Most documents are far from the limits: a bound that needs no text decides for them.
pub(crate) fn weigh(document: &Document) -> Result<usize, Excess> {
    if let Some(bytes) = document.only_text() {
        return if bytes > MAX_PAYLOAD_BYTES { Err(Excess::Size) } else { Ok(bytes) };
    }
    let mut budget = MAX_PAYLOAD_BYTES;
    match fits(document.value(), &mut budget, MAX_DEPTH) {
        Ok(()) => Ok(MAX_PAYLOAD_BYTES - budget),
        Err(Excess::Size) if !is_deeper(document.value(), MAX_DEPTH) => match document.text().len() {
            bytes if bytes > MAX_PAYLOAD_BYTES => Err(Excess::Size),
            bytes => Ok(bytes),
        },
        Err(_) => Err(Excess::Depth),
    }
}

/// Whether the value's text is sure to fit into what is left of the budget (an upper bound is taken off it), and nested no
/// more than that many levels.
fn fits(value: &Value, budget: &mut usize, levels: usize) -> Result<(), Excess> {
    let take = |budget: &mut usize, bytes: usize| {
        *budget = budget.checked_sub(bytes).ok_or(Excess::Size)?;
        Ok(())
    };
    match value {
        Value::Null | Value::Bool(_) => take(budget, 6),
        Value::Number(_) => take(budget, 26),
        // A character may become a six-byte escape.
        Value::String(text) => take(budget, text.len().saturating_mul(6) + 3),
        Value::Array(items) => {
            let levels = levels.checked_sub(1).ok_or(Excess::Depth)?;
            take(budget, 3)?;
            items.iter().try_for_each(|item| fits(item, budget, levels))
        }
        Value::Object(members) => {
            let levels = levels.checked_sub(1).ok_or(Excess::Depth)?;
            take(budget, 3)?;
            members.iter().try_for_each(|(name, value)| {
                take(budget, name.len().saturating_mul(6) + 4)?;
                fits(value, budget, levels)
            })
        }
    }
}

/// Whether a value is nested more than that many levels.
fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|value| is_deeper(value, levels - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_bytes_of_the_text() {
        let of = |length: usize| Document::new(Value::String("a".repeat(length)));
        assert_eq!(weigh(&of(MAX_PAYLOAD_BYTES - 2)), Ok(MAX_PAYLOAD_BYTES));
        assert_eq!(weigh(&of(MAX_PAYLOAD_BYTES - 1)), Err(Excess::Size));
        assert_eq!(weigh(&Document::new(Value::Array(vec![Value::Null; 60_000]))), Err(Excess::Size));
        assert!(weigh(&Document::new(Value::Array(vec![Value::Null; 50_000]))).is_ok());
    }

    /// What is taken can be read back from its text, and what is one level deeper can't.
    #[test]
    fn the_depth_is_what_can_be_read_back() {
        let nested = |levels: usize| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(weigh(&Document::new(nested(MAX_DEPTH))), Ok(3 * MAX_DEPTH + 6));
        assert!(Document::parse(&nested(MAX_DEPTH).to_string()).is_ok());
        assert_eq!(weigh(&Document::new(nested(MAX_DEPTH + 1))), Err(Excess::Depth));
        assert!(Document::parse(&nested(MAX_DEPTH + 1).to_string()).is_err());
        let large = Value::Array(vec![Value::String("a".repeat(MAX_PAYLOAD_BYTES)), nested(MAX_DEPTH)]);
        assert_eq!(weigh(&Document::new(large)), Err(Excess::Depth));
    }
}
