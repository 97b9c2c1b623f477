//! What is written down.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use machine::{ChildStart, Document, HistoryEvent, Identity, Input, MapRunId, Outcome};
use serde::{Deserialize, Serialize};

use crate::Origin;

/// Everything about an execution that is known when it starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// `Identity::execution_arn`
    pub execution_arn: Arc<str>,
    /// `Identity::execution_name`
    pub execution_name: Arc<str>,
    /// `Identity::state_machine_arn`
    pub state_machine_arn: Arc<str>,
    /// `Identity::state_machine_name`
    pub state_machine_name: Arc<str>,
    /// `Identity::role_arn`
    pub role_arn: Arc<str>,
    /// `Identity::region`
    pub region: Arc<str>,
    /// `Identity::redrive_count`
    pub redrive_count: u64,
    /// `Identity::express`; headers that don't say are of Standard executions.
    #[serde(default)]
    pub express: bool,
    /// `Identity::seed`
    pub seed: [u8; 32],
    /// The definition that the execution runs, whatever becomes of the state machine later. Substitutions are applied.
    /// Empty for a child execution: it runs a part of its parent's.
    pub definition: Arc<str>,
    /// The input.
    pub input: Document,
    /// When it was started.
    #[serde(default)]
    pub started_at: Timestamp,
    /// Which state of its state machine it runs.
    #[serde(default)]
    pub origin: Arc<Origin>,
    /// The map run that started it; none was started by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_of: Option<ChildOf>,
}

/// Where a child execution of a map run comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildOf {
    /// The execution that has the map run.
    pub execution_arn: Arc<str>,
    /// The map run's ARN.
    pub map_run_arn: Arc<str>,
    /// The map run's number within its execution.
    pub map_run: MapRunId,
    /// The child's position among the children of its map run.
    pub child: u64,
    /// Where the Map state stands in the definition, as a JSON pointer.
    pub processor: Arc<str>,
}

impl Header {
    /// The header of an execution of that definition.
    pub fn new(identity: &Identity, definition: Arc<str>, input: Document) -> Self {
        Self {
            execution_arn: identity.execution_arn.clone(),
            execution_name: identity.execution_name.clone(),
            state_machine_arn: identity.state_machine_arn.clone(),
            state_machine_name: identity.state_machine_name.clone(),
            role_arn: identity.role_arn.clone(),
            region: identity.region.clone(),
            redrive_count: identity.redrive_count,
            express: identity.express,
            seed: identity.seed,
            definition,
            input,
            started_at: Timestamp::UNIX_EPOCH,
            origin: Arc::default(),
            child_of: None,
        }
    }

    /// The header of a child that this parent asks for.
    pub fn of_child(start: &ChildStart, parent: &Identity) -> Self {
        Self {
            child_of: Some(ChildOf {
                execution_arn: parent.execution_arn.clone(),
                map_run_arn: start.map_run_arn.clone(),
                map_run: start.map_run,
                child: start.child,
                processor: start.processor.pointer().clone(),
            }),
            ..Self::new(&start.identity(parent), Arc::default(), start.input.clone())
        }
    }

    /// Who the execution is.
    pub fn identity(&self) -> Identity {
        Identity {
            execution_arn: self.execution_arn.clone(),
            execution_name: self.execution_name.clone(),
            state_machine_arn: self.state_machine_arn.clone(),
            state_machine_name: self.state_machine_name.clone(),
            role_arn: self.role_arn.clone(),
            region: self.region.clone(),
            redrive_count: self.redrive_count,
            express: self.express,
            seed: self.seed,
        }
    }
}

/// One thing to append.
#[derive(Debug, Clone)]
pub enum Record {
    /// A new execution.
    Begin(Arc<Header>),
    /// A step of an execution.
    Step {
        /// The execution's ARN.
        execution_arn: Arc<str>,
        /// The input it took.
        input: Input,
        /// When.
        at: Timestamp,
        /// What came of it.
        events: Vec<HistoryEvent>,
    },
    /// The end of an execution, in the same batch as its last step.
    End {
        /// The execution's ARN.
        execution_arn: Arc<str>,
        /// How it ended.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// An execution that had ended goes on (`RedriveExecution`), in the same batch as the step that makes it; a child of a
    /// map run, in the same batch as its parent's step that asks for it.
    Redrive {
        /// The execution's ARN.
        execution_arn: Arc<str>,
        /// When.
        at: Timestamp,
    },
    /// The clock of executions jumped: from now on it is that far ahead of the wall's. What happens at a time that was
    /// jumped to is on record after this.
    Clock {
        /// How far.
        ahead: SignedDuration,
    },
}

/// One step, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The input that was taken.
    pub input: Input,
    /// When.
    pub at: Timestamp,
    /// The events that were recorded, in AWS's form.
    pub events: Vec<serde_json::Value>,
}
