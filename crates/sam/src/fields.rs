//! Reading a map's fields as what they must be. A wrong type is reported with the field's name and what was expected.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::codes;
use crate::problem::{Problem, Problems};
use crate::syntax::{Data, Entry, Node, Place, shown};

/// The fields of one map.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) entries: &'a [Entry],
    /// The map's own place, to blame for what is missing.
    pub(crate) place: Place,
    /// What the map is, for messages: `AWS::SQS::Queue`, `the event "Get"`.
    pub(crate) what: &'a str,
    pub(crate) problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// The fields of a node, which must be a map.
    pub(crate) fn of(node: &'a Node, what: &'a str, problems: &'a Problems) -> Option<Self> {
        match &node.data {
            Data::Map(entries) => Some(Self { entries, place: node.place, what, problems }),
            Data::Unresolved => None,
            _ => {
                let message = format!("{what} must be a map, not {}", node.description());
                problems.add(Problem::error(codes::WRONG_TYPE, node.place, message));
                None
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn wrong(&self, name: &str, node: &Node, expected: impl Display) {
        let message = format!("`{name}` of {} must be {expected}, not {}", self.what, node.description());
        self.problems.add(Problem::error(codes::WRONG_TYPE, node.place, message));
    }

    /// Reports a value of the right type that isn't allowed.
    pub(crate) fn invalid(&self, name: &str, node: &Node, expected: impl Display) {
        let message = format!("`{name}` of {} must be {expected}, not {}", self.what, node.description());
        self.problems.add(Problem::error(codes::INVALID_VALUE, node.place, message));
    }

    /// Reports that a field is missing.
    pub(crate) fn missing(&self, name: &str) {
        let message = format!("{} needs the property `{name}`", self.what);
        self.problems.add(Problem::error(codes::MISSING_PROPERTY, self.place, message));
    }

    /// The text of one of the fields.
    pub(crate) fn text_of(&self, name: &str, node: &Node) -> Option<String> {
        let text = node.scalar_text();
        if text.is_none() && node.data != Data::Unresolved {
            self.wrong(name, node, "text");
        }
        text
    }

    /// Text; numbers and booleans become text, as CloudFormation makes them.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.text_of(name, self.get(name)?)
    }

    /// Text that must be there.
    pub(crate) fn needed_text(&self, name: &str) -> Option<String> {
        if !self.has(name) {
            self.missing(name);
        }
        self.text(name)
    }

    /// A whole number in a range, as a number or as text.
    pub(crate) fn integer(&self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let node = self.get(name)?;
        let number = match &node.data {
            Data::Number(number) => number.as_i64(),
            Data::Text(text) => text.parse().ok(),
            Data::Unresolved => return None,
            _ => None,
        };
        let (first, last) = (*range.start(), *range.end());
        match number.map(u32::try_from) {
            Some(Ok(number)) if range.contains(&number) => Some(number),
            Some(_) => {
                self.invalid(name, node, format_args!("a whole number from {first} to {last}"));
                None
            }
            None => {
                self.wrong(name, node, format_args!("a whole number from {first} to {last}"));
                None
            }
        }
    }

    /// A boolean, as such or as text.
    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        let node = self.get(name)?;
        match &node.data {
            Data::Boolean(boolean) => Some(*boolean),
            Data::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Data::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Data::Unresolved => None,
            _ => {
                self.wrong(name, node, "true or false");
                None
            }
        }
    }

    /// One of a few texts.
    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let node = self.get(name)?;
        let text = self.text(name)?;
        let found = choices.iter().find(|(choice, _)| *choice == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            let near = self.problems.closest(&text, all.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{name}` of {} must be one of {}, not {}", self.what, all.join(", "), shown(&text));
            self.problems.add(Problem::error(codes::INVALID_VALUE, node.place, message).maybe_help(near));
        }
        found
    }

    /// The items of a list; none when there is no list.
    pub(crate) fn list(&self, name: &str) -> Option<&'a [Node]> {
        let node = self.get(name)?;
        match &node.data {
            Data::List(items) => Some(items),
            Data::Unresolved => None,
            _ => {
                self.wrong(name, node, "a list");
                None
            }
        }
    }

    /// The texts of a list; empty when there is none.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.list(name).unwrap_or_default();
        let texts = items.iter().filter_map(|item| {
            let text = item.scalar_text();
            if text.is_none() && item.data != Data::Unresolved {
                self.wrong(name, item, "a list of texts");
            }
            text
        });
        texts.collect()
    }

    /// The fields of a map.
    pub(crate) fn map(&self, name: &'a str) -> Option<Fields<'a>> {
        let node = self.get(name)?;
        match &node.data {
            Data::Map(entries) => Some(Fields { entries, place: node.place, what: name, problems: self.problems }),
            Data::Unresolved => None,
            _ => {
                self.wrong(name, node, "a map");
                None
            }
        }
    }

    /// A map of texts; empty when there is none.
    pub(crate) fn text_map(&self, name: &'a str) -> BTreeMap<String, String> {
        let Some(map) = self.map(name) else { return BTreeMap::new() };
        map.entries
            .iter()
            .filter_map(|entry| Some((entry.key.clone(), map.text_of(&entry.key, &entry.value)?)))
            .collect()
    }

    /// Tags, as SAM's map or as CloudFormation's list of `Key` and `Value`.
    pub(crate) fn tags(&self, name: &'a str) -> BTreeMap<String, String> {
        let Some(Node { data: Data::List(items), .. }) = self.get(name) else { return self.text_map(name) };
        let tags = items.iter().filter_map(|item| {
            let tag = Fields::of(item, "a tag", self.problems)?;
            Some((tag.needed_text("Key")?, tag.needed_text("Value")?))
        });
        tags.collect()
    }

    /// Any value as JSON.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        self.get(name).filter(|node| node.data != Data::Unresolved).map(Node::to_json)
    }
}
