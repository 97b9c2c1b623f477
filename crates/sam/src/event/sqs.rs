//! `SQS` events and `AWS::Lambda::EventSourceMapping`: queues that feed functions.

use super::Reading;
use crate::assembly::Assembly;
use crate::codes;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::resource::Reader;
use crate::stack::EventSourceMapping;
use crate::syntax::Place;

pub(super) fn read(reading: &Reading<'_>, assembly: &mut Assembly<'_>) -> Option<String> {
    let queue_arn = reading.fields.needed_text("Queue")?;
    if let Some(node) = reading.fields.get("Queue").filter(|_| queue_arn.split(':').nth(2) != Some("sqs")) {
        reading.fields.invalid("Queue", node, "the ARN of a queue, as `!GetAtt <the queue>.Arn` returns it");
        return None;
    }
    push(&reading.fields, reading.logical_id(), reading.place, reading.caller.arn().to_owned(), &queue_arn, assembly);
    Some(queue_arn)
}

pub(crate) fn read_resource(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let Some(function) = fields.text("FunctionName") else { return };
    let source = fields.text("EventSourceArn");
    let Some(queue_arn) = source.filter(|arn| arn.split(':').nth(2) == Some("sqs")) else {
        let message = "a local run feeds functions from queues only, not from streams and the like";
        reader.problems().add(Problem::warning(codes::EVENT_UNSUPPORTED, reader.resource.place, message));
        return;
    };
    // Lambda takes a name, a partial ARN or an ARN.
    let function_arn =
        if function.starts_with("arn:") { function } else { reader.arn("lambda", &format!("function:{function}")) };
    push(&fields, reader.resource.logical_id.clone(), reader.resource.place, function_arn, &queue_arn, assembly);
}

fn push(
    fields: &Fields<'_>,
    logical_id: String,
    place: Place,
    function_arn: String,
    queue_arn: &str,
    assembly: &mut Assembly<'_>,
) {
    // "Using Lambda with Amazon SQS": a batch of more than 10 needs a window to gather it, and FIFO queues allow neither.
    let window = fields.integer("MaximumBatchingWindowInSeconds", 0..=300).unwrap_or(0);
    let fifo = crate::resource::is_fifo(queue_arn);
    let batch_size = fields.integer("BatchSize", 1..=if fifo { 10 } else { 10_000 }).unwrap_or(10);
    if batch_size > 10
        && window == 0
        && let Some(node) = fields.get("BatchSize")
    {
        fields.problems.add(
            Problem::error(
                codes::INVALID_VALUE,
                node.place,
                format!(
                    "`BatchSize` of {} is over 10, which needs `MaximumBatchingWindowInSeconds` of at least 1",
                    fields.what
                ),
            )
            .help("add `MaximumBatchingWindowInSeconds`, or take at most 10"),
        );
    }
    if fifo
        && window > 0
        && let Some(node) = fields.get("MaximumBatchingWindowInSeconds")
    {
        fields.invalid("MaximumBatchingWindowInSeconds", node, "0 for a FIFO queue");
    }
    assembly.sources.push((queue_arn.to_owned(), place));
    let mapping = EventSourceMapping {
        logical_id,
        span: assembly.span(place),
        function_arn,
        queue_arn: queue_arn.to_owned(),
        batch_size,
        maximum_batching_window_seconds: window,
        report_batch_item_failures: fields
            .texts("FunctionResponseTypes")
            .iter()
            .any(|kind| kind == "ReportBatchItemFailures"),
        enabled: fields.boolean("Enabled").unwrap_or(true),
        maximum_concurrency: fields
            .map("ScalingConfig")
            .and_then(|scaling| scaling.integer("MaximumConcurrency", 2..=1_000)),
        filter_criteria: fields.map("FilterCriteria").and_then(|_| fields.json("FilterCriteria")),
    };
    assembly.stack.event_source_mappings.push(mapping);
}
