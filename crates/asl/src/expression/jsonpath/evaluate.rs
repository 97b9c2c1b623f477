//! Steps to values.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::super::java;
use super::filter::Refused;
use super::{Absence, NotFound, Step};

/// Why a walk ends without a value.
#[derive(Debug)]
pub(super) enum Blocked {
    /// Something is not there. An indefinite path takes it for "no match".
    Missing(String),
    /// A step can't be applied to what is there.
    NotApplicable(String),
}

/// Walks a path of names and indexes by reference; none if anything is missing, in which case [`Walk`] says what.
pub(super) fn straight<'v>(steps: &[Step], root: &'v Value) -> Option<&'v Value> {
    steps.iter().try_fold(root, |value, step| match (step, value) {
        (Step::Name(name, _), Value::Object(fields)) => fields.get(&**name),
        (Step::Index(index), Value::Array(items)) => item(items, *index),
        _ => None,
    })
}

/// The item at an index, which counts from the end when negative.
fn item(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index.checked_add(i64::try_from(items.len()).ok()?)? } else { index };
    items.get(usize::try_from(index).ok()?)
}

/// One evaluation of a path.
pub(super) struct Walk<'w, 'v> {
    steps: &'w [Step],
    /// What `$` stands for in filters and in arguments of functions.
    root: &'v Value,
    /// How many steps at the front are definite. Up to there something missing is an error, behind it no match.
    leading: usize,
    /// Whether an index was past the end of its array.
    past_end: Cell<bool>,
}

type Matches<'v> = Vec<Cow<'v, Value>>;

impl<'w, 'v> Walk<'w, 'v> {
    pub(super) fn new(steps: &'w [Step], root: &'v Value) -> Self {
        let last = steps.len().saturating_sub(1);
        let leading = steps.iter().enumerate().take_while(|(at, step)| step.is_definite(*at == last)).count();
        Self { steps, root, leading, past_end: Cell::new(false) }
    }

