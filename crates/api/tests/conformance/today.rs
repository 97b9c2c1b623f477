//! What AWS has changed since it was recorded: the API does as AWS does today, so older recordings are brought up to it.
//!
//! Only what the recordings themselves show to have changed is here.

use serde_json::{Value, json};

/// The first day with `encryptionConfiguration`: no description up to July 2024 has it, every one since November 2024 has.
const ENCRYPTION: u32 = 20_240_725;

/// The first day with `redriveCount` and what belongs to it: redrives came on 15 November 2023.
const REDRIVE: u32 = 20_231_115;

/// The recording as AWS would make it today.
pub(crate) fn as_recorded_today(day: u32, recorded: &Value) -> Value {
    let mut value = recorded.clone();
    update(day, &mut value);
    value
}

fn update(day: u32, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| update(day, item)),
        Value::Object(members) => {
            let has = |names: &[&str]| names.iter().all(|name| members.contains_key(*name));
            let is_state_machine = has(&["definition", "loggingConfiguration", "roleArn"]);
            let is_execution = has(&["executionArn", "stateMachineArn", "status", "startDate"]);
            if day < ENCRYPTION && is_state_machine {
                members.entry("encryptionConfiguration").or_insert(json!({"type": "AWS_OWNED_KEY"}));
            }
            if day < REDRIVE && is_execution {
                members.entry("redriveCount").or_insert(json!(0));
            }
            // Definitions and histories are what the caller gave.
            for (name, member) in members.iter_mut() {
                if name != "definition" && name != "events" {
                    update(day, member);
                }
            }
        }
        _ => {}
    }
}
