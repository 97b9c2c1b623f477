//! Messages come in.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::queue::Queue;
use super::{Engine, digest, read};
use crate::attribute::MessageAttribute;
use crate::database::Failure;
use crate::error::ServiceError;
use crate::sqs::Outgoing;
use crate::sqs::fault::{fault, invalid};

/// How long a FIFO queue remembers what was sent, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;

/// A message to be sent: a `SendMessage` request, or an entry of a batch.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message {
    #[serde(rename = "MessageBody")]
    body: String,
    delay_seconds: Option<i64>,
    #[serde(default, rename = "MessageAttributes")]
    attributes: BTreeMap<String, MessageAttribute>,
    #[serde(default, rename = "MessageSystemAttributes")]
    system_attributes: BTreeMap<String, MessageAttribute>,
    #[serde(rename = "MessageGroupId")]
    group_id: Option<String>,
    #[serde(rename = "MessageDeduplicationId")]
    deduplication_id: Option<String>,
}

impl From<Outgoing> for Message {
    fn from(message: Outgoing) -> Self {
        Self {
            body: message.body,
            attributes: message.attributes,
            group_id: message.group_id,
            deduplication_id: message.deduplication_id,
            ..Self::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    #[serde(flatten)]
    message: Message,
}

impl Engine {
    pub(super) async fn send_message(&self, queue: String, members: Map<String, Value>) -> Result<Value, ServiceError> {
        self.send_one(queue, read(members)?).await
    }

    pub(super) async fn send_one(&self, queue: String, message: Message) -> Result<Value, ServiceError> {
        let (name, now) = (queue.clone(), self.clock.now());
        let send = move |database: &Connection| {
            let found = Queue::find(database, &name)?;
            let largest = found.attributes.largest();
            if message.bytes() > largest {
                let sentence = format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
                );
                return Err(fault("InvalidParameterValue", sentence).into());
            }
            put(database, &found, message, now)
        };
        let sent = self.database.with(send).await?;
        self.waiters.wake(&queue);
        Ok(sent)
    }

    /// Entries that can't be sent fail alone, but for those of a FIFO queue that lack an identifier: they fail the batch
    /// (recorded in `LocalStack`'s snapshots `test_send_batch_missing_*_for_fifo_queue`). A batch has its own largest size,
    /// the queue's doesn't count (`test_send_message_batch_with_oversized_contents_with_updated_maximum_message_size`).
    pub(super) async fn send_batch(&self, queue: String, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Batch { entries } = read(members)?;
        let (name, now) = (queue.clone(), self.clock.now());
        let send = move |database: &Connection| {
            let found = Queue::find(database, &name)?;
            for entry in &entries {
                entry.message.check_fifo(&found).map_err(|error| fault("InvalidParameterValue", error.message))?;
            }
            let (mut successful, mut failed) = (Vec::new(), Vec::new());
            for Entry { id, message } in entries {
                match put(database, &found, message, now) {
                    Ok(mut sent) => {
                        sent["Id"] = id.into();
                        successful.push(sent);
                    }
                    Err(Failure::Refused(error)) => failed.push(super::failed(&id, &error)),
                    Err(failure) => return Err(failure),
                }
            }
            Ok(json!({"Successful": successful, "Failed": failed}))
        };
        let sent = self.database.with(send).await?;
        self.waiters.wake(&queue);
        Ok(sent)
    }
}

impl Message {
    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| name.len() + attribute.size());
        self.body.len() + attributes.sum::<usize>()
    }

    /// What a FIFO queue demands of every message.
    fn check_fifo(&self, queue: &Queue) -> Result<(), ServiceError> {
        if !queue.fifo {
            return Ok(());
        }
        if self.group_id.is_none() {
            return Err(crate::sqs::fault::missing("MessageGroupId"));
        }
        if self.deduplication_id.is_none() && !queue.attributes.deduplicates_by_content() {
            return Err(fault(
                "InvalidParameterValue",
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
        Ok(())
    }

    fn check_identifiers(&self, queue: &Queue) -> Result<(), ServiceError> {
        for (name, value) in [("MessageGroupId", &self.group_id), ("MessageDeduplicationId", &self.deduplication_id)] {
            let Some(value) = value else { continue };
            if name == "MessageDeduplicationId" && !queue.fifo {
                let reason = "The request include parameter that is not valid for this queue type.";
                return Err(invalid(name, value, reason));
            }
            if value.is_empty() || value.len() > 128 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                let reason =
                    format!("{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
                return Err(invalid(name, value, &reason));
            }
        }
        Ok(())
    }
}

/// Puts a message into a queue. Returns the members of the answer. A FIFO queue answers for a duplicate what it answered
/// for the first, and keeps that only.
fn put(database: &Connection, queue: &Queue, message: Message, now: i64) -> Result<Value, Failure> {
    message.check_fifo(queue)?;
    message.check_identifiers(queue)?;
    let md5 = digest::of_body(&message.body);
    let mut answer = json!({"MD5OfMessageBody": md5});
    if let Some(md5) = digest::of_attributes(&message.attributes) {
        answer["MD5OfMessageAttributes"] = md5.into();
    }
    if let Some(md5) = digest::of_attributes(&message.system_attributes) {
        answer["MD5OfMessageSystemAttributes"] = md5.into();
    }
    let mut uuid = uuid::Uuid::new_v4().to_string();
    let mut deduplication_id = message.deduplication_id;
    let mut sequence = None;
    let mut duplicate = false;
    if queue.fifo {
        let id = deduplication_id.get_or_insert_with(|| hash(&message.body));
        let group = message.group_id.as_deref().filter(|_| queue.attributes.deduplicates_by_group());
        let key = format!("{}\n{id}", group.unwrap_or_default());
        if let Some((first, number)) = remembered(database, queue, &key, now)? {
            (uuid, sequence, duplicate) = (first, Some(number), true);
        } else {
            sequence = Some(next_sequence(database, queue, &key, &uuid, now)?);
        }
    }
    answer["MessageId"] = uuid.as_str().into();
    if let Some(number) = sequence {
        answer["SequenceNumber"] = sequence_number(number).into();
    }
    if duplicate {
        return Ok(answer);
    }
    // A FIFO queue delays all its messages alike.
    let delay = message.delay_seconds.filter(|_| !queue.fifo).unwrap_or_else(|| queue.attributes.delay());
    let attributes = (!message.attributes.is_empty())
        .then(|| serde_json::to_string(&message.attributes).expect("texts always serialise"));
    let trace = message.system_attributes.get("AWSTraceHeader").and_then(|header| header.string_value.as_deref());
    database
        .prepare_cached(
            "INSERT INTO message (queue, visible, received, tries, sent, enqueued, sequence, group_id, deduplication_id,
                trace, uuid, md5, attributes, body)
             VALUES (?1, ?2, 0, 0, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            queue.id,
            now + delay * 1000,
            now,
            sequence,
            message.group_id,
            deduplication_id,
            trace,
            uuid,
            md5,
            attributes,
            message.body
        ])?;
    Ok(answer)
}

/// What was answered for a message of that key within the last five minutes.
fn remembered(database: &Connection, queue: &Queue, key: &str, now: i64) -> rusqlite::Result<Option<(String, i64)>> {
    database
        .prepare_cached("DELETE FROM deduplication WHERE queue = ?1 AND at <= ?2")?
        .execute(params![queue.id, now - DEDUPLICATION])?;
    database
        .prepare_cached("SELECT uuid, sequence FROM deduplication WHERE queue = ?1 AND key = ?2")?
        .query_row(params![queue.id, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Numbers a message that a FIFO queue has not had before, and remembers it.
fn next_sequence(database: &Connection, queue: &Queue, key: &str, uuid: &str, now: i64) -> rusqlite::Result<i64> {
    let number = database
        .prepare_cached("UPDATE queue SET sequence = sequence + 1 WHERE id = ?1 RETURNING sequence")?
        .query_row([queue.id], |row| row.get(0))?;
    database
        .prepare_cached("INSERT INTO deduplication (queue, key, at, uuid, sequence) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![queue.id, key, now, uuid, number])?;
    Ok(number)
}

/// Twenty digits, as AWS's have.
pub(super) fn sequence_number(number: i64) -> String {
    format!("188{number:017}")
}

/// SHA-256 of the body in hexadecimal, the deduplication identifier of queues that deduplicate by content.
fn hash(body: &str) -> String {
    let nibbles: Vec<u8> = Sha256::digest(body).iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    nibbles.into_iter().filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}
