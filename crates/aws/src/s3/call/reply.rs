//! Replies as JSON. Members that are not there are left out.

use s3s::dto::{ETag, Timestamp, TimestampFormat};
use serde_json::{Map, Value, json};

use super::super::checksum::{Algorithm, Sum};

/// A reply under construction.
#[derive(Default)]
pub(super) struct Reply(Map<String, Value>);

impl Reply {
    /// Adds a member that is there.
    pub(super) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The entity tag, with its quotes.
    pub(super) fn etag(self, etag: Option<&ETag>) -> Self {
        self.with("ETag", etag.map(|etag| format!("\"{}\"", etag.value())))
    }

    /// A time in ISO 8601, whole seconds.
    pub(super) fn time(self, name: &str, time: Option<&Timestamp>) -> Self {
        self.with(name, time.and_then(iso))
    }

    pub(super) fn sum(self, sum: Option<&Sum>) -> Self {
        let Some(sum) = sum else { return self };
        let name = match sum.algorithm {
            Algorithm::Crc32 => "ChecksumCRC32",
            Algorithm::Crc32c => "ChecksumCRC32C",
            Algorithm::Crc64Nvme => "ChecksumCRC64NVME",
            Algorithm::Sha1 => "ChecksumSHA1",
            Algorithm::Sha256 => "ChecksumSHA256",
        };
        self.with(name, Some(sum.value.clone())).with("ChecksumType", Some(sum.kind().as_str()))
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}

/// A time in ISO 8601 without fractions.
fn iso(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::DateTime, &mut text).ok()?;
    let time: jiff::Timestamp = String::from_utf8(text).ok()?.parse().ok()?;
    Some(jiff::Timestamp::from_second(time.as_second()).ok()?.to_string())
}

/// A list of replies.
pub(super) fn list<T>(items: Option<Vec<T>>, each: impl Fn(T) -> Value) -> Option<Value> {
    items.map(|items| json!(items.into_iter().map(each).collect::<Vec<_>>()))
}
