//! Conditions on one value: `exists`, `prefix`, `suffix`, `anything-but`, `numeric`, `equals-ignore-case`, `cidr`,
//! `wildcard`, or the value itself.

use std::net::IpAddr;

use serde_json::{Map, Value};

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Equals(Value),
    Exists(bool),
    EqualsIgnoreCase(String),
    /// The text, and whether case counts.
    Prefix(String, bool),
    Suffix(String, bool),
    Wildcard(Vec<Piece>),
    AnythingBut(Vec<Condition>),
    Numeric(Vec<(Comparison, f64)>),
    /// An address and how many of its bits count.
    Cidr(IpAddr, u8),
}

/// A part of a wildcard pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Star,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Array(_) => Err("Match value must be String, number, true, false, or null".to_owned()),
            Value::Object(members) => {
                let (operator, operand) = only(members)?;
                Self::operator(&operator, operand)
            }
            scalar => Ok(Self::Equals(scalar)),
        }
    }

    fn operator(operator: &str, operand: Value) -> Result<Self, String> {
        match operator {
            "exists" => match operand {
                Value::Bool(wanted) => Ok(Self::Exists(wanted)),
                _ => Err("exists match pattern must be either true or false.".to_owned()),
            },
            "numeric" => numeric(&operand).map(Self::Numeric),
            "cidr" => cidr(&operand),
            "anything-but" => anything_but(operand),
            _ => Self::text(operator, operand),
        }
    }

    /// The operators whose operand is a text.
    fn text(operator: &str, operand: Value) -> Result<Self, String> {
        let text = |operand: Value| match operand {
            Value::String(text) => Ok(text),
            _ => Err(format!("{operator} match pattern must be a string")),
        };
        match (operator, operand) {
            ("prefix" | "suffix", Value::Object(members)) => {
                let (inner, operand) = only(members)?;
                if inner != "equals-ignore-case" {
                    return Err(format!("Unsupported anything-but pattern: {inner}"));
                }
                let text = text(operand)?.to_lowercase();
                Ok(if operator == "prefix" { Self::Prefix(text, false) } else { Self::Suffix(text, false) })
            }
            ("prefix", operand) => text(operand).map(|text| Self::Prefix(text, true)),
            ("suffix", operand) => text(operand).map(|text| Self::Suffix(text, true)),
            ("equals-ignore-case", operand) => text(operand).map(|text| Self::EqualsIgnoreCase(text.to_lowercase())),
            ("wildcard", operand) => wildcard(&text(operand)?).map(Self::Wildcard),
            _ => Err(format!("Unrecognized match type {operator}")),
        }
    }

    /// Whether a value meets the condition.
    pub(super) fn meets(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(expected) => value == expected,
            Self::Exists(wanted) => *wanted,
            Self::EqualsIgnoreCase(expected) => text.is_some_and(|text| text.to_lowercase() == *expected),
            Self::Prefix(prefix, true) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Prefix(prefix, false) => text.is_some_and(|text| text.to_lowercase().starts_with(prefix.as_str())),
            Self::Suffix(suffix, true) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            Self::Suffix(suffix, false) => text.is_some_and(|text| text.to_lowercase().ends_with(suffix.as_str())),
            Self::Wildcard(pieces) => text.is_some_and(|text| fits(pieces, text)),
            Self::AnythingBut(excluded) => !excluded.iter().any(|condition| condition.meets(value)),
            Self::Numeric(bounds) => {
                value.as_f64().is_some_and(|number| bounds.iter().all(|(c, bound)| c.holds(number, *bound)))
            }
            Self::Cidr(network, bits) => {
                text.and_then(|text| text.parse().ok()).is_some_and(|address| within(*network, *bits, address))
            }
        }
    }
}

/// The one member of an object.
fn only(members: Map<String, Value>) -> Result<(String, Value), String> {
    let mut members = members.into_iter();
    match (members.next(), members.next()) {
        (Some(member), None) => Ok(member),
        _ => Err("Only one key allowed in match expression".to_owned()),
    }
}

