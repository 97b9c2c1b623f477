//! The document behind a template: YAML or JSON text as one tree of [`Node`]s, each with its [`Place`] in the text.

mod json;
mod mistake;
mod places;
mod scalar;
mod tag;
mod yaml;

pub(crate) use places::{Place, Places};

use diagnostic::Source;
use serde_json::{Map, Number, Value};

use crate::codes;
use crate::problem::{Problem, Problems};

/// CloudFormation takes a template of at most 1 MB from S3 ("AWS CloudFormation quotas", template body size in an S3
/// object).
const MOST_BYTES: usize = 1_048_576;

/// How deep a template may nest. AWS states no number; this leaves room for any real template and keeps every recursive
/// walk over the tree shallow.
pub(crate) const DEEPEST: usize = 128;

/// One value of the document, or of what evaluating the document resulted in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) data: Data,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A value that couldn't be found out; the problem is already reported, so whoever meets this stays silent.
    Unresolved,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn new(place: Place, data: Data) -> Self {
        Self { place, data }
    }

    pub(crate) fn text(place: Place, text: impl Into<String>) -> Self {
        Self::new(place, Data::Text(text.into()))
    }

    pub(crate) fn unresolved(place: Place) -> Self {
        Self::new(place, Data::Unresolved)
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value at a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// A scalar as the text that CloudFormation makes of it; none for null, lists, maps and what is unresolved.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match &self.data {
            Data::Text(text) => Some(text.clone()),
            Data::Boolean(boolean) => Some(boolean.to_string()),
            Data::Number(number) => Some(number.to_string()),
            Data::Null | Data::List(_) | Data::Map(_) | Data::Unresolved => None,
        }
    }

    /// What this is, for a message: `a list`, `the text "x"`.
    pub(crate) fn description(&self) -> String {
        match &self.data {
            Data::Null => "nothing".to_owned(),
            Data::Boolean(boolean) => format!("the boolean {boolean}"),
            Data::Number(number) => format!("the number {number}"),
            Data::Text(text) => format!("the text {}", shown(text)),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a map".to_owned(),
            Data::Unresolved => "a value that can't be resolved".to_owned(),
        }
    }

    /// The same as plain JSON; what is unresolved becomes null.
    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Data::Null | Data::Unresolved => Value::Null,
            Data::Boolean(boolean) => Value::Bool(*boolean),
            Data::Number(number) => Value::Number(number.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Data::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// Whether this or anything in it couldn't be found out.
    pub(crate) fn has_unresolved(&self) -> bool {
        match &self.data {
            Data::Unresolved => true,
            Data::List(items) => items.iter().any(Node::has_unresolved),
            Data::Map(entries) => entries.iter().any(|entry| entry.value.has_unresolved()),
            _ => false,
        }
    }
}

/// A text in quotes, cut when it is too long to stand in a message.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() > LONGEST {
        format!("\"{}…\"", text.chars().take(LONGEST).collect::<String>().replace('\n', "\\n"))
    } else {
        format!("\"{}\"", text.replace('\n', "\\n"))
    }
}

/// Reads a template's text. The tree is missing when the text can't be read to its end; the places always come back, for
/// they say where the reported problems are.
pub(crate) fn read(source: &Source, problems: &Problems) -> (Option<Node>, Places) {
    let mut places = Places::new(source.text.len());
    if source.text.len() > MOST_BYTES {
        problems.add(
            Problem::error(
                codes::LIMIT,
                Place::ROOT,
                format!("the template has {} bytes; CloudFormation takes at most {MOST_BYTES}", source.text.len()),
            )
            .at(Some(0..0)),
        );
        return (None, places);
    }
    let root = if is_json(source) {
        json::read(source, &mut places, problems)
    } else {
        yaml::read(source, &mut places, problems)
    };
    (root, places)
}

/// Whether the text is to be read as JSON: the SAM CLI, too, tries JSON first and YAML second, whatever the file's name.
/// A file that calls itself JSON gets JSON's error messages.
fn is_json(source: &Source) -> bool {
    let named = source.name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"));
    named || serde_json::from_str::<serde::de::IgnoredAny>(&source.text).is_ok()
}
