//! Evaluating expressions: parameters, conditions, what resources are called, and the bounds of all that.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::Settings;
use crate::codes;
use crate::expression::{Expression, Form};
use crate::intrinsic::decide;
use crate::problem::{Problem, Problems};
use crate::resource::{Identity, Naming, ResourceType, identify};
use crate::syntax::{Data, Entry, Node, Place, shown};
use crate::template::{Resource, Template};

/// How many evaluations may be inside of each other. A real template needs a few dozen; the bound keeps a chain of a
/// thousand conditions or names from overflowing the stack.
const DEEPEST: usize = 400;

/// The longest text that a function may result in, bytes: as large as a template may be.
const LONGEST: usize = 1_048_576;

/// How many bytes all evaluations together may result in.
const MOST: usize = 64 * 1_048_576;

/// A value that is found out when it is first asked for.
enum Progress<T> {
    Running,
    Done(T),
}

/// Evaluates the expressions of one template under one set of settings.
pub(crate) struct Evaluator<'t> {
    pub(crate) template: &'t Template,
    pub(crate) settings: &'t Settings,
    pub(crate) problems: &'t Problems,
    parameters: &'t BTreeMap<String, Data>,
    conditions: RefCell<BTreeMap<String, Progress<Option<bool>>>>,
    identities: RefCell<BTreeMap<String, Progress<Option<Identity>>>>,
    depth: Cell<usize>,
    produced: Cell<usize>,
    exhausted: Cell<bool>,
}

impl<'t> Evaluator<'t> {
    pub(crate) fn new(
        template: &'t Template,
        settings: &'t Settings,
        parameters: &'t BTreeMap<String, Data>,
        problems: &'t Problems,
    ) -> Self {
        Self {
            template,
            settings,
            problems,
            parameters,
            conditions: RefCell::default(),
            identities: RefCell::default(),
            depth: Cell::new(0),
            produced: Cell::new(0),
            exhausted: Cell::new(false),
        }
    }

    /// The value of an expression; none is `AWS::NoValue`.
    pub(crate) fn evaluate(&self, expression: &Expression) -> Option<Node> {
        if self.depth.get() >= DEEPEST {
            self.exhaust(
                expression.place,
                format!("functions refer to each other more than {DEEPEST} levels deep here"),
            );
            return Some(Node::unresolved(expression.place));
        }
        self.depth.set(self.depth.get() + 1);
        let node = self.evaluate_form(expression);
        self.depth.set(self.depth.get() - 1);
        node
    }

    fn evaluate_form(&self, expression: &Expression) -> Option<Node> {
        let place = expression.place;
        let data = match &expression.form {
            Form::Scalar(data) => {
                let length = if let Data::Text(text) = data { text.len() } else { 8 };
                if !self.charge(length, place) {
                    return Some(Node::unresolved(place));
                }
                data.clone()
            }
            Form::List(items) => Data::List(items.iter().filter_map(|item| self.evaluate(item)).collect()),
            Form::Map(pairs) => {
                let entries = pairs.iter().filter_map(|pair| {
                    let value = self.evaluate(&pair.value)?;
                    Some(Entry { key: pair.key.clone(), key_place: pair.key_place, value })
                });
                Data::Map(entries.collect())
            }
            Form::Call(call) => {
                let node = call.evaluate(self, place)?;
                let length = match &node.data {
                    Data::Text(text) => text.len(),
                    Data::List(items) => items.len() * 32,
                    _ => 8,
                };
                return Some(if self.charge(length, place) { node } else { Node::unresolved(place) });
            }
        };
        Some(Node::new(place, data))
    }

    /// Counts what an evaluation results in; false when it is too much.
    fn charge(&self, bytes: usize, place: Place) -> bool {
        self.produced.set(self.produced.get() + bytes);
        if self.produced.get() > MOST {
            self.exhaust(place, format!("the template's functions result in more than {MOST} bytes"));
        }
        self.produced.get() <= MOST
    }

    /// Whether a text of so many bytes may come to be.
    pub(crate) fn fits(&self, bytes: usize, place: Place) -> bool {
        if bytes > LONGEST {
            self.exhaust(place, format!("this function results in a text of more than {LONGEST} bytes"));
        }
        bytes <= LONGEST && self.charge(0, place)
    }

    /// Reports an exceeded bound, once: whatever is evaluated later would exceed it again.
    fn exhaust(&self, place: Place, message: String) {
        if !self.exhausted.replace(true) {
            self.problems.add(Problem::error(codes::LIMIT, place, message));
        }
    }