    /// The one value of a definite path.
    pub(super) fn one(&self, from: &'v Value) -> Result<Cow<'v, Value>, NotFound> {
        let mut found = Vec::new();
        self.walk(0, from, &mut found).map_err(|blocked| match blocked {
            Blocked::Missing(reason) => NotFound { reason, absence: Absence::Missing },
            Blocked::NotApplicable(reason) => NotFound { reason, absence: Absence::NotApplicable },
        })?;
        found.pop().ok_or_else(|| NotFound {
            reason: format!("No results for path: ${}", text(self.steps)),
            absence: if self.past_end.get() { Absence::OutOfRange } else { Absence::Missing },
        })
    }

    /// The array of an indefinite path's matches, which is empty if something is missing on the way.
    pub(super) fn all(&self, from: &'v Value) -> Result<Cow<'v, Value>, NotFound> {
        match self.every(from) {
            Err(Blocked::Missing(_)) => Ok(Cow::Owned(Value::Array(Vec::new()))),
            Err(Blocked::NotApplicable(reason)) => Err(NotFound { reason, absence: Absence::NotApplicable }),
            Ok(found) => Ok(found),
        }
    }

    /// The array of an indefinite path's matches.
    pub(super) fn every(&self, from: &'v Value) -> Result<Cow<'v, Value>, Blocked> {
        let mut found = Vec::new();
        self.walk(0, from, &mut found)?;
        Ok(Cow::Owned(found.into_iter().map(Cow::into_owned).collect()))
    }

    /// `$..x.sum()`: the function over the array of what `$..x` finds, and `length()` over what `$..x[*]` finds.
    pub(super) fn aggregate(&self, from: &'v Value) -> Result<Cow<'v, Value>, NotFound> {
        let Some((Step::Function(function), scan)) = self.steps.split_last() else {
            return self.all(from);
        };
        let mut model = Self::new(scan, self.root).all(from)?.into_owned();
        if function.counts()
            && let Value::Array(found) = model
        {
            model = found.into_iter().flat_map(children).collect();
        }
        match function.apply(&model, self.root) {
            Ok(value) => Ok(Cow::Owned(value.into_owned())),
            Err(reason) => Err(NotFound { reason, absence: Absence::NotApplicable }),
        }
    }

    /// Follows the steps from `at` on.
    fn walk(&self, at: usize, value: &'v Value, found: &mut Matches<'v>) -> Result<(), Blocked> {
        let Some(step) = self.steps.get(at) else {
            found.push(Cow::Borrowed(value));
            return Ok(());
        };
        let definite_so_far = at <= self.leading;
        match step {
            Step::Name(name, _) => match value {
                Value::Object(fields) => match fields.get(&**name) {
                    Some(field) => self.walk(at + 1, field, found),
                    None if at + 1 == self.steps.len() || !definite_so_far => Ok(()),
                    None => Err(Blocked::Missing(format!("Missing property in path {}['{name}']", self.way(at)))),
                },
                _ => self.not_an_object(at, value),
            },
            Step::Names(names, _) => match value {
                Value::Object(fields) if at + 1 == self.steps.len() => {
                    let wanted = names.iter().filter_map(|name| fields.get_key_value(&**name));
                    let object: Map<String, Value> =
                        wanted.map(|(name, field)| (name.clone(), field.clone())).collect();
                    found.push(Cow::Owned(Value::Object(object)));
                    Ok(())
                }
                Value::Object(fields) => {
                    names.iter().filter_map(|name| fields.get(&**name)).try_for_each(|v| self.walk(at + 1, v, found))
                }
                _ => self.not_an_object(at, value),
            },
            Step::Index(index) => match self.array(at, value)? {
                Some(items) => self.index(at, items, *index, found),
                None => Ok(()),
            },
            Step::Indexes(indexes) => match self.array(at, value)? {
                Some(items) => indexes.iter().try_for_each(|index| self.index(at, items, *index, found)),
                None => Ok(()),
            },
            Step::Slice(from, to) => match self.array(at, value)? {
                Some(items) => {
                    let (from, to) = slice(*from, *to, items.len());
                    (from..to).try_for_each(|index| self.index(at, items, index, found))
                }
                None => Ok(()),
            },
            Step::Wildcard => match value {
                Value::Object(fields) => fields.values().try_for_each(|field| self.walk(at + 1, field, found)),
                Value::Array(items) => items.iter().try_for_each(|item| match self.walk(at + 1, item, found) {
                    Err(Blocked::Missing(_)) => Ok(()),
                    other => other,
                }),
                _ => Ok(()),
            },
            Step::Scan => self.scan(at + 1, value, found),
            Step::Filter(filter) => match value {
                Value::Object(_) => match filter.accepts(value, self.root) {
                    Ok(true) => self.walk(at + 1, value, found),
                    Ok(false) | Err(Refused) => Ok(()),
                },
                Value::Array(items) => items
                    .iter()
                    .filter(|item| matches!(filter.accepts(item, self.root), Ok(true)))
                    .try_for_each(|item| self.walk(at + 1, item, found)),
                _ if definite_so_far => Err(Blocked::NotApplicable(format!(
                    "Filter: {} can not be applied to primitives. Current context is: {}",
                    text(&self.steps[at..]),
                    java::Text(value)
                ))),
                _ => Ok(()),
            },
            Step::Function(function) => {
                found.push(function.apply(value, self.root).map_err(Blocked::NotApplicable)?);
                Ok(())
            }
        }
    }

    /// Applies the step at `at` to `value` and to everything inside it that the step can be meant for.
    fn scan(&self, at: usize, value: &'v Value, found: &mut Matches<'v>) -> Result<(), Blocked> {
        let meant = match (&self.steps[at], value) {
            (Step::Name(name, _), Value::Object(fields)) => fields.contains_key(&**name),
            (Step::Names(names, _), Value::Object(fields)) => {
                at + 1 < self.steps.len() || names.iter().all(|name| fields.contains_key(&**name))
            }
            (Step::Index(_) | Step::Indexes(_) | Step::Slice(..) | Step::Wildcard, Value::Array(_))
            | (Step::Wildcard, Value::Object(_)) => true,
            (Step::Filter(filter), Value::Object(_) | Value::Array(_)) => {
                matches!(filter.accepts(value, self.root), Ok(true))
            }
            _ => false,
        };
        if meant {
            self.walk(at, value, found)?;
        }
        match value {
            Value::Object(fields) => fields.values().try_for_each(|field| self.scan(at, field, found)),
            Value::Array(items) => items.iter().try_for_each(|item| self.scan(at, item, found)),
            _ => Ok(()),
        }
    }

    fn index(&self, at: usize, items: &'v [Value], index: i64, found: &mut Matches<'v>) -> Result<(), Blocked> {
        if let Some(item) = item(items, index) {
            return self.walk(at + 1, item, found);
        }
        self.past_end.set(true);
        Ok(())
    }

    /// The items, if there is an array; an error if there is none but should be.
    fn array(&self, at: usize, value: &'v Value) -> Result<Option<&'v [Value]>, Blocked> {
        match value {
            Value::Array(items) => Ok(Some(items)),
            _ if at > self.leading => Ok(None),
            Value::Null => Err(Blocked::Missing(format!("The path {} is null", self.way(at)))),
            _ => Err(Blocked::NotApplicable(format!(
                "Filter: {} can only be applied to arrays. Current context is: {}",
                text(&self.steps[at..]),
                java::Text(value)
            ))),
        }
    }

    fn not_an_object(&self, at: usize, value: &Value) -> Result<(), Blocked> {
        if at > self.leading {
            return Ok(());
        }
        Err(Blocked::Missing(format!(
            "Expected to find an object with property {} in path {} but found '{}'. This is not a json object according \
             to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
            self.steps[at],
            self.way(at),
            java::class_name(value)
        )))
    }

    /// The way walked so far, as Jayway writes it.
    fn way(&self, at: usize) -> String {
        let mut way = "$".to_owned();
        for step in &self.steps[..at] {
            match step {
                Step::Name(name, _) => write!(way, "['{name}']"),
                other => write!(way, "{other}"),
            }
            .expect("writing to a string can't fail");
        }
        way
    }
}

/// Steps as Jayway writes them.
fn text(steps: &[Step]) -> String {
    steps.iter().map(Step::to_string).collect()
}

/// The half-open range of indexes that a slice stands for in an array of that length.
fn slice(from: Option<i64>, to: Option<i64>, length: usize) -> (i64, i64) {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    match (from, to) {
        (Some(from), None) if from < 0 => (from.saturating_add(length).max(0), length),
        (Some(from), None) => (from, length),
        (None, Some(to)) if to < 0 => (0, to.saturating_add(length)),
        (None, to) => (0, to.unwrap_or(length).min(length)),
        // Jayway's own reading of [-3:-1]: each index of the range counts from the end by itself.
        (Some(from), Some(to)) => (from.max(-length), to.min(length)),
    }
}

fn children(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(fields) => fields.into_iter().map(|(_, field)| field).collect(),
        _ => Vec::new(),
    }
}
