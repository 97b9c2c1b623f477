//! Whether the services hold what they must.

use local::Local;
use sam::stack::Stack;
use serde_json::{Value, json};

use crate::case::{Published, Then};
use crate::compare::{ANY, Difference, contains, differences, shown};
use crate::report::Failure;

/// How many of a service's entries are shown when none is the wanted one.
const SHOWN: usize = 5;

/// Everything that the services don't hold, or hold and must not.
pub(crate) async fn check(local: &Local, then: &Then) -> Vec<Failure> {
    let mut failures = Vec::new();
    // A project at work has a stack.
    let project = local.project();
    let Some(stack) = &project.stack else { return failures };
    check_items(local, stack, then, &mut failures).await;
    check_objects(local, stack, then, &mut failures).await;
    check_published(local, stack, &then.published, &mut failures);
    check_invocations(local, then, &mut failures);
    failures
}

async fn check_items(local: &Local, stack: &Stack, then: &Then, failures: &mut Vec<Failure>) {
    for (table, wanted) in &then.items {
        match scan(local, stack, table).await {
            Err(error) => failures.push(Failure::new(format!("the table {table} can't be read: {error}"))),
            Ok(items) if items.iter().any(|item| contains(wanted, item)) => {}
            Ok(items) => {
                let summary = format!("no item of {table} contains {}", shown(wanted));
                failures.push(Failure::new(summary).with_details(nearest(wanted, &items, "item")));
            }
        }
    }
    for (table, unwanted) in &then.no_items {
        match scan(local, stack, table).await {
            Err(error) => failures.push(Failure::new(format!("the table {table} can't be read: {error}"))),
            Ok(items) => {
                let found: Vec<_> = items.iter().filter(|item| contains(unwanted, item)).map(shown).collect();
                if !found.is_empty() {
                    let (count, items) = (found.len(), if found.len() == 1 { "item" } else { "items" });
                    let summary = format!("{table} holds {count} {items} that must not be there: {}", shown(unwanted));
                    failures.push(Failure::new(summary).with_details(found));
                }
            }
        }
    }
}

/// All items of a table.
async fn scan(local: &Local, stack: &Stack, table: &str) -> Result<Vec<Value>, String> {
    let Some(table) = stack.tables.iter().find(|known| known.logical_id == table) else {
        return Err("the stack has no such table with these parameters".to_owned());
    };
    let mut items = Vec::new();
    let mut request = json!({"TableName": table.name, "ConsistentRead": true});
    loop {
        let reply = local.cloud().call("dynamodb", "Scan", request.clone()).await.map_err(|error| error.to_string())?;
        let mut output = reply.output;
        if let Some(Value::Array(mut page)) = output.get_mut("Items").map(Value::take) {
            // The attributes of an item have no order; two looks at it should read alike.
            page.iter_mut().for_each(Value::sort_all_objects);
            items.append(&mut page);
        }
        match output.get_mut("LastEvaluatedKey").map(Value::take) {
            Some(key) if !key.is_null() => request["ExclusiveStartKey"] = key,
            _ => return Ok(items),
        }
    }
}

/// The entries that differ least from what is wanted, with their differences.
fn nearest(wanted: &Value, entries: &[Value], what: &str) -> Vec<String> {
    if entries.is_empty() {
        return vec![format!("there is no {what} at all")];
    }
    let mut compared: Vec<_> = entries.iter().map(|entry| (differences(wanted, entry), entry)).collect();
    // Another value is nearer than none.
    let distance = |differences: &[Difference]| -> usize {
        differences.iter().map(|difference| if difference.got.is_some() { 1 } else { 2 }).sum()
    };
    compared.sort_by_key(|(differences, _)| distance(differences));
    let mut lines = Vec::new();
    for (differences, entry) in compared.iter().take(SHOWN) {
        lines.push(format!("the {what} {}", shown(entry)));
        lines.extend(differences.iter().map(|difference| format!("  {difference}")));
    }
    if compared.len() > SHOWN {
        lines.push(format!("and {} more", compared.len() - SHOWN));
    }
    lines
}

