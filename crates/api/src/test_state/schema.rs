//! What the operations of AWS answer, for mocked results to be checked against.
//!
//! The shapes are made by `scripts/mock-shapes`, which also says how they are written down.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use serde_json::Value;

use super::request::FieldValidation;

/// The shapes of every service.
static SHAPES: &[u8] = include_bytes!("generated/shapes.bin");

/// Members of optimized integrations that are not as the service answers them: the answer of a Lambda function is JSON
/// there (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>).
const JSON: [(&str, &str, &str); 1] = [("lambda", "invoke", "Payload")];

/// Checks what stands for the answer of a service's operation, both as in the ARN of a resource. An error is the reason, as
/// AWS has it (recorded in `test_state/field_validation_mode*`).
pub(super) fn check(service: &str, action: &str, result: &Value, mode: FieldValidation) -> Result<(), String> {
    let Some(text) = unpacked(service) else {
        return Err(format!("The service '{service}' is not known; only the field validation mode NONE can be used"));
    };
    let shapes = Shapes::of(&text, mode);
    let exempt = JSON.iter().find(|(known, of, _)| (*known, *of) == (service, action)).map(|(_, _, member)| *member);
    match shapes.operation(action) {
        // Operations that answer nothing, or are no operations, have nothing to be checked against.
        None => Ok(()),
        Some(reference) => shapes.check(result, reference, "", exempt),
    }
}

/// The shapes of a service, as text.
fn unpacked(service: &str) -> Option<String> {
    let end = SHAPES.windows(2).position(|bytes| bytes == b"\n\n")?;
    let heading = std::str::from_utf8(&SHAPES[..end]).ok()?;
    let mut start = end + 2;
    for line in heading.lines() {
        let (name, length) = line.split_once(' ')?;
        let length: usize = length.parse().ok()?;
        if name == service {
            let mut text = String::new();
            DeflateDecoder::new(SHAPES.get(start..start + length)?).read_to_string(&mut text).ok()?;
            return Some(text);
        }
        start += length;
    }
    None
}

struct Shapes<'t> {
    operations: Vec<(&'t str, &'t str)>,
    /// The shapes by their numbers.
    lines: Vec<&'t str>,
    strict: bool,
}

impl<'t> Shapes<'t> {
    fn of(text: &'t str, mode: FieldValidation) -> Self {
        let strict = mode == FieldValidation::Strict;
        let mut found = Self { operations: Vec::new(), lines: Vec::new(), strict };
        for line in text.lines() {
            match line.strip_prefix("O\t").and_then(|line| line.split_once('\t')) {
                Some(operation) => found.operations.push(operation),
                None => found.lines.push(line),
            }
        }
        found
    }

    /// What an operation answers; the ARN of a resource begins its name with a small letter.
    fn operation(&self, action: &str) -> Option<&'t str> {
        let (_, reference) = self.operations.iter().find(|(name, _)| name.eq_ignore_ascii_case(action))?;
        Some(reference)
    }

    fn check(&self, value: &Value, reference: &str, field: &str, exempt: Option<&str>) -> Result<(), String> {
        let line = reference.parse().ok().and_then(|index: usize| self.lines.get(index).copied()).unwrap_or(reference);
        let mut parts = line.split('\t');
        let must_be = |wanted: &str| Err(format!("Field '{field}' must be {wanted}"));
        match (parts.next(), value) {
            // What is null is not there.
            (_, Value::Null) => Ok(()),
            (Some("S"), Value::Object(members)) => self.structure(parts, members, exempt),
            (Some("S"), _) if field.is_empty() => Err("The result must be a JSON object".to_owned()),
            (Some("S" | "M"), Value::Array(_) | Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
                must_be("an object")
            }
            (Some("M"), Value::Object(members)) => {
                let inner = parts.next().unwrap_or("d");
                members.values().try_for_each(|value| self.check(value, inner, field, None))
            }
            (Some("L"), Value::Array(items)) => {
                let inner = parts.next().unwrap_or("d");
                items.iter().try_for_each(|value| self.check(value, inner, field, None))
            }
            (Some("L"), _) => must_be("an array"),
            (Some("s"), Value::String(text)) => {
                let length = text.chars().count() as f64;
                bounds(
                    length,
                    parts,
                    || format!("Field '{field}' is smaller than the minimum length"),
                    || format!("Field '{field}' exceeds the maximum length"),
                )
            }
            (Some("e"), Value::String(text)) if parts.all(|known| known != text) => {
                Err(format!("Field '{field}' is not an expected value"))
            }
            (Some("s" | "e"), value) if !value.is_string() => must_be("a string"),
            (Some("n"), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(0.0);
                bounds(
                    number,
                    parts,
                    || format!("Field '{field}' is less than the minimum value"),
                    || format!("Field '{field}' exceeds the maximum value"),
                )
            }
            (Some("n"), _) => must_be("a number"),
            (Some("b"), value) if !value.is_boolean() => must_be("a boolean"),
            _ => Ok(()),
        }
    }

    /// A member that is not of the service is let through (recorded in
    /// `test_state/test_state_mock_scenarios--io_dynamodb_service_task_mock_success-io.json`).
    fn structure<'m>(
        &self,
        known: impl Iterator<Item = &'m str>,
        members: &serde_json::Map<String, Value>,
        exempt: Option<&str>,
    ) -> Result<(), String> {
        let known: Vec<(bool, &str, &str)> = known
            .filter_map(|member| {
                let (name, reference) = member.split_once('=')?;
                let required = name.strip_prefix('*');
                Some((required.is_some(), required.unwrap_or(name), reference))
            })
            .collect();
        if self.strict
            && let Some((_, name, _)) =
                known.iter().find(|(required, name, _)| *required && found(members, name).is_none())
        {
            return Err(format!("Required field '{name}' is missing"));
        }
        for (name, value) in members {
            let shape = known.iter().find(|(_, known, _)| is_named(name, known));
            if let Some((_, _, reference)) = shape.filter(|_| exempt != Some(name)) {
                self.check(value, reference, name, None)?;
            }
        }
        Ok(())
    }
}

/// Names begin with a capital letter; how acronyms in them are written differs between the integrations (`MD5OfBody`,
/// `Md5OfBody`).
fn is_named(name: &str, known: &str) -> bool {
    name.as_bytes().first() == known.as_bytes().first() && name.eq_ignore_ascii_case(known)
}

fn found<'m>(members: &'m serde_json::Map<String, Value>, known: &str) -> Option<&'m Value> {
    members.iter().find(|(name, _)| is_named(name, known)).map(|(_, value)| value)
}

/// A value between the bounds that the rest of a line gives, as far as it does.
fn bounds<'t>(
    value: f64,
    mut parts: impl Iterator<Item = &'t str>,
    too_little: impl FnOnce() -> String,
    too_much: impl FnOnce() -> String,
) -> Result<(), String> {
    let mut bound = || parts.next().and_then(|bound| bound.parse::<f64>().ok());
    if bound().is_some_and(|least| value < least) {
        return Err(too_little());
    }
    if bound().is_some_and(|most| value > most) {
        return Err(too_much());
    }
    Ok(())
}
