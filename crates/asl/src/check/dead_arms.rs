//! Arms that are never taken: rules of a Choice state, catchers and retriers.

use std::ops::Range;

use super::implication::{always_holds, are_exhaustive, implies, never_holds};
use crate::codes;
use crate::model::Condition;
use crate::parse::{Context, Node, NodeValue, Place};

/// A rule of a Choice state where it stands.
pub(crate) struct Arm<'r> {
    /// Its position in `Choices`.
    pub(crate) index: usize,
    /// Where it begins.
    pub(crate) span: Range<usize>,
    /// None: it is broken, and that was reported.
    pub(crate) condition: Option<&'r Condition>,
}

/// Warns of rules that are never taken. The answer is whether one of the rules always holds, so that nothing is left for
/// `Default`.
pub(crate) fn check_rules(context: &mut Context<'_>, choices: &Place<'_>, arms: &[Arm<'_>]) -> bool {
    let mut covered = None;
    for (position, arm) in arms.iter().enumerate() {
        let Some(condition) = arm.condition else { continue };
        let place = choices.item(arm.index);
        let dead = |context: &mut Context<'_>, message: String, help: String| {
            context.warn(codes::DEAD_ARM, &place, arm.span.clone(), message).set_help(help);
        };
        if let Some(by) = &covered {
            dead(context, format!("This rule is never taken: {by}"), "remove it, or put it before them".to_owned());
            continue;
        }
        if never_holds(condition) {
            let message = "This rule is never taken: its condition holds for no data".to_owned();
            dead(context, message, "correct the condition, or remove the rule".to_owned());
            continue;
        }
        let before = || arms[..position].iter().filter_map(|arm| Some((arm.index, arm.condition?)));
        if let Some((index, _)) = before().find(|(_, earlier)| implies(condition, earlier)) {
            let message =
                format!("This rule is never taken: whenever it holds, Choices[{index}] holds and comes first");
            dead(context, message, format!("put it before Choices[{index}], or remove it"));
            continue;
        }
        let so_far = arms[..=position].iter().filter_map(|arm| arm.condition);
        if always_holds(condition) {
            covered = Some(format!("Choices[{}] always holds", arm.index));
        } else if are_exhaustive(so_far) {
            covered = Some("one of the rules before it always holds".to_owned());
        }
    }
    covered.is_some()
}

/// Warns of error names that never get as far as their entry of `Retry` or `Catch`, because one before it takes them.
/// `of_task` for a Task state, whose custom errors are all errors of its task.
pub(crate) fn check_errors(context: &mut Context<'_>, entries: &Place<'_>, field: &str, items: &[Node], of_task: bool) {
    for (position, item) in items.iter().enumerate() {
        let named = names(item).count();
        let taken: Vec<(usize, &Node, usize)> = names(item)
            .filter_map(|(at, node)| {
                let name = node.as_str()?;
                let takes_it = |earlier: &Node| {
                    names(earlier).filter_map(|(_, taken)| taken.as_str()).any(|taken| takes(taken, name, of_task))
                };
                Some((at, node, items[..position].iter().position(takes_it)?))
            })
            .collect();
        let place = entries.item(position);
        if let Some((.., by)) = taken.first()
            && taken.len() == named
        {
            let message = format!("This entry never gets its turn: {field}[{by}] takes all its errors first");
            context
                .warn(codes::DEAD_ARM, &place, item.span.start..item.span.start + 1, message)
                .set_help(format!("put it before {field}[{by}], or remove it"));
            continue;
        }
        for (at, node, by) in taken {
            let name = node.as_str().unwrap_or_default();
            let message = format!("'{name}' never gets as far as here: {field}[{by}] takes it first");
            context
                .warn(codes::DEAD_ARM, &place.field("ErrorEquals").item(at), node.span.clone(), message)
                .set_help("remove the name from one of them");
        }
    }
}

/// The names in an entry's `ErrorEquals`, with their positions.
fn names(entry: &Node) -> impl Iterator<Item = (usize, &Node)> {
    let names = match entry.get("ErrorEquals").map(|property| &property.value.value) {
        Some(NodeValue::Array(names)) => names.as_slice(),
        _ => &[],
    };
    names.iter().enumerate()
}

/// Whether an entry with the first name is also for every error that the second name is for
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>).
fn takes(first: &str, second: &str, of_task: bool) -> bool {
    first == second
        || (first == "States.Timeout" && second == "States.HeartbeatTimeout")
        || (first == "States.TaskFailed" && of_task && !second.starts_with("States."))
}