async fn check_objects(local: &Local, stack: &Stack, then: &Then, failures: &mut Vec<Failure>) {
    for (bucket, key, wanted) in &then.objects {
        match object(local, stack, bucket, key).await {
            Err(error) => {
                let failure = Failure::new(format!("the object {key} of {bucket} can't be read: {error}"));
                failures.push(failure.with_details(keys(local, stack, bucket).await));
            }
            Ok(got) => {
                let found = differences(wanted, &got);
                if !found.is_empty() {
                    let summary = format!("the object {key} of {bucket} is not as expected");
                    let details = found.iter().map(ToString::to_string).collect();
                    failures.push(Failure::new(summary).with_details(details));
                }
            }
        }
    }
}

/// An object, as JSON if it is that, else as text.
async fn object(local: &Local, stack: &Stack, bucket: &str, key: &str) -> Result<Value, String> {
    let Some(bucket) = stack.buckets.iter().find(|known| known.logical_id == bucket) else {
        return Err("the stack has no such bucket with these parameters".to_owned());
    };
    let request = json!({"Bucket": bucket.name, "Key": key});
    let reply = local.cloud().call("s3", "GetObject", request).await.map_err(|error| error.to_string())?;
    Ok(match reply.output.get("Body") {
        Some(Value::String(text)) => json_or_text(text),
        Some(body) => body.clone(),
        None => Value::Null,
    })
}

/// The objects that there are instead, a line each; nothing when that can't be told.
async fn keys(local: &Local, stack: &Stack, bucket: &str) -> Vec<String> {
    let Some(bucket) = stack.buckets.iter().find(|known| known.logical_id == bucket) else { return Vec::new() };
    let request = json!({"Bucket": bucket.name, "MaxKeys": SHOWN});
    let Ok(reply) = local.cloud().call("s3", "ListObjectsV2", request).await else { return Vec::new() };
    let objects = reply.output.get("Contents").and_then(Value::as_array).cloned().unwrap_or_default();
    let keys: Vec<String> =
        objects.iter().filter_map(|object| Some(format!("there is {}", object.get("Key")?.as_str()?))).collect();
    if keys.is_empty() { vec!["there is no object at all".to_owned()] } else { keys }
}

/// The JSON that a text is, or the text.
fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn check_published(local: &Local, stack: &Stack, wanted: &[Published], failures: &mut Vec<Failure>) {
    if wanted.is_empty() {
        return;
    }
    let so_far = local.cloud().published().so_far();
    let publications: Vec<Value> = so_far
        .iter()
        .map(|publication| {
            let topic = stack.topics.iter().find(|topic| topic.arn == publication.topic_arn);
            json!({
                "topic": topic.map_or(&publication.topic_arn, |topic| &topic.logical_id),
                "subject": publication.subject,
                "message": publication.message,
            })
        })
        .collect();
    let fits = |wanted: &Published, publication: &Value| is_published(wanted, publication);
    for missing in unmatched(wanted, &publications, fits) {
        let wanted = as_value(&wanted[missing]);
        let summary = format!("no message was published like {}", shown(&wanted));
        // Messages are shown as they are compared: parsed.
        let parsed: Vec<Value> = publications.iter().map(with_parsed_message).collect();
        failures.push(Failure::new(summary).with_details(nearest(&wanted, &parsed, "message")));
    }
}

fn as_value(wanted: &Published) -> Value {
    let mut value = json!({"topic": wanted.topic});
    if let Some(subject) = &wanted.subject {
        value["subject"] = json!(subject);
    }
    if let Some(message) = &wanted.message {
        value["message"] = message.clone();
    }
    value
}

fn with_parsed_message(publication: &Value) -> Value {
    let mut publication = publication.clone();
    if let Some(Value::String(text)) = publication.get("message") {
        publication["message"] = json_or_text(text);
    }
    publication
}

