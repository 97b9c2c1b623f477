//! Whether a value holds what was expected of it, and where it doesn't.

use std::fmt;

use serde_json::{Number, Value};

/// Stands for any value that is there.
pub const ANY: &str = "*";

/// One place where a value is not what was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The place, as a JSONPath such as `$.order.lines[0].price`.
    pub path: String,
    /// What was expected there.
    pub expected: Value,
    /// What was there; none when nothing was.
    pub got: Option<Value>,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.expected, &self.got) {
            (expected, None) => write!(f, "{}: expected {}, but it is not there", self.path, shown(expected))?,
            (Value::Array(expected), Some(Value::Array(got))) => write!(
                f,
                "{}: expected {} elements, got {}: {}",
                self.path,
                expected.len(),
                got.len(),
                shown(&Value::Array(got.clone()))
            )?,
            (expected, Some(got)) => write!(f, "{}: expected {}, got {}", self.path, shown(expected), shown(got))?,
        }
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// A value in one line that a terminal can hold.
pub fn shown(value: &Value) -> String {
    const LENGTH: usize = 240;
    let text = value.to_string();
    if text.chars().count() <= LENGTH { text } else { text.chars().take(LENGTH).collect::<String>() + "…" }
}

/// Everything that keeps `got` from containing `expected`: objects are compared by the members that are expected, arrays
/// element by element with the same length, numbers by value, all else exactly; `"*"` takes any value. Empty: it is
/// contained.
pub fn differences(expected: &Value, got: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(expected, got, "$", &mut found);
    found
}

/// Whether `got` contains `expected`, as [`differences`] sees it.
pub fn contains(expected: &Value, got: &Value) -> bool {
    differences(expected, got).is_empty()
}

fn compare(expected: &Value, got: &Value, path: &str, found: &mut Vec<Difference>) {
    match (expected, got) {
        (Value::String(any), _) if any == ANY => {}
        (Value::Object(expected), Value::Object(got)) => {
            for (name, expected) in expected {
                let path = format!("{path}{}", member(name));
                if let Some(got) = got.get(name) {
                    compare(expected, got, &path, found);
                } else {
                    let near = diagnostic::closest(name, got.keys().map(String::as_str));
                    let hint = near.map(|near| format!("there is {near}"));
                    found.push(Difference { path, expected: expected.clone(), got: None, hint });
                }
            }
        }
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            for (index, (expected, got)) in wanted.iter().zip(there).enumerate() {
                compare(expected, got, &format!("{path}[{index}]"), found);
            }
        }
        (Value::Number(left), Value::Number(right)) if same_number(left, right) => {}
        (expected, got) if expected == got => {}
        (expected, got) => {
            let hint = hint(expected, got).map(str::to_owned);
            found.push(Difference { path: path.to_owned(), expected: expected.clone(), got: Some(got.clone()), hint });
        }
    }
}

/// `1` and `1.0` are the same number; integers keep all their digits.
fn same_number(left: &Number, right: &Number) -> bool {
    left == right || ((left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64())
}

/// Values that look alike on a terminal's line and are not.
fn hint(expected: &Value, got: &Value) -> Option<&'static str> {
    match (expected, got) {
        (Value::String(text), Value::Number(number)) if *text == number.to_string() => {
            Some("expected a string, got a number")
        }
        (Value::Number(number), Value::String(text)) if *text == number.to_string() => {
            Some("expected a number, got a string")
        }
        (Value::Object(_) | Value::Array(_), Value::String(text))
            if serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object() || value.is_array()) =>
        {
            Some("it is JSON text, not JSON")
        }
        _ => None,
    }
}

/// A member as a step of a JSONPath.
fn member(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|character| character.is_alphanumeric() || character == '_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if plain { format!(".{name}") } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(expected: &Value, got: &Value) -> Vec<String> {
        differences(expected, got).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_expected_may_be_there() {
        let got = json!({"a": 1, "b": {"c": [1, {"d": 2, "e": 3}]}, "n": null});
        for expected in [
            json!({}),
            json!({"a": 1.0}),
            json!({"b": {"c": [1, {"d": 2}]}}),
            json!({"b": "*", "n": "*"}),
            json!({"n": null}),
            json!("*"),
        ] {
            assert!(contains(&expected, &got), "{expected}");
        }
    }

    #[test]
    fn every_difference_is_named_with_its_place() {
        let got = json!({"order": {"side": "sell", "lines": [1, 2]}, "price": "10", "a b": true});
        let expected = json!({"order": {"sid": "buy", "side": "buy", "lines": [1]}, "price": 10, "a b": false});
        assert_eq!(
            told(&expected, &got),
            [
                r#"$.order.sid: expected "buy", but it is not there (there is side)"#,
                r#"$.order.side: expected "buy", got "sell""#,
                "$.order.lines: expected 1 elements, got 2: [1,2]",
                r#"$.price: expected 10, got "10" (expected a number, got a string)"#,
                "$['a b']: expected false, got true",
            ]
        );
    }

    #[test]
    fn arrays_are_compared_element_by_element() {
        assert_eq!(told(&json!([1, {"a": 2}]), &json!([1, {"a": 3}])), ["$[1].a: expected 2, got 3"]);
        assert!(!contains(&json!([]), &json!([1])));
        assert!(!contains(&json!({}), &json!([])));
        assert!(!contains(&json!(null), &json!(false)));
    }

    #[test]
    fn an_any_value_must_be_there() {
        assert_eq!(told(&json!({"id": "*"}), &json!({})), [r#"$.id: expected "*", but it is not there"#]);
    }

    #[test]
    fn large_integers_are_not_rounded() {
        assert!(!contains(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
    }
}
