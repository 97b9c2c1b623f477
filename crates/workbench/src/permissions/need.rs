//! What a definition does.

use std::fmt;

use sam::stack::{Stack, StateMachine};
use serde_json::Value;

use super::grant::Grant;
use super::service::{self, Call};

/// One action that a state machine's role must allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Such as `sns:Publish`.
    pub action: String,
    /// The ARN of the resource. A `*` stands for what only a run decides, or for what AWS advises to leave open; a policy
    /// may be narrower there.
    pub resource: String,
    /// The state that needs it; none for what the state machine needs as a whole.
    pub state: Option<String>,
}

impl Need {
    /// Whether a grant is for this: the same action, on this resource and on no more.
    pub fn is_met_by(&self, grant: &Grant) -> bool {
        grant.action == self.action && covers(&self.resource, &grant.resource)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)?;
        match &self.state {
            Some(state) => write!(f, " (state {state})"),
            None => Ok(()),
        }
    }
}

/// Everything that a definition (its substitutions made) needs of its role.
pub fn needs(stack: &Stack, machine: &StateMachine, definition: &Value) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |need: Need| {
        if !needs.iter().any(|known: &Need| known.action == need.action && known.resource == need.resource) {
            needs.push(need);
        }
    };
    walk(definition, &mut |name, state| {
        for (action, resource) in of_state(stack, machine, state) {
            add(Need { action, resource, state: Some(name.to_owned()) });
        }
    });
    if machine.logging.as_ref().is_some_and(|logging| logging.get("Level") != Some(&Value::from("OFF"))) {
        for action in service::LOG_DELIVERY {
            add(Need { action: (*action).to_owned(), resource: "*".to_owned(), state: None });
        }
    }
    needs
}

fn of_state(stack: &Stack, machine: &StateMachine, state: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut call = |holder: &Value| {
        let Some(resource) = holder.get("Resource").and_then(Value::as_str) else { return };
        let parameters = holder.get("Parameters").or_else(|| holder.get("Arguments")).unwrap_or(&Value::Null);
        found.extend(service::permissions(stack, &Call { resource, parameters }));
    };
    if state.get("Type") == Some(&Value::from("Task")) {
        call(state);
        if let Some(credentials) = state.get("Credentials") {
            let role = credentials.get("RoleArn").and_then(Value::as_str).filter(|role| !role.starts_with("{%"));
            found.push(("sts:AssumeRole".to_owned(), role.unwrap_or("*").to_owned()));
        }
    }
    let processor = state.get("ItemProcessor").and_then(|processor| processor.get("ProcessorConfig"));
    if processor.is_some_and(|config| config.get("Mode") == Some(&Value::from("DISTRIBUTED"))) {
        found.push(("states:StartExecution".to_owned(), machine.arn.clone()));
        for part in ["ItemReader", "ResultWriter"] {
            if let Some(part) = state.get(part) {
                found.extend(service::permissions_of_map(part));
            }
        }
    }
    found
}

/// Visits every state of a definition, those within Parallel and Map states too.
fn walk(flow: &Value, visit: &mut impl FnMut(&str, &Value)) {
    for (name, state) in flow.get("States").and_then(Value::as_object).into_iter().flatten() {
        visit(name, state);
        for branch in state.get("Branches").and_then(Value::as_array).into_iter().flatten() {
            walk(branch, visit);
        }
        for processor in ["ItemProcessor", "Iterator"] {
            if let Some(flow) = state.get(processor) {
                walk(flow, visit);
            }
        }
    }
}

/// Whether a pattern, in which `*` stands for any text, covers all that another stands for.
fn covers(pattern: &str, other: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == other,
        Some((head, rest)) => {
            let Some(tail) = other.strip_prefix(head) else { return false };
            rest.is_empty()
                || tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| covers(rest, &tail[at..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        assert!(covers("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/output/*"));
        assert!(covers("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/*"));
        assert!(!covers("arn:aws:s3:::bucket/*", "arn:aws:s3:::*"));
        assert!(!covers("arn:aws:s3:::bucket/*", "*"));
        assert!(covers("a*c*e", "abcde"));
        assert!(!covers("a*c*e", "abcd"));
        assert!(covers("*", "anything"));
    }
}
