//! The `ItemProcessor` of a distributed Map as a state machine of its own.

use std::sync::Arc;

use asl::model::{Flow, Map, State, StateKind, StateMachine};

/// What the children of a map run execute.
#[derive(Debug, Clone)]
pub struct Processor {
    machine: Arc<StateMachine>,
    pointer: Arc<str>,
}

impl Processor {
    pub(crate) fn new(state: &State, map: &Map) -> Self {
        let machine = StateMachine {
            comment: None,
            version: "1.0".into(),
            timeout_seconds: None,
            query_language: state.query_language,
            flow: map.processor.clone(),
        };
        Self { machine: Arc::new(machine), pointer: state.pointer.as_str().into() }
    }

    /// The processor of the distributed Map that stands at that place of a definition, as a JSON pointer: a child execution
    /// that is recovered finds its machine again with it. None: there is no such Map.
    pub fn find(machine: &StateMachine, pointer: &str) -> Option<Self> {
        find(&machine.flow, pointer)
    }

    /// The machine.
    pub fn machine(&self) -> &Arc<StateMachine> {
        &self.machine
    }

    /// Where the Map stands in the definition, as a JSON pointer such as `/States/Each`.
    pub fn pointer(&self) -> &Arc<str> {
        &self.pointer
    }
}

/// Two are equal when they are the same.
impl PartialEq for Processor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.machine.flow, &other.machine.flow)
    }
}

fn find(flow: &Flow, pointer: &str) -> Option<Processor> {
    flow.states.iter().filter(|state| pointer.starts_with(&state.pointer)).find_map(|state| match &state.kind {
        StateKind::Map(map) if state.pointer == pointer => map.distributed.as_ref().map(|_| Processor::new(state, map)),
        StateKind::Map(map) => find(&map.processor, pointer),
        StateKind::Parallel(parallel) => parallel.branches.iter().find_map(|branch| find(branch, pointer)),
        _ => None,
    })
}
