//! Whatever is killed, whenever: executions are cut at every boundary of their journal, go on, and must come to the very
//! history of the undisturbed run, without doing anything twice that was on record as done.

mod definitions;
mod file;
mod recorder;
mod replay;
mod stuck;
mod world;

use definitions::{maps, states, tasks};

/// Cuts all of them, and names those that do not stand it; their panics are above.
fn cut(cases: &[replay::Case]) {
    let failed = |case: &&replay::Case| std::panic::catch_unwind(|| case.cut_everywhere()).is_err();
    let failed: Vec<_> = cases.iter().filter(failed).map(|case| case.name).collect();
    assert!(failed.is_empty(), "these cases failed: {failed:?}");
}

#[test]
fn states_of_every_type() {
    cut(&states::cases());
}

#[test]
fn tasks_however_they_are_answered() {
    cut(&tasks::cases());
}

#[test]
fn map_runs_and_their_children() {
    cut(&maps::cases());
}
