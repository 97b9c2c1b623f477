//! Placeholders in what goes into the engine, replaced by values that it can work with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use crate::case::Case;
use crate::compare::{bracketed, stands_alone};

/// The account that the captured definitions name.
pub(crate) const ACCOUNT: &str = "123456789123";
/// The region that the captured definitions name.
pub(crate) const REGION: &str = "us-east-1";

/// When every replay starts: the day on which the definitions were captured, a little before the captured times that lie
/// in the future of their tests.
pub(crate) fn started_at() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().expect("a valid time")
}

/// Placeholders and the values they are replaced by.
#[derive(Clone)]
pub(crate) struct Bindings(Vec<(String, String)>);

impl From<BTreeMap<String, String>> for Bindings {
    fn from(bindings: BTreeMap<String, String>) -> Self {
        let mut bindings: Vec<_> = bindings.into_iter().collect();
        // A placeholder may be the beginning of another.
        bindings.sort_by_key(|(token, _)| std::cmp::Reverse(token.len()));
        Self(bindings)
    }
}

impl Bindings {
    /// Those that a case was captured with.
    pub(crate) fn of(case: &Case) -> Self {
        let mut bindings = BTreeMap::from([
            ("<region>".to_owned(), REGION.to_owned()),
            ("<partition>".to_owned(), "aws".to_owned()),
            ("111111111111".to_owned(), ACCOUNT.to_owned()),
            ("snf_role_arn".to_owned(), format!("arn:aws:iam::{ACCOUNT}:role/snf-role")),
            ("sfn_role_arn".to_owned(), format!("arn:aws:iam::{ACCOUNT}:role/sfn-role")),
        ]);
        bindings.extend(case.captured_bindings.clone());
        if let Some(relative) = &case.time_relative {
            let time = started_at() + (24 * relative.now_plus_days).hours();
            let text = jiff::fmt::strtime::format(&relative.format, time).expect("a format of a recorded case");
            bindings.insert(relative.token.clone(), text);
        }
        bindings.into()
    }

    /// The same, and these for the placeholders that it doesn't know.
    pub(crate) fn with(&self, more: &BTreeMap<String, String>) -> Self {
        let mut bindings = more.clone();
        bindings.extend(self.0.iter().cloned());
        bindings.into()
    }

    /// A text with its placeholders replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let found = self.0.iter().find(|(token, _)| {
                rest.starts_with(token.as_str())
                    && (bracketed(token) == Some(token.len()) || stands_alone(text, at, token))
            });
            if let Some((token, value)) = found {
                replaced.push_str(value);
                at += token.len();
            } else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                replaced.push_str(&rest[..length]);
                at += length;
            }
        }
        replaced
    }

    /// A value with the placeholders in its texts and names replaced.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.text(name), self.value(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// A text with the values replaced by their placeholders.
    pub(crate) fn placeholders(&self, text: &str) -> String {
        let mut values: Vec<_> = self.0.iter().filter(|(_, value)| value.len() > 5).collect();
        values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        values.iter().fold(text.to_owned(), |text, (token, value)| text.replace(value, token))
    }
}

/// A JSON text as the recorded tests sent theirs: a blank after each comma and colon, nothing but ASCII.
pub(crate) fn dump(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    let quoted = |string: &str, text: &mut String| {
        for c in Value::from(string).to_string().chars() {
            if c.is_ascii() {
                text.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").expect("a string takes every text");
                }
            }
        }
    };
    match value {
        Value::String(string) => quoted(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                quoted(name, text);
                text.push_str(": ");
                write(value, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}
