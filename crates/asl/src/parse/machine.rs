//! The state machine as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::fields;
use crate::model::{Flow, Pass, PathField, QueryLanguage, ResultPath, State, StateKind, StateMachine, Transition};

use super::flow::{FlowKind, Names, parse_flow};
use super::{Context, Node, NodeValue, Object, Place, state, syntax_error};

/// What stands in for a machine that could not be read.
fn placeholder(flow: Flow) -> StateMachine {
    StateMachine {
        comment: None,
        version: "1.0".to_owned(),
        timeout_seconds: None,
        query_language: QueryLanguage::JsonPath,
        flow: Arc::new(flow),
    }
}

/// The definition of a state machine.
pub(super) fn parse_machine(context: &mut Context<'_>, root: &Node) -> StateMachine {
    let place = Place::ROOT;
    let empty = Flow { start_at: 0, states: Vec::new(), by_name: HashMap::new() };
    if !matches!(root.value, NodeValue::Object(_)) {
        context.push(syntax_error::not_an_object(root.span.clone()));
        return placeholder(empty);
    }
    let Some(object) = Object::of(context, &place, root) else { return placeholder(empty) };
    object.allow(context, "a state machine", fields::MACHINE, None);
    let language = state::own_language(context, &object).unwrap_or_default();
    context.language = language;
    if language == QueryLanguage::Jsonata
        && !context.options.features.jsonata
        && let Some(property) = object.get("QueryLanguage")
    {
        context.unsupported("JSONata", &place, property.value.span.clone());
    }
    let machine = StateMachine {
        comment: object.string(context, "Comment").map(str::to_owned),
        version: object.word(context, "Version", &["1.0"]).unwrap_or("1.0").to_owned(),
        // A limit of 0 is accepted (measured, cdk-preflight `pf-sfn-asl-numeric-ranges`).
        timeout_seconds: object.integer(context, "TimeoutSeconds", 0, 99_999_999),
        query_language: language,
        flow: Arc::new(parse_flow(context, &object, FlowKind::Machine)),
    };
    context.check_variables(&machine);
    machine
}

/// The definition of one state by itself.
pub(super) fn parse_single_state(context: &mut Context<'_>, name: &str, root: &Node) -> StateMachine {
    context.open = true;
    let place = Place::ROOT;
    let mut names = Names::only(name);
    let state = state::parse_state(context, &mut names, name, root, &place);
    let mut flow = Flow { start_at: 0, states: vec![state], by_name: HashMap::new() };
    for target in names.invented() {
        flow.states.push(end(target));
    }
    flow.by_name = flow.states.iter().enumerate().map(|(index, state)| (state.name.clone(), index)).collect();
    let language = flow.states.first().map(|state| state.query_language).unwrap_or_default();
    StateMachine { query_language: language, ..placeholder(flow) }
}

/// A state to end in, for a transition out of a single state.
fn end(name: &Arc<str>) -> State {
    State { transition: None, kind: StateKind::Succeed, ..broken(name.clone(), String::new()) }
}

/// What stands in for a state that could not be read.
pub(super) fn broken(name: Arc<str>, pointer: String) -> State {
    State {
        name,
        pointer,
        comment: None,
        query_language: QueryLanguage::JsonPath,
        input_path: PathField::Whole,
        output_path: PathField::Whole,
        assign: None,
        output: None,
        transition: Some(Transition::End),
        kind: StateKind::Pass(Pass { result: None, parameters: None, result_path: ResultPath::Whole }),
    }
}
