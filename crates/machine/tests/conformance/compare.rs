//! Whether what happened here is what AWS recorded, placeholders unified.
//!
//! The rules are those of the recorded cases' README and of the `compare.py` beside it, with strict numbers: `1` is not
//! `1.0`.

use std::collections::{BTreeMap, HashMap};

use regex_lite::Regex;
use serde_json::Value;

use crate::case::Token;

/// A point in time as AWS writes it.
const ISO_8601: &str = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})";

/// Placeholders of every case that don't stand in angle brackets.
const BARE: [&str; 3] = ["111111111111", "snf_role_arn", "sfn_role_arn"];

/// Whole values that stand for any value.
const WILD: [&str; 3] = ["timestamp", "datetime", "date"];

/// The first place where the two sides part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    pub(crate) path: String,
    /// None: nothing is expected there.
    pub(crate) expected: Option<Value>,
    /// None: there is nothing there.
    pub(crate) actual: Option<Value>,
}

/// Compares values with placeholders against actual ones. What a placeholder stood for is remembered, so one matcher
/// serves for everything in which a placeholder has to stand for the same value.
pub(crate) struct Matcher {
    /// Each known placeholder, and whether it stands for the same value everywhere.
    tokens: HashMap<String, bool>,
    /// Those without angle brackets, longest first.
    bare: Vec<String>,
    bindings: BTreeMap<String, String>,
    path: Vec<Segment>,
    difference: Option<Difference>,
}

enum Segment {
    Member(String),
    Index(usize),
}

