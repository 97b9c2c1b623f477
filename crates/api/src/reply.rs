//! Answers in the form of the API.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// An answer without members.
pub(crate) const EMPTY: Bytes = Bytes::from_static(b"{}");

/// A date of the API: seconds since 1970, with milliseconds behind the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Date(pub(crate) Timestamp);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Milliseconds of any year up to 9999 fit the 53 bits of an f64.
        serializer.serialize_f64(self.0.as_millisecond() as f64 / 1000.0)
    }
}

/// The text of an answer.
pub(crate) fn reply(answer: &impl Serialize) -> Bytes {
    serde_json::to_vec(answer).expect("answers have text keys and no failing parts").into()
}