/// What `anything-but` excludes: values, or texts of one form.
fn anything_but(operand: Value) -> Result<Condition, String> {
    let excluded = match operand {
        Value::Object(members) => {
            let (operator, operand) = only(members)?;
            if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator.as_str()) {
                return Err(format!("Unsupported anything-but pattern: {operator}"));
            }
            let operands = if let Value::Array(operands) = operand { operands } else { vec![operand] };
            operands.into_iter().map(|operand| Condition::text(&operator, operand)).collect::<Result<Vec<_>, _>>()?
        }
        other => {
            let values = if let Value::Array(values) = other { values } else { vec![other] };
            if !values.iter().all(|value| value.is_string() || value.is_number()) {
                return Err("Inside anything-but list, start|null|boolean is not supported.".to_owned());
            }
            values.into_iter().map(Condition::Equals).collect()
        }
    };
    if excluded.is_empty() {
        Err("Empty arrays are not allowed".to_owned())
    } else {
        Ok(Condition::AnythingBut(excluded))
    }
}

fn numeric(operand: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let Value::Array(terms) = operand else {
        return Err("Value of numeric must be an array.".to_owned());
    };
    if terms.is_empty() {
        return Err("Invalid member in numeric match: ]".to_owned());
    }
    let mut bounds: Vec<(Comparison, f64)> = Vec::new();
    for term in terms.chunks(2) {
        let operator = term[0].as_str().ok_or_else(|| format!("Invalid member in numeric match: {}", term[0]))?;
        let comparison =
            Comparison::parse(operator).ok_or_else(|| format!("Unrecognized numeric range operator: {operator}"))?;
        let number = term.get(1).and_then(Value::as_f64).ok_or_else(|| {
            let name = if comparison == Comparison::Equal { "equals" } else { operator };
            format!("Value of {name} must be numeric")
        })?;
        match bounds.first() {
            None => {}
            Some((first, bottom)) => {
                let upwards = matches!(first, Comparison::Greater | Comparison::GreaterOrEqual);
                let downwards = matches!(comparison, Comparison::Less | Comparison::LessOrEqual);
                if bounds.len() == 2 || !upwards {
                    return Err("Too many elements in numeric expression".to_owned());
                }
                if !downwards {
                    return Err(format!("Bad numeric range operator: {operator}"));
                }
                if *bottom >= number {
                    return Err("Bottom must be less than top".to_owned());
                }
            }
        }
        bounds.push((comparison, number));
    }
    Ok(bounds)
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => (value - bound).abs() == 0.0,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

fn cidr(operand: &Value) -> Result<Condition, String> {
    let malformed = || "Malformed CIDR, one '/' required".to_owned();
    let (address, bits) = operand.as_str().and_then(|text| text.split_once('/')).ok_or_else(malformed)?;
    let address: IpAddr = address.parse().map_err(|_| format!("Nonstandard IP address: {address}"))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse().ok().filter(|bits| *bits <= most);
    bits.map(|bits| Condition::Cidr(address, bits))
        .ok_or_else(|| "Malformed CIDR, mask bits must be an integer".to_owned())
}

fn within(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    bits == 0 || (network ^ address) >> (width - u32::from(bits)) == 0
}

/// A wildcard pattern: `*` stands for any text, `\*` and `\\` for themselves.
fn wildcard(pattern: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut text) = (Vec::new(), String::new());
    let mut letters = pattern.chars().enumerate();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '*' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                } else if pieces.last() == Some(&Piece::Star) {
                    return Err(format!("Consecutive wildcard characters at pos {}", at - 1));
                }
                pieces.push(Piece::Star);
            }
            '\\' => match letters.next() {
                Some((_, escaped @ ('*' | '\\'))) => text.push(escaped),
                _ => return Err(format!("Invalid escape character at pos {at}")),
            },
            letter => text.push(letter),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// Whether a text has the form of the pieces. Each text after a star is sought as early as possible, which leaves the most
