//! Which state machines there are.

use std::sync::Arc;

use machine::Document;
use runtime::StartExecution;

/// A state machine that can be started.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The compiled definition.
    pub compiled: Arc<asl::model::StateMachine>,
    /// The definition's text, as executions record it.
    pub definition: Arc<str>,
    /// The role that its executions run under.
    pub role_arn: Arc<str>,
    /// The region.
    pub region: Arc<str>,
    /// Whether it is of type `EXPRESS`.
    pub express: bool,
}

impl StateMachine {
    /// What starts an execution of that name.
    ///
    /// The ARN of a Standard execution names it, once and for all. Express executions may share a name, so theirs ends in
    /// something of its own.
    pub fn execution(&self, name: &str, input: Document) -> StartExecution {
        let arn = &self.arn;
        let execution_arn = if self.express {
            format!("{}:{name}:{}", arn.replacen(":stateMachine:", ":express:", 1), uuid::Uuid::new_v4())
        } else {
            format!("{}:{name}", arn.replacen(":stateMachine:", ":execution:", 1))
        };
        StartExecution {
            machine: self.compiled.clone(),
            definition: self.definition.clone(),
            execution_arn: execution_arn.into(),
            execution_name: name.into(),
            state_machine_arn: self.arn.clone(),
            state_machine_name: self.name.clone(),
            role_arn: self.role_arn.clone(),
            region: self.region.clone(),
            express: self.express,
            origin: Arc::default(),
            input,
        }
    }
}

/// Port: the state machines of a stack.
pub trait StateMachines: Send + Sync {
    /// The one with this ARN, which names no version and no alias.
    fn find(&self, arn: &str) -> Option<Arc<StateMachine>>;
}
