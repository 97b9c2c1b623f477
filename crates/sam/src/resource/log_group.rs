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

/// The days that CloudWatch Logs offers ("`PutRetentionPolicy`", retentionInDays).
const RETENTION: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

fn read(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let retention = fields.integer("RetentionInDays", 1..=3_653);
    if let (Some(days), Some(node)) = (retention, fields.get("RetentionInDays"))
        && !RETENTION.contains(&days)
    {
        let all: Vec<String> = RETENTION.iter().map(u32::to_string).collect();
        fields.invalid("RetentionInDays", node, format_args!("one of {}", all.join(", ")));
    }
    let group = LogGroup {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn").trim_end_matches(":*").to_owned(),
        retention_in_days: retention,
    };
    assembly.stack.log_groups.push(group);
}
