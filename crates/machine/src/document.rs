//! The JSON that flows between states.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::limits::{self, Excess};

/// A JSON value that is shared, never copied, on its way from state to state, together with its text.
///
/// AWS hands the text of an input through untouched states as it came, spaces included (recorded case
/// `scenarios/base_scenarios--parallel_state_nested.json`), so a document that was read keeps its text; one that was
/// computed gets a compact text when somebody first asks for it.
#[derive(Clone)]
pub struct Document(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    value: Arc<Value>,
    text: OnceLock<Box<str>>,
    /// Many states hand on what they were given: it is weighed once.
    weight: OnceLock<Result<usize, Excess>>,
}

impl Shared {
    fn new(value: Arc<Value>, text: OnceLock<Box<str>>) -> Self {
        Self { value, text, weight: OnceLock::new() }
    }
}

impl Document {
    /// A computed value.
    pub fn new(value: impl Into<Arc<Value>>) -> Self {
        Self(Arc::new(Shared::new(value.into(), OnceLock::new())))
    }

    /// A value that was read, with its text kept.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_str(text)?;
        Ok(Self::with_text(value, text))
    }

    /// A value whose text is known already.
    pub(crate) fn with_text(value: Value, text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Shared::new(Arc::new(value), OnceLock::from(text.into()))))
    }

    /// The array of these documents: the output of a Parallel or Map state. The parts' texts become part of its text.
    pub(crate) fn array(items: &[Document]) -> Self {
        let mut text = String::with_capacity(items.iter().map(|item| item.text().len() + 1).sum::<usize>() + 2);
        text.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(item.text());
        }
        text.push(']');
        Self::with_text(Value::Array(items.iter().map(|item| item.value().clone()).collect()), text)
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// The value, without a copy when nobody else holds it.
    pub fn into_value(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(shared) => Arc::unwrap_or_clone(shared.value),
            Err(shared) => Value::clone(&shared.value),
        }
    }

    /// About how many bytes it has, or why it can't be handed on.
    pub(crate) fn weight(&self) -> Result<usize, Excess> {
        *self.0.weight.get_or_init(|| limits::weigh(self))
    }

    /// Which document it is.
    pub fn id(&self) -> DocumentId {
        DocumentId(Arc::downgrade(&self.0))
    }

    /// A number that no other document has for as long as this one lives.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// The text, made at the first call.
    pub fn text(&self) -> &str {
        // Writing a `Value` to a string fails only for a map with keys that are no strings, and it has none.
        self.0.text.get_or_init(|| self.0.value.to_string().into_boxed_str())
    }
}

/// Which document one is, for whoever wants to write each only once. It keeps neither the value nor the text.
#[derive(Debug, Clone)]
pub struct DocumentId(Weak<Shared>);

impl DocumentId {
    /// Whether the document lives. While it does not, and this does, no other document has its address.
    pub fn lives(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.value() == other.value()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self::new(value)
    }
}

/// A document is stored as its text, so that what is read back is the same to the letter.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = serde_json::from_str(&text).map_err(serde::de::Error::custom)?;
        Ok(Self::with_text(value, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_what_was_read_is_kept_inside_an_array() {
        let items = [Document::parse("[1, 2]").expect("valid"), Document::new(serde_json::json!({"a": 1}))];
        let array = Document::array(&items);
        assert_eq!(array.text(), r#"[[1, 2],{"a":1}]"#);
        assert_eq!(array.value(), &serde_json::json!([[1, 2], {"a": 1}]));
    }
}
