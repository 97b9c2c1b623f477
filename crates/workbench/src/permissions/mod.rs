//! What a state machine's role must allow, derived from its definition, and held against what its policies grant.
//!
//! The actions are those that AWS's pages on each integration name in their IAM sections
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>).

mod diagnose;
mod grant;
mod need;
mod service;

pub use diagnose::{ROLE_ALLOWS_MORE, ROLE_LACKS_PERMISSION, diagnose};
pub use grant::{Grant, grants};
pub use need::{Need, needs};

use sam::stack::{Stack, StateMachine};
use serde_json::Value;

/// A definition's needs held against a role's grants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// What the definition does and no policy allows.
    pub missing: Vec<Need>,
    /// What a policy allows and the definition does not do.
    pub superfluous: Vec<Grant>,
    /// What could not be understood, in a sentence each.
    pub unread: Vec<String>,
}

impl Comparison {
    /// Whether the role allows exactly what the definition does.
    pub fn is_exact(&self) -> bool {
        self.missing.is_empty() && self.superfluous.is_empty() && self.unread.is_empty()
    }
}

/// Compares a state machine's policies with its definition. `definition` is the definition with its substitutions made.
pub fn compare(stack: &Stack, machine: &StateMachine, definition: &Value) -> Comparison {
    let needs = needs(stack, machine, definition);
    let (grants, unread) = grants(&machine.policies);
    let missing = needs.iter().filter(|need| !grants.iter().any(|grant| need.is_met_by(grant))).cloned().collect();
    let superfluous = grants.into_iter().filter(|grant| !needs.iter().any(|need| need.is_met_by(grant))).collect();
    Comparison { missing, superfluous, unread }
}
