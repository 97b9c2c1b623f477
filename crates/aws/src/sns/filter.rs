//! Filter policies of subscriptions: read once, when they are set, and then asked for every message.
//!
//! All keys of a policy must hold, of a key's conditions one. Of a message's value that is an array, one element must
//! meet a condition (guide "SNS message filtering"). The operators `cidr`, `wildcard` and `$or` are refused by name.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::attribute::MessageAttribute;

/// What the policy is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The message's attributes.
    MessageAttributes,
    /// The message itself, a JSON object.
    MessageBody,
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "MessageAttributes" => Some(Self::MessageAttributes),
            "MessageBody" => Some(Self::MessageBody),
            _ => None,
        }
    }
}

/// A filter policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FilterPolicy(BTreeMap<String, Rule>);

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// One of these must hold.
    Any(Vec<Condition>),
    /// The value must be an object that meets this policy.
    Nested(FilterPolicy),
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Condition>),
    Numeric(Vec<(Comparison, f64)>),
    Exists(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl FilterPolicy {
    /// Reads a policy; the error is AWS's sentence, without the position that AWS adds.
    pub(crate) fn parse(text: &str, scope: Scope) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|e| format!("failed to parse JSON. {e}"))?;
        let Value::Object(members) = value else {
            return Err("Filter policy must be a JSON object".to_owned());
        };
        Self::read(members, scope, 0)
    }

    fn read(members: Map<String, Value>, scope: Scope, depth: usize) -> Result<Self, String> {
        // AWS allows five levels and 150 combinations; deeper ones are refused here too.
        if depth == 5 || members.len() > 150 {
            return Err("Filter policy is too complex".to_owned());
        }
        let mut rules = BTreeMap::new();
        for (key, value) in members {
            if key == "$or" {
                return Err("the operator $or is not emulated here".to_owned());
            }
            let rule = match value {
                Value::Array(conditions) if conditions.is_empty() => {
                    return Err("Empty arrays are not allowed".to_owned());
                }
                Value::Array(conditions) => {
                    Rule::Any(conditions.into_iter().map(Condition::read).collect::<Result<_, _>>()?)
                }
                Value::Object(members) if scope == Scope::MessageBody => {
                    Rule::Nested(Self::read(members, scope, depth + 1)?)
                }
                Value::Object(members) => {
                    let inner = members.keys().next().cloned().unwrap_or_default();
                    return Err(if members.values().next().is_some_and(|v| v.is_array() || v.is_object()) {
                        "Filter policy scope MessageAttributes does not support nested filter policy".to_owned()
                    } else {
                        format!("\"{inner}\" must be an object or an array")
                    });
                }
                _ => return Err(format!("\"{key}\" must be an object or an array")),
            };
            rules.insert(key, rule);
        }
        Ok(Self(rules))
    }

    /// Whether a message with these attributes passes.
    pub(crate) fn accepts_attributes(&self, attributes: &BTreeMap<String, MessageAttribute>) -> bool {
        self.0.iter().all(|(key, rule)| match rule {
            Rule::Any(conditions) => holds(conditions, attributes.get(key).and_then(value_of).as_ref()),
            Rule::Nested(_) => false,
        })
    }

    /// Whether a message with this text passes; text that is no JSON object doesn't.
    pub(crate) fn accepts_body(&self, message: &str) -> bool {
        serde_json::from_str::<Value>(message).is_ok_and(|value| self.accepts_value(&value))
    }

    fn accepts_value(&self, value: &Value) -> bool {
        match value {
            Value::Object(members) => self.0.iter().all(|(key, rule)| match rule {
                Rule::Any(conditions) => holds(conditions, members.get(key)),
                Rule::Nested(policy) => members.get(key).is_some_and(|value| policy.accepts_value(value)),
            }),
            Value::Array(items) => items.iter().any(|item| self.accepts_value(item)),
            _ => false,
        }
    }
}

/// A message attribute as the JSON value that conditions are held against; binary ones can't be filtered on.
fn value_of(attribute: &MessageAttribute) -> Option<Value> {
    let text = attribute.string_value.as_deref()?;
    if attribute.data_type == "String.Array" || attribute.data_type.starts_with("String.Array.") {
        return serde_json::from_str(text).ok().filter(Value::is_array);
    }
    match attribute.base_type() {
        "String" => Some(Value::from(text)),
        "Number" => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        _ => None,
    }
}

