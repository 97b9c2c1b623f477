//! `Schedule`, `EventBridgeRule` and `CloudWatchEvent` events, and `AWS::Events::Rule`.

use super::Reading;
use crate::assembly::Assembly;
use crate::fields::Fields;
use crate::resource::Reader;
use crate::stack::{Rule, RuleTarget};

/// The states of rules and schedules.
pub(super) const STATES: &[(&str, bool)] =
    &[("ENABLED", true), ("DISABLED", false), ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", true)];

pub(super) fn read(reading: &Reading<'_>, is_schedule: bool, assembly: &mut Assembly<'_>) -> Option<String> {
    let fields = &reading.fields;
    let settings = reading.reader.evaluator.settings;
    let logical_id = reading.logical_id();
    let name = fields.text(if is_schedule { "Name" } else { "RuleName" });
    let name = name.unwrap_or_else(|| format!("{}-{logical_id}", settings.stack_name));
    let bus = fields.text("EventBusName").unwrap_or_else(|| "default".to_owned());
    let schedule = if is_schedule { Some(fields.needed_text("Schedule")?) } else { None };
    if !is_schedule && !fields.has("Pattern") {
        fields.missing("Pattern");
    }
    let id = fields.map("Target").and_then(|target| target.text("Id"));
    let target = RuleTarget {
        id: id.unwrap_or_else(|| format!("{logical_id}{}Target", reading.caller.service())),
        arn: reading.caller.arn().to_owned(),
        role_arn: fields.text("RoleArn"),
        ..target(fields)
    };
    let source = schedule.clone().unwrap_or_else(|| bus.clone());
    let rule = Rule {
        span: assembly.span(reading.place),
        arn: settings.arn("events", &format!("rule/{}{name}", bus_prefix(&bus))),
        logical_id,
        name,
        event_bus_name: bus,
        event_pattern: fields.map("Pattern").and_then(|_| fields.json("Pattern")),
        schedule_expression: schedule,
        enabled: enabled(fields),
        targets: vec![target],
    };
    assembly.stack.rules.push(rule);
    Some(source)
}

pub(crate) fn read_resource(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let targets = fields.list("Targets").unwrap_or_default().iter().filter_map(|item| {
        let fields = Fields::of(item, "a target", reader.problems())?;
        Some(RuleTarget {
            id: fields.needed_text("Id")?,
            arn: fields.needed_text("Arn")?,
            role_arn: fields.text("RoleArn"),
            ..target(&fields)
        })
    });
    let rule = Rule {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn"),
        event_bus_name: fields.text("EventBusName").unwrap_or_else(|| "default".to_owned()),
        event_pattern: fields.map("EventPattern").and_then(|_| fields.json("EventPattern")),
        schedule_expression: fields.text("ScheduleExpression"),
        enabled: enabled(&fields),
        targets: targets.collect(),
    };
    assembly.stack.rules.push(rule);
}

/// What events and rules say of a target in the same words.
fn target(fields: &Fields<'_>) -> RuleTarget {
    RuleTarget {
        id: String::new(),
        arn: String::new(),
        role_arn: None,
        input: fields.text("Input"),
        input_path: fields.text("InputPath"),
        input_transformer: fields.map("InputTransformer").and_then(|_| fields.json("InputTransformer")),
        dead_letter_arn: fields.map("DeadLetterConfig").and_then(|config| config.text("Arn")),
    }
}

/// `State`, or SAM's `Enabled`.
pub(super) fn enabled(fields: &Fields<'_>) -> bool {
    fields.choice("State", STATES).or_else(|| fields.boolean("Enabled")).unwrap_or(true)
}

/// What stands before a rule's name in its ARN: nothing for the default bus, else the bus.
fn bus_prefix(bus: &str) -> String {
    match bus.rsplit('/').next() {
        Some("default") | None => String::new(),
        Some(name) => format!("{name}/"),
    }
}
