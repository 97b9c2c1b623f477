//! The differences between a role and its definition, as problems of the template.

use diagnostic::Diagnostic;
use sam::stack::{Stack, StateMachine};
use serde_json::Value;

use super::compare;

/// The role lacks a permission: on AWS, the state fails.
pub const ROLE_LACKS_PERMISSION: &str = "ROLE_LACKS_PERMISSION";
/// The role allows what the definition does not do.
pub const ROLE_ALLOWS_MORE: &str = "ROLE_ALLOWS_MORE";

/// Every difference between what a state machine's policies allow and what its definition does, as warnings at its place in
/// the template. A local run checks no permissions, AWS does. Silent about a machine whose policies can't all be told: one
/// with a role of its own, with managed policies or with SAM's policy templates.
pub fn diagnose(stack: &Stack, machine: &StateMachine, definition: &Value) -> Vec<Diagnostic> {
    let found = compare(stack, machine, definition);
    if machine.policies.is_empty() || !found.unread.is_empty() {
        return Vec::new();
    }
    let id = &machine.logical_id;
    let pointer = || format!("/Resources/{id}/Properties/Policies");
    let warn = |code, message, help: String| {
        Diagnostic::warning(code, message, machine.span.clone(), pointer()).with_help(help)
    };
    let lacks = found.missing.iter().map(|need| {
        let what = match &need.state {
            Some(state) => {
                format!("The state \"{state}\" needs {} and the role of {id} does not allow it.", need.action)
            }
            None => format!("{id} needs {} and its role does not allow it.", need.action),
        };
        warn(ROLE_LACKS_PERMISSION, what, format!("allow {} on {}", need.action, need.resource))
    });
    let more = found.superfluous.iter().map(|grant| {
        let message = format!("The role of {id} allows {grant}, which its definition does not do.");
        warn(ROLE_ALLOWS_MORE, message, "remove it, or narrow its resource".to_owned())
    });
    lacks.chain(more).collect()
}
