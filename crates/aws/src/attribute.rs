//! User attributes of messages, which SQS and SNS share: their members and what makes one invalid.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message attribute as both APIs spell it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MessageAttribute {
    /// `String`, `Number` or `Binary`, for SNS also `String.Array`, each with an optional label after a point.
    #[serde(default)]
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// Base64 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

impl MessageAttribute {
    /// Bytes that the attribute adds to its message's size.
    pub(crate) fn size(&self) -> usize {
        let binary = self.binary_value.as_ref().map_or(0, |text| text.len() / 4 * 3);
        self.data_type.len() + self.string_value.as_ref().map_or(0, String::len) + binary
    }

    /// The type without its label.
    pub(crate) fn base_type(&self) -> &str {
        self.data_type.split('.').next().unwrap_or_default()
    }

    /// What is wrong with the attribute, in the words of both services (recorded for SNS in `LocalStack`'s snapshot
    /// `test_empty_or_wrong_message_attributes`).
    pub(crate) fn problem(&self, name: &str) -> Option<String> {
        if let Some(problem) = name_problem(name) {
            return Some(problem);
        }
        let (value, other, field) = match self.base_type() {
            kind @ ("String" | "Number") => (&self.string_value, &self.binary_value, (kind, "String")),
            "Binary" => (&self.binary_value, &self.string_value, ("Binary", "Binary")),
            _ => {
                return Some(format!(
                    "The message attribute '{name}' has an invalid message attribute type, the set of supported type \
                     prefixes is Binary, Number, and String."
                ));
            }
        };
        let given = |value: &Option<String>| value.as_ref().is_some_and(|text| !text.is_empty());
        let (kind, field) = field;
        if !given(value) && given(other) {
            return Some(format!("The message attribute '{name}' with type '{kind}' must use field '{field}'."));
        }
        if !given(value) {
            return Some(format!(
                "The message attribute '{name}' must contain non-empty message attribute value for message attribute \
                 type '{kind}'."
            ));
        }
        if kind == "Number" && !value.as_ref().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite)) {
            return Some(format!("Can't cast the value of message attribute '{name}' to a number."));
        }
        if kind == "Binary" && value.as_ref().is_none_or(|text| STANDARD.decode(text).is_err()) {
            return Some(format!("The value of message attribute '{name}' is not base64 text."));
        }
        None
    }
}

fn name_problem(name: &str) -> Option<String> {
    if name.len() > 256 {
        return Some("Length of message attribute name must be less than 256 bytes.".to_owned());
    }
    if name.starts_with('.') {
        return Some("Invalid message attribute name starting with character '.' was found.".to_owned());
    }
    if name.ends_with('.') {
        return Some("Invalid message attribute name ending with character '.' was found.".to_owned());
    }
    if name.contains("..") {
        return Some("Message attribute name can not have successive '.' character.".to_owned());
    }
    let foreign = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))?;
    Some(format!(
        "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include \
         alphanumeric characters, hyphens, underscores, or dots.",
        u32::from(foreign)
    ))
}

/// Problem and size of a request's `MessageAttributes`; absent ones are fine and weigh nothing.
pub(crate) fn examine(attributes: Option<&Value>) -> Result<usize, String> {
    let mut size = 0;
    for (name, value) in attributes.and_then(Value::as_object).into_iter().flatten() {
        let attribute = MessageAttribute::deserialize(value)
            .map_err(|e| format!("The message attribute '{name}' can't be read: {e}"))?;
        if let Some(problem) = attribute.problem(name) {
            return Err(problem);
        }
        size += name.len() + attribute.size();
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_are_examined_in_awss_words() {
        let problem = |attributes: Value| examine(Some(&attributes)).expect_err("a problem");
        assert_eq!(
            problem(json!({"attr1": {"DataType": "String"}})),
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."
        );
        assert_eq!(
            problem(json!({"attr1": {"DataType": "Number", "BinaryValue": "AgME"}})),
            "The message attribute 'attr1' with type 'Number' must use field 'String'."
        );
        assert_eq!(
            problem(json!({"a^b": {"DataType": "String", "StringValue": "x"}})),
            "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include \
             alphanumeric characters, hyphens, underscores, or dots."
        );
        assert!(problem(json!({"a": {"DataType": "Text", "StringValue": "x"}})).contains("supported type prefixes"));
        assert!(problem(json!({"a": {"DataType": "Number", "StringValue": "x"}})).contains("to a number"));
        let fine = json!({"a": {"DataType": "String.Array", "StringValue": "[]"}, "b": {"DataType": "Binary", "BinaryValue": "AgME"}});
        assert_eq!(examine(Some(&fine)), Ok(1 + 12 + 2 + 1 + 6 + 3));
        assert_eq!(examine(None), Ok(0));
    }
}