    /// Reports a function that has no result.
    pub(crate) fn fail(&self, place: Place, message: impl Into<String>) {
        self.problems.add(Problem::error(codes::FUNCTION_FAILED, place, message));
    }

    /// A node as text; what isn't text is reported.
    pub(crate) fn as_text(&self, node: &Node, what: &str) -> Option<String> {
        let text = node.scalar_text();
        if text.is_none() && node.data != Data::Unresolved {
            self.fail(node.place, format!("{what} must be text, not {}", node.description()));
        }
        text
    }

    /// The text of an expression; what isn't text is reported.
    pub(crate) fn text(&self, expression: &Expression, what: &str) -> Option<String> {
        let node = self.evaluate(expression);
        if node.is_none() {
            self.fail(expression.place, format!("{what} can't be `AWS::NoValue`"));
        }
        self.as_text(&node?, what)
    }

    /// The list of an expression; what isn't a list is reported.
    pub(crate) fn list(&self, expression: &Expression, what: &str) -> Option<Vec<Node>> {
        match self.evaluate(expression) {
            Some(Node { data: Data::List(items), .. }) => Some(items),
            Some(Node { data: Data::Unresolved, .. }) => None,
            other => {
                let description = other.map_or("`AWS::NoValue`".to_owned(), |node| node.description());
                self.fail(expression.place, format!("{what} must be a list, not {description}"));
                None
            }
        }
    }

    /// A parameter's value.
    pub(crate) fn parameter(&self, name: &str, place: Place) -> Node {
        Node::new(place, self.parameters.get(name).cloned().unwrap_or(Data::Unresolved))
    }

    /// Whether a condition holds; none when it can't be found out.
    pub(crate) fn condition(&self, name: &str) -> Option<bool> {
        let (_, expression) = self.template.conditions.get(name)?;
        match self.conditions.borrow().get(name) {
            Some(Progress::Done(holds)) => return *holds,
            // A circle of conditions, which is reported as such.
            Some(Progress::Running) => return None,
            None => {}
        }
        self.conditions.borrow_mut().insert(name.to_owned(), Progress::Running);
        let holds = decide(self, expression);
        self.conditions.borrow_mut().insert(name.to_owned(), Progress::Done(holds));
        holds
    }

    /// Whether a condition that something is subject to leaves it in. What can't be found out is left in: its problem is
    /// reported, and what it governs is better checked than skipped.
    pub(crate) fn holds(&self, condition: Option<&str>) -> bool {
        condition.is_none_or(|name| self.condition(name).unwrap_or(true))
    }

    /// Whether a resource's condition leaves it in the stack.
    pub(crate) fn is_in_stack(&self, resource: &Resource) -> bool {
        self.holds(resource.condition.as_ref().map(|(name, _)| name.as_str()))
    }

    /// A value of the `Mappings` section.
    pub(crate) fn mapping(&self, map: &str, top: &str, second: &str, place: Place) -> Node {
        let levels = [("mapping", map), ("top-level key", top), ("second-level key", second)];
        let mut at = &self.template.mappings;
        for (level, name) in levels {
            let Some(next) = at.get(name) else {
                let help = self.problems.closest(name, at.entries().iter().map(|entry| entry.key.as_str()));
                self.problems.add(
                    Problem::error(
                        codes::FUNCTION_FAILED,
                        place,
                        format!("`Fn::FindInMap` finds no {level} {}", shown(name)),
                    )
                    .maybe_help(help.map(|near| format!("did you mean `{near}`?"))),
                );
                return Node::unresolved(place);
            };
            at = next;
        }
        let length = at.to_json().to_string().len();
        if self.charge(length, place) { Node::new(place, at.data.clone()) } else { Node::unresolved(place) }
    }

    /// What a resource is called; none when that can't be found out.
    pub(crate) fn identity(&self, logical_id: &str) -> Option<Identity> {
        self.template.resource(logical_id)?;
        match self.identities.borrow().get(logical_id) {
            Some(Progress::Done(identity)) => return identity.clone(),
            // A resource named by itself: a circle, which is reported as such.
            Some(Progress::Running) => return None,
            None => {}
        }
        self.identities.borrow_mut().insert(logical_id.to_owned(), Progress::Running);
        let identity = self.with_naming(logical_id, identify);
        self.identities.borrow_mut().insert(logical_id.to_owned(), Progress::Done(identity.clone()));
        identity
    }

    /// What a resource would be called if its template didn't name it: to go on looking for problems when its name can't
    /// be found out.
    pub(crate) fn stand_in(&self, logical_id: &str) -> Identity {
        let name = format!("{}-{logical_id}", self.settings.stack_name);
        Identity { reference: name.clone(), name }
    }

