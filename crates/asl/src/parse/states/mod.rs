//! Each type of state: what only it has.

mod choice;
mod fail;
mod map;
mod parallel;
mod pass;
mod task;
mod wait;

use crate::model::StateKind;

use super::Context;
use super::state::StateContext;

/// The part of a state that its type decides.
pub(super) fn parse_kind(context: &mut Context<'_>, state: &mut StateContext<'_, '_>, kind: &str) -> StateKind {
    match kind {
        "Pass" => StateKind::Pass(pass::parse(context, state)),
        "Task" => StateKind::Task(Box::new(task::parse(context, state))),
        "Choice" => StateKind::Choice(choice::parse(context, state)),
        "Wait" => StateKind::Wait(wait::parse(context, state)),
        "Fail" => StateKind::Fail(fail::parse(context, state)),
        "Parallel" => StateKind::Parallel(Box::new(parallel::parse(context, state))),
        "Map" => StateKind::Map(Box::new(map::parse(context, state))),
        // Only known types come here.
        _ => StateKind::Succeed,
    }
}
