//! `then`: what the services must hold afterwards.

use sam::stack::Stack;
use serde_json::Value;

use super::fields::{At, Problems};
use super::{Published, Then};
use crate::codes::INVALID_VALUE;
use crate::compare::ANY;

const FIELDS: [&str; 5] = ["items", "no_items", "objects", "published", "invocations"];

pub(super) fn read(problems: &mut Problems<'_>, at: &At<'_>, stack: &Stack) -> Then {
    let mut then = Then::default();
    if problems.object(at, "an object").is_none() {
        return then;
    }
    problems.only(at, &FIELDS);
    let tables: Vec<&str> = stack.tables.iter().map(|table| table.logical_id.as_str()).collect();
    if let Some(items) = at.get("items") {
        then.items = read_items(problems, &items, &tables);
    }
    if let Some(items) = at.get("no_items") {
        then.no_items = read_items(problems, &items, &tables);
    }
    if let Some(objects) = at.get("objects") {
        let buckets: Vec<&str> = stack.buckets.iter().map(|bucket| bucket.logical_id.as_str()).collect();
        problems.object(&objects, "an object of buckets by logical ID");
        for (bucket, keys) in objects.members() {
            if problems.knows(&keys.pointer, "bucket", bucket, &buckets)
                && problems.object(&keys, "an object of keys").is_some()
            {
                let keys =
                    keys.members().map(|(key, object)| (bucket.to_owned(), key.to_owned(), object.value.clone()));
                then.objects.extend(keys);
            }
        }
    }
    if let Some(published) = at.get("published") {
        let topics: Vec<&str> = stack.topics.iter().map(|topic| topic.logical_id.as_str()).collect();
        problems.array(&published, "an array of messages");
        then.published = published.elements().filter_map(|message| read_message(problems, &message, &topics)).collect();
    }
    if let Some(invocations) = at.get("invocations") {
        let binaries: Vec<&str> = stack.functions.iter().map(|function| function.binary.as_str()).collect();
        problems.object(&invocations, "an object of functions by binary");
        for (binary, count) in invocations.members() {
            if problems.knows(&count.pointer, "function", binary, &binaries)
                && let Some(count) = problems.count(&count)
            {
                then.invocations.push((binary.to_owned(), count));
            }
        }
    }
    then
}

fn read_items(problems: &mut Problems<'_>, at: &At<'_>, tables: &[&str]) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    problems.object(at, "an object of tables by logical ID");
    for (table, items) in at.members() {
        if !problems.knows(&items.pointer, "table", table, tables) {
            continue;
        }
        problems.array(&items, "an array of items");
        for item in items.elements() {
            if problems.object(&item, "an item as an object of attributes").is_none() {
                continue;
            }
            for (_, attribute) in item.members() {
                if !is_attribute(attribute.value) {
                    let message = "It is not an attribute value as DynamoDB writes it.";
                    let cure =
                        "Write {\"S\": \"text\"}, {\"N\": \"12.5\"}, {\"BOOL\": true}, {\"M\": {…}}, …, or \"*\".";
                    problems.add(INVALID_VALUE, &attribute.pointer, message, cure);
                }
            }
            found.push((table.to_owned(), item.value.clone()));
        }
    }
    found
}

/// Whether a value is an attribute value in DynamoDB JSON
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>), or [`ANY`], which may also
/// stand for its parts.
fn is_attribute(value: &Value) -> bool {
    let any = |value: &Value| value == ANY;
    if any(value) {
        return true;
    }
    let Some((name, value)) =
        value.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next())
    else {
        return false;
    };
    if any(value) {
        return matches!(name.as_str(), "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M");
    }
    match name.as_str() {
        "S" | "N" | "B" => value.is_string(),
        "BOOL" | "NULL" => value.is_boolean(),
        "SS" | "NS" | "BS" => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
        "L" => value.as_array().is_some_and(|elements| elements.iter().all(is_attribute)),
        "M" => value.as_object().is_some_and(|members| members.values().all(is_attribute)),
        _ => false,
    }
}

fn read_message(problems: &mut Problems<'_>, at: &At<'_>, topics: &[&str]) -> Option<Published> {
    problems.object(at, "an object with topic, subject and message")?;
    problems.only(at, &["topic", "subject", "message"]);
    let Some(topic) = at.get("topic") else {
        problems.add(INVALID_VALUE, &at.pointer, "The topic is missing.", "Name it by its logical ID.");
        return None;
    };
    let name = problems.text(&topic)?.to_owned();
    if !problems.knows(&topic.pointer, "topic", &name, topics) {
        return None;
    }
    let subject = match at.get("subject") {
        Some(subject) => Some(problems.text(&subject)?.to_owned()),
        None => None,
    };
    Some(Published { topic: name, subject, message: at.get("message").map(|message| message.value.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attribute_values_are_told_from_plain_json() {
        for right in [
            json!({"S": ""}),
            json!({"N": "1"}),
            json!({"L": [{"BOOL": true}, "*"]}),
            json!({"M": {"a": {"NS": ["1"]}}}),
            json!({"N": "*"}),
            json!("*"),
        ] {
            assert!(is_attribute(&right), "{right}");
        }
        for wrong in
            [json!("text"), json!(1), json!({"N": 1}), json!({"a": {"S": "x"}}), json!({"S": "a", "N": "1"}), json!({})]
        {
            assert!(!is_attribute(&wrong), "{wrong}");
        }
    }
}
