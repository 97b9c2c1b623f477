//! Event buses and rules.

use aws::{Cloud, Error};
use sam::stack::{Rule, RuleTarget, Stack};
use serde_json::{Value, json};

/// Makes buses and rules. Rules with a schedule are kept but never fire, which the cloud tells by a warning.
pub(super) fn furnish(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    for bus in &stack.event_buses {
        cloud.create_event_bus(&bus.name)?;
    }
    for rule in &stack.rules {
        cloud.put_rule(put_rule(rule), rule.targets.iter().map(target).collect())?;
    }
    Ok(())
}

fn put_rule(rule: &Rule) -> Value {
    let mut request = json!({
        "Name": rule.name,
        "EventBusName": rule.event_bus_name,
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
    });
    if let Some(pattern) = &rule.event_pattern {
        request["EventPattern"] = pattern.to_string().into();
    }
    if let Some(schedule) = &rule.schedule_expression {
        request["ScheduleExpression"] = schedule.as_str().into();
    }
    request
}

fn target(target: &RuleTarget) -> Value {
    let mut request = json!({"Id": target.id, "Arn": target.arn});
    for (member, value) in [("RoleArn", &target.role_arn), ("Input", &target.input), ("InputPath", &target.input_path)]
    {
        if let Some(value) = value {
            request[member] = value.as_str().into();
        }
    }
    if let Some(transformer) = &target.input_transformer {
        request["InputTransformer"] = transformer.clone();
    }
    if let Some(arn) = &target.dead_letter_arn {
        request["DeadLetterConfig"] = json!({"Arn": arn});
    }
    request
}
