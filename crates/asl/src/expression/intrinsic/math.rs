//! `States.MathRandom` and `States.MathAdd`.

use serde_json::Value;

use super::{Failure, Given};
use crate::expression::{Environment, java};

/// From the first number up to but not including the second. A third number is a seed, which draws what
/// `java.util.Random` draws from it.
pub(super) fn random<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let (start, end) = (given.integer(0)?, given.integer(1)?);
    let seed = if given.len() > 2 { Some(given.integer(2)?) } else { None };
    let span = end.checked_sub(start).filter(|span| *span > 0).ok_or_else(|| given.invalid())?;
    let drawn = match (seed, i32::try_from(span)) {
        (Some(seed), Ok(bound)) => java::Random::new(seed).below(bound).into(),
        (Some(seed), Err(_)) => (java::Random::new(seed).double() * span as f64) as i64,
        (None, _) => ((u128::from(given.env.random_bits()) * u128::from(span.unsigned_abs())) >> 64) as i64,
    };
    Ok(Value::from(start + drawn))
}

/// Each number is rounded to the nearest integer first, halves up; both and the sum must fit into 32 bits
/// (`math_operations--math_add.json`).
pub(super) fn add<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    rounded(given, 0)?.checked_add(rounded(given, 1)?).map(Value::from).ok_or_else(|| given.invalid())
}

fn rounded<E: Environment + ?Sized>(given: &Given<'_, E>, at: usize) -> Result<i32, Failure> {
    let value = given.value(at)?;
    let Value::Number(number) = &*value else { return Err(given.invalid()) };
    if let Some(integer) = number.as_i64() {
        return i32::try_from(integer).map_err(|_| given.invalid());
    }
    match number.as_f64().map(|double| (double + 0.5).floor()) {
        Some(double) if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&double) => Ok(double as i32),
        _ => Err(given.invalid()),
    }
}