    fn with_naming<T>(&self, logical_id: &str, use_it: impl FnOnce(&Naming<'_>) -> Option<T>) -> Option<T> {
        let resource = self.template.resource(logical_id)?;
        let kind = resource.kind.unwrap_or(&ResourceType::BASE);
        let property = |path: &str| {
            let node = self.template.property_at(resource, path).and_then(|expression| self.evaluate(expression));
            match node {
                Some(Node { data: Data::Unresolved, .. }) => None,
                // What isn't text names nothing; whoever reads the property reports it.
                node => Some(node.and_then(|node| node.scalar_text())),
            }
        };
        use_it(&Naming { settings: self.settings, logical_id, kind, property: &property })
    }

    /// What `Ref` returns for a resource.
    pub(crate) fn reference(&self, logical_id: &str, place: Place) -> Node {
        if !self.is_active(logical_id, place) {
            return Node::unresolved(place);
        }
        match self.identity(logical_id) {
            Some(identity) => Node::text(place, identity.reference),
            None => Node::unresolved(place),
        }
    }

    /// What `Ref` returns for a resource that SAM generates, such as `Api.Stage`.
    pub(crate) fn generated(&self, owner: &str, part: &str, place: Place) -> Node {
        let text = self.identity(owner).filter(|_| self.is_active(owner, place)).and_then(|identity| {
            let kind = self.template.resource(owner)?.kind?;
            let generated = kind.generated.iter().find(|generated| generated.part == part)?;
            self.with_naming(owner, |naming| naming.expand(generated.value, &identity.name))
        });
        text.map_or_else(|| Node::unresolved(place), |text| Node::text(place, text))
    }

    /// What `Fn::GetAtt` returns.
    pub(crate) fn attribute(&self, logical_id: &str, attribute: &str, place: Place) -> Node {
        if !self.is_active(logical_id, place) {
            return Node::unresolved(place);
        }
        let (Some(identity), Some(resource)) = (self.identity(logical_id), self.template.resource(logical_id)) else {
            return Node::unresolved(place);
        };
        let kind = resource.kind.unwrap_or(&ResourceType::BASE);
        if let Some(known) = kind.attributes.iter().find(|known| known.name == attribute) {
            if let Some(needed) = known.needs
                && self.template.property(resource, needed).is_none()
            {
                let message =
                    format!("`{logical_id}` has no attribute `{attribute}`, because it has no property `{needed}`");
                self.problems.add(Problem::error(codes::UNKNOWN_ATTRIBUTE, place, message));
                return Node::unresolved(place);
            }
            let text = self.with_naming(logical_id, |naming| naming.expand(known.value, &identity.name));
            return text.map_or_else(|| Node::unresolved(place), |text| Node::text(place, text));
        }
        if kind.closed && resource.kind.is_some() {
            // Names that are written out were checked before; this one came from a parameter.
            let message = format!("`{attribute}` is no attribute of {}", resource.type_name);
            self.problems.add(Problem::error(codes::UNKNOWN_ATTRIBUTE, place, message));
            return Node::unresolved(place);
        }
        let invented = format!("{}.{attribute}", identity.name);
        self.problems.add(
            Problem::warning(
                codes::UNKNOWN_ATTRIBUTE,
                place,
                format!("what {} returns for `{attribute}` isn't known here", resource.type_name),
            )
            .help(format!("the local run uses {}", shown(&invented))),
        );
        Node::text(place, invented)
    }

    /// Whether a resource is in the stack; a reference to one that isn't is reported.
    pub(crate) fn is_active(&self, logical_id: &str, place: Place) -> bool {
        let Some(resource) = self.template.resource(logical_id) else { return false };
        let active = self.is_in_stack(resource);
        if !active {
            let condition = resource.condition.as_ref().map_or("", |(name, _)| name);
            self.problems.add(
                Problem::error(
                    codes::INACTIVE_REFERENCE,
                    place,
                    format!(
                        "the resource `{logical_id}` isn't in the stack, because its condition `{condition}` is false"
                    ),
                )
                .help("refer to it only where the same condition holds, by `Fn::If`"),
            );
        }
        active
    }

    /// The resources that an expression refers to, of conditionals only the branch that is taken.
    pub(crate) fn references(&self, expression: &Expression, found: &mut dyn FnMut(&str, Place)) {
        match &expression.form {
            Form::Scalar(_) => {}
            Form::List(items) => items.iter().for_each(|item| self.references(item, found)),
            Form::Map(pairs) => pairs.iter().for_each(|pair| self.references(&pair.value, found)),
            Form::Call(call) => call.references(self, found, expression.place),
        }
    }
}
