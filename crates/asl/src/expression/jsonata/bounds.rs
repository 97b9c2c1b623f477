//! The memory that a query may use while it runs.
//!
//! `jsonata-core` bounds time, depth and the length of sequences, but not texts and arrays that are put together: a text
//! that is doubled forty times would take the process down before the time is up. So everything that makes something larger
//! out of what it is given (`&`, `[…]`, `[1..n]`, `$string`, `$join`, `$pad` and their kin) has what it is given weighed first, by a
//! function that is put around it when the query is compiled, and whose names nobody can write. One meter counts for the
//! whole evaluation.

use std::cell::Cell;
use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};
use jsonata_core::value::JValue;

use super::dates;
use super::{LARGEST_VALUE, LONGEST_SEQUENCE};

/// How many bytes a query may put together in all, counted before anything is freed again.
const MOST_BYTES: usize = 2 << 30;

/// About what an item of an array takes.
const ITEM_BYTES: usize = 24;

/// Weighs a text that is about to be copied into another, or the items that are about to be copied into an array.
const PART: &str = "weigh part";
/// Weighs everything inside a value, before it becomes a text.
const WHOLE: &str = "weigh whole";
/// Weighs what `$split` makes of a text.
const PIECES: &str = "weigh pieces";
/// Weighs a range by its last and its first number.
const RANGE: &str = "weigh range";
/// Weighs the width of `$pad`.
const WIDTH: &str = "weigh width";
/// Weighs the texts of `$join` with their separator.
const LIST: &str = "weigh list";
/// Weighs the text of `$replace` with what is put into it.
const TEXT: &str = "weigh text";

/// The functions whose results may be much larger than their arguments, with how many arguments they take.
/// `$toMillis` is among them to be given the execution's time in the same way.
const GROWING: [(&str, usize); 6] =
    [("string", 2), ("join", 2), ("pad", 3), ("replace", 4), ("split", 3), ("toMillis", 2)];

/// The functions that make an array as long as their arguments, in less time than the limit of time would notice.
const COPYING: [&str; 9] = ["append", "distinct", "keys", "merge", "reverse", "shuffle", "sort", "spread", "zip"];

/// Counts what an evaluation puts together.
#[derive(Debug, Default)]
pub(super) struct Meter(Cell<usize>);

impl Meter {
    /// Answers a call of a weighing function with its first argument. None: it is too much.
    pub(super) fn weigh(&self, function: &str, arguments: &[JValue]) -> Option<JValue> {
        let value = arguments.first().unwrap_or(&JValue::Undefined);
        let other = arguments.get(1).unwrap_or(&JValue::Undefined);
        let bytes = match (function, value) {
            (PART, JValue::Array(items)) => bounded(items.len(), LONGEST_SEQUENCE)?.saturating_mul(ITEM_BYTES),
            (PART, JValue::String(text)) => bounded(text.len(), LARGEST_VALUE)?,
            (WHOLE, _) => LARGEST_VALUE - left_of(value, LARGEST_VALUE)?,
            (PIECES, JValue::String(text)) => text.len().saturating_mul(ITEM_BYTES),
            (RANGE, JValue::Number(last)) => match other {
                // One that is too long is refused when it is made, with a code of its own.
                JValue::Number(first) if last - first < LONGEST_SEQUENCE as f64 => {
                    ((last - first).max(0.0) as usize).saturating_mul(ITEM_BYTES)
                }
                _ => 0,
            },
            (WIDTH, JValue::Number(width)) => bounded(width.abs().min(1e18) as usize, LARGEST_VALUE)?,
            (LIST, JValue::Array(items)) => {
                let between = bounded(text_length(other), LARGEST_VALUE)?;
                items.iter().try_fold(0usize, |sum, item| {
                    bounded(sum.saturating_add(text_length(item)).saturating_add(between), LARGEST_VALUE)
                })?
            }
            (TEXT, JValue::String(text)) => {
                let put_in = match other {
                    JValue::String(replacement) => replacement.len().max(1),
                    _ => 1,
                };
                bounded(text.len().saturating_add(1).saturating_mul(put_in), LARGEST_VALUE)?
            }
            _ => 0,
        };
        self.0.set(bounded(self.0.get().saturating_add(bytes), MOST_BYTES)?);
        Some(value.clone())
    }
}

