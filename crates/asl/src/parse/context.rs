//! What the whole parse shares: the text, the options, and the problems found so far.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use diagnostic::Diagnostic;

use super::substitution::has_placeholder;
use super::{Node, Options, Place, Substitutions};
use crate::check::variables::{Reference, Variables};
use crate::codes;
use crate::model::{QueryLanguage, StateMachine};

/// The state of one parse.
pub(crate) struct Context<'t> {
    pub(crate) text: &'t str,
    pub(crate) options: &'t Options,
    /// The language of states that name none.
    pub(crate) language: QueryLanguage,
    /// Every state's name with the pointer of the first state that has it.
    pub(crate) states: HashMap<Arc<str>, String>,
    /// Every `Label`.
    pub(crate) labels: HashSet<Box<str>>,
    /// Whether a transition to a state that is not there makes that state: for a single state.
    pub(crate) open: bool,
    /// The states that are being read, the innermost last, by their pointers.
    within: Vec<Arc<str>>,
    /// What is assigned and referred to so far.
    variables: Variables,
    fields: Vec<Diagnostic>,
    /// Transitions to nowhere, with the name that is missing.
    dangling: Vec<(Diagnostic, Box<str>)>,
    /// For each flow, outer ones first, what is wrong with how it hangs together.
    flows: Vec<Vec<Diagnostic>>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(text: &'t str, options: &'t Options) -> Self {
        Self {
            text,
            options,
            language: QueryLanguage::JsonPath,
            states: HashMap::new(),
            labels: HashSet::new(),
            open: false,
            within: Vec::new(),
            variables: Variables::default(),
            fields: Vec::new(),
            dangling: Vec::new(),
            flows: Vec::new(),
        }
    }

    /// Reports an error.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        place: &Place<'_>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Reported<'_> {
        self.report(Diagnostic::error(code, message, span, place.to_string()))
    }

    /// Reports an error of the kind that AWS calls `SCHEMA_VALIDATION_FAILED`.
    pub(crate) fn schema(&mut self, place: &Place<'_>, span: Range<usize>, message: impl Into<String>) -> Reported<'_> {
        self.error(codes::SCHEMA_VALIDATION_FAILED, place, span, message)
    }

    /// Reports something that works, but hardly as it was meant.
    pub(crate) fn warn(
        &mut self,
        code: &'static str,
        place: &Place<'_>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Reported<'_> {
        self.report(Diagnostic::warning(code, message, span, place.to_string()))
    }

    /// Refuses a part of the language that is switched off.
    pub(crate) fn unsupported(&mut self, feature: &str, place: &Place<'_>, span: Range<usize>) {
        self.error(codes::UNSUPPORTED_FEATURE, place, span, format!("{feature} is not supported yet"));
    }

    /// Reports a ready diagnostic.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.fields.push(diagnostic);
    }

    /// Reports a transition to a state that its flow does not have.
    pub(crate) fn dangling(&mut self, diagnostic: Diagnostic, target: &str) {
        self.dangling.push((diagnostic, target.into()));
    }

    /// How many transitions lead nowhere so far: to tell whether a certain one does.
    pub(crate) fn danglings(&self) -> usize {
        self.dangling.len()
    }

    /// From here on, until [`Self::leave_state`], everything belongs to that state.
    pub(crate) fn enter_state(&mut self, pointer: &str) {
        self.within.push(Arc::from(pointer));
    }

    pub(crate) fn leave_state(&mut self) {
        self.within.pop();
    }

    /// Takes note of a variable that an expression refers to.
    pub(crate) fn note_reference(&mut self, name: &Arc<str>, pointer: String, span: Range<usize>) {
        if let Some(state) = self.within.last() {
            let reference = Reference { name: name.clone(), pointer, span };
            self.variables.references.entry(state.clone()).or_default().push(reference);
        }
    }

    /// Takes note of a variable that is assigned.
    pub(crate) fn note_assigned(&mut self, name: &str) {
        if let Some(state) = self.within.last() {
            self.variables.assigned.entry(Arc::from(name)).or_insert_with(|| state.clone());
        }
    }

    /// Looks at the variables of the whole definition.
    pub(crate) fn check_variables(&mut self, machine: &StateMachine) {
        let faults = self.fields.iter().any(Diagnostic::is_error) || !self.dangling.is_empty();
        let sound = !faults && !self.flows.iter().flatten().any(Diagnostic::is_error);
        self.flows.push(self.variables.check(machine, sound));
    }

    /// Makes room for what is wrong with the flow that is entered now.
    pub(crate) fn enter_flow(&mut self) -> usize {
        self.flows.push(Vec::new());
        self.flows.len() - 1
    }

    /// What is wrong with the flow for which [`Self::enter_flow`] made room.
    pub(crate) fn leave_flow(&mut self, entered: usize, problems: Vec<Diagnostic>) {
        if let Some(room) = self.flows.get_mut(entered) {
            *room = problems;
        }
    }

    /// Whether the string here has a placeholder whose value is not known.
    pub(crate) fn is_opaque(&self, node: &Node) -> bool {
        matches!(self.options.substitutions, Substitutions::Unresolved) && node.as_str().is_some_and(has_placeholder)
    }

    /// Everything that was reported, in AWS's order.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let Self { fields, dangling, flows, states, .. } = self;
        let dangling = dangling.into_iter().map(|(mut diagnostic, target)| {
            if let Some(pointer) = states.get(&*target) {
                diagnostic.help = Some(format!(
                    "a state of that name is at {pointer}, but a transition can't leave its own branch or processor, nor \
                     enter another"
                ));
            }
            diagnostic
        });
        fields.into_iter().chain(dangling).chain(flows.into_iter().flatten()).collect()
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Reported<'_> {
        self.fields.push(diagnostic);
        Reported(self.fields.last_mut())
    }
}

/// A diagnostic that was just reported, to add its cure.
pub(crate) struct Reported<'c>(Option<&'c mut Diagnostic>);

impl Reported<'_> {
    /// Says what would cure it.
    pub(crate) fn set_help(self, help: impl Into<String>) {
        if let Some(diagnostic) = self.0 {
            diagnostic.help = Some(help.into());
        }
    }

    /// Says what would cure it, when that is known.
    pub(crate) fn set_help_if(self, help: Option<String>) {
        if let Some(help) = help {
            self.set_help(help);
        }
    }
}
