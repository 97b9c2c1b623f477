//! `AWS::Events::EventBus`, `AWS::Events::Rule` and `AWS::Scheduler::Schedule`.

use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::event::{rule, schedule};
use crate::stack::EventBus;

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::Events::EventBus",
        properties: &[
            "DeadLetterConfig",
            "Description",
            "EventSourceName",
            "KmsKeyIdentifier",
            "LogConfig",
            "Name",
            "Policy",
            "Tags",
        ],
        required: &["Name"],
        name_property: Some("Name"),
        attributes: &[
            Attribute::new("Arn", "arn:{partition}:events:{region}:{account}:event-bus/{name}"),
            Attribute::new("Name", "{name}"),
        ],
        treatment: Treatment::Run(read_event_bus),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::Events::Rule",
        properties: &[
            "Description",
            "EventBusName",
            "EventPattern",
            "Name",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Tags",
            "Targets",
        ],
        name_property: Some("Name"),
        naming: NameRule::Plain(64),
        attributes: &[
            Attribute::new("Arn", "arn:{partition}:events:{region}:{account}:rule/{bus}{name}"),
            Attribute::new("RuleName", "{name}"),
        ],
        treatment: Treatment::Run(rule::read_resource),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::Scheduler::Schedule",
        properties: &[
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "GroupName",
            "KmsKeyArn",
            "Name",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
            "Target",
        ],
        required: &["FlexibleTimeWindow", "ScheduleExpression", "Target"],
        name_property: Some("Name"),
        naming: NameRule::Plain(64),
        attributes: &[Attribute::new("Arn", "arn:{partition}:scheduler:{region}:{account}:schedule/default/{name}")],
        treatment: Treatment::Run(schedule::read_resource),
        ..ResourceType::BASE
    },
];

fn read_event_bus(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let bus = EventBus {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn"),
    };
    assembly.stack.event_buses.push(bus);
}
