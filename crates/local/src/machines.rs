//! The state machines of a stack, as the Step Functions API finds them.

use std::collections::HashMap;
use std::sync::Arc;

use api::{StateMachine, StateMachines};
use sam::stack::StateMachineType;

use crate::project::Project;

/// By their ARN.
#[derive(Debug, Default)]
pub(crate) struct Machines(HashMap<Arc<str>, Arc<StateMachine>>);

impl Machines {
    /// Those of a project whose definitions have no errors.
    pub(crate) fn of(project: &Project) -> Self {
        let region: Arc<str> = project.stack.as_ref().map_or("us-east-1", |stack| &stack.region).into();
        let startable = project.machines.iter().filter_map(|machine| {
            let resource = &machine.resource;
            Some(StateMachine {
                arn: resource.arn.as_str().into(),
                name: resource.name.as_str().into(),
                compiled: machine.compiled.clone()?,
                definition: machine.substituted.clone(),
                role_arn: resource.role_arn.as_str().into(),
                region: region.clone(),
                express: resource.kind == StateMachineType::Express,
            })
        });
        Self(startable.map(|machine| (machine.arn.clone(), Arc::new(machine))).collect())
    }
}

impl StateMachines for Machines {
    fn find(&self, arn: &str) -> Option<Arc<StateMachine>> {
        self.0.get(arn).cloned()
    }
}
