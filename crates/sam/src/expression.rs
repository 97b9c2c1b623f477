//! A template's values with their intrinsic functions understood, before any of them is evaluated.
//!
//! Everything that can be wrong without knowing a single value (a function's form, a name that nothing has) is reported
//! here, and so for all branches of every `Fn::If` and for resources that a condition leaves out, as CloudFormation does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::intrinsic::{self, Call};
use crate::problem::{Problem, Problems};
use crate::resource::ResourceType;
use crate::syntax::{Data, Node, Place, Places};

/// One value, to be evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) place: Place,
    pub(crate) form: Form,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// Null, a boolean, a number, text, or what a reported problem left unresolved.
    Scalar(Data),
    List(Vec<Expression>),
    Map(Vec<Pair>),
    Call(Box<Call>),
}

/// One key of a map with its value.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Expression,
}

impl Expression {
    pub(crate) fn new(place: Place, form: Form) -> Self {
        Self { place, form }
    }

    pub(crate) fn unresolved(place: Place) -> Self {
        Self::new(place, Form::Scalar(Data::Unresolved))
    }

    /// The keys of a map; none for anything else.
    pub(crate) fn pairs(&self) -> &[Pair] {
        match &self.form {
            Form::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The value at a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Expression> {
        self.pairs().iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The value at a path of keys and indexes, such as `RoutingConfiguration.0.StateMachineVersionArn`.
    pub(crate) fn at(&self, path: &str) -> Option<&Expression> {
        path.split('.').try_fold(self, |at, step| match &at.form {
            Form::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => at.get(step),
        })
    }

    /// Text that is written as such; none when a function makes it.
    pub(crate) fn literal_text(&self) -> Option<&str> {
        match &self.form {
            Form::Scalar(Data::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// The names that a template defines.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) parameters: BTreeSet<String>,
    pub(crate) mappings: BTreeSet<String>,
    pub(crate) conditions: BTreeSet<String>,
    /// Logical ids, those that SAM generates included, with what is known of their type.
    pub(crate) resources: BTreeMap<String, Option<&'static ResourceType>>,
}

impl Scope {
    /// The closest name to a mistyped one among parameters and resources.
    pub(crate) fn closest_value(&self, word: &str, problems: &Problems) -> Option<&str> {
        problems.closest(word, self.parameters.iter().chain(self.resources.keys()).map(String::as_str))
    }
}

/// Turns nodes into expressions.
#[derive(Clone, Copy)]
pub(crate) struct Compiler<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) problems: &'a Problems,
    pub(crate) places: &'a Places,
    pub(crate) text: &'a str,
    /// The parameters that something refers to.
    pub(crate) used: &'a RefCell<BTreeSet<String>>,
    /// Whether this is the `Conditions` section, which can't refer to resources and has functions of its own.
    pub(crate) in_conditions: bool,
}

impl Compiler<'_> {
    /// The expression of a node. The recursion is bounded, because the document's depth is.
    pub(crate) fn compile(&self, node: &Node) -> Expression {
        let form = match &node.data {
            Data::List(items) => Form::List(items.iter().map(|item| self.compile(item)).collect()),
            Data::Map(entries) => {
                if let Some((name, argument)) = intrinsic::called(node, self.in_conditions) {
                    return intrinsic::compile(self, name, argument, node.place);
                }
                if let Some(entry) = entries.iter().find(|entry| entry.key.starts_with("Fn::")) {
                    self.problems.add(
                        Problem::error(
                            crate::codes::INVALID_FUNCTION,
                            entry.key_place,
                            format!("`{}` stands beside other keys", entry.key),
                        )
                        .help("a function is a map with this one key"),
                    );
                    return Expression::unresolved(node.place);
                }
                let pairs = entries.iter().map(|entry| Pair {
                    key: entry.key.clone(),
                    key_place: entry.key_place,
                    value: self.compile(&entry.value),
                });
                Form::Map(pairs.collect())
            }
            scalar => Form::Scalar(scalar.clone()),
        };
        Expression::new(node.place, form)
    }

    pub(crate) fn error(&self, code: &'static str, place: Place, message: impl Into<String>) {
        self.problems.add(Problem::error(code, place, message));
    }

    /// Where `part` stands inside of the text at a place, from `from` bytes on; none when escapes or line folding make it
    /// look different in the source.
    pub(crate) fn find_within(&self, place: Place, part: &str, from: usize) -> Option<Range<usize>> {
        let span = self.places.span(place);
        let start = span.start.checked_add(from)?;
        let found = self.text.get(start..span.end)?.find(part)? + start;
        Some(found..found + part.len())
    }
}
