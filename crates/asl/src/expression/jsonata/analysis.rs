//! What a query refers to, found once when it is compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};
use jsonata_core::value::JValue;

use super::functions::{self, HOSTED};
use super::values;
use crate::expression::Environment;

/// What a query refers to.
#[derive(Debug)]
pub(super) struct Analysis {
    /// Every `$name` in it but `$states`, whether it binds it somewhere itself or not, and called as a function or not; with
    /// how much of its value it needs.
    pub(super) references: Vec<(Box<str>, Needs)>,
    /// Of those and `states`, the ones that it does not bind and that are no functions.
    pub(super) variables: Vec<Arc<str>>,
    /// Names looked up in the context item, which a query of a state does not have.
    pub(super) top_level_names: Vec<Arc<str>>,
    /// The functions that have to be registered.
    pub(super) functions: Vec<&'static str>,
    /// Whether it may put values into values more often than it is written: it calls a function of its own, or `$reduce`.
    pub(super) may_nest: bool,
    states: Option<Needs>,
}

/// How much of a value is needed. Values may be large and queries small, so that converting all of a value would be most of
/// the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needs {
    Whole,
    /// These fields of an object, or of each object in an array.
    Fields(BTreeMap<Box<str>, Needs>),
}

impl Needs {
    /// That what the names lead to is needed as well.
    fn add(&mut self, names: &[&str]) {
        match (self, names.split_first()) {
            (Self::Whole, _) => {}
            (needs, None) => *needs = Self::Whole,
            (Self::Fields(fields), Some((name, rest))) => {
                fields.entry((*name).into()).or_insert_with(|| Self::Fields(BTreeMap::new())).add(rest);
            }
        }
    }
}

/// What is needed of the context object below these names, as far as it can be had without the whole.
fn context<'n, E: Environment + ?Sized>(env: &E, names: &mut Vec<&'n str>, needs: &'n Needs) -> Option<JValue> {
    if let Some((taken, part)) = env.context_part(names) {
        let place = names[taken..].iter().try_fold(part, |value, name| value.get(name));
        return Some(place.map_or(JValue::Undefined, |value| values::project(value, needs)));
    }
    let Needs::Fields(fields) = needs else { return None };
    let mut members = Vec::with_capacity(fields.len());
    for (name, needs) in fields {
        names.push(name);
        let member = context(env, names, needs)?;
        names.pop();
        if !member.is_undefined() {
            members.push((name.to_string(), member));
        }
    }
    Some(values::object(members.into_iter()))
}

impl Analysis {
    /// Analyses the tree of a source, turns its `$now(…)` into `$fromMillis($millis(), …)`, which reads the same clock, and
    /// has bounded what can make texts without end.
    pub(super) fn of(source: &str, tree: &mut AstNode) -> Self {
        // Only what is done again and again can; a query without functions of its own is at most as long as it is written.
        let may_grow = ["function", "λ", "$reduce"].iter().any(|repeats| source.contains(repeats));
        let mut walk = Walk { may_grow, ..Walk::default() };
        walk.node(tree, true);
        if walk.looks_up {
            walk.needs.values_mut().for_each(|needs| *needs = Needs::Whole);
        }
        let states = walk.needs.remove("states");
        let free = walk.values.difference(&walk.bound).filter(|name| !functions::exists(name));
        Self {
            may_nest: walk.has_lambda || walk.needs.contains_key("reduce"),
            functions: HOSTED.iter().copied().filter(|name| walk.needs.contains_key(*name)).collect(),
            variables: free.map(|name| Arc::from(name.as_str())).collect(),
            references: walk.needs.into_iter().collect(),
            top_level_names: walk.top_level_names,
            states,
        }
    }

    /// The part of `$states` that the query needs, if any.
    pub(super) fn states<E: Environment + ?Sized>(&self, env: &E) -> Option<JValue> {
        let Needs::Fields(fields) = self.states.as_ref()? else {
            return Some(values::to_jsonata(&env.states()));
        };
        let members: Option<Vec<_>> = fields
            .iter()
            .map(|(name, needs)| {
                let part = if **name == *"context" { context(env, &mut Vec::new(), needs) } else { None };
                Some((name.to_string(), part.or_else(|| Some(values::project(env.state_member(name)?, needs)))?))
            })
            .collect();
        Some(match members {
            Some(members) => values::object(members.into_iter()),
            // Something that the environment only knows as a part of the whole, or that does not exist.
            None => values::project(&env.states(), self.states.as_ref()?),
        })
    }
}

#[derive(Default)]
struct Walk {
    /// What is referred to, and how much of it is needed.
    needs: BTreeMap<Box<str>, Needs>,
    /// References that are not calls.
    values: BTreeSet<String>,
    bound: BTreeSet<String>,
    top_level_names: Vec<Arc<str>>,
    /// Whether there is a `%`, which can reach back to any value on the way.
    looks_up: bool,
    has_lambda: bool,
    /// Whether texts may be put together again and again.
    may_grow: bool,
}

impl Walk {
    /// That what these names lead to, from a variable or function on, is needed. `$` itself has no name.
    fn need(&mut self, root: &str, names: &[&str]) {
        if !root.is_empty() {
            self.needs.entry(root.into()).or_insert_with(|| Needs::Fields(BTreeMap::new())).add(names);
        }
    }

    fn nodes(&mut self, nodes: &mut [AstNode], top: bool) {
        for node in nodes {
            self.node(node, top);
        }
    }

