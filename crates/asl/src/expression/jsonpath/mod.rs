//! JSONPath in Jayway's dialect, the one that AWS Step Functions speaks.
//!
//! Syntax, matches and error sentences follow <https://github.com/json-path/JsonPath>; where AWS was seen to differ from
//! it, AWS is followed and the place says so. A path is compiled once; a path of names and indexes alone is walked by
//! reference and copies nothing.

mod evaluate;
mod filter;
mod filter_parse;
mod function;
mod parse;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use evaluate::Walk;
use function::Function;
use parse::Parser;

/// A compiled JSONPath. Copies share the compiled form.
#[derive(Clone)]
pub struct JsonPath {
    source: Arc<str>,
    steps: Arc<[Step]>,
    shape: Shape,
}

/// How a path is to be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Names and single indexes only.
    Straight,
    /// One value at the most, but with a step that has to compute it.
    Definite,
    /// Any number of values.
    Indefinite,
    /// `$..x.sum()`: a function over everything that a scan from the root finds.
    Aggregate,
}

/// One step of a path.
#[derive(Debug)]
enum Step {
    /// `.name` or `['name']`, with the quote that it was written with (Jayway repeats it in its sentences).
    Name(Box<str>, char),
    /// `['a','b']`: an object with just these, or as a middle step each of them.
    Names(Box<[Box<str>]>, char),
    /// `[3]` or `[-1]`.
    Index(i64),
    /// `[0,2]`.
    Indexes(Box<[i64]>),
    /// `[from:to]`, either side left out or not.
    Slice(Option<i64>, Option<i64>),
    /// `*`.
    Wildcard,
    /// `..`, always followed by the step that is looked for.
    Scan,
    /// `[?(…)]`.
    Filter(Box<filter::Filter>),
    /// `.length()` and its kin, always last.
    Function(Function),
}

impl Step {
    /// Whether the step leads to one place at the most.
    fn is_definite(&self, last: bool) -> bool {
        match self {
            Self::Name(..) | Self::Index(_) | Self::Function(_) => true,
            Self::Names(..) => last,
            Self::Indexes(_) | Self::Slice(..) | Self::Wildcard | Self::Scan | Self::Filter(_) => false,
        }
    }
}

impl fmt::Display for Step {
    /// The step as Jayway writes it in its sentences.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name, quote) => write!(f, "[{quote}{name}{quote}]"),
            Self::Names(names, quote) => {
                let names: Vec<String> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
                write!(f, "[{}]", names.join(","))
            }
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Indexes(indexes) => {
                let indexes: Vec<String> = indexes.iter().map(i64::to_string).collect();
                write!(f, "[{}]", indexes.join(","))
            }
            Self::Slice(from, to) => {
                let text = |bound: &Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
                write!(f, "[{}:{}]", text(from), text(to))
            }
            Self::Wildcard => f.write_str("[*]"),
            Self::Scan => f.write_str(".."),
            Self::Filter(_) => f.write_str("[?]"),
            Self::Function(function) => write!(f, ".{function}"),
        }
    }
}

/// A step, for what is built on paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// A field.
    Name(&'p str),
    /// An item.
    Index(i64),
    /// `..`
    Scan,
    /// Anything else.
    Computed,
}

/// A text is not a path (or not an expression of the kind that was asked for).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathSyntaxError {
    /// What is wrong, one sentence.
    pub message: String,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

/// A path leads nowhere in the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotFound {
    /// Jayway's words, such as `No results for path: $['x']`.
    pub reason: String,
    /// What stood in the way.
    pub absence: Absence,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// An object on the way has no such field, or there is no object where a field is asked for.
    Missing,
    /// An array on the way is too short. AWS takes this for `null` in a payload template.
    OutOfRange,
    /// An index, filter or function was applied to something that it can't be applied to.
    NotApplicable,
}

impl JsonPath {
    /// Compiles a path.
    ///
    /// # Errors
    /// With the place of the first character that does not belong. A path that Jayway would take but that can never
    /// match (a step after a function) is refused as well.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        if !source.starts_with('$') {
            return Err(PathSyntaxError { message: "a JSONPath starts with '$'".to_owned(), offset: 0 });
        }
        Self::parse_after(source, 1)
    }

    /// Compiles what follows the root of a path, from that byte of `source` on.
    pub(super) fn parse_after(source: &str, root_end: usize) -> Result<Self, PathSyntaxError> {
        let steps = Parser::new(source, root_end).whole_path()?;
        Ok(Self { source: source.into(), shape: shape(&steps), steps: steps.into() })
    }

    /// The path as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the path can match one place at the most; if not, [`Self::find`] answers with an array.
    pub fn is_definite(&self) -> bool {
        self.shape != Shape::Indefinite
    }

    /// The steps, as far as they matter to a path that leads to one place.
    pub(super) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.steps.iter().map(|step| match step {
            Step::Name(name, _) => Place::Name(name),
            Step::Index(index) => Place::Index(*index),
            Step::Scan => Place::Scan,
            _ => Place::Computed,
        })
    }

    /// What `look` makes of the names that the path begins with, three at the most.
    pub(super) fn with_first_names<T>(&self, look: impl FnOnce(&[&str]) -> T) -> T {
        let mut names = [""; 3];
        let mut count = 0;
        for (place, step) in names.iter_mut().zip(&*self.steps) {
            let Step::Name(name, _) = step else { break };
            *place = name;
            count += 1;
        }
        look(&names[..count])
    }

    /// What a path of names and indexes alone leads to, when so many steps lead to `part`; none if it leads nowhere or is
    /// of another kind.
    pub(super) fn straight_from<'v>(&self, taken: usize, part: &'v Value) -> Option<&'v Value> {
        if self.shape == Shape::Straight { evaluate::straight(self.steps.get(taken..)?, part) } else { None }
    }

    /// What the path leads to: one value for a definite path, an array of the matches for any other.
    ///
    /// An indefinite path that meets a missing field on its way answers with an empty array, as AWS does
    /// (`base--json_path_array_wildcard_or_slice_with_no_input-*.json`).
    ///
    /// # Errors
    /// When a definite path leads nowhere, or a step can't be applied to what is there.
    pub fn find<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, NotFound> {
        if self.shape == Shape::Straight
            && let Some(value) = evaluate::straight(&self.steps, root)
        {
            return Ok(Cow::Borrowed(value));
        }
        let walk = Walk::new(&self.steps, root);
        match self.shape {
            Shape::Straight | Shape::Definite => walk.one(root),
            Shape::Indefinite => walk.all(root),
            Shape::Aggregate => walk.aggregate(root),
        }
    }
}

fn shape(steps: &[Step]) -> Shape {
    let last = steps.len().saturating_sub(1);
    if let (Some(Step::Scan), Some(Step::Function(_))) = (steps.first(), steps.last()) {
        Shape::Aggregate
    } else if steps.iter().all(|step| matches!(step, Step::Name(..) | Step::Index(_))) {
        Shape::Straight
    } else if steps.iter().enumerate().all(|(at, step)| step.is_definite(at == last)) {
        Shape::Definite
    } else {
        Shape::Indefinite
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for JsonPath {}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonPath").field(&self.source).finish()
    }
}

#[cfg(test)]
mod tests;
