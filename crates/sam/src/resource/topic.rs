//! `AWS::SNS::Topic` and `AWS::SNS::Subscription`.

use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::fields::Fields;
use crate::stack::{Subscription, Topic};

const ARN: &str = "arn:{partition}:sns:{region}:{account}:{name}";

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::SNS::Topic",
        properties: &[
            "ArchivePolicy",
            "ContentBasedDeduplication",
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "DisplayName",
            "FifoThroughputScope",
            "FifoTopic",
            "KmsMasterKeyId",
            "MaximumMessageSize",
            "SignatureVersion",
            "Subscription",
            "Tags",
            "TopicName",
            "TracingConfig",
        ],
        name_property: Some("TopicName"),
        naming: NameRule::Fifo { property: "FifoTopic", longest: 256 },
        reference: ARN,
        attributes: &[Attribute::new("TopicArn", ARN), Attribute::new("TopicName", "{name}")],
        treatment: Treatment::Run(read_topic),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::SNS::Subscription",
        properties: &[
            "DeliveryPolicy",
            "Endpoint",
            "FilterPolicy",
            "FilterPolicyScope",
            "Protocol",
            "RawMessageDelivery",
            "RedrivePolicy",
            "Region",
            "ReplayPolicy",
            "SubscriptionRoleArn",
            "TopicArn",
        ],
        required: &["Protocol", "TopicArn"],
        naming: NameRule::Uuid,
        reference: "arn:{partition}:sns:{region}:{account}:{logical}:{name}",
        attributes: &[Attribute::new("Arn", "arn:{partition}:sns:{region}:{account}:{logical}:{name}")],
        treatment: Treatment::Run(read_subscription),
        ..ResourceType::BASE
    },
];

fn read_topic(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let fifo = fields.boolean("FifoTopic").unwrap_or(false);
    super::queue::check_name(reader, &fields, "TopicName", fifo);
    let topic = Topic {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.identity.reference.clone(),
        fifo,
        content_based_deduplication: fields.boolean("ContentBasedDeduplication").unwrap_or(false),
        display_name: fields.text("DisplayName"),
        tags: fields.tags("Tags"),
    };
    for item in fields.list("Subscription").unwrap_or_default() {
        if let Some(inline) = Fields::of(item, "a subscription", reader.problems()) {
            let subscription = subscription(reader, assembly, &inline, topic.arn.clone());
            assembly.stack.subscriptions.extend(subscription);
        }
    }
    assembly.stack.topics.push(topic);
}

fn read_subscription(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let Some(topic_arn) = fields.text("TopicArn") else { return };
    assembly.sources.push((topic_arn.clone(), reader.resource.place));
    let subscription = subscription(reader, assembly, &fields, topic_arn);
    assembly.stack.subscriptions.extend(subscription);
}

fn subscription(
    reader: &Reader<'_>,
    assembly: &Assembly<'_>,
    fields: &Fields<'_>,
    topic_arn: String,
) -> Option<Subscription> {
    // "AWS::SNS::Subscription", Protocol.
    const PROTOCOLS: &[(&str, &str)] = &[
        ("application", "application"),
        ("email", "email"),
        ("email-json", "email-json"),
        ("firehose", "firehose"),
        ("http", "http"),
        ("https", "https"),
        ("lambda", "lambda"),
        ("sms", "sms"),
        ("sqs", "sqs"),
    ];
    Some(Subscription {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(fields.place),
        topic_arn,
        protocol: {
            fields.needed_text("Protocol")?;
            fields.choice("Protocol", PROTOCOLS)?.to_owned()
        },
        endpoint: fields.needed_text("Endpoint")?,
        filter_policy: fields.map("FilterPolicy").and_then(|_| fields.json("FilterPolicy")),
        filter_policy_scope: fields.text("FilterPolicyScope"),
        raw_message_delivery: fields.boolean("RawMessageDelivery").unwrap_or(false),
        dead_letter_target_arn: fields.map("RedrivePolicy").and_then(|policy| policy.text("deadLetterTargetArn")),
    })
}
