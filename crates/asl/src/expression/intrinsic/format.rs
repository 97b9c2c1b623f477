//! `States.Format`.

use std::fmt::Write as _;

use serde_json::Value;

use super::signature::Function;
use super::{Failure, Given};
use crate::expression::{Environment, java};

/// Puts each argument where `{}` stands. Braces and backslashes of the template's own are escaped with a backslash.
pub(super) fn format<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let template = given.text(0)?;
    let mut text = String::with_capacity(template.len());
    let mut next = 1;
    let mut characters = template.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.clone().next() {
                Some(escaped @ ('\'' | '{' | '}' | '\\')) => {
                    characters.next();
                    text.push(escaped);
                }
                _ => text.push('\\'),
            },
            '{' => {
                if characters.next() != Some('}') {
                    return Err(Failure::Template { missing: '}', found: '{' });
                }
                if next >= given.len() {
                    return Err(Failure::Occurrences);
                }
                put(given, next, &mut text)?;
                next += 1;
            }
            '}' => return Err(Failure::Template { missing: '{', found: '}' }),
            _ => text.push(character),
        }
    }
    if next < given.len() {
        return Err(Failure::Occurrences);
    }
    Ok(Value::String(text))
}

/// A value is put in as Java prints it (`generic--format_2.json`); the outcome of `States.StringToJson`, which AWS keeps in
/// a tree of its own, as JSON.
fn put<E: Environment + ?Sized>(given: &Given<'_, E>, at: usize, text: &mut String) -> Result<(), Failure> {
    let value = given.value(at)?;
    let written = match &*value {
        value if given.is_call_of(at, Function::StringToJson) => write!(text, "{value}"),
        Value::String(part) => text.write_str(part),
        value => write!(text, "{}", java::Text(value)),
    };
    written.expect("writing to a string can't fail");
    Ok(())
}