fn holds(conditions: &[Condition], value: Option<&Value>) -> bool {
    conditions.iter().any(|condition| match (condition, value) {
        (Condition::Exists(wanted), value) => value.is_some() == *wanted,
        (_, None) => false,
        (condition, Some(Value::Array(items))) => items.iter().any(|item| condition.meets(item)),
        (condition, Some(value)) => condition.meets(value),
    })
}

impl Condition {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            Value::Array(_) => Err("Match value must be String, number, true, false, or null".to_owned()),
            Value::Object(members) => {
                let mut members = members.into_iter();
                let (Some((operator, operand)), None) = (members.next(), members.next()) else {
                    return Err("Only one key allowed in match expression".to_owned());
                };
                Self::operator(&operator, operand)
            }
            scalar => Ok(Self::Equals(scalar)),
        }
    }

    fn operator(operator: &str, operand: Value) -> Result<Self, String> {
        let text = |operand: Value| match operand {
            Value::String(text) => Ok(text),
            _ => Err(format!("{operator} match pattern must be a string")),
        };
        match operator {
            "prefix" => text(operand).map(Self::Prefix),
            "suffix" => text(operand).map(Self::Suffix),
            "equals-ignore-case" => text(operand).map(Self::EqualsIgnoreCase),
            "exists" => match operand {
                Value::Bool(wanted) => Ok(Self::Exists(wanted)),
                _ => Err("exists match pattern must be either true or false.".to_owned()),
            },
            "numeric" => numeric(&operand).map(Self::Numeric),
            "anything-but" => match operand {
                Value::Array(values) if values.is_empty() => Err("Value of anything-but must not be empty".to_owned()),
                Value::Array(values) => {
                    values.into_iter().map(Self::read_excluded).collect::<Result<_, _>>().map(Self::AnythingBut)
                }
                value => Ok(Self::AnythingBut(vec![Self::read_excluded(value)?])),
            },
            "cidr" | "wildcard" => Err(format!("the operator {operator} is not emulated here")),
            _ => Err(format!("Unrecognized match type {operator}")),
        }
    }

    /// What `anything-but` excludes: a value, or one `prefix`, `suffix` or `equals-ignore-case`.
    fn read_excluded(value: Value) -> Result<Self, String> {
        let condition = Self::read(value)?;
        match condition {
            Self::Equals(Value::String(_) | Value::Number(_))
            | Self::Prefix(_)
            | Self::Suffix(_)
            | Self::EqualsIgnoreCase(_) => Ok(condition),
            _ => Err("Inside anything-but list, start|null|boolean is not supported.".to_owned()),
        }
    }

    fn meets(&self, value: &Value) -> bool {
        match self {
            Self::Equals(Value::Number(expected)) => {
                value.as_f64().is_some_and(|number| Some(number) == expected.as_f64())
            }
            Self::Equals(expected) => value == expected,
            Self::EqualsIgnoreCase(expected) => {
                value.as_str().is_some_and(|text| text.to_lowercase() == expected.to_lowercase())
            }
            Self::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => value.as_str().is_some_and(|text| text.ends_with(suffix.as_str())),
            Self::AnythingBut(excluded) => !excluded.iter().any(|condition| condition.meets(value)),
            Self::Numeric(bounds) => {
                value.as_f64().is_some_and(|number| bounds.iter().all(|(c, bound)| c.holds(number, *bound)))
            }
            Self::Exists(wanted) => *wanted,
        }
    }
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

    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            // Exactly what the policy says; both sides were read from decimal text in the same way.
            Self::Equal => number.total_cmp(&bound).is_eq(),
            Self::Less => number < bound,
            Self::LessOrEqual => number <= bound,
            Self::Greater => number > bound,
            Self::GreaterOrEqual => number >= bound,
        }
    }
}

