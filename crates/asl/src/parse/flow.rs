//! A `StartAt` with its `States`.

use std::collections::HashMap;
use std::sync::Arc;

use diagnostic::{Diagnostic, closest};

use crate::check::reachability::{self, Start};
use crate::check::{names, sentences};
use crate::codes;
use crate::model::{Flow, StateIndex};

use super::{Context, Object, machine, state};

/// What a flow belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowKind {
    /// The state machine.
    Machine,
    /// A branch of a Parallel state, or the processor of a Map state.
    Inner,
}

/// The states that a flow's transitions can lead to.
pub(super) struct Names {
    known: HashMap<Arc<str>, StateIndex>,
    /// The names in order: first those of the flow, then, for a single state, those that it leads to.
    order: Vec<Arc<str>>,
    own: usize,
}

impl Names {
    fn of(states: &Object<'_>) -> Self {
        let order: Vec<Arc<str>> = states.properties().iter().map(|property| Arc::from(&*property.key)).collect();
        let known = order.iter().cloned().enumerate().map(|(index, name)| (name, index)).collect();
        Self { known, own: order.len(), order }
    }

    /// Those of a single state by itself.
    pub(super) fn only(name: &str) -> Self {
        let name: Arc<str> = Arc::from(name);
        Self { known: HashMap::from([(name.clone(), 0)]), own: 1, order: vec![name] }
    }

    /// The names that transitions led to and that were not there, in order.
    pub(super) fn invented(&self) -> &[Arc<str>] {
        &self.order[self.own..]
    }

    fn invent(&mut self, name: &str) -> StateIndex {
        let name: Arc<str> = Arc::from(name);
        self.known.insert(name.clone(), self.order.len());
        self.order.push(name);
        self.order.len() - 1
    }
}

/// The state that a transition field (`Next`, `Default`, `StartAt`) leads to; one that is not there is reported.
pub(super) fn target(
    context: &mut Context<'_>,
    names: &mut Names,
    object: &Object<'_>,
    field: &str,
) -> Option<StateIndex> {
    let property = object.get(field)?;
    let name = object.string(context, field)?;
    if let Some(index) = names.known.get(name) {
        return Some(*index);
    }
    if context.open {
        return Some(names.invent(name));
    }
    let diagnostic = Diagnostic::error(
        codes::MISSING_TRANSITION_TARGET,
        sentences::missing_target(name),
        property.value.span.clone(),
        object.place.field(field).to_string(),
    );
    let near = closest(name, names.order.iter().map(|name| &**name));
    context.dangling(
        match near {
            Some(near) => diagnostic.with_help(format!("did you mean '{near}'?")),
            None => diagnostic,
        },
        name,
    );
    None
}

/// The flow of an object with `StartAt` and `States`. Its other fields are the caller's.
pub(super) fn parse_flow(context: &mut Context<'_>, object: &Object<'_>, kind: FlowKind) -> Flow {
    let entered = context.enter_flow();
    // This order of the names is AWS's: recorded in `…-not_a_definition-EMPTY_DICT`.
    object.require(context, &["States", "StartAt"]);
    let mut flow = Flow { start_at: 0, states: Vec::new(), by_name: HashMap::new() };
    let place = object.place.field("States");
    let Some(property) = object.get("States") else { return flow };
    let Some(states) = Object::of(context, &place, &property.value) else { return flow };
    if states.properties().is_empty() {
        context.schema(&place, property.value.span.clone(), sentences::EMPTY);
        return flow;
    }
    let mut names = Names::of(&states);
    let dangling = context.danglings();
    let start = match target(context, &mut names, object, "StartAt") {
        Some(index) => {
            flow.start_at = index;
            Start::Found
        }
        None if context.danglings() > dangling => Start::Dangling,
        None => Start::Unknown,
    };
    for state in states.properties() {
        let state_place = place.field(&state.key);
        let pointer = state_place.to_string();
        if let Some(fault) = names::state_name_fault(&state.key) {
            context.error(codes::INVALID_STATE_NAME, &state_place, state.key_span.clone(), fault);
        }
        if let Some(first) = context.states.get(&*state.key).cloned() {
            context
                .error(
                    codes::DUPLICATE_STATE_NAME,
                    &state_place,
                    state.key_span.clone(),
                    sentences::duplicate_state_name(&state.key),
                )
                .set_help(format!("the name is taken at {first}: names are unique in the whole state machine"));
        } else {
            context.states.insert(Arc::from(&*state.key), pointer);
        }
        flow.states.push(state::parse_state(context, &mut names, &state.key, &state.value, &state_place));
    }
    flow.by_name = names.known;
    let problems = reachability::check(&flow, start, kind == FlowKind::Machine, &property.value, &place.to_string());
    context.leave_flow(entered, problems);
    flow
}

/// What stands in for a flow that could not be read.
pub(super) fn broken(place: &super::Place<'_>) -> Flow {
    let name: Arc<str> = Arc::from("");
    Flow {
        start_at: 0,
        states: vec![machine::broken(name.clone(), place.to_string())],
        by_name: HashMap::from([(name, 0)]),
    }
}