/// A part of an expected text.
#[derive(Debug, PartialEq)]
enum Piece<'t> {
    Literal(&'t str),
    Token(&'t str),
    /// The word `date`: itself, or a time that the recorder replaced.
    Date,
}

impl Matcher {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let mut known: HashMap<String, bool> = BARE.iter().map(|token| ((*token).to_owned(), true)).collect();
        known.extend(tokens.iter().map(|token| (token.token.clone(), token.unify)));
        let mut bare: Vec<String> = known
            .keys()
            .filter(|token| bracketed(token) != Some(token.len()) && !WILD.contains(&token.as_str()))
            .cloned()
            .collect();
        bare.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Self { tokens: known, bare, bindings: BTreeMap::new(), path: Vec::new(), difference: None }
    }

    /// Whether the values agree.
    pub(crate) fn matches(&mut self, expected: &Value, actual: &Value) -> bool {
        match (expected, actual) {
            (Value::String(expected), actual) => self.string(expected, actual),
            (Value::Number(wanted), Value::Number(given)) if wanted.is_f64() == given.is_f64() => {
                wanted == given || self.fail(expected, actual)
            }
            (Value::Array(_) | Value::Object(_), Value::String(text)) => match embedded(text) {
                Some(actual) => self.matches(expected, &actual),
                None => self.fail(expected, actual),
            },
            // Four histories were recorded with every output parsed, not only objects.
            (Value::Number(_) | Value::Bool(_) | Value::Null, Value::String(text)) if self.is_output() => {
                match serde_json::from_str(text) {
                    Ok(actual) => self.matches(expected, &actual),
                    Err(_) => self.fail(expected, actual),
                }
            }
            (Value::Array(expected), Value::Array(actual)) => self.array(expected, actual),
            (Value::Object(expected), Value::Object(actual)) => self.object(expected, actual),
            _ => expected == actual || self.fail(expected, actual),
        }
    }

    /// Like [`Self::matches`], but forgets what it learned and noted when they don't agree.
    pub(crate) fn agrees(&mut self, expected: &Value, actual: &Value) -> bool {
        let (bindings, difference) = (self.bindings.clone(), self.difference.take());
        let agrees = self.matches(expected, actual);
        if !agrees {
            self.bindings = bindings;
        }
        self.difference = difference;
        agrees
    }

    /// The first difference that was met.
    pub(crate) fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// What the placeholders stood for up to now.
    pub(crate) fn bindings(&self) -> &BTreeMap<String, String> {
        &self.bindings
    }

    /// Whether the values at hand are the output that an event tells of: a text of JSON.
    fn is_output(&self) -> bool {
        match &self.path[..] {
            [.., Segment::Member(details), Segment::Member(name)] => {
                name == "output" && details.ends_with("EventDetails")
            }
            _ => false,
        }
    }

    fn fail(&mut self, expected: &Value, actual: &Value) -> bool {
        self.note("", Some(expected), Some(actual))
    }

    fn note(&mut self, suffix: &str, expected: Option<&Value>, actual: Option<&Value>) -> bool {
        if self.difference.is_none() {
            let mut path = String::from("$");
            for segment in &self.path {
                match segment {
                    Segment::Member(name) => path.extend([".", name]),
                    Segment::Index(index) => path.extend(["[", &index.to_string(), "]"]),
                }
            }
            path.push_str(suffix);
            self.difference = Some(Difference { path, expected: expected.cloned(), actual: actual.cloned() });
        }
        false
    }

    fn array(&mut self, expected: &[Value], actual: &[Value]) -> bool {
        for (index, (wanted, given)) in expected.iter().zip(actual).enumerate() {
            self.path.push(Segment::Index(index));
            let matches = self.matches(wanted, given);
            self.path.pop();
            if !matches {
                return false;
            }
        }
        if expected.len() == actual.len() {
            return true;
        }
        let at = expected.len().min(actual.len());
        self.note(&format!("[{at}]"), expected.get(at), actual.get(at))
    }

    fn object(&mut self, expected: &serde_json::Map<String, Value>, actual: &serde_json::Map<String, Value>) -> bool {
        let mut left = actual.clone();
        let mut late = Vec::new();
        for (name, wanted) in expected {
            match left.shift_remove(name) {
                None => late.push((name, wanted)),
                Some(given) => {
                    if !self.member(name, wanted, &given) {
                        return false;
                    }
                }
            }
        }
        // A placeholder may be part of a name.
        for (name, wanted) in late {
            let found = if self.pieces(name).iter().any(|piece| !matches!(piece, Piece::Literal(_))) {
                let expected = Value::String(name.clone());
                left.keys().find(|given| self.agrees(&expected, &Value::String((*given).clone()))).cloned()
            } else {
                None
            };
            let Some(given) = found.and_then(|found| left.shift_remove(&found)) else {
                return self.note(&format!(".{name}"), Some(wanted), None);
            };
            if !self.member(name, wanted, &given) {
                return false;
            }
        }
        match left.iter().next() {
            None => true,
            Some((name, given)) => self.note(&format!(".{name}"), None, Some(given)),
        }
    }

    fn member(&mut self, name: &str, expected: &Value, actual: &Value) -> bool {
        self.path.push(Segment::Member(name.to_owned()));
        let matches = self.matches(expected, actual);
        self.path.pop();
        matches
    }

    fn string(&mut self, expected: &str, actual: &Value) -> bool {
        if actual.as_str() == Some(expected)
            || WILD.contains(&expected)
            || self.tokens.get(expected).is_some_and(|unify| !unify)
        {
            return true;
        }
        let Value::String(text) = actual else {
            if actual.is_array() || actual.is_object() {
                // How deep the recorder parsed JSON in strings varied with its version.
                if let Some(expected) = embedded(expected) {
                    return self.matches(&expected, actual);
                }
            }
            // A placeholder may have replaced a value that is no string.
            return match &self.pieces(expected)[..] {
                [Piece::Token(token)] if self.bind(token, &sorted(actual).to_string()) => true,
                [Piece::Date] => true,
                _ => self.fail(&Value::String(expected.to_owned()), actual),
            };
        };
        if let Some(matches) = self.text(expected, text) {
            return matches || self.fail(&Value::String(expected.to_owned()), actual);
        }
        match (json(expected), json(text)) {
            (Some(expected), Some(actual)) => self.matches(&expected, &actual),
            _ => self.fail(&Value::String(expected.to_owned()), actual),
        }
    }

    /// Whether a text with placeholders stands for another. None: it has none, or can't stand for it.
    fn text(&mut self, expected: &str, actual: &str) -> Option<bool> {
        let pieces = self.pieces(expected);
        let mut pattern = String::from("(?s)^");
        let mut groups = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Literal(literal) => pattern.push_str(&regex_lite::escape(literal)),
                Piece::Date => {
                    pattern.extend(["(date|", ISO_8601, ")"]);
                    groups.push(None);
                }
                Piece::Token(token) => {
                    pattern.push_str(match *token {
                        "111111111111" => r"(\d{12})",
                        "<region>" => r"([a-z]{2}(?:-[a-z]+)+-\d)",
                        "<partition>" => "(aws[a-z-]*)",
                        _ => "(.+?)",
                    });
                    groups.push(Some((*token).to_owned()));
                }
            }
        }
        if groups.is_empty() {
            return None;
        }
        pattern.push('$');
        let captures = Regex::new(&pattern).expect("every literal is escaped").captures(actual)?;
        for (group, token) in groups.into_iter().enumerate() {
            let value = captures.get(group + 1).expect("every group takes part in a match").as_str();
            if token.is_some_and(|token| !self.bind(&token, value)) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Has a placeholder stand for that value. False: it stands for another one already.
    fn bind(&mut self, token: &str, value: &str) -> bool {
        if self.tokens.get(token) == Some(&false) {
            return true;
        }
        if let Some(bound) = self.bindings.get(token) {
            return bound == value;
        }
        self.bindings.insert(token.to_owned(), value.to_owned());
        true
    }

    /// Takes an expected text apart at its placeholders.
    fn pieces<'t>(&self, text: &'t str) -> Vec<Piece<'t>> {
        let (mut pieces, mut literal, mut at) = (Vec::new(), 0, 0);
        while at < text.len() {
            let rest = &text[at..];
            let before = text[..at].chars().next_back();
            let bare = self.bare.iter().find(|token| rest.starts_with(token.as_str()) && stands_alone(text, at, token));
            let found = if let Some(token) = bare {
                Some((Piece::Token(&text[at..at + token.len()]), token.len()))
            } else if let Some(length) = bracketed(rest) {
                Some((Piece::Token(&rest[..length]), length))
            } else {
                let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
                (rest.starts_with("date") && !letter(before) && !letter(rest[4..].chars().next()))
                    .then_some((Piece::Date, 4))
            };
            match found {
                None => at += rest.chars().next().map_or(1, char::len_utf8),
                Some((piece, length)) => {
                    if literal < at {
                        pieces.push(Piece::Literal(&text[literal..at]));
                    }
                    pieces.push(piece);
                    at += length;
                    literal = at;
                }
            }
        }
        if literal < text.len() {
            pieces.push(Piece::Literal(&text[literal..]));
        }
        pieces
    }
}

/// The length of the `<placeholder>` or `<placeholder:1>` that a text begins with. Two cases have `<<task_token>:1>`.
pub(crate) fn bracketed(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    let mut end = 1 + match inner.chars().next()? {
        '<' => bracketed(inner)?,
        c if c.is_ascii_alphabetic() => {
            inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_. -".contains(byte)).count()
        }
        _ => return None,
    };
    if text.as_bytes().get(end) == Some(&b':') {
        let digits = text[end + 1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        end += 1 + digits;
    }
    (text.as_bytes().get(end) == Some(&b'>')).then_some(end + 1)
}

/// Whether the placeholder found at that place is a word of its own there.
pub(crate) fn stands_alone(text: &str, at: usize, token: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    !token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        || (!word(text[..at].chars().next_back()) && !word(text[at + token.len()..].chars().next()))
}

/// The object or array that a text is.
fn embedded(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// The object, array or string that a text is.
fn json(text: &str) -> Option<Value> {
    text.starts_with(['{', '[', '"']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// The value with the members of its objects in the order of their names.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}