fn is_published(wanted: &Published, publication: &Value) -> bool {
    let Some(text) = publication["message"].as_str() else { return false };
    publication["topic"] == *wanted.topic
        && wanted.subject.as_ref().is_none_or(|subject| subject == ANY || publication["subject"] == **subject)
        && wanted.message.as_ref().is_none_or(|message| {
            // Text may be expected as the text that it is.
            message.as_str() == Some(text) || contains(message, &json_or_text(text))
        })
}

/// The positions of the wanted things that find none of their own among those there are: a maximum matching, so that a
/// vague expectation doesn't take away what only a precise one fits.
fn unmatched<W, T>(wanted: &[W], there: &[T], fits: impl Fn(&W, &T) -> bool) -> Vec<usize> {
    fn augment(of: usize, fitting: &[Vec<usize>], seen: &mut [bool], taken: &mut [Option<usize>]) -> bool {
        for &candidate in &fitting[of] {
            if std::mem::replace(&mut seen[candidate], true) {
                continue;
            }
            if taken[candidate].is_none_or(|other| augment(other, fitting, seen, taken)) {
                taken[candidate] = Some(of);
                return true;
            }
        }
        false
    }
    let fitting: Vec<Vec<usize>> =
        wanted.iter().map(|wanted| (0..there.len()).filter(|index| fits(wanted, &there[*index])).collect()).collect();
    let mut taken = vec![None; there.len()];
    (0..wanted.len()).filter(|of| !augment(*of, &fitting, &mut vec![false; there.len()], &mut taken)).collect()
}

fn check_invocations(local: &Local, then: &Then, failures: &mut Vec<Failure>) {
    if then.invocations.is_empty() {
        return;
    }
    let Some(invocations) = local.invocations() else { return };
    for (binary, wanted) in &then.invocations {
        let got = invocations.get(binary).copied().unwrap_or(0);
        if got != *wanted {
            failures.push(Failure::new(format!("{binary} was called {got} times, expected {wanted}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wanted_thing_needs_one_of_its_own() {
        let fits = |wanted: &&str, there: &&str| *wanted == "any" || wanted == there;
        assert_eq!(unmatched(&["any", "a"], &["a", "b"], fits), Vec::<usize>::new());
        assert_eq!(unmatched(&["a", "a"], &["a", "b"], fits), [1]);
        assert_eq!(unmatched(&["c"], &["a"], fits), [0]);
        assert_eq!(unmatched(&["any", "any", "any"], &["a", "b"], fits), [2]);
    }

    #[test]
    fn messages_are_compared_parsed_or_as_text() {
        let publication = json!({"topic": "T", "subject": "s", "message": "{\"a\": {\"b\": 1, \"c\": 2}}"});
        let wanted = |subject: Option<&str>, message: Option<Value>| Published {
            topic: "T".into(),
            subject: subject.map(Into::into),
            message,
        };
        for right in [
            wanted(None, None),
            wanted(Some("s"), Some(json!({"a": {"b": 1}}))),
            wanted(Some("*"), Some(json!("*"))),
            wanted(None, Some(json!("{\"a\": {\"b\": 1, \"c\": 2}}"))),
        ] {
            assert!(is_published(&right, &publication), "{right:?}");
        }
        for wrong in [wanted(Some("t"), None), wanted(None, Some(json!({"a": 1}))), wanted(None, Some(json!("a")))] {
            assert!(!is_published(&wrong, &publication), "{wrong:?}");
        }
        assert!(!is_published(&Published { topic: "U".into(), ..wanted(None, None) }, &publication));
    }

    #[test]
    fn the_nearest_entry_is_shown_with_what_it_lacks() {
        let items = [json!({"a": {"S": "1"}}), json!({"a": {"S": "1"}, "b": {"N": "2"}})];
        let lines = nearest(&json!({"a": {"S": "1"}, "b": {"N": "3"}}), &items, "item");
        assert_eq!(lines[0], r#"the item {"a":{"S":"1"},"b":{"N":"2"}}"#);
        assert_eq!(lines[1], r#"  $.b.N: expected "3", got "2""#);
        assert_eq!(nearest(&json!({}), &[], "item"), ["there is no item at all"]);
    }
}
