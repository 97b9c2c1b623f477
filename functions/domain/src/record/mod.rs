//! A record of the orchestration: what `process-data` makes of an input, and what everyone after it can check.

mod id;
mod measure;
mod source;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use id::{RecordId, RecordIdError};
pub use measure::{Category, Measure, MeasureError};
pub use source::{Source, SourceError};

/// What an orchestration is started with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Draft {
    /// Names the record, and with it its object and its item.
    pub id: RecordId,
    /// Where the value comes from.
    pub source: Source,
    /// What was measured there.
    pub value: Measure,
}

/// A draft that has been processed. Its JSON is what the object and the item hold and what `POST /process` takes.
///
/// Everything but `processed_at` follows from the draft alone, so processing it again changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Names the record, and with it its object and its item.
    pub id: RecordId,
    /// Where the value comes from.
    pub source: Source,
    /// What was measured there.
    pub value: Measure,
    /// How large the value is.
    pub category: Category,
    /// Twice the value.
    #[serde(deserialize_with = "measure::read_doubled")]
    pub doubled: Measure,
    /// What tells the draft from every other one: 64 hexadecimal digits.
    pub fingerprint: String,
    /// When it was processed, RFC 3339: when the execution came to that step, so that a retry says the same.
    pub processed_at: String,
}

impl Record {
    /// Processes a draft at a time, which is RFC 3339 text.
    pub fn process(draft: Draft, processed_at: impl Into<String>) -> Self {
        let fingerprint = draft.fingerprint();
        let Draft { id, source, value } = draft;
        Self {
            id,
            source,
            value,
            category: value.category(),
            doubled: value.doubled(),
            fingerprint,
            processed_at: processed_at.into(),
        }
    }

    /// Whether everything that follows from the draft does follow from it. A record that has been changed on its way
    /// does not pass.
    pub fn is_whole(&self) -> bool {
        let draft = Draft { id: self.id.clone(), source: self.source.clone(), value: self.value };
        Self::process(draft, &*self.processed_at) == *self
    }
}

impl Draft {
    /// SHA-256 over the three members, each with its length before it, so that nothing can pass from one into the next.
    fn fingerprint(&self) -> String {
        let value = self.value.to_string();
        let mut hash = Sha256::new();
        for member in [self.id.as_str(), self.source.as_str(), &value] {
            hash.update((member.len() as u64).to_be_bytes());
            hash.update(member);
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes every text");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(value: serde_json::Value) -> Draft {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_record_has_what_was_measured_and_what_follows_from_it() {
        let record = Record::process(
            draft(json!({"id": "demo-123", "source": "step-functions-demo", "value": 42, "note": "left out"})),
            "2026-01-05T14:30:00.041Z",
        );
        assert_eq!(
            serde_json::to_value(&record).unwrap(),
            json!({
                "id": "demo-123",
                "source": "step-functions-demo",
                "value": 42,
                "category": "small",
                "doubled": 84,
                "fingerprint": "3f30b150472a3c950b78a24e746b69a20827b9e4302dfa8cb578014c94a11f0d",
                "processed_at": "2026-01-05T14:30:00.041Z",
            })
        );
        assert!(record.is_whole());
    }

    #[test]
    fn the_fingerprint_tells_drafts_apart_that_read_alike() {
        let fingerprint = |id: &str, source: &str, value: serde_json::Value| {
            draft(json!({"id": id, "source": source, "value": value})).fingerprint()
        };
        let one = fingerprint("ab", "c", json!(1));
        assert_ne!(one, fingerprint("a", "bc", json!(1)));
        assert_ne!(one, fingerprint("ab", "c1", json!(1)));
        assert_ne!(one, fingerprint("ab", "c", json!(-1)));
        // The same number in another spelling.
        assert_eq!(one, fingerprint("ab", "c", json!(1.0)));
    }

    #[test]
    fn the_largest_value_can_be_read_back_doubled() {
        for value in [json!(1_000_000_000_000_i64), json!(-1e12), json!(0.1)] {
            let record = Record::process(draft(json!({"id": "a", "source": "b", "value": value})), "now");
            let text = serde_json::to_string(&record).unwrap();
            assert!(serde_json::from_str::<Record>(&text).unwrap().is_whole(), "{text}");
        }
    }

    #[test]
    fn a_changed_record_is_not_whole_wherever_it_was_changed() {
        let record = Record::process(draft(json!({"id": "a", "source": "b", "value": 1})), "2026-01-05T14:30:00Z");
        let whole = serde_json::to_value(&record).unwrap();
        for (member, other) in [
            ("id", json!("c")),
            ("source", json!("c")),
            ("value", json!(2)),
            ("category", json!("large")),
            ("doubled", json!(3)),
            ("fingerprint", json!("")),
        ] {
            let mut changed = whole.clone();
            changed[member] = other;
            assert!(!serde_json::from_value::<Record>(changed).unwrap().is_whole(), "{member}");
        }
    }
}
