//! The members of an in-process request. Each is taken by the operation that knows it; what is left is refused.

use s3s::dto::{ETag, ETagCondition, Metadata, Tag, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result};
use serde_json::{Map, Value};

use super::super::fault;

/// What is left of a request.
pub(super) struct Members {
    operation: String,
    left: Map<String, Value>,
}

impl Members {
    pub(super) fn new(operation: &str, request: Value) -> S3Result<Self> {
        let Value::Object(left) = request else {
            return Err(fault::invalid_argument(format!("The request of {operation} must be a JSON object")));
        };
        Ok(Self { operation: operation.to_owned(), left })
    }

    /// The error of an operation that isn't there.
    pub(super) fn not_emulated(&mut self) -> S3Error {
        let sentence = format!("The S3 operation {} is not emulated here", self.operation);
        S3Error::with_message(S3ErrorCode::NotImplemented, sentence)
    }

    fn wrong(&self, name: &str, wanted: &str) -> S3Error {
        fault::invalid_argument(format!("The member {name} of {} must be {wanted}", self.operation))
    }

    /// A member of any type.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> S3Result<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "text")),
        }
    }

    /// A member that must be there.
    pub(super) fn needed(&mut self, name: &str) -> S3Result<String> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| fault::invalid_argument(format!("The member {name} of {} is missing", self.operation)))
    }

    /// The bucket and the key.
    pub(super) fn object(&mut self) -> S3Result<(String, String)> {
        let (bucket, key) = (self.needed("Bucket")?, self.needed("Key")?);
        super::super::door::check_key(&key)?;
        Ok((bucket, key))
    }

    pub(super) fn number(&mut self, name: &str) -> S3Result<Option<i64>> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| self.wrong(name, "a whole number")),
        }
    }

    pub(super) fn small(&mut self, name: &str) -> S3Result<Option<i32>> {
        let number = self.number(name)?.map(i32::try_from).transpose();
        number.map_err(|_| self.wrong(name, "a number of at most 2147483647"))
    }

    pub(super) fn flag(&mut self, name: &str) -> S3Result<Option<bool>> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| self.wrong(name, "true or false")),
        }
    }

    /// A time as ISO 8601 text.
    pub(super) fn time(&mut self, name: &str) -> S3Result<Option<Timestamp>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        Timestamp::parse(TimestampFormat::DateTime, &text)
            .map(Some)
            .map_err(|_| self.wrong(name, "a time like 2026-11-21T11:28:41Z"))
    }

    /// An entity tag, with or without its quotes, or `*`.
    pub(super) fn condition(&mut self, name: &str) -> S3Result<Option<ETagCondition>> {
        Ok(self.text(name)?.map(|text| match text.trim_matches('"') {
            "*" => ETagCondition::Any,
            tag => ETagCondition::ETag(ETag::Strong(tag.to_owned())),
        }))
    }

    pub(super) fn metadata(&mut self) -> S3Result<Option<Metadata>> {
        match self.value("Metadata") {
            None => Ok(None),
            Some(value) => {
                let parsed: Option<Metadata> = serde_json::from_value(value).ok();
                parsed.map(Some).ok_or_else(|| self.wrong("Metadata", "an object of texts"))
            }
        }
    }

    /// A member of another shape, as `wanted` says it.
    pub(super) fn shape(&mut self, name: &str, wanted: &str) -> S3Result<Self> {
        match self.value(name) {
            Some(Value::Object(left)) => Ok(Self { operation: format!("{} ({name})", self.operation), left }),
            _ => Err(self.wrong(name, wanted)),
        }
    }

    /// A list of objects.
    pub(super) fn list(&mut self, name: &str) -> S3Result<Vec<Self>> {
        let wanted = "a list of objects";
        let Some(Value::Array(items)) = self.value(name) else { return Err(self.wrong(name, wanted)) };
        let operation = format!("{} ({name})", self.operation);
        let each = |item| match item {
            Value::Object(left) => Ok(Self { operation: operation.clone(), left }),
            _ => Err(self.wrong(name, wanted)),
        };
        items.into_iter().map(each).collect()
    }

    /// `Tagging: {TagSet: [{Key, Value}]}`.
    pub(super) fn tags(&mut self) -> S3Result<Vec<Tag>> {
        let mut tagging = self.shape("Tagging", "an object with a TagSet")?;
        let tags = tagging.list("TagSet")?;
        tagging.end()?;
        tags.into_iter()
            .map(|mut tag| {
                let made = Tag { key: Some(tag.needed("Key")?), value: Some(tag.text("Value")?.unwrap_or_default()) };
                tag.end()?;
                Ok(made)
            })
            .collect()
    }

    /// Refuses what no one has taken. Who pays is not a question here.
    pub(super) fn end(mut self) -> S3Result<()> {
        self.left.remove("RequestPayer");
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => {
                let sentence = format!("The member {name} of {} is not emulated here", self.operation);
                Err(S3Error::with_message(S3ErrorCode::NotImplemented, sentence))
            }
        }
    }
}
