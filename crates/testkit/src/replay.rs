//! What an execution came through, from the journal.

use std::sync::Arc;

use asl::model::StateMachine;
use journal::{Header, Journal, JournalError};
use machine::{EventKind, Execution, Processor, Taken};

/// What an execution came through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visits {
    /// The names of the states it entered, in the order of the history; a state that is entered twice stands twice.
    pub entered: Vec<Arc<str>>,
    /// The arms and catchers it took.
    pub taken: Vec<Taken>,
}

/// The header of the execution that an execution is a part of: its own, or, of a child of a map run, the one of the execution
/// in which the map run is.
pub fn root_header(journal: &dyn Journal, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
    let mut found = journal.header(execution_arn)?;
    while let Some(parent) = found.as_ref().and_then(|header| header.child_of.as_ref()) {
        let parent = parent.execution_arn.clone();
        found = journal.header(&parent)?;
    }
    Ok(found)
}

/// Runs the interpreter over the inputs that the journal holds of an execution. Because it is a pure function of them, it
/// takes the very ways that the execution took; no rule is guessed from the state that came after it. `machine` is the
/// definition of the execution at the root ([`root_header`]).
pub fn visits(
    journal: &dyn Journal,
    execution_arn: &str,
    machine: Arc<StateMachine>,
) -> Result<Option<Visits>, JournalError> {
    let Some(header) = journal.header(execution_arn)? else { return Ok(None) };
    let machine = match &header.child_of {
        None => machine,
        Some(child_of) => match Processor::find(&machine, &child_of.processor) {
            Some(processor) => processor.machine().clone(),
            None => return Ok(None),
        },
    };
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
