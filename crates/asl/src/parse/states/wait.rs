//! Wait.

use crate::check::query::Scope;
use crate::check::sentences;
use crate::check::timestamp::is_timestamp;
use crate::model::{QueryLanguage, Seconds, Wait, WaitUntil};
use crate::parse::expression::{PathKind, is_query, path, query, seconds};
use crate::parse::state::StateContext;
use crate::parse::{Context, Object};

/// This order is AWS's: measured (cdk-preflight `pf-sfn-asl-wait-timing`).
const FORMS: [&str; 4] = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Wait {
    let object = state.object;
    object.exactly_one(context, &FORMS);
    let until = if object.has("Timestamp") {
        timestamp(context, &object, state.language)
    } else if object.has("TimestampPath") {
        path(context, &object, "TimestampPath", PathKind::Reference).map(WaitUntil::TimestampPath)
    } else if object.has("SecondsPath") {
        path(context, &object, "SecondsPath", PathKind::Reference).map(|path| WaitUntil::Seconds(Seconds::Path(path)))
    } else {
        seconds(context, &object, "Seconds", None, 0, state.language).map(WaitUntil::Seconds)
    };
    Wait { until: until.unwrap_or(WaitUntil::Seconds(Seconds::Literal(0))) }
}

fn timestamp(context: &mut Context<'_>, object: &Object<'_>, language: QueryLanguage) -> Option<WaitUntil> {
    let property = object.get("Timestamp")?;
    let place = object.place.field("Timestamp");
    if language == QueryLanguage::Jsonata && is_query(&property.value) {
        return query(context, &place, &property.value, Scope::State).map(WaitUntil::TimestampQuery);
    }
    let text = object.string(context, "Timestamp")?;
    if !context.is_opaque(&property.value) && !is_timestamp(text) {
        context
            .schema(&place, property.value.span.clone(), sentences::NOT_A_TIMESTAMP)
            .set_help("write it with a 'T', seconds, and a 'Z' or an offset, such as 2016-08-18T17:33:00Z");
    }
    Some(WaitUntil::Timestamp(text.into()))
}
