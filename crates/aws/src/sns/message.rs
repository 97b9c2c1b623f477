//! A message to be published: its members, checked as AWS checks them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::fault::{invalid, invalid_attribute, missing};
use crate::attribute::MessageAttribute;
use crate::error::ServiceError;

/// The largest message with its attributes, in bytes.
const MAX_BYTES: usize = 262_144;

/// Members of `Publish`, and of a `PublishBatch` request's entries.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Draft {
    pub(crate) message: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) message_structure: Option<String>,
    pub(crate) message_attributes: Option<BTreeMap<String, MessageAttribute>>,
    pub(crate) message_group_id: Option<String>,
    pub(crate) message_deduplication_id: Option<String>,
}

/// A message that may be delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Set when it is published.
    pub(crate) id: String,
    /// Set when it is published to a FIFO topic.
    pub(crate) sequence_number: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) subject: Option<String>,
    /// As published.
    pub(crate) text: String,
    /// The text for each protocol, when they differ (`MessageStructure` `json`).
    texts: Option<Map<String, Value>>,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    pub(crate) group_id: Option<String>,
    pub(crate) deduplication_id: Option<String>,
}

/// What a topic makes of its messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) fifo: bool,
    pub(crate) content_based_deduplication: bool,
}

impl Draft {
    /// Checks the draft against the topic's rules.
    pub(crate) fn check(self, rules: Rules) -> Result<Message, ServiceError> {
        let text = self.message.ok_or_else(|| missing("message"))?;
        if text.is_empty() {
            return Err(invalid("Empty message"));
        }
        let attributes = self.message_attributes.unwrap_or_default();
        for (name, attribute) in &attributes {
            if attribute.data_type.is_empty() {
                return Err(missing(&format!("messageAttributes.{name}.member.dataType")));
            }
            if let Some(problem) = attribute.problem(name) {
                return Err(invalid_attribute(problem));
            }
        }
        let size = text.len() + attributes.iter().map(|(name, attribute)| name.len() + attribute.size()).sum::<usize>();
        if size > MAX_BYTES {
            return Err(invalid("Message too long"));
        }
        if self
            .subject
            .as_ref()
            .is_some_and(|s| s.is_empty() || s.chars().count() > 100 || s.contains(char::is_control))
        {
            return Err(invalid("Subject"));
        }
        let texts = texts(self.message_structure.as_deref(), &text)?;
        let (group_id, deduplication_id) = if rules.fifo {
            let group = self
                .message_group_id
                .ok_or_else(|| invalid("The MessageGroupId parameter is required for FIFO topics"))?;
            let id = match self.message_deduplication_id {
                Some(id) => id,
                None if rules.content_based_deduplication => hash(&text),
                None => {
                    return Err(invalid(
                        "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                         provided explicitly",
                    ));
                }
            };
            (Some(group), Some(id))
        } else {
            for (name, value) in
                [("MessageDeduplicationId", &self.message_deduplication_id), ("MessageGroupId", &self.message_group_id)]
            {
                if value.is_some() {
                    return Err(invalid(format_args!(
                        "{name} Reason: The request includes {name} parameter that is not valid for this topic type"
                    )));
                }
            }
            (None, None)
        };
        Ok(Message {
            id: String::new(),
            sequence_number: None,
            at: Timestamp::now(),
            subject: self.subject,
            text,
            texts,
            attributes,
            group_id,
            deduplication_id,
        })
    }
}

/// SHA-256 of the message in hexadecimal, the deduplication identifier of topics that deduplicate by content.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}

fn texts(structure: Option<&str>, text: &str) -> Result<Option<Map<String, Value>>, ServiceError> {
    match structure {
        None => Ok(None),
        Some("json") => match serde_json::from_str(text) {
            Ok(Value::Object(texts)) if texts.get("default").is_some_and(Value::is_string) => Ok(Some(texts)),
            Ok(_) => Err(invalid("Message Structure - No default entry in JSON message body")),
            Err(_) => Err(invalid("Message Structure - JSON message body failed to parse")),
        },
        Some(other) => Err(invalid(format_args!("Invalid Message Structure parameter: {other}"))),
    }
}

impl Message {
    /// The text for subscriptions of this protocol.
    pub(crate) fn text_for(&self, protocol: &str) -> &str {
        let texts = self.texts.as_ref();
        texts.and_then(|texts| texts.get(protocol).or_else(|| texts.get("default"))?.as_str()).unwrap_or(&self.text)
    }
}
