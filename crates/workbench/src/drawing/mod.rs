//! A definition's picture: the graph of its states, as SVG.
//!
//! The picture is a function of the definition alone, so a committed one changes only when its definition does.

mod chart;
mod condition;
mod layered;
mod order;
mod place;
mod svg;
mod text;

use asl::model::StateMachine;

/// Draws a state machine, from its first state at the top to its ends at the bottom. Choice arms are labelled with what
/// they ask, catchers (dashed) with the errors they catch. The SVG is self-contained, fits light and dark pages, and each
/// state's group carries `data-state` with its name.
pub fn svg(machine: &StateMachine, title: &str) -> String {
    svg::write(&chart::chart(&machine.flow), title, machine.comment.as_deref())
}
