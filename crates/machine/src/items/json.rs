//! JSON files and files of JSON Lines.

use std::sync::Arc;

use serde_json::Value;

use super::{Item, TransferError};
use crate::document::Document;
use crate::sentences;

/// The items of an array, or the members of an object, that the pointer leads to (everything for an empty pointer).
pub(super) fn items(
    body: &[u8],
    pointer: Option<&str>,
    source: &Arc<str>,
    most: usize,
) -> Result<Vec<Item>, TransferError> {
    let mut value: Value =
        serde_json::from_slice(body).map_err(|error| TransferError::reader(sentences::unreadable("JSON", &error)))?;
    let place = match pointer {
        None | Some("") => Some(&mut value),
        Some(pointer) => value.pointer_mut(pointer),
    };
    let mut items = items_of(place.map(Value::take).unwrap_or_default(), source)
        .ok_or_else(|| TransferError::reader(sentences::NOT_ITERABLE))?;
    items.truncate(most);
    Ok(items)
}

/// The items that a value has. None: it is neither an array nor an object.
pub(crate) fn items_of(value: Value, source: &Arc<str>) -> Option<Vec<Item>> {
    let item = |value: Value, key| Item { value: Document::new(value), key, source: source.clone() };
    match value {
        Value::Array(values) => Some(values.into_iter().map(|value| item(value, None)).collect()),
        Value::Object(members) => {
            Some(members.into_iter().map(|(name, value)| item(value, Some(Arc::from(name)))).collect())
        }
        _ => None,
    }
}

/// The values of a file that has one on each line; empty lines don't count.
pub(super) fn lines(body: &[u8], most: usize) -> Result<Vec<Document>, TransferError> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(most)
        .map(|line| {
            let value: Value = serde_json::from_slice(line)
                .map_err(|error| TransferError::reader(sentences::unreadable("JSONL", &error)))?;
            Ok(Document::new(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, pointer: Option<&str>) -> Result<Vec<String>, String> {
        items(body.as_bytes(), pointer, &"S3://b/k".into(), 2)
            .map(|items| items.iter().map(|item| item.input().text().to_owned()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_pointer_leads_to_the_items() {
        assert_eq!(read("[1, 2, 3]", None).expect("sound"), ["1", "2"]);
        assert_eq!(read(r#"{"a": [{"b": [1]}]}"#, Some("/a/0/b")).expect("sound"), ["1"]);
        assert_eq!(
            read(r#"{"x": 1, "y": [2]}"#, Some("")).expect("sound"),
            [r#"{"Key":"x","Value":1}"#, r#"{"Key":"y","Value":[2]}"#]
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let error = Err("States.ItemReaderFailed: Attempting to map over non-iterable node.".to_owned());
        assert_eq!(read("5", None), error);
        assert_eq!(read(r#"{"a": "text"}"#, Some("/a")), error);
        assert_eq!(read("[]", Some("/nowhere")), error);
        assert!(read("[1, ", None).expect_err("cut off").starts_with("States.ItemReaderFailed: "));
    }

    #[test]
    fn each_line_is_a_value() {
        let values = lines(b"{\"a\": 1}\r\n\n  \n\"b\"\n[3]", 2).expect("sound");
        assert_eq!(values.iter().map(Document::text).collect::<Vec<_>>(), [r#"{"a":1}"#, r#""b""#]);
        assert!(lines(b"1\n{", 9).is_err());
    }
}
