//! `States.JsonMerge`, `States.StringToJson` and `States.JsonToString`.

use serde_json::{Map, Value};

use super::{Failure, Given};
use crate::expression::{Environment, java};

/// AWS knows the shallow merge only, and takes anything that does not read `true` for `false`.
pub(super) fn merge<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let (mut left, right) = (object(given, 0)?, object(given, 1)?);
    let deep = given.value(2)?;
    if java::Text(&deep).to_string().eq_ignore_ascii_case("true") {
        return Err(given.invalid());
    }
    left.extend(right);
    Ok(Value::Object(left))
}

fn object<E: Environment + ?Sized>(given: &Given<'_, E>, at: usize) -> Result<Map<String, Value>, Failure> {
    match given.value(at)?.into_owned() {
        Value::Object(fields) => Ok(fields),
        _ => Err(given.invalid()),
    }
}

/// A blank text is `null`, and `-0` is `0` (`json_manipulation--string_to_json.json`).
pub(super) fn from_string<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let text = given.text(0)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let mut value = serde_json::from_str(&text).map_err(|_| given.invalid())?;
    without_negative_zeros(&mut value);
    Ok(value)
}

/// `-0` is read as a fraction here, where AWS reads it as the integer zero.
fn without_negative_zeros(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64().is_some_and(|double| double == 0.0 && double.is_sign_negative()) => {
            *value = Value::from(0);
        }
        Value::Array(items) => items.iter_mut().for_each(without_negative_zeros),
        Value::Object(fields) => fields.values_mut().for_each(without_negative_zeros),
        _ => {}
    }
}

pub(super) fn to_string<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    Ok(Value::String(given.value(0)?.to_string()))
}
