//! `ItemReader`.

use std::sync::Arc;

use serde_json::Value;

use crate::check::arn::reads_items;
use crate::check::query::Scope;
use crate::check::{fields, sentences};
use crate::expression::Number;
use crate::model::{ItemReader, QueryLanguage, Text};

use super::expression::{Limits, number, template, text};
use super::{Context, Object};

/// What AWS reads items from (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>).
const INPUT_TYPES: [&str; 6] = ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST", "INVENTORY"];

/// The ItemReader of a Map state.
pub(super) fn parse(context: &mut Context<'_>, map: &Object<'_>, language: QueryLanguage) -> Option<ItemReader> {
    let property = map.get("ItemReader")?;
    let place = map.place.field("ItemReader");
    let object = Object::of(context, &place, &property.value)?;
    object.allow(context, "an ItemReader", fields::ITEM_READER, Some(language));
    object.require(context, &["Resource"]);
    object.string(context, "Comment");
    let resource = object.string(context, "Resource").unwrap_or_default();
    if let Some(property) = object.get("Resource")
        && property.value.as_str().is_some()
        && !context.is_opaque(&property.value)
        && !reads_items(resource)
    {
        context
            .schema(&place.field("Resource"), property.value.span.clone(), sentences::value_not_allowed("Resource"))
            .set_help("use arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2");
    }
    let parameters = match language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    let parameters = template(context, &object, parameters, language, Scope::State);
    let (config, max_items, items_pointer) = config(context, &object, language);
    Some(ItemReader { resource: Arc::from(resource), parameters, config, max_items, items_pointer })
}

/// `ReaderConfig`.
fn config(context: &mut Context<'_>, reader: &Object<'_>, language: QueryLanguage) -> (Value, Option<Number>, Text) {
    let place = reader.place.field("ReaderConfig");
    let none = (Value::Object(serde_json::Map::new()), None, Text::None);
    let Some(property) = reader.get("ReaderConfig") else { return none };
    let Some(object) = Object::of(context, &place, &property.value) else { return none };
    object.allow(context, "a ReaderConfig", fields::READER_CONFIG, Some(language));
    let input = object.word(context, "InputType", &INPUT_TYPES);
    let header = object.word(context, "CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]);
    object.word(context, "CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]);
    object.word(context, "ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]);
    object.word(context, "Transformation", &["NONE", "LOAD_AND_FLATTEN"]);
    headers(context, &object);
    if input == Some("CSV") && !object.has("CSVHeaderLocation") {
        context.schema(&place, object.opening(), sentences::field_required("CSVHeaderLocation"));
    }
    if header == Some("GIVEN") {
        object.require(context, &["CSVHeaders"]);
    }
    if matches!(input, Some("JSON" | "JSONL" | "PARQUET"))
        && let Some(property) = object.get("CSVHeaderLocation")
    {
        context.schema(&place, property.key_span.clone(), sentences::unsupported_field("CSVHeaderLocation"));
    }
    let max_items =
        number(context, &object, "MaxItems", Some("MaxItemsPath"), Limits::Integer(0, 100_000_000), language);
    let items_pointer = text(context, &object, "ItemsPointer", None, language);
    let mut config = property.value.to_value();
    if let Value::Object(fields) = &mut config {
        fields.retain(|field, _| !matches!(field.as_str(), "MaxItems" | "MaxItemsPath" | "ItemsPointer"));
    }
    (config, max_items, items_pointer)
}

/// `CSVHeaders`: a list of names.
fn headers(context: &mut Context<'_>, object: &Object<'_>) {
    let Some(items) = object.array(context, "CSVHeaders") else { return };
    let place = object.place.field("CSVHeaders");
    for (index, item) in items.iter().enumerate() {
        if item.as_str().is_none() {
            context.schema(&place.item(index), item.span.clone(), sentences::expected_type("STRING"));
        }
    }
}
