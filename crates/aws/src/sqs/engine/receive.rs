//! Messages go out: to a receiver, or to the dead-letter queue when they were received too often.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Duration, Instant};

use super::queue::Queue;
use super::receipt::Receipt;
use super::send::sequence_number;
use super::{Engine, digest, fifo, read};
use crate::attribute::MessageAttribute;
use crate::database::Failure;
use crate::error::ServiceError;
use crate::place::Place;
use crate::sqs::Received;
use crate::sqs::fault::fault;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    max_number_of_messages: Option<usize>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    /// The older name of the next.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// What a receiver asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    /// 1–10.
    pub(super) most: usize,
    /// In seconds; the queue's own when there is none.
    pub(super) wait: Option<i64>,
    /// In seconds; the queue's own when there is none.
    pub(super) visibility_timeout: Option<i64>,
}

/// What a look at the queue came to.
struct Look {
    messages: Vec<Received>,
    /// The queue's own waiting time, in seconds.
    wait: i64,
    /// When the next message becomes visible by itself.
    next: Option<i64>,
    /// The dead-letter queue that messages were moved to.
    moved_to: Option<String>,
}

impl Engine {
    pub(super) async fn receive_message(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let request: Receive = read(members)?;
        let ask = Ask {
            most: request.max_number_of_messages.unwrap_or(1),
            wait: request.wait_time_seconds,
            visibility_timeout: request.visibility_timeout,
        };
        let received = self.receive_some(queue, ask).await?;
        if received.is_empty() {
            return Ok(json!({}));
        }
        let mut system = request.attribute_names;
        system.extend(request.message_system_attribute_names);
        let shown: Vec<Value> =
            received.into_iter().map(|message| show(message, &system, &request.message_attribute_names)).collect();
        Ok(json!({"Messages": shown}))
    }

