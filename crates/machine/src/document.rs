//! The JSON that flows between states.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::json_text;
use crate::limits::{self, Excess};

/// Texts of that many bytes and more are only looked at when they are read: their value is made when somebody asks for it,
/// for many states only hand on what they are given, and a value takes ten times as long to make as its text to check.
const LARGE: usize = 4_096;

/// A JSON value that is shared, never copied, on its way from state to state, together with its text.
///
/// AWS hands the text of an input through untouched states as it came, spaces included (recorded case
/// `scenarios/base_scenarios--parallel_state_nested.json`), so a document that was read keeps its text; one that was
/// computed gets a compact text when somebody first asks for it.
#[derive(Clone)]
pub struct Document(Arc<Shared>);

/// Value, text, or both; whichever is missing can be made of the other.
#[derive(Debug)]
struct Shared {
    value: OnceLock<Arc<Value>>,
    text: OnceLock<Box<str>>,
    /// Many states hand on what they were given: it is weighed once.
    weight: OnceLock<Result<usize, Excess>>,
}

impl Shared {
    fn new(value: OnceLock<Arc<Value>>, text: OnceLock<Box<str>>) -> Self {
        Self { value, text, weight: OnceLock::new() }
    }
}

impl Document {
    /// A computed value.
    pub fn new(value: impl Into<Arc<Value>>) -> Self {
        Self(Arc::new(Shared::new(OnceLock::from(value.into()), OnceLock::new())))
    }

    /// A value that was read, with its text kept.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Self::read(text.into())
    }

    fn read(text: Box<str>) -> Result<Self, serde_json::Error> {
        if text.len() < LARGE {
            let value = serde_json::from_str(&text)?;
            return Ok(Self::with_text(value, text));
        }
        json_text::check(&text)?;
        Ok(Self(Arc::new(Shared::new(OnceLock::new(), OnceLock::from(text)))))
    }

    /// A value whose text is known already.
    pub(crate) fn with_text(value: Value, text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Shared::new(OnceLock::from(Arc::new(value)), OnceLock::from(text.into()))))
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

    /// The value, made at the first call of a large text.
    pub fn value(&self) -> &Value {
        self.0.value.get_or_init(|| {
            let text = self.0.text.get().expect("there is a value or a text");
            Arc::new(serde_json::from_str(text).expect("the text was checked when it was read"))
        })
    }

    /// The number of bytes of a text that was read and that nobody has asked for its value. It is nested no deeper than can
    /// be read.
    pub(crate) fn only_text(&self) -> Option<usize> {
        if self.0.value.get().is_some() { None } else { self.0.text.get().map(|text| text.len()) }
    }

    /// The value, without a copy when nobody else holds it.
    pub fn into_value(self) -> Value {
        self.value();
        match Arc::try_unwrap(self.0) {
            Ok(shared) => Arc::unwrap_or_clone(shared.value.into_inner().expect("it was just asked for")),
            Err(shared) => Value::clone(Self(shared).value()),
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
        self.0.text.get_or_init(|| self.value().to_string().into_boxed_str())
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
        Self::read(Box::deserialize(deserializer)?).map_err(serde::de::Error::custom)
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

    /// What is refused of a small text is refused of a large one, and what is taken has the same value.
    #[test]
    fn a_large_text_is_read_as_a_small_one_is() {
        for text in [
            "1e999",
            "{\"a\": tru}",
            "[1,]",
            "[] []",
            "\"\\ud800\"",
            "\"\u{1}\"",
            "{\"a\":1,\"a\":2}",
            "[-0.0, 1e400]",
            "01",
        ] {
            let large = format!("{}{text}", " ".repeat(LARGE));
            match (Document::parse(text), Document::parse(&large)) {
                (Ok(small), Ok(large)) => {
                    assert_eq!(large.only_text(), Some(LARGE + text.len()));
                    assert_eq!(small.value(), large.value(), "{text}");
                    assert_eq!(large.only_text(), None);
                    assert_eq!(small, large);
                    assert_eq!(large.clone().into_value(), large.into_value());
                }
                (Err(small), Err(large)) => assert_eq!(small.classify(), large.classify(), "{text}: {small}, {large}"),
                (small, large) => panic!("{text}: {small:?}, {large:?}"),
            }
        }
        let nested = |levels: usize| format!("{}{}{}", " ".repeat(LARGE), "[".repeat(levels), "]".repeat(levels));
        assert!(Document::parse(&nested(limits::MAX_DEPTH)).is_ok_and(|document| document.weight().is_ok()));
        assert!(Document::parse(&nested(limits::MAX_DEPTH + 1)).is_err());
    }
}
