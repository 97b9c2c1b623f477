//! Event patterns: read once, when a rule is put, and then held against every event (user guide "Event patterns").
//!
//! All fields of a pattern must hold; of a field's conditions one, for one of the values when the event has an array there.
//! The fields of a nested object must all hold for the same element of an array of objects. A name with points in a
//! pattern stands for the path as well.

mod condition;

use serde_json::{Map, Value};

use condition::Condition;

/// An event pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern(Vec<Clause>);

#[derive(Debug, Clone, PartialEq)]
enum Clause {
    /// One of the conditions must hold for this field.
    Leaf(String, Vec<Condition>),
    /// The field must be an object that the pattern takes.
    Nested(String, Pattern),
    /// One of the patterns must hold (`$or`).
    Or(Vec<Pattern>),
}

impl Pattern {
    /// Reads a pattern; the error is AWS's sentence, without the position that AWS adds.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Self::read(members),
            Ok(_) => Err("Filter is not an object".to_owned()),
            Err(_) => Err("Invalid JSON".to_owned()),
        }
    }

    fn read(members: Map<String, Value>) -> Result<Self, String> {
        if members.is_empty() {
            return Err("Empty objects are not allowed".to_owned());
        }
        let clauses = members.into_iter().map(|(key, value)| match value {
            Value::Array(items) if key == "$or" => {
                if items.len() < 2 {
                    return Err("There must have at least 2 Objects in $or relationship.".to_owned());
                }
                let patterns = items.into_iter().map(|item| match item {
                    Value::Object(members) => Self::read(members),
                    _ => Err("Only Object is allowed in array of $or relationship.".to_owned()),
                });
                patterns.collect::<Result<_, _>>().map(Clause::Or)
            }
            Value::Array(items) if items.is_empty() => Err("Empty arrays are not allowed".to_owned()),
            Value::Array(items) => {
                let conditions = items.into_iter().map(Condition::read).collect::<Result<_, _>>()?;
                Ok(Clause::Leaf(key, conditions))
            }
            Value::Object(members) => Self::read(members).map(|pattern| Clause::Nested(key, pattern)),
            _ => Err(format!("\"{key}\" must be an object or an array")),
        });
        clauses.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an event is taken.
    pub(crate) fn matches(&self, event: &Value) -> bool {
        self.holds(Some(event))
    }

    fn holds(&self, value: Option<&Value>) -> bool {
        match value {
            Some(Value::Array(items)) if !items.is_empty() => items.iter().any(|item| self.holds(Some(item))),
            value => self.0.iter().all(|clause| match clause {
                Clause::Leaf(key, conditions) => leaf(conditions, value.and_then(|value| field(value, key))),
                Clause::Nested(key, pattern) => pattern.holds(value.and_then(|value| field(value, key))),
                Clause::Or(patterns) => patterns.iter().any(|pattern| pattern.holds(value)),
            }),
        }
    }
}

/// A field by its name, or by the path that the name spells.
fn field<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).or_else(|| {
        let (first, rest) = key.split_once('.')?;
        field(value.get(first)?, rest)
    })
}

fn leaf(conditions: &[Condition], value: Option<&Value>) -> bool {
    let mut values = Vec::new();
    scalars(value, &mut values);
    conditions.iter().any(|condition| match condition {
        Condition::Exists(wanted) => values.is_empty() != *wanted,
        condition => values.iter().any(|value| condition.meets(value)),
    })
}

/// The values of a field: an object has none, an array those of its elements.
fn scalars<'a>(value: Option<&'a Value>, found: &mut Vec<&'a Value>) {
    match value {
        None | Some(Value::Object(_)) => {}
        Some(Value::Array(items)) => items.iter().for_each(|item| scalars(Some(item), found)),
        Some(scalar) => found.push(scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(pattern: &Value, event: &Value) -> bool {
        Pattern::parse(&pattern.to_string()).expect("a pattern").matches(event)
    }

    #[test]
    fn fields_must_all_hold_and_values_any() {
        let event = json!({"source": "shop", "detail": {"state": "paid", "total": 12, "tags": ["a", "b"], "note": null, "lines": []}});
        for (pattern, expected) in [
            (json!({"source": ["shop", "bank"]}), true),
            (json!({"source": ["shop"], "detail": {"state": ["open"]}}), false),
            (json!({"detail": {"tags": ["b", "z"]}}), true),
            (json!({"detail": {"total": [12]}}), true),
            (json!({"detail": {"total": ["12"]}}), false),
            (json!({"detail": {"note": [null]}}), true),
            (json!({"detail": {"state": [null]}}), false),
            (json!({"detail.state": ["paid"]}), true),
            (json!({"Source": ["shop"]}), false),
            (json!({"detail": {"state": [{"exists": true}], "refund": [{"exists": false}]}}), true),
            (json!({"detail": {"refund": {"reason": [{"exists": false}]}}}), true),
            (json!({"detail": [{"exists": true}]}), false),
            (json!({"detail": {"lines": [{"exists": true}]}}), false),
        ] {
            assert_eq!(matches(&pattern, &event), expected, "{pattern}");
        }
    }

    #[test]
    fn an_array_of_objects_is_held_against_the_pattern_one_by_one() {
        let event = json!({"lines": [{"sku": "A", "count": 1}, {"sku": "B", "count": 2}]});
        assert!(matches(&json!({"lines": {"sku": ["A"], "count": [1]}}), &event));
        assert!(!matches(&json!({"lines": {"sku": ["A"], "count": [2]}}), &event));
    }

    #[test]
    fn alternatives_hold_besides_the_other_fields() {
        let pattern =
            json!({"source": ["shop"], "detail": {"$or": [{"total": [{"numeric": [">", 100]}]}, {"vip": [true]}]}});
        for (detail, expected) in
            [(json!({"total": 200}), true), (json!({"vip": true, "total": 1}), true), (json!({"total": 1}), false)]
        {
            assert_eq!(matches(&pattern, &json!({"source": "shop", "detail": detail})), expected, "{detail}");
        }
        assert!(!matches(&pattern, &json!({"source": "bank", "detail": {"vip": true}})));
    }

    /// Sentences of `LocalStack`'s recorded snapshot `test_events_patterns.snapshot.json`.
    #[test]
    fn wrong_patterns_are_refused_in_awss_words() {
        for (pattern, sentence) in [
            ("{\"int\": 42}", "\"int\" must be an object or an array"),
            ("{\"string\": \"my-value\"}", "\"string\" must be an object or an array"),
            ("{\"resources\": []}", "Empty arrays are not allowed"),
            ("{\"my_key\": [{\"EXISTS\": true}]}", "Unrecognized match type EXISTS"),
            ("{\"detail\": {\"equal\": [{\"NUMERIC\": [\"=\", 5]}]}}", "Unrecognized match type NUMERIC"),
            ("{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \">\", 0]}]}}", "Bad numeric range operator: >"),
            ("[]", "Filter is not an object"),
            ("{", "Invalid JSON"),
            ("{\"$or\": [{\"a\": [1]}]}", "There must have at least 2 Objects in $or relationship."),
        ] {
            assert_eq!(Pattern::parse(pattern).expect_err("refused"), sentence, "{pattern}");
        }
    }
}
