//! The typed model of a definition: what the interpreter runs.
//!
//! Names follow the Amazon States Language specification (<https://states-language.net/spec.html>). Everything that can be
//! decided before a run is decided here: state names are resolved to indexes, expressions are compiled, defaults are
//! filled in. A model that came out of [`crate::parse`] without an error diagnostic holds no dangling reference.

mod choice;
mod map;
mod retry;
mod state;

pub use choice::{Choice, Comparison, Condition, Operand, Operator, Relation, Rule, Subject};
pub use map::{Batcher, Distributed, ItemReader, Map, ResultWriter};
pub use retry::{Catcher, Jitter, Retrier};
pub use state::{
    Fail, Parallel, Pass, PathField, QueryLanguage, ResultPath, Seconds, State, StateKind, Task, Text, Transition,
    Wait, WaitUntil,
};

use std::collections::HashMap;
use std::sync::Arc;

/// A whole state machine.
#[derive(Debug)]
pub struct StateMachine {
    /// The definition's `Comment`.
    pub comment: Option<String>,
    /// The definition's `Version`, `"1.0"` when it gives none.
    pub version: String,
    /// The longest time that an execution may run, in seconds. None: no limit of its own.
    pub timeout_seconds: Option<u64>,
    /// The query language of every state that names none.
    pub query_language: QueryLanguage,
    /// The states and where they start.
    pub flow: Arc<Flow>,
}

/// The position of a state in [`Flow::states`].
pub type StateIndex = usize;

/// A `StartAt` with its `States`: of the machine itself, of one branch of a Parallel state, or of a Map state's processor.
#[derive(Debug)]
pub struct Flow {
    /// Where it starts.
    pub start_at: StateIndex,
    /// The states, in the order of the text.
    pub states: Vec<State>,
    /// Each state's position by its name.
    pub by_name: HashMap<Arc<str>, StateIndex>,
}

impl Flow {
    /// The state of that name, if there is one.
    pub fn state(&self, name: &str) -> Option<&State> {
        self.by_name.get(name).map(|index| &self.states[*index])
    }
}