fn bounded(bytes: usize, most: usize) -> Option<usize> {
    (bytes <= most).then_some(bytes)
}

fn text_length(value: &JValue) -> usize {
    match value {
        JValue::String(text) => text.len(),
        _ => 0,
    }
}

/// What is left of a budget when everything inside a value is taken off it. The same value may stand in it many times.
fn left_of(value: &JValue, budget: usize) -> Option<usize> {
    match value {
        JValue::String(text) => budget.checked_sub(text.len()),
        JValue::Array(items) => items.iter().try_fold(budget.checked_sub(8)?, |left, item| left_of(item, left)),
        JValue::Object(fields) => fields
            .iter()
            .try_fold(budget.checked_sub(8)?, |left, (name, field)| left_of(field, left.checked_sub(name.len())?)),
        _ => budget.checked_sub(8),
    }
}

/// Puts the weighing functions into a tree; names that it binds itself are none of JSONata's functions. The answer is which
/// of them it now calls.
pub(super) fn guard(tree: &mut AstNode, bound: &BTreeSet<String>) -> BTreeSet<&'static str> {
    let mut guard = Guard { bound, used: BTreeSet::new() };
    guard.node(tree);
    guard.used
}

struct Guard<'b> {
    bound: &'b BTreeSet<String>,
    used: BTreeSet<&'static str>,
}

