//! Which variables a state can see (<https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>).
//!
//! AWS accepts a definition that refers to variables which nothing assigns, and fails its executions when they come to it:
//! so these are warnings.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use diagnostic::{Diagnostic, closest};

use crate::codes;
use crate::expression::Template;
use crate::graph::{EdgeKind, edges_from};
use crate::model::{Flow, State, StateKind, StateMachine};

/// A variable that an expression refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its name, without the dollar sign.
    pub(crate) name: Arc<str>,
    /// The place of the expression, as a JSON pointer.
    pub(crate) pointer: String,
    /// The bytes of the expression.
    pub(crate) span: Range<usize>,
}

/// Some of the names that are referred to: a bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names(Box<[u64]>);

impl Names {
    fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)].into())
    }

    fn insert(&mut self, name: usize) {
        self.0[name / 64] |= 1 << (name % 64);
    }

    fn contains(&self, name: usize) -> bool {
        self.0[name / 64] & 1 << (name % 64) != 0
    }

    /// Adds all of the others; whether there was one that was not there.
    fn extend(&mut self, others: &Self) -> bool {
        let mut grown = false;
        for (own, other) in self.0.iter_mut().zip(&others.0) {
            grown |= other & !*own != 0;
            *own |= other;
        }
        grown
    }
}

/// Everything in a definition about its variables.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// The references of each state, by the pointer of the state.
    pub(crate) references: HashMap<Arc<str>, Vec<Reference>>,
    /// Every name that something assigns, with the pointer of the state that does.
    pub(crate) assigned: HashMap<Arc<str>, Arc<str>>,
}

impl Variables {
    /// Warns of variables that no way to the state assigns. In a definition with errors, whose ways are not all known, only
    /// of those that nothing assigns anywhere.
    pub(crate) fn check(&self, machine: &StateMachine, sound: bool) -> Vec<Diagnostic> {
        let references = || self.references.values().flatten();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for reference in references() {
            let next = numbers.len();
            numbers.entry(&reference.name).or_insert(next);
        }
        if numbers.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        if sound {
            let walk = Walk { variables: self, numbers };
            walk.flow(&machine.flow, &Names::none(walk.numbers.len()), &mut found);
        } else {
            let unknown = references().filter(|reference| !self.assigned.contains_key(&reference.name));
            found.extend(unknown.map(|reference| self.undefined(reference)));
        }
        found.sort_by_key(|diagnostic| diagnostic.span.start);
        found
    }

    fn undefined(&self, reference: &Reference) -> Diagnostic {
        let Reference { name, pointer, span } = reference;
        let help = match self.assigned.get(name) {
            Some(state) => {
                format!("{state} assigns it, but no way leads from there to here, or it is in a scope of its own")
            }
            None => match closest(name, self.assigned.keys().map(|name| &**name)) {
                Some(near) => format!("did you mean '${near}'?"),
                None => "assign it in a state before this one".to_owned(),
            },
        };
        let message = format!("No way to this state assigns the variable '${name}'");
        Diagnostic::warning(codes::UNDEFINED_VARIABLE, message, span.clone(), pointer.clone()).with_help(help)
    }
}

/// The ways through a definition.
struct Walk<'v> {
    variables: &'v Variables,
    /// The number of each name that is referred to.
    numbers: HashMap<&'v str, usize>,
}

impl Walk<'_> {
    fn flow(&self, flow: &Flow, outer: &Names, found: &mut Vec<Diagnostic>) {
        for (state, seen) in flow.states.iter().zip(self.visible(flow, outer)) {
            let Some(seen) = seen else { continue };
            let references = self.variables.references.get(state.pointer.as_str());
            for reference in references.into_iter().flatten() {
                if !self.numbers.get(&*reference.name).is_some_and(|name| seen.contains(*name)) {
                    found.push(self.variables.undefined(reference));
                }
            }
            match &state.kind {
                StateKind::Parallel(parallel) => {
                    for branch in &parallel.branches {
                        self.flow(branch, &seen, found);
                    }
                }
                // The children of a distributed Map are executions of their own.
                StateKind::Map(map) if map.distributed.is_some() => {
                    self.flow(&map.processor, &Names::none(self.numbers.len()), found);
                }
                StateKind::Map(map) => self.flow(&map.processor, &seen, found),
                _ => {}
            }
        }
    }

    /// For each state, the variables that at least one way to it assigns; none for a state that can't be reached.
    fn visible(&self, flow: &Flow, outer: &Names) -> Vec<Option<Names>> {
        let mut seen: Vec<Option<Names>> = vec![None; flow.states.len()];
        let Some(start) = seen.get_mut(flow.start_at) else { return seen };
        *start = Some(outer.clone());
        let mut open = vec![flow.start_at];
        while let Some(from) = open.pop() {
            let Some(before) = seen[from].clone() else { continue };
            for edge in edges_from(flow, from) {
                let mut after = before.clone();
                for name in assigned_on(&flow.states[from], edge.kind).filter_map(|name| self.numbers.get(name)) {
                    after.insert(*name);
                }
                let Some(known) = seen.get_mut(edge.to) else { continue };
                let grown = if let Some(known) = known {
                    known.extend(&after)
                } else {
                    *known = Some(after);
                    true
                };
                if grown {
                    open.push(edge.to);
                }
            }
        }
        seen
    }
}

/// What a state assigns when it is left on that way.
fn assigned_on(state: &State, way: EdgeKind) -> impl Iterator<Item = &str> {
    let assign = match (way, &state.kind) {
        (EdgeKind::Next | EdgeKind::Default, _) => state.assign.as_ref(),
        (EdgeKind::Choice(index), StateKind::Choice(choice)) => {
            choice.rules.get(index).and_then(|rule| rule.assign.as_ref())
        }
        (EdgeKind::Choice(_), _) => None,
        (EdgeKind::Catch(index), kind) => kind.catchers().get(index).and_then(|catcher| catcher.assign.as_ref()),
    };
    assign.into_iter().flat_map(Template::field_names)
}
