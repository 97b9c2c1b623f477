//! `SNS` events: subscriptions of functions.

use super::Reading;
use crate::assembly::Assembly;
use crate::codes;
use crate::problem::Problem;
use crate::stack::Subscription;
use crate::syntax::Data;

pub(super) fn read(reading: &Reading<'_>, assembly: &mut Assembly<'_>) -> Option<String> {
    let fields = &reading.fields;
    let topic_arn = fields.needed_text("Topic")?;
    if let Some(node) = fields.get("Topic").filter(|_| topic_arn.split(':').nth(2) != Some("sns")) {
        fields.invalid("Topic", node, "the ARN of a topic, as `!Ref <the topic>` returns it");
        return None;
    }
    if let Some(node) = fields.get("SqsSubscription").filter(|node| node.data != Data::Boolean(false)) {
        reading.reader.problems().add(
            Problem::error(
                codes::EVENT_UNSUPPORTED,
                node.place,
                "a local run doesn't make the queue of `SqsSubscription`",
            )
            .help("declare the queue, subscribe it to the topic, and give the function an SQS event"),
        );
        return Some(topic_arn);
    }
    assembly.sources.push((topic_arn.clone(), reading.place));
    assembly.stack.subscriptions.push(Subscription {
        logical_id: reading.logical_id(),
        span: assembly.span(reading.place),
        topic_arn: topic_arn.clone(),
        protocol: "lambda".to_owned(),
        endpoint: reading.caller.arn().to_owned(),
        filter_policy: fields.map("FilterPolicy").and_then(|_| fields.json("FilterPolicy")),
        filter_policy_scope: fields.text("FilterPolicyScope"),
        raw_message_delivery: false,
        dead_letter_target_arn: fields.map("RedrivePolicy").and_then(|policy| policy.text("deadLetterTargetArn")),
    });
    Some(topic_arn)
}
