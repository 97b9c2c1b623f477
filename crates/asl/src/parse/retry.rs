//! `Retry`.

use crate::check::dead_arms::check_errors;
use crate::check::{fields, sentences};
use crate::codes;
use crate::model::{Jitter, Retrier};

use super::expression::decimal_field;
use super::{Context, Node, Object, Place};

/// The retriers of a state.
pub(super) fn parse(context: &mut Context<'_>, state: &Object<'_>) -> Vec<Retrier> {
    let Some(items) = state.array(context, "Retry") else { return Vec::new() };
    let place = state.place.field("Retry");
    let of_task = state.get("Type").is_some_and(|kind| kind.value.as_str() == Some("Task"));
    check_errors(context, &place, "Retry", items, of_task);
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| retrier(context, &place.item(index), item, index + 1 == items.len()))
        .collect()
}

fn retrier(context: &mut Context<'_>, place: &Place<'_>, node: &Node, last: bool) -> Option<Retrier> {
    let object = Object::of(context, place, node)?;
    object.allow(context, "a retrier", fields::RETRIER, None);
    object.require(context, &["ErrorEquals"]);
    object.string(context, "Comment");
    // A first delay of 0 is accepted (measured, cdk-preflight `pf-sfn-asl-numeric-ranges`, with the other limits).
    let interval = object.integer(context, "IntervalSeconds", 0, 99_999_999);
    let max_delay = object.integer(context, "MaxDelaySeconds", 1, 31_622_400);
    let interval_seconds = interval.unwrap_or(1);
    if let (Some(max_delay), Some(property)) = (max_delay, object.get("MaxDelaySeconds"))
        && max_delay <= interval_seconds
    {
        context
            .warn(
                codes::MAX_DELAY_NOT_GREATER,
                &place.field("MaxDelaySeconds"),
                property.value.span.clone(),
                format!("A longest delay of {max_delay} s never lets the first one of {interval_seconds} s grow"),
            )
            .set_help("make 'MaxDelaySeconds' greater than 'IntervalSeconds'");
    }
    Some(Retrier {
        error_equals: error_equals(context, &object, last),
        interval_seconds,
        max_attempts: object.integer(context, "MaxAttempts", 0, 99_999_999).unwrap_or(3),
        backoff_rate: decimal_field(context, &object, "BackoffRate", 1.0).unwrap_or(2.0),
        max_delay_seconds: max_delay,
        jitter: match object.word(context, "JitterStrategy", &["NONE", "FULL"]) {
            Some("FULL") => Jitter::Full,
            _ => Jitter::None,
        },
    })
}

/// `ErrorEquals` of a retrier or catcher; `last` when no other follows it.
pub(super) fn error_equals(context: &mut Context<'_>, object: &Object<'_>, last: bool) -> Vec<String> {
    const FIELD: &str = "ErrorEquals";
    const ALL: &str = "States.ALL";
    let Some(items) = object.array(context, FIELD) else { return Vec::new() };
    let place = object.place.field(FIELD);
    if items.is_empty()
        && let Some(property) = object.get(FIELD)
    {
        context.schema(&place, property.value.span.clone(), sentences::EMPTY);
    }
    let mut errors = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.item(index);
        let Some(error) = item.as_str() else {
            context.schema(&place, item.span.clone(), sentences::expected_type("STRING"));
            continue;
        };
        if error == ALL && !(last && items.len() == 1) {
            context
                .schema(&place, item.span.clone(), sentences::ALL_ALONE_AND_LAST)
                .set_help("give it an entry of its own behind all others");
        }
        errors.push(error.to_owned());
    }
    errors
}