    /// Has values go through a function that refuses those that are too large, and changes no others.
    fn bound_by<'n>(&mut self, function: &'static str, nodes: impl IntoIterator<Item = &'n mut AstNode>) {
        for node in nodes {
            // A placeholder makes a partial application: it must stay what it is.
            if !matches!(node, AstNode::Placeholder) {
                let args = vec![std::mem::replace(node, AstNode::Null)];
                *node = AstNode::Function { name: function.to_owned(), args, is_builtin: true };
                self.need(function, &[]);
            }
        }
    }

    fn pairs(&mut self, pairs: &mut [(AstNode, AstNode)], top: bool) {
        for (key, value) in pairs {
            self.node(key, top);
            self.node(value, top);
        }
    }

    /// Walks a tree; `top` tells whether its context item is the one that the whole query does not have.
    fn node(&mut self, node: &mut AstNode, top: bool) {
        match node {
            AstNode::String(_)
            | AstNode::Number(_)
            | AstNode::Boolean(_)
            | AstNode::Null
            | AstNode::Undefined
            | AstNode::Placeholder
            | AstNode::Regex { .. }
            | AstNode::ParentVariable(_)
            | AstNode::Wildcard
            | AstNode::Descendant => {}
            AstNode::Parent(_) => self.looks_up = true,
            AstNode::Name(name) => {
                if top && !self.top_level_names.iter().any(|known| **known == **name) {
                    self.top_level_names.push(name.as_str().into());
                }
            }
            AstNode::Variable(name) => {
                self.need(name, &[]);
                if !name.is_empty() {
                    self.values.insert(name.clone());
                }
            }
            AstNode::Path { steps } => self.path(steps, top),
            AstNode::Binary { op, lhs, rhs } => {
                if *op == BinaryOp::ColonEqual
                    && let AstNode::Variable(name) = &**lhs
                {
                    self.bound.insert(name.clone());
                } else {
                    self.node(lhs, top);
                }
                self.node(rhs, top);
                if *op == BinaryOp::Concatenate && self.may_grow {
                    self.bound_by(functions::BOUNDED_VALUE, [&mut **lhs, &mut **rhs]);
                }
            }
            AstNode::Unary { operand, .. } => self.node(operand, top),
            AstNode::Function { name, args, .. } => {
                if name == "now" {
                    "fromMillis".clone_into(name);
                    args.insert(0, AstNode::Function { name: "millis".to_owned(), args: Vec::new(), is_builtin: true });
                }
                self.need(name, &[]);
                self.nodes(args, top);
                if name == "pad" {
                    self.bound_by(functions::BOUNDED_WIDTH, args);
                } else if self.may_grow && functions::GROWING.contains(&name.as_str()) {
                    self.bound_by(functions::BOUNDED_VALUE, args);
                }
            }
            AstNode::Call { procedure, args } => {
                self.node(procedure, top);
                self.nodes(args, top);
            }
            AstNode::Lambda { params, body, .. } => {
                self.has_lambda = true;
                self.bound.extend(params.iter().cloned());
                self.node(body, false);
            }
            AstNode::Array(items) | AstNode::Block(items) => self.nodes(items, top),
            AstNode::ArrayGroup(items) => self.nodes(items, false),
            AstNode::Object(pairs) => self.pairs(pairs, top),
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input, top);
                self.pairs(pattern, false);
            }
            AstNode::Conditional { condition, then_branch, else_branch } => {
                self.node(condition, top);
                self.node(then_branch, top);
                if let Some(branch) = else_branch {
                    self.node(branch, top);
                }
            }
            AstNode::FunctionApplication(inner) => self.node(inner, false),
            AstNode::Sort { input, terms } => {
                self.node(input, top);
                for (term, _) in terms {
                    self.node(term, false);
                }
            }
            AstNode::Transform { location, update, delete } => {
                self.node(location, false);
                self.node(update, false);
                if let Some(delete) = delete {
                    self.node(delete, false);
                }
            }
        }
    }

    /// Takes note of what a path needs that starts at a variable, if it does: the variable's value as far as plain names
    /// lead, for a predicate may ask for anything of what it is applied to.
    fn variable_path(&mut self, steps: &[PathStep]) -> bool {
        let [PathStep { node: AstNode::Variable(root), .. }, after @ ..] = steps else { return false };
        let mut names = Vec::new();
        for (step, before) in after.iter().zip(steps) {
            match &step.node {
                AstNode::Name(name) if is_plain(before) => names.push(name.as_str()),
                _ => break,
            }
        }
        self.need(root, &names);
        if !root.is_empty() {
            self.values.insert(root.clone());
        }
        true
    }

    fn path(&mut self, steps: &mut [PathStep], top: bool) {
        let starts_at_variable = self.variable_path(steps);
        for (at, step) in steps.iter_mut().enumerate() {
            self.bound.extend(step.focus.iter().chain(&step.index_var).cloned());
            if at > 0 || !starts_at_variable {
                self.node(&mut step.node, top && at == 0);
            }
            for stage in &mut step.stages {
                match stage {
                    Stage::Filter(predicate) => self.node(predicate, false),
                    Stage::Index(name) => {
                        self.bound.insert(name.clone());
                    }
                    Stage::KeepArray => {}
                }
            }
        }
    }
}

/// Whether a step does nothing but look up.
fn is_plain(step: &PathStep) -> bool {
    step.stages.is_empty() && step.focus.is_none() && step.index_var.is_none()
}