    /// Receives what there is, or waits for it.
    pub(super) async fn receive_some(&self, queue: String, ask: Ask) -> Result<Vec<Received>, ServiceError> {
        let began = Instant::now();
        let first = self.look(&queue, ask).await?;
        let wait = u64::try_from(ask.wait.unwrap_or(first.wait)).unwrap_or_default();
        if !first.messages.is_empty() || wait == 0 || self.waiters.closed() {
            return Ok(first.messages);
        }
        let deadline = began + Duration::from_secs(wait);
        // Only now, so that names of no queue leave nothing behind.
        let bell = self.waiters.of(&queue);
        loop {
            let woken = bell.notified();
            tokio::pin!(woken);
            // Before the look, so that what comes right after it is not missed.
            woken.as_mut().enable();
            let look = self.look(&queue, ask).await?;
            if !look.messages.is_empty() || Instant::now() >= deadline || self.waiters.closed() {
                return Ok(look.messages);
            }
            let until = look.next.map_or(deadline, |next| self.clock.instant(next).min(deadline));
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    async fn look(&self, queue: &str, ask: Ask) -> Result<Look, ServiceError> {
        let (name, place, now) = (queue.to_owned(), self.place.clone(), self.clock.now());
        let look = self.database.with(move |database| look(database, &place, &name, ask, now)).await?;
        if let Some(target) = &look.moved_to {
            self.waiters.wake(target);
        }
        Ok(look)
    }
}

/// Takes visible messages out of the queue until enough are taken, or there are no more.
fn look(database: &Connection, place: &Place, name: &str, ask: Ask, now: i64) -> Result<Look, Failure> {
    let queue = Queue::find(database, name)?;
    queue.expire(database, now)?;
    let hidden = now + ask.visibility_timeout.unwrap_or_else(|| queue.attributes.visibility_timeout()) * 1000;
    let arn = place.arn("sqs", name);
    let mut dead_letters = DeadLetters::of(database, place, &queue)?;
    let mut messages = Vec::new();
    let mut seen = HashSet::new();
    loop {
        let wanted = ask.most - messages.len();
        let rows = if queue.fifo {
            fifo::choose(database, queue.id, now, wanted)?
        } else {
            choose(database, queue.id, now, wanted + seen.len())?
        };
        let mut moved = false;
        for id in rows {
            if messages.len() == ask.most || !seen.insert(id) {
                continue;
            }
            let mut message = database.prepare_cached(MESSAGE)?.query_row([id], Stored::read)?;
            if let Some(target) =
                dead_letters.as_ref().filter(|target| message.received - message.tries >= target.after)
            {
                target.take(database, id, &arn, now)?;
                moved = true;
                continue;
            }
            let receipt = Receipt::new(&message.uuid, id);
            message.received += 1;
            message.first_received.get_or_insert(now);
            database
                .prepare_cached(
                    "UPDATE message SET visible = ?2, received = ?3, first_received = ?4, receipt = ?5 WHERE id = ?1",
                )?
                .execute(params![id, hidden, message.received, message.first_received, receipt.nonce])?;
            messages.push(message.received(receipt.handle(), &place.account)?);
        }
        // Only what was moved away makes another round worth while.
        if !moved {
            dead_letters = dead_letters.filter(|target| target.used.get());
            break;
        }
    }
    let next = database
        .prepare_cached("SELECT min(visible) FROM message WHERE queue = ?1 AND visible > ?2")?
        .query_row(params![queue.id, now], |row| row.get(0))?;
    Ok(Look { messages, wait: queue.attributes.wait(), next, moved_to: dead_letters.map(|target| target.name) })
}

/// The visible messages of a standard queue that became so first.
fn choose(database: &Connection, queue: i64, now: i64, most: usize) -> rusqlite::Result<Vec<i64>> {
    database
        .prepare_cached("SELECT id FROM message WHERE queue = ?1 AND visible <= ?2 ORDER BY visible, id LIMIT ?3")?
        .query_map(params![queue, now, most], |row| row.get(0))?
        .collect()
}

/// Where messages of a queue go that were received too often.
struct DeadLetters {
    name: String,
    id: i64,
    /// After how many receives.
    after: i64,
    used: std::cell::Cell<bool>,
}

impl DeadLetters {
    /// None when the queue has no redrive policy, or its target isn't there: then messages stay, rather than be lost.
    fn of(database: &Connection, place: &Place, queue: &Queue) -> Result<Option<Self>, Failure> {
        let Some((arn, after)) = queue.attributes.redrive() else { return Ok(None) };
        let Some(name) = place.resource("sqs", &arn) else { return Ok(None) };
        let target = Queue::look_up(database, name)?;
        Ok(target.map(|target| Self { name: name.to_owned(), id: target.id, after, used: false.into() }))
    }

    /// Moves a message to the end of the dead-letter queue. Its age goes on counting in a standard queue, and begins anew in
    /// a FIFO queue (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>).
    fn take(&self, database: &Connection, id: i64, source: &str, now: i64) -> rusqlite::Result<()> {
        self.used.set(true);
        database
            .prepare_cached(
                "INSERT INTO message (queue, visible, received, tries, first_received, receipt, sent, enqueued, sequence,
                    group_id, deduplication_id, source, trace, uuid, md5, attributes, body)
                 SELECT ?2, ?3, received, received, first_received, NULL, sent,
                    CASE WHEN sequence IS NULL THEN enqueued ELSE ?3 END, sequence, group_id, deduplication_id, ?4, trace,
                    uuid, md5, attributes, body
                 FROM message WHERE id = ?1",
            )?
            .execute(params![id, self.id, now, source])?;
        database.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute([id]).map(drop)
    }
}

const MESSAGE: &str = "SELECT received, tries, first_received, sent, sequence, group_id, deduplication_id, source, trace, uuid, \
    md5, attributes, body FROM message WHERE id = ?1";

/// A message's row.
struct Stored {
    received: i64,
    tries: i64,
    first_received: Option<i64>,
    sent: i64,
    sequence: Option<i64>,
    group_id: Option<String>,
    deduplication_id: Option<String>,
    source: Option<String>,
    trace: Option<String>,
    uuid: String,
    md5: String,
    attributes: Option<String>,
    body: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            received: row.get(0)?,
            tries: row.get(1)?,
            first_received: row.get(2)?,
            sent: row.get(3)?,
            sequence: row.get(4)?,
            group_id: row.get(5)?,
            deduplication_id: row.get(6)?,
            source: row.get(7)?,
            trace: row.get(8)?,
            uuid: row.get(9)?,
            md5: row.get(10)?,
            attributes: row.get(11)?,
            body: row.get(12)?,
        })
    }

    fn received(self, handle: String, account: &str) -> Result<Received, ServiceError> {
        let message_attributes: BTreeMap<String, MessageAttribute> = match &self.attributes {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| fault("InternalError", format!("The message's attributes can't be read: {error}")))?,
        };
        let mut attributes = BTreeMap::from([
            ("SenderId".to_owned(), account.to_owned()),
            ("SentTimestamp".to_owned(), self.sent.to_string()),
            ("ApproximateReceiveCount".to_owned(), self.received.to_string()),
            ("ApproximateFirstReceiveTimestamp".to_owned(), self.first_received.unwrap_or(self.sent).to_string()),
        ]);
        for (name, value) in [
            ("SequenceNumber", self.sequence.map(sequence_number)),
            ("MessageGroupId", self.group_id),
            ("MessageDeduplicationId", self.deduplication_id),
            ("DeadLetterQueueSourceArn", self.source),
            ("AWSTraceHeader", self.trace),
        ] {
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(Received {
            message_id: self.uuid,
            receipt: handle,
            body: self.body,
            md5_of_body: self.md5,
            md5_of_attributes: digest::of_attributes(&message_attributes),
            attributes,
            message_attributes,
        })
    }
}

/// A message as `ReceiveMessage` answers it, with the attributes that were asked for.
fn show(mut message: Received, system: &[String], custom: &[String]) -> Value {
    let mut shown = json!({
        "MessageId": message.message_id, "ReceiptHandle": message.receipt, "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    });
    message.attributes.retain(|name, _| system.iter().any(|asked| asked == "All" || asked == name));
    if !message.attributes.is_empty() {
        shown["Attributes"] = json!(message.attributes);
    }
    message.message_attributes.retain(|name, _| custom.iter().any(|asked| asks_for(asked, name)));
    if let Some(md5) = digest::of_attributes(&message.message_attributes) {
        shown["MD5OfMessageAttributes"] = md5.into();
        shown["MessageAttributes"] = json!(message.message_attributes);
    }
    shown
}

/// Whether a name in `MessageAttributeNames`, which may be `All` or `.*` or end in `.*`, is that of an attribute (recorded
/// in `LocalStack`'s snapshot `test_receive_message_message_attribute_names_filters`).
fn asks_for(asked: &str, name: &str) -> bool {
    match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => asked == "All" || asked == name,
    }
}
