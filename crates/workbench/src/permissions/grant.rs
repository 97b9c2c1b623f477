//! What policies allow.

use std::fmt;

use serde_json::Value;

/// One action on one resource that a policy allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Such as `sns:Publish`; it may hold `*`.
    pub action: String,
    /// An ARN, which may hold `*`.
    pub resource: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

/// What these policies allow, and a sentence for each that can't be told: a managed policy or a SAM policy template is
/// known by its name alone.
pub fn grants(policies: &[Value]) -> (Vec<Grant>, Vec<String>) {
    let mut grants = Vec::new();
    let mut unread = Vec::new();
    for policy in policies {
        let Some(statements) = policy.get("Statement") else {
            let name = match policy {
                Value::String(name) => name.clone(),
                Value::Object(template) => template.keys().next().cloned().unwrap_or_default(),
                other => other.to_string(),
            };
            unread.push(format!("What the policy {name} allows is not written in the template: write its statements."));
            continue;
        };
        for statement in one_or_many(statements) {
            let text = |field: &str| statement.get(field).map(texts).unwrap_or_default();
            if statement.get("Effect") == Some(&Value::from("Deny")) {
                continue;
            }
            if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
                unread.push("A statement with NotAction or NotResource allows what it does not name.".to_owned());
                continue;
            }
            for action in text("Action") {
                for resource in text("Resource") {
                    grants.push(Grant { action: action.clone(), resource });
                }
            }
        }
    }
    (grants, unread)
}

fn one_or_many(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

fn texts(value: &Value) -> Vec<String> {
    one_or_many(value).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
