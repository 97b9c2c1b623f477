//! What happens in a server, told on standard error: executions that begin and end.

use machine::{ErrorCause, EventKind, HistoryEvent, Identity};
use runtime::{ExecutionHandle, Observer};

use super::style::Style;
use crate::output::tell;

/// Tells of each execution's beginning and end; those of map runs are told of by their parents' states.
pub(crate) struct Chronicle {
    style: Style,
}

impl Chronicle {
    /// Tells on standard error.
    pub(crate) fn new() -> Self {
        Self { style: Style::stderr() }
    }

    fn line(&self, execution: &Identity, event: &HistoryEvent) -> Option<String> {
        let style = self.style;
        let name = format!("{} {}", execution.state_machine_name, style.dim(&execution.execution_name));
        let failed = |failure: &ErrorCause, how: &str| {
            let error = failure.error.as_deref().unwrap_or("no error name");
            Some(format!("{} {name}  {how} {}", style.bad("✗"), style.bad(error)))
        };
        match &event.kind {
            EventKind::ExecutionStarted { .. } => Some(format!("{} {name}", style.dim("▸"))),
            EventKind::ExecutionSucceeded { .. } => Some(format!("{} {name}", style.good("✓"))),
            EventKind::ExecutionFailed(failure) => failed(failure, "failed"),
            EventKind::ExecutionTimedOut(failure) => failed(failure, "timed out"),
            EventKind::ExecutionAborted(failure) => failed(failure, "was aborted"),
            _ => None,
        }
    }
}

impl Observer for Chronicle {
    fn recorded(&self, execution: &ExecutionHandle, _redrive_count: u64, events: &[HistoryEvent]) {
        let execution = &execution.identity;
        // `NAME/LABEL`: the children of a map run.
        if execution.state_machine_name.contains('/') {
            return;
        }
        for line in events.iter().filter_map(|event| self.line(execution, event)) {
            tell!("{line}");
        }
    }
}
