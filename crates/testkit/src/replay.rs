//! What an execution came through, from the journal.

use std::sync::Arc;

use asl::model::StateMachine;
use journal::{Journal, JournalError};
use machine::{EventKind, Execution, Taken};

/// What an execution came through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visits {
    /// The names of the states it entered, in the order of the history; a state that is entered twice stands twice.
    pub entered: Vec<Arc<str>>,
    /// The arms and catchers it took.
    pub taken: Vec<Taken>,
}

/// Runs the interpreter over the inputs that the journal holds of an execution. Because it is a pure function of them, it
/// takes the very ways that the execution took; no rule is guessed from the state that came after it.
pub fn visits(
    journal: &dyn Journal,
    execution_arn: &str,
    machine: Arc<StateMachine>,
) -> Result<Option<Visits>, JournalError> {
    let Some(header) = journal.header(execution_arn)? else { return Ok(None) };
    let mut execution = Execution::new(machine, Arc::new(header.identity()), header.input.clone());
    let mut visits = Visits::default();
    for entry in journal.entries(execution_arn)? {
        let step = execution.apply(entry.input, entry.at);
        visits.taken.extend(step.taken);
        visits.entered.extend(step.events.into_iter().filter_map(|event| match event.kind {
            EventKind::StateEntered { name, .. } => Some(name),
            _ => None,
        }));
    }
    Ok(Some(visits))
}
