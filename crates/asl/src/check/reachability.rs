//! How the states of a flow hang together.

use diagnostic::Diagnostic;

use super::sentences;
use crate::codes;
use crate::graph::{is_terminal, reachable};
use crate::model::Flow;
use crate::parse::Node;

/// Where a flow starts, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At a state that is there.
    Found,
    /// At a state that is not there: nothing can be reached.
    Dangling,
    /// Not said: nothing is known of what can be reached.
    Unknown,
}

/// What is wrong with how a flow hangs together. `states` is the flow's `States` object, `pointer` where it stands.
///
/// AWS looks for an end only in the outermost flow, and where there is none it says nothing of unreachable states
/// (measured, floci 2735 and 2786). A branch without an end is accepted, but can never end: that is a warning here.
pub(crate) fn check(flow: &Flow, start: Start, outermost: bool, states: &Node, pointer: &str) -> Vec<Diagnostic> {
    if flow.states.is_empty() {
        return Vec::new();
    }
    if !(0..flow.states.len()).any(|state| is_terminal(flow, state)) {
        let span = states.span.start..states.span.start + 1;
        let help = "end a state with 'End': true, or add a Succeed or Fail state";
        if outermost {
            return vec![
                Diagnostic::error(codes::MISSING_END_STATE, sentences::NO_TERMINAL_STATE, span, "").with_help(help),
            ];
        }
        return vec![
            Diagnostic::warning(codes::MISSING_END_STATE, sentences::NO_TERMINAL_STATE, span, pointer).with_help(help),
        ];
    }
    let reached = match start {
        Start::Found => reachable(flow),
        Start::Dangling => vec![false; flow.states.len()],
        Start::Unknown => return Vec::new(),
    };
    flow.states
        .iter()
        .zip(reached)
        .filter(|(_, reached)| !reached)
        .map(|(state, _)| {
            let span =
                states.get(&state.name).map_or_else(|| states.span.clone(), |property| property.key_span.clone());
            Diagnostic::error(
                codes::MISSING_TRANSITION_TARGET,
                sentences::unreachable(&state.name),
                span,
                state.pointer.clone(),
            )
            .with_help("no transition that can be taken leads here: point one at it, or remove it")
        })
        .collect()
}
