//! Numbers and texts that may be written down, read from data, or computed.

use super::Fault;
use super::path::{PathKind, note_variable, path};
use super::query::{is_query, query};
use super::template::looks_like_expression;
use crate::check::query::Scope;
use crate::check::sentences;
use crate::codes;
use crate::expression::{Number, StringExpr};
use crate::model::{QueryLanguage, Seconds, Text};
use crate::parse::object::integer;
use crate::parse::{Context, Node, NodeValue, Object, Place};

/// What a number may be.
#[derive(Debug, Clone, Copy)]
pub(in crate::parse) enum Limits {
    /// A whole number from the first to the second.
    Integer(u64, u64),
    /// Any number from the first to the second.
    Decimal(f64, f64),
}

/// A number: `field`, its `…Path` form, or a query in JSONata.
pub(in crate::parse) fn number(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    path_field: Option<&str>,
    limits: Limits,
    language: QueryLanguage,
) -> Option<Number> {
    if let Some(path_field) = path_field {
        object.at_most_one(context, &[field, path_field]);
    }
    let Some(property) = object.get(field) else {
        return path(context, object, path_field?, PathKind::Reference).map(Number::Path);
    };
    let place = object.place.field(field);
    if language == QueryLanguage::Jsonata && property.value.as_str().is_some() {
        return query(context, &place, &property.value, Scope::State).map(Number::Query);
    }
    match limits {
        Limits::Integer(minimum, maximum) => {
            integer(context, &place, &property.value, minimum, maximum).map(|value| Number::Literal(value.into()))
        }
        Limits::Decimal(minimum, maximum) => {
            decimal(context, &place, &property.value, minimum, maximum).map(Number::Literal)
        }
    }
}

fn decimal(
    context: &mut Context<'_>,
    place: &Place<'_>,
    node: &Node,
    minimum: f64,
    maximum: f64,
) -> Option<serde_json::Number> {
    let message = match &node.value {
        NodeValue::Number(number) => match number.as_f64() {
            Some(value) if value > maximum => sentences::maximum(format_args!("{maximum:.1}")),
            Some(value) if value >= minimum => return Some(number.clone()),
            _ => sentences::minimum(format_args!("{minimum:.1}")),
        },
        _ => sentences::expected_type("NUMBER"),
    };
    context.schema(place, node.span.clone(), message);
    None
}

/// The decimal number of a field that takes no query.
pub(in crate::parse) fn decimal_field(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    minimum: f64,
) -> Option<f64> {
    let property = object.get(field)?;
    decimal(context, &object.place.field(field), &property.value, minimum, f64::MAX)?.as_f64()
}

/// A number of seconds: `field`, its `…Path` form, or a query in JSONata.
pub(in crate::parse) fn seconds(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    path_field: Option<&str>,
    minimum: u64,
    language: QueryLanguage,
) -> Option<Seconds> {
    const MAXIMUM: u64 = 99_999_999;
    number(context, object, field, path_field, Limits::Integer(minimum, MAXIMUM), language).map(|number| match number {
        Number::Literal(value) => Seconds::Literal(value.as_u64().unwrap_or(minimum)),
        Number::Path(path) => Seconds::Path(path),
        Number::Query(query) => Seconds::Query(query),
    })
}

/// A text: `field`, its `…Path` form, or a query in JSONata.
pub(in crate::parse) fn text(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    path_field: Option<&str>,
    language: QueryLanguage,
) -> Text {
    if let Some(path_field) = path_field {
        object.at_most_one(context, &[field, path_field]);
    }
    let Some(property) = object.get(field) else {
        let expression = path_field.and_then(|path_field| string_expression(context, object, path_field));
        return expression.map_or(Text::None, Text::Path);
    };
    if language == QueryLanguage::Jsonata && is_query(&property.value) {
        let place = object.place.field(field);
        return query(context, &place, &property.value, Scope::State).map_or(Text::None, Text::Query);
    }
    match object.string(context, field) {
        Some(literal) => {
            if let (QueryLanguage::JsonPath, Some(path_field), true) =
                (language, path_field, looks_like_expression(literal))
            {
                context
                    .warn(
                        codes::NO_PATH,
                        &object.place.field(field),
                        property.value.span.clone(),
                        format!("The value of '{field}' looks like a path but is only text"),
                    )
                    .set_help(format!("to have it looked up, use '{path_field}'"));
            }
            Text::Literal(literal.into())
        }
        None => Text::None,
    }
}

/// A path or an intrinsic function's call in a field of its own.
fn string_expression(context: &mut Context<'_>, object: &Object<'_>, field: &str) -> Option<StringExpr> {
    let property = object.get(field)?;
    let source = object.string(context, field)?;
    let place = object.place.field(field);
    match StringExpr::parse(source) {
        Ok(expression) => {
            match &expression {
                StringExpr::Path(path) => note_variable(context, &place, property, path),
                StringExpr::Intrinsic(call) => {
                    for path in call.paths() {
                        note_variable(context, &place, property, path);
                    }
                }
            }
            Some(expression)
        }
        Err(error) => {
            Fault {
                code: codes::SCHEMA_VALIDATION_FAILED,
                pointer: place.to_string(),
                node: &property.value,
                offset: error.offset,
                message: sentences::NOT_A_PATH.to_owned(),
                help: Some(error.message),
            }
            .report(context);
            None
        }
    }
}
