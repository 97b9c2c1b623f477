//! `States.Hash`, and the digests that JSONata's `$hash` shares with it.

use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{Failure, Given, is_short};
use crate::expression::{Environment, java};

/// The hexadecimal digest of a text's UTF-8 bytes; none if there is no algorithm of that very name.
pub(in super::super) fn digest(text: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hexadecimal::<Md5>(text),
        "SHA-1" => hexadecimal::<Sha1>(text),
        "SHA-256" => hexadecimal::<Sha256>(text),
        "SHA-384" => hexadecimal::<Sha384>(text),
        "SHA-512" => hexadecimal::<Sha512>(text),
        _ => return None,
    })
}

fn hexadecimal<D: Digest>(text: &str) -> String {
    let mut digits = String::new();
    for byte in D::digest(text.as_bytes()) {
        for nibble in [byte >> 4, byte & 15] {
            digits.push(char::from_digit(nibble.into(), 16).expect("four bits are one hexadecimal digit"));
        }
    }
    digits
}

/// AWS hashes any value but `null`, as Java prints it.
pub(super) fn hash<E: Environment + ?Sized>(given: &Given<'_, E>) -> Result<Value, Failure> {
    let data = given.value(0)?;
    let algorithm = given.text(1)?;
    let text = match &*data {
        Value::Null => return Err(given.invalid()),
        value => java::Text(value).to_string(),
    };
    if !is_short(&text) {
        return Err(given.invalid());
    }
    digest(&text, &algorithm).map(Value::String).ok_or_else(|| given.invalid())
}
