//! `Catch`.

use crate::check::dead_arms::check_errors;
use crate::check::fields;
use crate::check::query::Scope;
use crate::model::{Catcher, StateIndex};

use super::expression::{assign, result_path};
use super::flow::target;
use super::retry::error_equals;
use super::state::{StateContext, output};
use super::{Context, Node, Object, Place};

/// The catchers of a state.
pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Vec<Catcher> {
    let object = state.object;
    let Some(items) = object.array(context, "Catch") else { return Vec::new() };
    let place = object.place.field("Catch");
    let of_task = object.get("Type").is_some_and(|kind| kind.value.as_str() == Some("Task"));
    check_errors(context, &place, "Catch", items, of_task);
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| catcher(context, state, &place.item(index), item, index + 1 == items.len()))
        .collect()
}

fn catcher(
    context: &mut Context<'_>,
    state: &mut StateContext<'_, '_>,
    place: &Place<'_>,
    node: &Node,
    last: bool,
) -> Option<Catcher> {
    let object = Object::of(context, place, node)?;
    object.allow(context, "a catcher", fields::CATCHER, Some(state.language));
    object.require(context, &["ErrorEquals", "Next"]);
    object.string(context, "Comment");
    Some(Catcher {
        error_equals: error_equals(context, &object, last),
        next: target(context, state.names, &object, "Next").unwrap_or(StateIndex::MAX),
        result_path: result_path(context, &object),
        assign: assign(context, &object, state.language, Scope::Catcher),
        output: output(context, &object, state.language, Scope::Catcher),
    })
}
