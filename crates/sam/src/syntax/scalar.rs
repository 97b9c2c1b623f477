//! Plain scalars by the rules of YAML 1.1, which both the SAM CLI (through `PyYAML`) and CloudFormation follow:
//! `yes` is a boolean, `0777` is octal and `012345678901`, which is neither octal nor decimal, is text.

use serde_json::Number;

use super::Data;

/// A plain (unquoted, untagged) scalar's value, with what to tell the author when the value isn't what it looks like.
pub(super) fn plain(text: &str) -> (Data, Option<String>) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (Data::Null, None),
        "true" | "True" | "TRUE" => return (Data::Boolean(true), None),
        "false" | "False" | "FALSE" => return (Data::Boolean(false), None),
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return (Data::Boolean(true), Some(reading(text, "true"))),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return (Data::Boolean(false), Some(reading(text, "false"))),
        _ => {}
    }
    // Only these can begin a number; it spares all other texts the attempts below.
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        return (Data::Text(text.to_owned()), None);
    }
    if let Some((number, surprising)) = integer(text) {
        let note = surprising.then(|| reading(text, &number.to_string()));
        return (Data::Number(number), note);
    }
    if let Some((number, surprising)) = float(text) {
        let note = surprising.then(|| reading(text, &number.to_string()));
        return (Data::Number(number), note);
    }
    (Data::Text(text.to_owned()), None)
}

/// A scalar tagged `!!int` or `!!float`.
pub(super) fn number(text: &str) -> Option<Data> {
    integer(text).or_else(|| float(text)).map(|(number, _)| Data::Number(number))
}

fn reading(text: &str, value: &str) -> String {
    format!("YAML 1.1 reads {text} as {value}")
}

/// An integer, and whether its notation hides its value. An integer that no 64 bits hold is none: it stays text, so that
/// no digit is lost.
fn integer(text: &str) -> Option<(Number, bool)> {
    let (negative, digits) = sign(text);
    let (radix, body, surprising) = if let Some(body) = digits.strip_prefix("0b") {
        (2, body, true)
    } else if let Some(body) = digits.strip_prefix("0x") {
        (16, body, false)
    } else if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7' | b'_'))
    {
        (8, &digits[1..], true)
    } else if digits == "0" || digits.starts_with(|first: char| ('1'..='9').contains(&first)) {
        if digits.contains(':') {
            return base_sixty(digits).and_then(|value| signed(negative, value)).map(|number| (number, true));
        }
        (10, digits, false)
    } else {
        return None;
    };
    let cleaned = body.replace('_', "");
    // `from_str_radix` would take a second sign.
    if cleaned.is_empty() || !cleaned.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    signed(negative, u64::from_str_radix(&cleaned, radix).ok()?).map(|number| (number, surprising))
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn signed(negative: bool, value: u64) -> Option<Number> {
    if negative { 0i64.checked_sub_unsigned(value).map(Number::from) } else { Some(Number::from(value)) }
}

/// YAML 1.1's sexagesimal integers: `1:30` is ninety.
fn base_sixty(digits: &str) -> Option<u64> {
    let mut parts = digits.split(':');
    let first = parts.next()?.replace('_', "");
    let mut value: u64 = first.parse().ok()?;
    for part in parts {
        let is_part = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        let part: u64 = part.parse().ok().filter(|part| is_part && *part < 60)?;
        value = value.checked_mul(60)?.checked_add(part)?;
    }
    Some(value)
}

/// A float, and whether printing it loses a part of its notation (`1.10` is 1.1). `PyYAML` wants a point in it, and a sign
/// after `e`; infinities and not-a-number have no place in JSON and stay text.
fn float(text: &str) -> Option<(Number, bool)> {
    let (_, unsigned) = sign(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let has_start = whole.starts_with(|first: char| first.is_ascii_digit())
        // PyYAML takes `.5` for a float, but not `-.5`.
        || (whole.is_empty() && text.len() == unsigned.len() && fraction.starts_with(|first: char| first.is_ascii_digit()));
    if !has_start || !digits(whole) || !digits(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['-', '+'])?;
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    let number = Number::from_f64(text.replace('_', "").parse().ok()?)?;
    let surprising = fraction.len() > 1 && fraction.ends_with('0');
    Some((number, surprising))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Cases checked against `PyYAML` 6.0.3, `yaml.safe_load`.
    #[test]
    fn plain_scalars_resolve_as_in_yaml_1_1() {
        for (text, expected, noted) in [
            ("", json!(null), false),
            ("~", json!(null), false),
            ("Null", json!(null), false),
            ("nUll", json!("nUll"), false),
            ("true", json!(true), false),
            ("yes", json!(true), true),
            ("NO", json!(false), true),
            ("y", json!("y"), false),
            ("off", json!(false), true),
            ("12", json!(12), false),
            ("-12", json!(-12), false),
            ("+12", json!(12), false),
            ("1_000", json!(1000), false),
            ("0", json!(0), false),
            ("0x1F", json!(31), false),
            ("0b101", json!(5), true),
            ("0777", json!(511), true),
            ("0o17", json!("0o17"), false),
            ("012345678901", json!("012345678901"), false),
            ("123456789012", json!(123_456_789_012_i64), false),
            ("99999999999999999999", json!("99999999999999999999"), false),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64), false),
            ("1:30", json!(90), true),
            ("1:60", json!("1:60"), false),
            ("1.5", json!(1.5), false),
            ("1.10", json!(1.1), true),
            ("1.0", json!(1.0), false),
            ("1.", json!(1.0), false),
            (".5", json!(0.5), false),
            ("-.5", json!("-.5"), false),
            ("1.5e3", json!("1.5e3"), false),
            ("1.5e+3", json!(1500.0), false),
            ("1e3", json!("1e3"), false),
            (".inf", json!(".inf"), false),
            (".", json!("."), false),
            ("-", json!("-"), false),
            ("00", json!(0), true),
            ("-0x1f", json!(-31), false),
            ("1._5", json!(1.5), false),
            ("--1", json!("--1"), false),
            ("2010-09-09", json!("2010-09-09"), false),
            ("1.2.3", json!("1.2.3"), false),
            ("arn:aws:sns", json!("arn:aws:sns"), false),
        ] {
            let (data, note) = plain(text);
            let node = super::super::Node::new(super::super::Place::ROOT, data);
            assert_eq!(node.to_json(), expected, "{text}");
            assert_eq!(note.is_some(), noted, "{text}: {note:?}");
        }
    }
}
