//! What lasts of SNS: topics, subscriptions, what FIFO topics remember, and messages until they are delivered.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::Message;
use super::publish::answer;
use super::subscription::{Settings, Subscription};
use super::topic::Topic;
use crate::database::{Database, Failure, Format};
use crate::error::{Error, ServiceError};

/// How long a FIFO topic remembers what was published, in milliseconds.
const DEDUPLICATION: i64 = 5 * 60 * 1000;
/// What the sequence numbers of FIFO topics begin after, of twenty digits as AWS's are.
const SEQUENCE: u64 = 10_000_000_000_000_000_000;

/// Times are milliseconds since 1970. A `message` is there while it has a `delivery`, which holds its subscription as it was
/// when the message was published.
static FORMAT: Format = Format {
    holds: "topics",
    application: *b"BSns",
    version: 1,
    tables: "
    CREATE TABLE topic (
        arn TEXT PRIMARY KEY,
        attributes TEXT NOT NULL,
        tags TEXT NOT NULL,
        deleted INTEGER NOT NULL,
        sequence INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE subscription (id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
    CREATE TABLE recent (
        topic TEXT NOT NULL,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (topic, key)
    ) WITHOUT ROWID;
    CREATE INDEX recent_by_age ON recent (topic, at);
    CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE delivery (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES message (id),
        subscription TEXT NOT NULL
    );
    CREATE INDEX delivery_of_message ON delivery (message);
    ",
};

/// The database.
pub(super) struct Store(Database);

/// What a process before this one has left.
pub(crate) struct Kept {
    pub(super) store: Store,
    pub(super) topics: BTreeMap<String, Topic>,
}

/// A subscription as it is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    arn: String,
    protocol: String,
    endpoint: String,
    attributes: BTreeMap<String, String>,
}

/// What became of a message that was published.
pub(super) enum Accepted {
    /// It was published within the last five minutes; what was answered then.
    Duplicate(Value),
    /// It is new. For each subscription, in order, its delivery, if that is one that lasts.
    New(Box<Message>, Vec<Option<i64>>),
}

/// A delivery that was not settled.
pub(super) struct Pending {
    pub(super) delivery: i64,
    pub(super) topic_arn: String,
    pub(super) subscription: Subscription,
    pub(super) message: Message,
}

impl Kept {
    /// Opens what is in `file`, or nothing yet in memory. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::Data`] when the file can't be used.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        // Read before the thread has the database: nothing else is asked of it yet.
        let (database, topics) = Database::open_with(file, &FORMAT, topics)?;
        Ok(Self { store: Store(database), topics })
    }
}

fn topics(database: &Connection) -> Result<BTreeMap<String, Topic>, Failure> {
    let mut topics = BTreeMap::new();
    let mut all = database.prepare("SELECT arn, attributes, tags, deleted FROM topic")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let topic = Topic {
            attributes: json(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
            tags: json(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?,
            subscriptions: Vec::new(),
            deleted_subscriptions: row.get(3)?,
        };
        topics.insert(row.get(0)?, topic);
    }
    let mut all = database.prepare("SELECT text FROM subscription ORDER BY id")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let subscription = Subscription::written(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        if let Some(topic) = topics.get_mut(subscription.topic_arn()) {
            topic.subscriptions.push(Arc::new(subscription));
        }
    }
    Ok(topics)
}

fn json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Unavailable(format!("it holds what this program never wrote: {error}")))
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts in maps with text keys always serialise")
}

impl Subscription {
    fn written(text: &str) -> Result<Self, Failure> {
        let Written { arn, protocol, endpoint, attributes } = json(text)?;
        let settings = Settings::read(attributes).map_err(Failure::Unavailable)?;
        Ok(Self { arn, protocol, endpoint, settings })
    }

    fn to_text(&self) -> String {
        text(&Written {
            arn: self.arn.clone(),
            protocol: self.protocol.clone(),
            endpoint: self.endpoint.clone(),
            attributes: self.settings.given.clone(),
        })
    }

    /// Whether what is delivered to it lasts: a queue's and a function's does, people's mail does not.
    fn lasts(&self) -> bool {
        matches!(self.protocol.as_str(), "sqs" | "lambda")
    }
}

