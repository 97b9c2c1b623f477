//! `AWS::Logs::LogGroup`.

use super::{Attribute, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::stack::LogGroup;

pub(super) const TYPES: &[ResourceType] = &[ResourceType {
    name: "AWS::Logs::LogGroup",
    properties: &[
        "BearerTokenAuthenticationEnabled",
        "DataProtectionPolicy",
        "DeletionProtectionEnabled",
        "FieldIndexPolicies",
        "KmsKeyId",
        "LogGroupClass",
        "LogGroupName",
        "ResourcePolicyDocument",
        "RetentionInDays",
        "Tags",
    ],
    name_property: Some("LogGroupName"),
    attributes: &[Attribute::new("Arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*")],
    treatment: Treatment::Run(read),
    ..ResourceType::BASE
}];

fn read(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let group = LogGroup {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn").trim_end_matches(":*").to_owned(),
        retention_in_days: reader.fields().integer("RetentionInDays", 1..=3_653),
    };
    assembly.stack.log_groups.push(group);
}
