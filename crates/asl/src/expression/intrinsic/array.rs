//! `States.Array`, `ArrayPartition`, `ArrayContains`, `ArrayRange`, `ArrayGetItem`, `ArrayLength`, `ArrayUnique`.

use std::borrow::Cow;

use serde_json::Value;

use super::{Failure, Given};
use crate::expression::{Environment, java};

/// The most items that `States.ArrayRange` makes.
const LONGEST_RANGE: usize = 1000;

pub(super) fn array<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    (0..given.len()).map(|at| given.value(at).map(Cow::into_owned)).collect()
}

pub(super) fn partition<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let items = given.array(0)?;
    match usize::try_from(given.integer(1)?) {
        Ok(size @ 1..) => Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()),
        _ => Err(given.invalid()),
    }
}

/// AWS compares items as Java prints them: `true` is found in `["true"]`, and `{"b":1,"a":2}` is not found in
/// `[{"a":2,"b":1}]`.
pub(super) fn contains<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let items = given.array(0)?;
    let wanted = given.value(1)?;
    let wanted = java::Text(&wanted).to_string();
    Ok(Value::Bool(items.iter().any(|item| java::Text(item).to_string() == wanted)))
}

/// From the first to the last number, which is in it when the steps lead there (`array--array_range.json`).
pub(super) fn range<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let (first, last, step) = (given.integer(0)?, given.integer(1)?, given.integer(2)?);
    let steps =
        i128::from(last).saturating_sub(first.into()).checked_div(step.into()).ok_or_else(|| given.invalid())?;
    if (step > 0 && first > last) || (step < 0 && first < last) {
        return Ok(Value::Array(Vec::new()));
    }
    match usize::try_from(steps) {
        Ok(steps @ ..LONGEST_RANGE) => Ok((0..=steps as i64).map(|taken| Value::from(first + taken * step)).collect()),
        _ => Err(given.invalid()),
    }
}

/// AWS answers `null` for any item of an empty array, and refuses an index past the end of any other.
pub(super) fn get_item<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let items = given.array(0)?;
    let index = usize::try_from(given.integer(1)?).map_err(|_| given.invalid())?;
    match items {
        Cow::Borrowed([]) => Ok(Value::Null),
        Cow::Borrowed(items) => items.get(index).cloned().ok_or_else(|| given.invalid()),
        Cow::Owned(items) if items.is_empty() => Ok(Value::Null),
        Cow::Owned(items) => items.into_iter().nth(index).ok_or_else(|| given.invalid()),
    }
}

pub(super) fn length<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    Ok(Value::from(given.array(0)?.len()))
}

pub(super) fn unique<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    Ok(Value::Array(java::hash_set_order(&given.array(0)?)))
}