impl Store {
    #[cfg(test)]
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.0.with(work).await
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }

    /// Writes a topic down, without its subscriptions.
    pub(super) async fn put_topic(&self, arn: &str, topic: &Topic) -> Result<(), ServiceError> {
        let (arn, attributes, tags) = (arn.to_owned(), text(&topic.attributes), text(&topic.tags));
        let deleted = topic.deleted_subscriptions;
        self.0
            .with(move |database| {
                database.execute(
                    "INSERT INTO topic (arn, attributes, tags, deleted) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (arn) DO UPDATE SET attributes = ?2, tags = ?3, deleted = ?4",
                    params![arn, attributes, tags, deleted],
                )?;
                Ok(())
            })
            .await
    }

    /// Removes a topic with its subscriptions; what was published stays until it is delivered.
    pub(super) async fn remove_topic(&self, arn: &str) -> Result<(), ServiceError> {
        let arn = arn.to_owned();
        self.0
            .with(move |database| {
                database.execute("DELETE FROM topic WHERE arn = ?1", [&arn])?;
                database.execute("DELETE FROM recent WHERE topic = ?1", [&arn])?;
                // A subscription's ARN is its topic's, a colon and an identifier without one.
                database.execute(
                    "DELETE FROM subscription WHERE substr(arn, 1, length(?1) + 1) = ?1 || ':'
                        AND instr(substr(arn, length(?1) + 2), ':') = 0",
                    [&arn],
                )?;
                Ok(())
            })
            .await
    }

    /// Writes a subscription down.
    pub(super) async fn put_subscription(&self, subscription: &Subscription) -> Result<(), ServiceError> {
        let (arn, text) = (subscription.arn.clone(), subscription.to_text());
        self.0
            .with(move |database| {
                database.execute(
                    "INSERT INTO subscription (arn, text) VALUES (?1, ?2) ON CONFLICT (arn) DO UPDATE SET text = ?2",
                    params![arn, text],
                )?;
                Ok(())
            })
            .await
    }

    /// Removes a subscription, and has its topic count that.
    pub(super) async fn remove_subscription(&self, arn: &str) -> Result<(), ServiceError> {
        let arn = arn.to_owned();
        self.0
            .with(move |database| {
                let topic = arn.rsplit_once(':').map_or("", |(topic, _)| topic);
                if database.execute("DELETE FROM subscription WHERE arn = ?1", [&arn])? > 0 {
                    database.execute("UPDATE topic SET deleted = deleted + 1 WHERE arn = ?1", [topic])?;
                }
                Ok(())
            })
            .await
    }

    /// Writes a message down with its deliveries, numbers it when the topic is a FIFO topic, and answers for a duplicate what
    /// was answered for the first. `key` is what a FIFO topic tells duplicates by.
    pub(super) async fn accept(
        &self,
        topic: &str,
        key: Option<String>,
        mut message: Message,
        wanting: &[Arc<Subscription>],
        now: i64,
    ) -> Result<Accepted, ServiceError> {
        let subscriptions: Vec<Option<String>> =
            wanting.iter().map(|subscription| subscription.lasts().then(|| subscription.to_text())).collect();
        if key.is_none() && subscriptions.iter().all(Option::is_none) {
            let deliveries = vec![None; subscriptions.len()];
            return Ok(Accepted::New(Box::new(message), deliveries));
        }
        let topic = topic.to_owned();
        let accept = move |database: &Connection| {
            if let Some(key) = key {
                if let Some(answer) = remembered(database, &topic, &key, now)? {
                    return Ok(Accepted::Duplicate(answer));
                }
                message.sequence_number = Some(next_sequence(database, &topic)?);
                database
                    .prepare_cached("INSERT INTO recent (topic, key, at, answer) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![topic, key, now, answer(&message).to_string()])?;
            }
            let mut deliveries = Vec::with_capacity(subscriptions.len());
            if subscriptions.iter().any(Option::is_some) {
                database
                    .prepare_cached("INSERT INTO message (topic, text) VALUES (?1, ?2)")?
                    .execute(params![topic, text(&message)])?;
                let id = database.last_insert_rowid();
                let mut insert =
                    database.prepare_cached("INSERT INTO delivery (message, subscription) VALUES (?1, ?2)")?;
                for subscription in &subscriptions {
                    let Some(subscription) = subscription else {
                        deliveries.push(None);
                        continue;
                    };
                    insert.execute(params![id, subscription])?;
                    deliveries.push(Some(database.last_insert_rowid()));
                }
            } else {
                deliveries.resize(subscriptions.len(), None);
            }
            Ok(Accepted::New(Box::new(message), deliveries))
        };
        self.0.with(accept).await
    }

    /// Forgets deliveries that are done. When that fails they are done once more at the next start.
    pub(super) async fn settle(&self, deliveries: Vec<i64>) {
        if deliveries.is_empty() {
            return;
        }
        let settle = move |database: &Connection| {
            let mut remove = database.prepare_cached("DELETE FROM delivery WHERE id = ?1 RETURNING message")?;
            let mut forget = database.prepare_cached(
                "DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE message = ?1)",
            )?;
            for delivery in deliveries {
                let message: Option<i64> = remove.query_row([delivery], |row| row.get(0)).optional()?;
                if let Some(message) = message {
                    forget.execute([message])?;
                }
            }
            Ok(())
        };
        if let Err(error) = self.0.with(settle).await {
            tracing::warn!(%error, "deliveries could not be settled and will be repeated");
        }
    }

    /// What was accepted and not delivered, in order.
    pub(super) async fn pending(&self) -> Result<Vec<Pending>, ServiceError> {
        let read = |database: &Connection| {
            let mut all = database.prepare(
                "SELECT d.id, m.topic, d.subscription, m.text FROM delivery d JOIN message m ON m.id = d.message ORDER BY d.id",
            )?;
            let mut rows = all.query([])?;
            let mut pending = Vec::new();
            while let Some(row) = rows.next()? {
                pending.push(Pending {
                    delivery: row.get(0)?,
                    topic_arn: row.get(1)?,
                    subscription: Subscription::written(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?,
                    message: json(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?,
                });
            }
            Ok(pending)
        };
        self.0.with(read).await
    }
}

/// What was answered for a message of that key within the last five minutes.
fn remembered(database: &Connection, topic: &str, key: &str, now: i64) -> Result<Option<Value>, Failure> {
    database
        .prepare_cached("DELETE FROM recent WHERE topic = ?1 AND at <= ?2")?
        .execute(params![topic, now - DEDUPLICATION])?;
    let answer: Option<String> = database
        .prepare_cached("SELECT answer FROM recent WHERE topic = ?1 AND key = ?2")?
        .query_row(params![topic, key], |row| row.get(0))
        .optional()?;
    answer.map(|answer| json(&answer)).transpose()
}

fn next_sequence(database: &Connection, topic: &str) -> rusqlite::Result<String> {
    let number: u64 = database
        .prepare_cached("UPDATE topic SET sequence = sequence + 1 WHERE arn = ?1 RETURNING sequence")?
        .query_row([topic], |row| row.get(0))?;
    Ok((SEQUENCE + number).to_string())
}