/// to the rest; the last must stand at the end.
fn fits(pieces: &[Piece], text: &str) -> bool {
    let (mut rest, mut floating) = (text, false);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Star => floating = true,
            Piece::Text(wanted) if floating && index + 1 == pieces.len() => return rest.ends_with(wanted.as_str()),
            Piece::Text(wanted) => {
                let found =
                    if floating { rest.find(wanted.as_str()) } else { rest.starts_with(wanted.as_str()).then_some(0) };
                let Some(at) = found else { return false };
                rest = &rest[at + wanted.len()..];
                floating = false;
            }
        }
    }
    floating || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meets(condition: Value, value: &Value) -> bool {
        Condition::read(condition).expect("a condition").meets(value)
    }

    /// Conditions of the user guide's page "Comparison operators".
    #[test]
    fn operators_hold_as_the_guide_says() {
        for (condition, value, expected) in [
            (json!("running"), json!("running"), true),
            (json!(300), json!(300), true),
            (json!(""), json!(""), true),
            (json!({"prefix": "us-"}), json!("us-east-1"), true),
            (json!({"prefix": {"equals-ignore-case": "EventB"}}), json!("eventbridge"), true),
            (json!({"suffix": ".png"}), json!("a.PNG"), false),
            (json!({"suffix": {"equals-ignore-case": ".png"}}), json!("a.PNG"), true),
            (json!({"equals-ignore-case": "alice"}), json!("ALICE"), true),
            (json!({"anything-but": "initializing"}), json!("running"), true),
            (json!({"anything-but": ["stopped", 123]}), json!(123), false),
            (json!({"anything-but": {"prefix": "init"}}), json!("initializing"), false),
            (json!({"anything-but": {"suffix": [".txt", ".rtf"]}}), json!("a.rtf"), false),
            (json!({"anything-but": {"equals-ignore-case": ["INITIALIZING"]}}), json!("running"), true),
            (json!({"anything-but": {"wildcard": "*/lib/*"}}), json!("a/lib/b"), false),
            (json!({"anything-but": "x"}), json!(1), true),
            (json!({"numeric": [">", 0, "<=", 5]}), json!(5), true),
            (json!({"numeric": [">", 0, "<=", 5]}), json!(0), false),
            (json!({"numeric": ["=", 3.0e2]}), json!(300), true),
            (json!({"numeric": ["<", 10]}), json!("1"), false),
            (json!({"cidr": "10.0.0.0/24"}), json!("10.0.0.255"), true),
            (json!({"cidr": "10.0.0.0/24"}), json!("10.0.1.0"), false),
            (json!({"cidr": "0.0.0.0/0"}), json!("1.2.3.4"), true),
            (json!({"cidr": "2001:db8::/32"}), json!("2001:db8:1::1"), true),
            (json!({"cidr": "2001:db8::/32"}), json!("10.0.0.1"), false),
            (json!({"wildcard": "dir/*.png"}), json!("dir/a/b.png"), true),
            (json!({"wildcard": "*/main/*"}), json!("a/main/b"), true),
            (json!({"wildcard": "a*b*b"}), json!("ab"), false),
            (json!({"wildcard": "a*b*b"}), json!("abb"), true),
            (json!({"wildcard": "*"}), json!(""), true),
            (json!({"wildcard": "a\\*b"}), json!("a*b"), true),
            (json!({"wildcard": "a\\*b"}), json!("axb"), false),
            (json!({"wildcard": "abc"}), json!("abcd"), false),
        ] {
            assert_eq!(meets(condition.clone(), &value), expected, "{condition} {value}");
        }
    }

    #[test]
    fn wrong_operands_are_refused() {
        for condition in [
            json!(["x"]),
            json!({}),
            json!({"prefix": "a", "suffix": "b"}),
            json!({"prefix": 1}),
            json!({"suffix": {"prefix": "a"}}),
            json!({"exists": "yes"}),
            json!({"anything-but": []}),
            json!({"anything-but": [null]}),
            json!({"anything-but": {"numeric": ["=", 1]}}),
            json!({"numeric": []}),
            json!({"numeric": [1, "<"]}),
            json!({"numeric": ["<", 1, ">", 0]}),
            json!({"numeric": [">", 2, "<", 1]}),
            json!({"cidr": "10.0.0.0"}),
            json!({"cidr": "10.0.0.0/33"}),
            json!({"cidr": "x/8"}),
            json!({"wildcard": "a**b"}),
            json!({"wildcard": "a\\b"}),
        ] {
            assert!(Condition::read(condition.clone()).is_err(), "{condition}");
        }
    }
}
