//! Values in and out of the evaluator.

use jsonata_core::value::{JArray, JValue};
use serde_json::{Map, Number, Value};

use super::analysis::Needs;

/// How deep arrays and objects may be nested in what a query returns: far more than an execution may hand on, and far less
/// than it takes to use up the stack of whoever walks the value.
pub(super) const DEEPEST: usize = 500;

/// A value that a query can see.
pub(super) fn to_jsonata(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(truth) => JValue::Bool(*truth),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) => JValue::String(text.as_str().into()),
        Value::Array(items) => array(items, to_jsonata),
        Value::Object(fields) => object(fields.iter().map(|(name, field)| (name.clone(), to_jsonata(field)))),
    }
}

/// The part of a value that a query needs.
pub(super) fn project(value: &Value, needs: &Needs) -> JValue {
    match (needs, value) {
        (Needs::Fields(needed), Value::Object(fields)) => object(
            needed.iter().filter_map(|(name, needs)| Some((name.to_string(), project(fields.get(&**name)?, needs)))),
        ),
        (Needs::Fields(_), Value::Array(items)) => array(items, |item| project(item, needs)),
        _ => to_jsonata(value),
    }
}

fn array(items: &[Value], convert: impl Fn(&Value) -> JValue) -> JValue {
    let flat = !items.iter().any(Value::is_array);
    JValue::Array(JArray::new_flat(items.iter().map(convert).collect(), flat))
}

pub(super) fn object(fields: impl Iterator<Item = (String, JValue)>) -> JValue {
    JValue::object(fields.collect())
}

/// What a query returned that can't be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotJson {
    /// A function, say.
    Kind(&'static str),
    TooLarge,
    TooDeep,
}

/// The JSON value of what a query returned; none if that is nothing. `limit` is in bytes: eight for each number and such,
/// one for each byte of a text.
pub(super) fn from_jsonata(value: &JValue, limit: usize) -> Result<Option<Value>, NotJson> {
    let mut left = limit;
    match value {
        JValue::Undefined => Ok(None),
        value => convert(value, &mut left, DEEPEST).map(Some),
    }
}

fn convert(value: &JValue, left: &mut usize, levels: usize) -> Result<Value, NotJson> {
    let size = match value {
        JValue::String(text) => text.len(),
        JValue::Array(_) | JValue::Object(_) => 0,
        _ => 8,
    };
    *left = left.checked_sub(size).ok_or(NotJson::TooLarge)?;
    Ok(match value {
        JValue::Null | JValue::Undefined => Value::Null,
        JValue::Bool(truth) => Value::Bool(*truth),
        JValue::Number(double) => number(*double),
        JValue::String(text) => Value::String(text.to_string()),
        JValue::Array(items) => {
            let levels = levels.checked_sub(1).ok_or(NotJson::TooDeep)?;
            Value::Array(items.iter().map(|item| convert(item, left, levels)).collect::<Result<_, _>>()?)
        }
        JValue::Object(fields) => {
            let levels = levels.checked_sub(1).ok_or(NotJson::TooDeep)?;
            let mut object = Map::with_capacity(fields.len());
            for (name, field) in fields.iter() {
                *left = left.checked_sub(name.len()).ok_or(NotJson::TooLarge)?;
                object.insert(name.clone(), convert(field, left, levels)?);
            }
            Value::Object(object)
        }
        JValue::Lambda(_) | JValue::Builtin { .. } => return Err(NotJson::Kind("function")),
        JValue::Regex { .. } => return Err(NotJson::Kind("regex")),
    })
}

/// An integer while it fits into 64 bits, and a text where there is no number: AWS answers `"Infinity"` to `1/0`.
fn number(double: f64) -> Value {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if double.fract() == 0.0 && double.abs() < LIMIT {
        return Value::from(double as i64);
    }
    match Number::from_f64(double) {
        Some(number) => Value::Number(number),
        None if double.is_nan() => Value::from("NaN"),
        None if double > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

/// Whether a value is larger than that many bytes, counted as [`from_jsonata`] does. It looks no further than it must: parts
/// that a value has many times are no larger in memory, but in a text.
pub(super) fn is_larger(value: &JValue, limit: usize) -> bool {
    fn take(value: &JValue, left: &mut usize, levels: usize) -> Option<()> {
        let size = if let JValue::String(text) = value { text.len() } else { 8 };
        *left = left.checked_sub(size)?;
        let levels = levels.checked_sub(1)?;
        match value {
            JValue::Array(items) => items.iter().try_for_each(|item| take(item, left, levels)),
            JValue::Object(fields) => fields.iter().try_for_each(|(name, field)| {
                *left = left.checked_sub(name.len())?;
                take(field, left, levels)
            }),
            _ => Some(()),
        }
    }
    take(value, &mut { limit }, DEEPEST).is_none()
}
