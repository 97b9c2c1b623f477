//! `AWS::SQS::Queue`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::json;

use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::codes;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::{Queue, RedrivePolicy};

pub(super) const TYPES: &[ResourceType] = &[ResourceType {
    name: "AWS::SQS::Queue",
    properties: &[
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "QueueName",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "Tags",
        "VisibilityTimeout",
    ],
    name_property: Some("QueueName"),
    naming: NameRule::Fifo { property: "FifoQueue", longest: 80 },
    reference: "{queue_url}",
    attributes: &[
        Attribute::new("Arn", "arn:{partition}:sqs:{region}:{account}:{name}"),
        Attribute::new("QueueName", "{name}"),
        Attribute::new("QueueUrl", "{queue_url}"),
    ],
    treatment: Treatment::Run(read),
    ..ResourceType::BASE
}];

/// The numeric attributes with their bounds (the page "`AWS::SQS::Queue`").
const NUMBERS: &[(&str, RangeInclusive<u32>)] = &[
    ("DelaySeconds", 0..=900),
    ("KmsDataKeyReusePeriodSeconds", 60..=86_400),
    ("MaximumMessageSize", 1_024..=1_048_576),
    ("MessageRetentionPeriod", 60..=1_209_600),
    ("ReceiveMessageWaitTimeSeconds", 0..=20),
    ("VisibilityTimeout", 0..=43_200),
];

fn read(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let fifo = fields.boolean("FifoQueue").unwrap_or(false);
    check_name(reader, &fields, "QueueName", fifo);
    let mut attributes = BTreeMap::new();
    for (name, range) in NUMBERS {
        if let Some(number) = fields.integer(name, range.clone()) {
            attributes.insert((*name).to_owned(), number.to_string());
        }
    }
    for name in ["DeduplicationScope", "FifoThroughputLimit", "KmsMasterKeyId"] {
        if let Some(text) = fields.text(name) {
            attributes.insert(name.to_owned(), text);
        }
    }
    for name in ["ContentBasedDeduplication", "SqsManagedSseEnabled"] {
        if let Some(boolean) = fields.boolean(name) {
            attributes.insert(name.to_owned(), boolean.to_string());
        }
    }
    // `CreateQueue` refuses the attribute with any other value.
    if fifo {
        attributes.insert("FifoQueue".to_owned(), "true".to_owned());
    }
    let redrive = fields.map("RedrivePolicy").and_then(|policy| {
        Some(RedrivePolicy {
            dead_letter_target_arn: policy.needed_text("deadLetterTargetArn")?,
            max_receive_count: {
                policy.needed_text("maxReceiveCount")?;
                policy.integer("maxReceiveCount", 1..=1_000)?
            },
        })
    });
    if let Some(redrive) = &redrive {
        let policy = json!({"deadLetterTargetArn": redrive.dead_letter_target_arn, "maxReceiveCount": redrive.max_receive_count});
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
    }
    if fields.map("RedriveAllowPolicy").is_some()
        && let Some(policy) = fields.json("RedriveAllowPolicy")
    {
        attributes.insert("RedriveAllowPolicy".to_owned(), policy.to_string());
    }
    let queue = Queue {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        url: reader.identity.reference.clone(),
        arn: reader.attribute("Arn"),
        fifo,
        attributes,
        redrive,
        tags: fields.tags("Tags"),
    };
    assembly.stack.queues.push(queue);
}

/// Whether a queue or topic of this name or ARN is a FIFO one. The suffix counts in lower case only.
#[allow(clippy::case_sensitive_file_extension_comparisons, reason = "it is no file's name")]
pub(crate) fn is_fifo(name: &str) -> bool {
    name.ends_with(".fifo")
}

/// Reports a name that says FIFO of something that isn't, or the other way round.
pub(super) fn check_name(reader: &Reader<'_>, fields: &Fields<'_>, property: &str, fifo: bool) {
    let Some(node) = fields.get(property) else { return };
    if is_fifo(&reader.identity.name) == fifo {
        return;
    }
    let message = if fifo {
        format!("the name of a FIFO queue or topic ends with `.fifo`, and {} doesn't", node.description())
    } else {
        format!("only the name of a FIFO queue or topic ends with `.fifo`, as {} does", node.description())
    };
    reader.problems().add(Problem::error(codes::INVALID_VALUE, node.place, message));
}
