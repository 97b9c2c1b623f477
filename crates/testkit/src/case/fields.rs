//! Reading fields, and saying what is wrong with one at its place.

use std::fmt::Write as _;

use diagnostic::{Diagnostic, Source, closest};
use serde_json::{Map, Value};

use crate::codes::{INVALID_VALUE, UNKNOWN_FIELD, UNKNOWN_NAME};

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct At<'v> {
    pub(super) value: &'v Value,
    pub(super) pointer: String,
}

impl<'v> At<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, pointer: String::new() }
    }

    /// A member, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<At<'v>> {
        Some(At { value: self.value.get(name)?, pointer: self.pointer_of(name) })
    }

    /// All members; none of what is no object.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'v str, At<'v>)> + '_ {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), At { value, pointer: self.pointer_of(name) }))
    }

    /// All elements; none of what is no array.
    pub(super) fn elements(&self) -> impl Iterator<Item = At<'v>> + '_ {
        let elements = self.value.as_array().into_iter().flatten().enumerate();
        elements.map(|(index, value)| At { value, pointer: format!("{}/{index}", self.pointer) })
    }

    pub(super) fn pointer_of(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }
}

/// Collects the problems of one file.
pub(super) struct Problems<'s> {
    pub(super) source: &'s Source,
    pub(super) found: Vec<Diagnostic>,
}

impl<'s> Problems<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, found: Vec::new() }
    }

    pub(super) fn add(&mut self, code: &'static str, pointer: &str, message: impl Into<String>, cure: &str) {
        let span = asl::span_of(&self.source.text, pointer, None).unwrap_or(0..0);
        self.found.push(Diagnostic::error(code, message, span, pointer).with_help(cure));
    }

    /// Refuses members that are not among `known`.
    pub(super) fn only(&mut self, at: &At<'_>, known: &[&str]) {
        for (name, member) in at.members() {
            if !known.contains(&name) {
                self.unknown(UNKNOWN_FIELD, &member.pointer, &format!("There is no field {name}"), name, known);
            }
        }
    }

    /// Refuses a name, and offers the closest known one.
    pub(super) fn unknown(&mut self, code: &'static str, pointer: &str, message: &str, name: &str, known: &[&str]) {
        let cure = match closest(name, known.iter().copied()) {
            Some(near) => format!("Did you mean {near}?"),
            None if known.is_empty() => "There is none at all.".to_owned(),
            None => {
                let mut list = String::from("There are:");
                for (index, name) in known.iter().enumerate() {
                    // Writing to a string does not fail.
                    let _ = write!(list, "{} {name}", if index == 0 { "" } else { "," });
                }
                list + "."
            }
        };
        self.add(code, pointer, format!("{message}."), &cure);
    }

    /// Whether a name is among the known ones; else it is refused.
    pub(super) fn knows(&mut self, pointer: &str, what: &str, name: &str, known: &[&str]) -> bool {
        let is_known = known.contains(&name);
        if !is_known {
            self.unknown(UNKNOWN_NAME, pointer, &format!("There is no {what} {name}"), name, known);
        }
        is_known
    }

    fn wrong_type(&mut self, at: &At<'_>, wanted: &str) {
        let message = format!("It is {}, and {wanted} is wanted.", kind(at.value));
        self.add(INVALID_VALUE, &at.pointer, message, &format!("Write {wanted}."));
    }

    pub(super) fn object<'v>(&mut self, at: &At<'v>, wanted: &str) -> Option<&'v Map<String, Value>> {
        let found = at.value.as_object();
        if found.is_none() {
            self.wrong_type(at, wanted);
        }
        found
    }

    pub(super) fn array<'v>(&mut self, at: &At<'v>, wanted: &str) -> Option<&'v Vec<Value>> {
        let found = at.value.as_array();
        if found.is_none() {
            self.wrong_type(at, wanted);
        }
        found
    }

    pub(super) fn text<'v>(&mut self, at: &At<'v>) -> Option<&'v str> {
        let found = at.value.as_str();
        if found.is_none() {
            self.wrong_type(at, "a string");
        }
        found
    }

    pub(super) fn boolean(&mut self, at: &At<'_>) -> Option<bool> {
        let found = at.value.as_bool();
        if found.is_none() {
            self.wrong_type(at, "true or false");
        }
        found
    }

    pub(super) fn count(&mut self, at: &At<'_>) -> Option<u64> {
        let found = at.value.as_u64();
        if found.is_none() {
            self.wrong_type(at, "a whole number from 0");
        }
        found
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, at: &At<'_>, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let text = self.text(at)?;
        let found = all.iter().copied().find(|word| name(*word) == text);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|word| name(*word)).collect();
            self.unknown(
                INVALID_VALUE,
                &at.pointer,
                &format!("{text:?} is none of the values there are"),
                text,
                &known,
            );
        }
        found
    }
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
