//! The state that is tested.

use std::sync::Arc;

use asl::model::{Flow, State, StateIndex, StateKind, StateMachine};
use asl::{Options, Parsed};

use super::request::Request;
use crate::error::ApiError;

/// What a state is called whose definition comes without a name (recorded in the context objects of the cases).
const STATE_NAME: &str = "StateName";

/// The state, and the machine it is in.
pub(super) struct Subject {
    pub(super) machine: Arc<StateMachine>,
    pub(super) flow: Arc<Flow>,
    pub(super) index: StateIndex,
}

impl Subject {
    /// The single state of the definition, or the one of a whole state machine that is named.
    pub(super) fn of(request: &Request) -> Result<Self, ApiError> {
        let options = Options::default();
        let definition = request.definition();
        let Some(name) = &request.state_name else {
            let machine = sound(asl::parse_state(STATE_NAME, definition, &options))?;
            return Ok(Self { flow: machine.flow.clone(), index: machine.flow.start_at, machine });
        };
        let machine = sound(asl::parse(definition, &options))?;
        // `test_state/test_state_machine_scenarios--base_state_name_validation_failures-dne.json`
        let (flow, index) = machine::find_state(&machine.flow, name)
            .ok_or_else(|| ApiError::validation("State not found in definition"))?;
        Ok(Self { machine, flow, index })
    }

    pub(super) fn state(&self) -> &State {
        &self.flow.states[self.index]
    }

    pub(super) fn is_task(&self) -> bool {
        matches!(self.state().kind, StateKind::Task(_))
    }

    /// The state of that name inside the tested Parallel or Map state.
    pub(super) fn inner(&self, name: &str) -> Option<(Arc<Flow>, StateIndex)> {
        machine::inner_flows(self.state()).iter().find_map(|flow| machine::find_state(flow, name))
    }

    /// Whether that state inside the tested one is a Task.
    pub(super) fn is_inner_task(&self, name: &str) -> bool {
        self.inner(name).is_some_and(|(flow, index)| matches!(flow.states[index].kind, StateKind::Task(_)))
    }
}

fn sound(parsed: Parsed) -> Result<Arc<StateMachine>, ApiError> {
    let Parsed { machine, diagnostics } = parsed;
    machine.ok_or_else(|| {
        let message = asl::aws::invalid_definition(&diagnostics);
        ApiError::bad_request("InvalidDefinition", message.unwrap_or_default())
    })
}