impl Guard<'_> {
    fn nodes(&mut self, nodes: &mut [AstNode]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn pairs(&mut self, pairs: &mut [(AstNode, AstNode)]) {
        for (key, value) in pairs {
            self.node(key);
            self.node(value);
        }
    }

    fn node(&mut self, node: &mut AstNode) {
        self.put_arguments_in(node);
        match node {
            AstNode::Binary { op, lhs, rhs } => {
                self.node(lhs);
                self.node(rhs);
                if *op == BinaryOp::Concatenate {
                    self.weigh_text(lhs);
                    self.weigh_text(rhs);
                } else if *op == BinaryOp::Range {
                    self.weigh(RANGE, rhs, Some((**lhs).clone()));
                }
            }
            AstNode::Array(items) => {
                self.nodes(items);
                self.weigh_parts(items);
            }
            AstNode::Function { name, args, .. } => {
                self.nodes(args);
                if self.is_growing(name).is_some() {
                    let name = name.clone();
                    self.weigh_arguments(&name, args);
                } else if COPYING.contains(&name.as_str()) {
                    self.weigh_parts(args);
                }
            }
            AstNode::Path { steps } => self.steps(steps),
            AstNode::Unary { operand, .. } => self.node(operand),
            AstNode::Call { procedure, args } => {
                self.node(procedure);
                self.nodes(args);
            }
            AstNode::Lambda { body, .. } => self.node(body),
            AstNode::Block(items) | AstNode::ArrayGroup(items) => self.nodes(items),
            AstNode::Object(pairs) => self.pairs(pairs),
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input);
                self.pairs(pattern);
            }
            AstNode::Conditional { condition, then_branch, else_branch } => {
                self.node(condition);
                self.node(then_branch);
                if let Some(branch) = else_branch {
                    self.node(branch);
                }
            }
            AstNode::FunctionApplication(inner) => self.node(inner),
            AstNode::Sort { input, terms } => {
                self.node(input);
                for (term, _) in terms {
                    self.node(term);
                }
            }
            AstNode::Transform { location, update, delete } => {
                self.node(location);
                self.node(update);
                if let Some(delete) = delete {
                    self.node(delete);
                }
            }
            AstNode::String(_)
            | AstNode::Name(_)
            | AstNode::Number(_)
            | AstNode::Boolean(_)
            | AstNode::Null
            | AstNode::Undefined
            | AstNode::Placeholder
            | AstNode::Regex { .. }
            | AstNode::Variable(_)
            | AstNode::ParentVariable(_)
            | AstNode::Wildcard
            | AstNode::Descendant
            | AstNode::Parent(_) => {}
        }
    }

    fn steps(&mut self, steps: &mut [PathStep]) {
        for step in steps {
            self.node(&mut step.node);
            for stage in &mut step.stages {
                if let Stage::Filter(predicate) = stage {
                    self.node(predicate);
                }
            }
        }
    }

    /// How many arguments the function of that name takes, if its result may be much larger than they are.
    fn is_growing(&self, name: &str) -> Option<usize> {
        let (_, arity) = GROWING.iter().find(|(growing, _)| *growing == name)?;
        (!self.bound.contains(name)).then_some(*arity)
    }

    /// Writes a growing function that is handed on, applied in part, or applied with `~>` as one that is called with all its
    /// arguments, which can then be weighed.
    fn put_arguments_in(&mut self, node: &mut AstNode) {
        match node {
            AstNode::Variable(name) => {
                if let Some(arity) = self.is_growing(name) {
                    // `$map` and its kin hand `$string` nothing but the item.
                    let arity = if name == "string" { 1 } else { arity };
                    *node = called_with(std::mem::take(name), vec![AstNode::Placeholder; arity]);
                }
            }
            AstNode::Function { name, args, .. }
                if self.is_growing(name).is_some() && args.contains(&AstNode::Placeholder) =>
            {
                *node = called_with(std::mem::take(name), std::mem::take(args));
            }
            AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } => {
                if let AstNode::Function { name, args, .. } = &mut **rhs
                    && self.is_growing(name).is_some()
                    && !args.contains(&AstNode::Placeholder)
                {
                    args.insert(0, std::mem::replace(lhs, AstNode::Undefined));
                    *node = std::mem::replace(rhs, AstNode::Undefined);
                }
            }
            _ => {}
        }
    }

    fn weigh_arguments(&mut self, name: &str, args: &mut [AstNode]) {
        match (name, args) {
            ("string", [value, ..]) if !is_small(value) => self.weigh(WHOLE, value, None),
            ("toMillis", [text, picture, ..]) => {
                self.weigh(dates::TEXT, text, Some(picture.clone()));
                self.weigh(dates::PICTURE, picture, None);
            }
            ("split", [text, ..]) => self.weigh(PIECES, text, None),
            ("pad", [_, width, ..]) => self.weigh(WIDTH, width, None),
            ("join", [list, rest @ ..]) => self.weigh(LIST, list, rest.first().cloned()),
            ("replace", [text, _, replacement, ..]) => self.weigh(TEXT, text, Some(replacement.clone())),
            _ => {}
        }
    }

    /// Weighs a part of something that is put together, if it is looked up: what is put together itself has been weighed
    /// where that was done, and calls in calls nest no deeper than they did before.
    fn weigh_part(&mut self, part: &mut AstNode) {
        if matches!(part, AstNode::Variable(_) | AstNode::Path { .. }) {
            self.weigh(PART, part, None);
        }
    }

    /// Weighs what becomes a part of a text, with all that is inside: an array or object that shares its parts is small in
    /// memory, and a text without end.
    fn weigh_text(&mut self, part: &mut AstNode) {
        let is_weighed = matches!(part, AstNode::Binary { op: BinaryOp::Concatenate, .. });
        if !is_weighed && !is_small(part) {
            self.weigh(WHOLE, part, None);
        }
    }

    fn weigh_parts(&mut self, parts: &mut [AstNode]) {
        for part in parts {
            self.weigh_part(part);
        }
    }

    fn weigh(&mut self, weight: &'static str, node: &mut AstNode, other: Option<AstNode>) {
        self.used.insert(weight);
        let mut args = vec![std::mem::replace(node, AstNode::Undefined)];
        args.extend(other);
        *node = AstNode::Function { name: weight.to_owned(), args, is_builtin: true };
    }
}

fn is_small(node: &AstNode) -> bool {
    matches!(node, AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null)
}

/// `function($a, …) { $name($a, …) }` with a parameter for each placeholder.
fn called_with(name: String, args: Vec<AstNode>) -> AstNode {
    let mut params = Vec::new();
    let args = args
        .into_iter()
        .map(|arg| match arg {
            AstNode::Placeholder => {
                params.push(format!("argument {}", params.len()));
                AstNode::Variable(params[params.len() - 1].clone())
            }
            arg => arg,
        })
        .collect();
    let body = AstNode::Function { name, args, is_builtin: true };
    AstNode::Lambda { params, body: Box::new(body), signature: None, thunk: false }
}
