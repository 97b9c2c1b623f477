//! The comparison operators of a Choice rule.

use serde_json::Value;

use crate::check::sentences;
use crate::check::timestamp::is_timestamp;
use crate::codes;
use crate::model::{Operand, Operator, Relation, Subject};

use super::expression::{PathKind, looks_like_expression, path};
use super::{Context, NodeValue, Object, Property};

/// Every operator, in the order of the developer guide
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>).
pub(super) const OPERATORS: [&str; 39] = [
    "BooleanEquals",
    "BooleanEqualsPath",
    "IsBoolean",
    "IsNull",
    "IsNumeric",
    "IsPresent",
    "IsString",
    "IsTimestamp",
    "NumericEquals",
    "NumericEqualsPath",
    "NumericGreaterThan",
    "NumericGreaterThanPath",
    "NumericGreaterThanEquals",
    "NumericGreaterThanEqualsPath",
    "NumericLessThan",
    "NumericLessThanPath",
    "NumericLessThanEquals",
    "NumericLessThanEqualsPath",
    "StringEquals",
    "StringEqualsPath",
    "StringGreaterThan",
    "StringGreaterThanPath",
    "StringGreaterThanEquals",
    "StringGreaterThanEqualsPath",
    "StringLessThan",
    "StringLessThanPath",
    "StringLessThanEquals",
    "StringLessThanEqualsPath",
    "StringMatches",
    "TimestampEquals",
    "TimestampEqualsPath",
    "TimestampGreaterThan",
    "TimestampGreaterThanPath",
    "TimestampGreaterThanEquals",
    "TimestampGreaterThanEqualsPath",
    "TimestampLessThan",
    "TimestampLessThanPath",
    "TimestampLessThanEquals",
    "TimestampLessThanEqualsPath",
];

/// The one operator beside a `Variable`; none when that was reported.
pub(super) fn parse(context: &mut Context<'_>, object: &Object<'_>) -> Option<Operator> {
    if !object.exactly_one(context, &OPERATORS) {
        return None;
    }
    let property = object.properties().iter().find(|property| OPERATORS.contains(&&*property.key))?;
    let name = &*property.key;
    match name {
        "StringMatches" => return object.string(context, name).map(|pattern| Operator::StringMatches(pattern.into())),
        "IsNull" => return object.boolean(context, name).map(Operator::IsNull),
        "IsPresent" => return object.boolean(context, name).map(Operator::IsPresent),
        "IsNumeric" => return object.boolean(context, name).map(Operator::IsNumeric),
        "IsString" => return object.boolean(context, name).map(Operator::IsString),
        "IsBoolean" => return object.boolean(context, name).map(Operator::IsBoolean),
        "IsTimestamp" => return object.boolean(context, name).map(Operator::IsTimestamp),
        _ => {}
    }
    let (subject, relation) = split(name)?;
    let operand = if name.ends_with("Path") {
        Operand::Path(path(context, object, name, PathKind::Rule)?)
    } else {
        Operand::Literal(literal(context, object, property, subject)?)
    };
    Some(Operator::Relation { subject, relation, operand })
}

/// The subject and the relation in an operator's name.
fn split(name: &str) -> Option<(Subject, Relation)> {
    let subjects = [
        ("String", Subject::String),
        ("Numeric", Subject::Numeric),
        ("Boolean", Subject::Boolean),
        ("Timestamp", Subject::Timestamp),
    ];
    let (subject, rest) =
        subjects.into_iter().find_map(|(prefix, subject)| Some((subject, name.strip_prefix(prefix)?)))?;
    let relation = match rest.strip_suffix("Path").unwrap_or(rest) {
        "Equals" => Relation::Equals,
        "LessThan" => Relation::LessThan,
        "GreaterThan" => Relation::GreaterThan,
        "LessThanEquals" => Relation::LessThanEquals,
        "GreaterThanEquals" => Relation::GreaterThanEquals,
        _ => return None,
    };
    Some((subject, relation))
}

/// A right side that is written down, when it is of the subject's type.
fn literal(context: &mut Context<'_>, object: &Object<'_>, property: &Property, subject: Subject) -> Option<Value> {
    let name = &*property.key;
    let place = object.place.field(name);
    match subject {
        Subject::Boolean => object.boolean(context, name).map(Value::Bool),
        Subject::Numeric => {
            if let NodeValue::Number(number) = &property.value.value {
                return Some(Value::Number(number.clone()));
            }
            context.schema(&place, property.value.span.clone(), sentences::expected_type("NUMBER"));
            None
        }
        Subject::String | Subject::Timestamp => {
            let text = object.string(context, name)?;
            if looks_like_expression(text) {
                context
                    .warn(
                        codes::NO_PATH,
                        &place,
                        property.value.span.clone(),
                        format!("The value of '{name}' looks like a path but is only text"),
                    )
                    .set_help(format!("to have it looked up, use '{name}Path'"));
            } else if subject == Subject::Timestamp && !context.is_opaque(&property.value) && !is_timestamp(text) {
                context
                    .schema(&place, property.value.span.clone(), sentences::NOT_A_TIMESTAMP)
                    .set_help("write it with a 'T', seconds, and a 'Z' or an offset, such as 2016-08-18T17:33:00Z");
                return None;
            }
            Some(Value::String(text.to_owned()))
        }
    }
}
