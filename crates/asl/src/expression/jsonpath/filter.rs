//! Filters: what stands in `[?(…)]`, and which items it accepts.

use std::borrow::Cow;
use std::cmp::Ordering;

use regex::Regex;
use serde_json::{Number, Value};

use super::Step;
use super::evaluate::Walk;

/// A compiled filter.
#[derive(Debug)]
pub(super) enum Filter {
    /// `a || b`.
    Any(Vec<Filter>),
    /// `a && b`.
    All(Vec<Filter>),
    /// `!(a)`.
    Not(Box<Filter>),
    /// `@.a` or `!@.a`: whether there is such a thing. Jayway starts such a path at the item even if it is written with `$`.
    Exists { path: ItemPath, expected: bool },
    /// `@.a == 1`.
    Compare { left: Operand, operator: Operator, right: Operand },
}

/// One side of a comparison.
#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Pattern(Regex),
    Path(ItemPath),
}

/// A path inside a filter.
#[derive(Debug)]
pub(super) struct ItemPath {
    /// Whether it starts at the whole document (`$`) and not at the item (`@`).
    pub(super) from_root: bool,
    pub(super) steps: Vec<Step>,
    pub(super) definite: bool,
}

/// A comparison operator, with Jayway's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `==`: a number equals the string that spells it.
    Equal,
    /// `!=`
    NotEqual,
    /// `===`: of one type.
    Same,
    /// `!==`
    NotSame,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=~`: the whole string matches.
    Matches,
    /// `in`
    In,
    /// `nin`
    NotIn,
    /// `contains`: a string a string, an array an item.
    Contains,
    /// `size`
    Size,
    /// `empty`
    Empty,
    /// `subsetof`
    SubsetOf,
    /// `anyof`
    AnyOf,
    /// `noneof`
    NoneOf,
}

/// The filter can't be applied to an item, which is then not accepted, whatever `!` stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// A side of a comparison, evaluated.
enum Side<'a> {
    /// The path leads nowhere. Equal to nothing, not even to itself.
    Undefined,
    Value(Cow<'a, Value>),
    Pattern(&'a Regex),
}

impl Filter {
    /// Whether the filter accepts `item` in the document `root`.
    pub(super) fn accepts(&self, item: &Value, root: &Value) -> Result<bool, Refused> {
        match self {
            Self::Any(filters) => {
                for filter in filters {
                    if filter.accepts(item, root)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::All(filters) => {
                for filter in filters {
                    if !filter.accepts(item, root)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(filter) => filter.accepts(item, root).map(|accepted| !accepted),
            Self::Exists { path, expected } => Ok(path.find(item, item).is_some() == *expected),
            Self::Compare { left, operator, right } => {
                compare(&left.side(item, root), *operator, &right.side(item, root))
            }
        }
    }
}

impl ItemPath {
    fn find<'a>(&'a self, from: &'a Value, root: &'a Value) -> Option<Cow<'a, Value>> {
        let walk = Walk::new(&self.steps, root);
        if self.definite { walk.one(from).ok() } else { walk.every(from).ok() }
    }
}

impl Operand {
    fn side<'a>(&'a self, item: &'a Value, root: &'a Value) -> Side<'a> {
        match self {
            Self::Literal(value) => Side::Value(Cow::Borrowed(value)),
            Self::Pattern(pattern) => Side::Pattern(pattern),
            Self::Path(path) => {
                path.find(if path.from_root { root } else { item }, root).map_or(Side::Undefined, Side::Value)
            }
        }
    }
}

fn compare(left: &Side<'_>, operator: Operator, right: &Side<'_>) -> Result<bool, Refused> {
    Ok(match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Same => same_type(left, right) && equal(left, right),
        Operator::NotSame => !(same_type(left, right) && equal(left, right)),
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        Operator::Matches => matches(left, right),
        Operator::In => list(right)?.is_some_and(|items| contains(items, left)),
        Operator::NotIn => !list(right)?.is_some_and(|items| contains(items, left)),
        Operator::Contains => match (value(left), value(right)) {
            (Some(Value::String(text)), Some(Value::String(part))) => text.contains(part.as_str()),
            (Some(Value::Array(items)), _) => contains(items, right),
            _ => false,
        },
        Operator::Size => {
            let size = match value(left) {
                Some(Value::String(text)) => Some(text.encode_utf16().count()),
                Some(Value::Array(items)) => Some(items.len()),
                _ => None,
            };
            size.is_some() && size.map(|size| size as f64) == value(right).and_then(Value::as_f64).map(f64::trunc)
        }
        Operator::Empty => {
            let empty = match value(left) {
                Some(Value::String(text)) => Some(text.is_empty()),
                Some(Value::Array(items)) => Some(items.is_empty()),
                Some(Value::Object(fields)) => Some(fields.is_empty()),
                _ => None,
            };
            empty.is_some() && empty == value(right).and_then(Value::as_bool)
        }
        Operator::SubsetOf => lists(left, right)?.is_some_and(|(left, right)| left.iter().all(|v| has(right, v))),
        Operator::AnyOf => lists(left, right)?.is_some_and(|(left, right)| left.iter().any(|v| has(right, v))),
        Operator::NoneOf => lists(left, right)?.is_some_and(|(left, right)| !left.iter().any(|v| has(right, v))),
    })
}

fn value<'s>(side: &'s Side<'_>) -> Option<&'s Value> {
    match side {
        Side::Value(value) => Some(value),
        Side::Undefined | Side::Pattern(_) => None,
    }
}

/// The items of a side that has to be a list: none if it is an object, a refusal if it is neither.
fn list<'s>(side: &'s Side<'_>) -> Result<Option<&'s [Value]>, Refused> {
    match value(side) {
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(Value::Object(_)) => Ok(None),
        _ => Err(Refused),
    }
}

type Lists<'s> = (&'s [Value], &'s [Value]);

fn lists<'s>(left: &'s Side<'_>, right: &'s Side<'_>) -> Result<Option<Lists<'s>>, Refused> {
    let right = list(right)?;
    let left = list(left)?;
    Ok(left.zip(right))
}

fn contains(items: &[Value], wanted: &Side<'_>) -> bool {
    value(wanted).is_some_and(|wanted| has(items, wanted))
}

fn has(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| values_equal(wanted, item))
}

fn equal(left: &Side<'_>, right: &Side<'_>) -> bool {
    match (left, right) {
        (Side::Value(left), Side::Value(right)) => values_equal(left, right),
        (Side::Pattern(left), Side::Pattern(right)) => left.as_str() == right.as_str(),
        _ => false,
    }
}

fn values_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right) == Some(Ordering::Equal),
        (Value::String(left), Value::Number(right)) => *left == right.to_string(),
        (Value::Number(left), Value::String(right)) => {
            right.parse().is_ok_and(|right: Number| order_numbers(left, &right) == Some(Ordering::Equal))
        }
        _ => left == right,
    }
}

fn same_type(left: &Side<'_>, right: &Side<'_>) -> bool {
    match (left, right) {
        (Side::Undefined, Side::Undefined) | (Side::Pattern(_), Side::Pattern(_)) => true,
        (Side::Value(left), Side::Value(right)) => {
            let kind = |value: &Value| match value {
                Value::Null => 0,
                Value::Bool(_) => 1,
                Value::Number(_) => 2,
                Value::String(_) => 3,
                Value::Array(_) | Value::Object(_) => 4,
            };
            kind(left) == kind(right)
        }
        _ => false,
    }
}

/// How two sides of one type stand to each other.
fn order(left: &Side<'_>, right: &Side<'_>) -> Option<Ordering> {
    match (value(left)?, value(right)?) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right),
        // As Java orders strings: by UTF-16 unit.
        (Value::String(left), Value::String(right)) => Some(left.encode_utf16().cmp(right.encode_utf16())),
        _ => None,
    }
}

fn order_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn matches(left: &Side<'_>, right: &Side<'_>) -> bool {
    let (pattern, subject) = match (left, right) {
        (Side::Pattern(_), Side::Pattern(_)) => return false,
        (Side::Pattern(pattern), subject) | (subject, Side::Pattern(pattern)) => (pattern, subject),
        _ => return false,
    };
    match value(subject) {
        Some(Value::Array(items)) => items.iter().any(|item| pattern.is_match(&spelling(item))),
        Some(value) => pattern.is_match(&spelling(value)),
        None => pattern.is_match(""),
    }
}

/// What a pattern is matched against.
fn spelling(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => Cow::Borrowed(""),
    }
}