/// `["=", n]`, `[">", n]`, …, or a range that begins with its lower bound: `[">=", n, "<", m]`.
fn numeric(operand: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let Value::Array(items) = operand else {
        return Err("Value of numeric must be an array.".to_owned());
    };
    let operator = |item: &Value, what: &str| {
        let text = item.as_str().ok_or_else(|| what.to_owned())?;
        Comparison::parse(text).map(|comparison| (comparison, text.to_owned())).ok_or_else(|| text.to_owned())
    };
    let bound = |index: usize, name: &str| {
        let name = if name == "=" { "equals" } else { name };
        items.get(index).and_then(Value::as_f64).ok_or_else(|| format!("Value of {name} must be numeric"))
    };
    let first = items.first().ok_or("Invalid member in numeric match: ]")?;
    if !first.is_string() {
        return Err(format!("Invalid member in numeric match: {first}"));
    }
    let (lower, name) = operator(first, "").map_err(|text| format!("Unrecognized numeric range operator: {text}"))?;
    let low = bound(1, &name)?;
    let Some(third) = items.get(2) else {
        return Ok(vec![(lower, low)]);
    };
    if !matches!(lower, Comparison::Greater | Comparison::GreaterOrEqual) {
        return Err("Too many elements in numeric expression".to_owned());
    }
    if !third.is_string() {
        return Err(format!("Bad value in numeric range: {third}"));
    }
    let (upper, name) = operator(third, "").map_err(|text| format!("Bad numeric range operator: {text}"))?;
    if !matches!(upper, Comparison::Less | Comparison::LessOrEqual) {
        return Err(format!("Bad numeric range operator: {name}"));
    }
    let high = bound(3, &name)?;
    if items.len() > 4 {
        return Err("Too many terms in numeric range expression".to_owned());
    }
    if low >= high {
        return Err("Bottom must be less than top".to_owned());
    }
    Ok(vec![(lower, low), (upper, high)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attribute(kind: &str, text: &str) -> MessageAttribute {
        MessageAttribute { data_type: kind.into(), string_value: Some(text.into()), binary_value: None }
    }

    fn passes(policy: &Value, attributes: &[(&str, &str, &str)]) -> bool {
        let policy = FilterPolicy::parse(&policy.to_string(), Scope::MessageAttributes).expect("a policy");
        let attributes =
            attributes.iter().map(|(name, kind, text)| ((*name).to_owned(), attribute(kind, text))).collect();
        policy.accepts_attributes(&attributes)
    }

    fn body_passes(policy: &Value, body: &Value) -> bool {
        FilterPolicy::parse(&policy.to_string(), Scope::MessageBody).expect("a policy").accepts_body(&body.to_string())
    }

    #[test]
    fn every_key_and_one_condition_must_hold() {
        let policy = json!({"store": ["x", "y"], "event": ["placed"]});
        assert!(passes(&policy, &[("store", "String", "y"), ("event", "String", "placed"), ("other", "String", "z")]));
        assert!(!passes(&policy, &[("store", "String", "y"), ("event", "String", "cancelled")]));
        assert!(!passes(&policy, &[("store", "String", "y")]));
        assert!(passes(&json!({}), &[]), "an empty policy lets everything pass");
    }

    #[test]
    fn operators_of_text() {
        assert!(passes(&json!({"a": [{"prefix": "bas"}]}), &[("a", "String", "baseball")]));
        assert!(!passes(&json!({"a": [{"prefix": "bas"}]}), &[("a", "String", "rugby")]));
        assert!(passes(&json!({"a": [{"suffix": "ball"}]}), &[("a", "String", "baseball")]));
        assert!(passes(&json!({"a": [{"equals-ignore-case": "TENNIS"}]}), &[("a", "String", "tennis")]));
        assert!(passes(&json!({"a": [{"anything-but": ["rugby", "tennis"]}]}), &[("a", "String", "golf")]));
        assert!(!passes(&json!({"a": [{"anything-but": ["rugby", "tennis"]}]}), &[("a", "String", "rugby")]));
        assert!(!passes(&json!({"a": [{"anything-but": {"prefix": "bas"}}]}), &[("a", "String", "baseball")]));
        assert!(!passes(&json!({"a": [{"anything-but": "rugby"}]}), &[]), "the attribute must be there");
        assert!(!passes(&json!({"a": ["100"]}), &[("a", "Number", "100")]), "a number is no text");
    }

    #[test]
    fn operators_of_numbers_and_presence() {
        let range = json!({"price": [{"numeric": [">", 0, "<=", 150]}]});
        for (price, expected) in [("0", false), ("0.01", true), ("150", true), ("1.5e2", true), ("150.1", false)] {
            assert_eq!(passes(&range, &[("price", "Number", price)]), expected, "{price}");
        }
        assert!(passes(&json!({"price": [{"numeric": ["=", 301.5]}]}), &[("price", "Number", "301.50")]));
        assert!(passes(&json!({"price": [100]}), &[("price", "Number", "1e2")]));
        assert!(passes(&json!({"a": [{"exists": true}]}), &[("a", "String", "x")]));
        assert!(!passes(&json!({"a": [{"exists": true}]}), &[]));
        assert!(passes(&json!({"a": [{"exists": false}]}), &[]));
        assert!(passes(&json!({"a": ["tennis"]}), &[("a", "String.Array", "[\"rugby\",\"tennis\"]")]));
        assert!(passes(&json!({"a": [{"anything-but": ["rugby"]}]}), &[("a", "String.Array", "[\"rugby\",\"golf\"]")]));
    }

    #[test]
    fn bodies_are_filtered_by_nested_keys() {
        let policy = json!({"order": {"lines": {"sku": [{"prefix": "A-"}]}}, "total": [{"numeric": [">=", 10]}]});
        assert!(body_passes(&policy, &json!({"order": {"lines": [{"sku": "B-1"}, {"sku": "A-7"}]}, "total": 12})));
        assert!(!body_passes(&policy, &json!({"order": {"lines": [{"sku": "B-1"}]}, "total": 12})));
        assert!(!body_passes(&policy, &json!("text")));
        assert!(body_passes(&json!({"paid": [true, null]}), &json!({"paid": null})));
    }

    /// Sentences of `LocalStack`'s recorded snapshot `test_sns_filter_policy.snapshot.json`.
    #[test]
    fn wrong_policies_are_refused_in_awss_words() {
        for (policy, sentence) in [
            (json!({"key": [["value"]]}), "Match value must be String, number, true, false, or null"),
            (json!({"key": [{"wrong-operator": true}]}), "Unrecognized match type wrong-operator"),
            (json!({"key": [{"suffix": "v", "prefix": "w"}]}), "Only one key allowed in match expression"),
            (json!({"key": [{"suffix": 100}]}), "suffix match pattern must be a string"),
            (json!({"key": {"suffix": "value"}}), "\"suffix\" must be an object or an array"),
            (json!({"key": [{"numeric": []}]}), "Invalid member in numeric match: ]"),
            (json!({"key": [{"numeric": ["operator"]}]}), "Unrecognized numeric range operator: operator"),
            (json!({"key": [{"numeric": [1, "<="]}]}), "Invalid member in numeric match: 1"),
            (json!({"key": [{"numeric": ["=", "000"]}]}), "Value of equals must be numeric"),
            (json!({"key": [{"numeric": [">="]}]}), "Value of >= must be numeric"),
            (json!({"key": [{"numeric": ["<", 100, ">", 10]}]}), "Too many elements in numeric expression"),
            (json!({"key": [{"numeric": [">=", 1, ">", 2]}]}), "Bad numeric range operator: >"),
            (json!({"key": [{"numeric": [">", 3, "<", 1]}]}), "Bottom must be less than top"),
            (json!({"key": [{"numeric": [">", 20, "<="]}]}), "Value of <= must be numeric"),
            (json!({"key": [{"numeric": [">", 20, 30]}]}), "Bad value in numeric range: 30"),
            (json!({"key": [{"numeric": [">", 20, "test"]}]}), "Bad numeric range operator: test"),
            (json!({"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]}), "Too many terms in numeric range expression"),
            (json!({"key": [{"exists": "no"}]}), "exists match pattern must be either true or false."),
            (json!({"key": [{"cidr": "10.0.0.0/24"}]}), "the operator cidr is not emulated here"),
            (json!({"$or": []}), "the operator $or is not emulated here"),
        ] {
            let refused = FilterPolicy::parse(&policy.to_string(), Scope::MessageAttributes).expect_err("refused");
            assert_eq!(refused, sentence, "{policy}");
        }
    }
}
