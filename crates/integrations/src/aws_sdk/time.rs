//! Times in the second Java SDK's spelling.

use jiff::Timestamp;
use serde_json::Value;

/// Makes texts (`2024-01-22T13:27:57Z`) of the numbers of seconds since 1970 in the members that `is_time` names, at any
/// depth (recorded case `services/aws_sdk_task_service--s3_get_object-bytearray.json`).
pub(super) fn as_texts(value: &mut Value, is_time: fn(&str) -> bool) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_f64() {
                    Some(seconds) if is_time(name) => {
                        if let Some(text) = text(seconds) {
                            *value = Value::String(text);
                        }
                    }
                    _ => as_texts(value, is_time),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| as_texts(item, is_time)),
        _ => {}
    }
}

/// Java's `Instant` has milliseconds only when there are some.
fn text(seconds: f64) -> Option<String> {
    let millis = (seconds * 1000.0).round() as i64;
    let at = Timestamp::from_millisecond(millis).ok()?;
    let format = if millis.rem_euclid(1000) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%3fZ" };
    Some(at.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_told_by_their_names() {
        let mut value =
            json!({"LastModified": 1_705_930_077, "Size": 5, "Contents": [{"LastModified": 1.25}], "Text": "t"});
        as_texts(&mut value, |name| name == "LastModified");
        assert_eq!(
            value,
            json!({
                "LastModified": "2024-01-22T13:27:57Z", "Size": 5,
                "Contents": [{"LastModified": "1970-01-01T00:00:01.250Z"}], "Text": "t"
            })
        );
    }
}
