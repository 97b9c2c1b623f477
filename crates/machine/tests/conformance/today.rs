//! What AWS has changed since it was recorded: the engine does as AWS does today, so older recordings are brought up to it.
//!
//! Only what the recordings themselves show to have changed is here, each with the days between which it did.

use serde_json::{Value, json};

use crate::case::Case;

/// The first day (as [`Case::recorded_on`] tells it) on which the exit of a distributed Map follows the start of its map run.
/// It followed the map run's end in every recording up to July 2024, and in none since November 2024.
const EXIT_FOLLOWS_START: u32 = 20_241_101;

/// The first day on which the context object has `Execution.RedriveCount`: redrives came on 15 November 2023, the recordings
/// of October have no such member, and those since have it.
const REDRIVE_COUNT: u32 = 20_231_115;

/// The recording as AWS would make it today.
pub(crate) fn as_recorded_today(case: &Case, recorded: &[Value]) -> Vec<Value> {
    let day = case.recorded_on();
    let mut events = recorded.to_vec();
    for event in &mut events {
        if day < REDRIVE_COUNT {
            count_redrives(event);
        }
        if day < EXIT_FOLLOWS_START && event["type"] == "MapStateExited" {
            let index = event["previousEventId"].as_u64().and_then(|id| usize::try_from(id).ok()?.checked_sub(1));
            if let Some(before) = index.and_then(|index| recorded.get(index))
                && before["type"] == "MapRunSucceeded"
            {
                event["previousEventId"] = before["previousEventId"].clone();
            }
        }
    }
    events
}

/// Adds the member to every context object in a value.
fn count_redrives(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(count_redrives),
        Value::Object(members) => {
            if ["Id", "Input", "Name", "RoleArn", "StartTime"].iter().all(|name| members.contains_key(*name)) {
                members.entry("RedriveCount").or_insert(json!(0));
            }
            members.values_mut().for_each(count_redrives);
        }
        _ => {}
    }
}
