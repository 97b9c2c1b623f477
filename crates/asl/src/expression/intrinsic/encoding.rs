//! `States.Base64Encode` and `States.Base64Decode`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Failure, Given};
use crate::expression::Environment;

pub(super) fn encode<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    Ok(Value::String(STANDARD.encode(given.short_text(0)?.as_bytes())))
}

pub(super) fn decode<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let bytes = lenient(&given.short_text(0)?);
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

/// AWS decodes anything: characters of neither alphabet are skipped, the first `=` ends the text, and what is left over is
/// read as far as it fills bytes.
fn lenient(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0u32;
    let mut held = 0u32;
    for character in text.bytes().take_while(|byte| *byte != b'=') {
        let sextet = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(sextet)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
