//! `AWS::S3::Bucket`.

use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::fields::Fields;
use crate::stack::{Bucket, BucketNotification, NotificationFilter};

pub(super) const TYPES: &[ResourceType] = &[ResourceType {
    name: "AWS::S3::Bucket",
    properties: &[
        "AbacStatus",
        "AccelerateConfiguration",
        "AccessControl",
        "AnalyticsConfigurations",
        "BucketEncryption",
        "BucketName",
        "BucketNamePrefix",
        "BucketNamespace",
        "CorsConfiguration",
        "IntelligentTieringConfigurations",
        "InventoryConfigurations",
        "LifecycleConfiguration",
        "LoggingConfiguration",
        "MetadataConfiguration",
        "MetadataTableConfiguration",
        "MetricsConfigurations",
        "NotificationConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockEnabled",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "ReplicationConfiguration",
        "Tags",
        "VersioningConfiguration",
        "WebsiteConfiguration",
    ],
    name_property: Some("BucketName"),
    naming: NameRule::Lowercase(63),
    attributes: &[
        Attribute::new("Arn", "arn:{partition}:s3:::{name}"),
        Attribute::new("DomainName", "{name}.s3.{suffix}"),
        Attribute::new("DualStackDomainName", "{name}.s3.dualstack.{region}.{suffix}"),
        Attribute::new("RegionalDomainName", "{name}.s3.{region}.{suffix}"),
        Attribute::new("WebsiteURL", "http://{name}.s3-website-{region}.{suffix}"),
    ],
    treatment: Treatment::Run(read),
    ..ResourceType::BASE
}];

fn read(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let configuration = fields.map("NotificationConfiguration");
    let mut notifications = Vec::new();
    if let Some(configuration) = &configuration {
        for (list, target) in
            [("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")]
        {
            for item in configuration.list(list).unwrap_or_default() {
                if let Some(item) = Fields::of(item, list, reader.problems())
                    && let (Some(event), Some(target_arn)) = (item.needed_text("Event"), item.needed_text(target))
                {
                    notifications.push(BucketNotification { events: vec![event], filters: filters(&item), target_arn });
                }
            }
        }
    }
    let bridge = configuration.and_then(|configuration| configuration.map("EventBridgeConfiguration"));
    let bucket = Bucket {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn"),
        versioning: fields
            .map("VersioningConfiguration")
            .and_then(|versioning| versioning.choice("Status", &[("Enabled", true), ("Suspended", false)]))
            .unwrap_or(false),
        encryption: fields.json("BucketEncryption"),
        notifications,
        event_bridge: bridge.is_some_and(|bridge| bridge.boolean("EventBridgeEnabled").unwrap_or(true)),
    };
    assembly.stack.buckets.push(bucket);
}

/// The conditions on an object's key, of a notification or of a function's `S3` event.
pub(crate) fn filters(fields: &Fields<'_>) -> Vec<NotificationFilter> {
    let rules = fields.map("Filter").and_then(|filter| filter.map("S3Key")).and_then(|key| key.list("Rules"));
    let rules = rules.unwrap_or_default().iter().filter_map(|rule| {
        let rule = Fields::of(rule, "a rule of `S3Key`", fields.problems)?;
        // S3 takes any case.
        Some(NotificationFilter { name: rule.needed_text("Name")?.to_lowercase(), value: rule.needed_text("Value")? })
    });
    rules.collect()
}
