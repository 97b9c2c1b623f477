//! `States.StringSplit`.

use serde_json::Value;

use super::{Failure, Given};
use crate::expression::Environment;

/// Splits at each character of the second text, and leaves empty parts out (`string_operations--string_split.json`).
pub(super) fn split<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let (text, splitters) = (given.text(0)?, given.text(1)?);
    let parts = text.split(|character| splitters.contains(character)).filter(|part| !part.is_empty());
    Ok(parts.map(Value::from).collect())
}
