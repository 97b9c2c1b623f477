//! `ResultWriter`.

use std::sync::Arc;

use serde_json::Value;

use crate::check::arn::writes_results;
use crate::check::query::Scope;
use crate::check::{fields, sentences};
use crate::model::{QueryLanguage, ResultWriter};

use super::expression::template;
use super::{Context, Object};

/// The ResultWriter of a Map state. It has a place to write to, a form to write in, or both
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>).
pub(super) fn parse(context: &mut Context<'_>, map: &Object<'_>, language: QueryLanguage) -> Option<ResultWriter> {
    let property = map.get("ResultWriter")?;
    let place = map.place.field("ResultWriter");
    let object = Object::of(context, &place, &property.value)?;
    object.allow(context, "a ResultWriter", fields::RESULT_WRITER, Some(language));
    object.string(context, "Comment");
    let parameters = match language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    if object.has("Resource") || object.has(parameters) {
        object.require(context, &["Resource", parameters]);
    } else if !object.has("WriterConfig") {
        context.schema(&place, object.opening(), sentences::required(&["Resource", parameters]));
    }
    let resource = object.string(context, "Resource");
    if let (Some(resource), Some(property)) = (resource, object.get("Resource"))
        && !context.is_opaque(&property.value)
        && !writes_results(resource)
    {
        context
            .schema(&place.field("Resource"), property.value.span.clone(), sentences::value_not_allowed("Resource"))
            .set_help("use arn:aws:states:::s3:putObject");
    }
    Some(ResultWriter {
        resource: resource.map(Arc::from),
        parameters: template(context, &object, parameters, language, Scope::State),
        config: config(context, &object),
    })
}

/// `WriterConfig`.
fn config(context: &mut Context<'_>, writer: &Object<'_>) -> Value {
    let place = writer.place.field("WriterConfig");
    let Some(property) = writer.get("WriterConfig") else { return Value::Null };
    let Some(object) = Object::of(context, &place, &property.value) else { return Value::Null };
    object.allow(context, "a WriterConfig", fields::WRITER_CONFIG, None);
    object.require(context, &["Transformation", "OutputType"]);
    object.word(context, "Transformation", &["NONE", "COMPACT", "FLATTEN"]);
    object.word(context, "OutputType", &["JSON", "JSONL"]);
    property.value.to_value()
}
