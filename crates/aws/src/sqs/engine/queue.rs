//! Queues themselves: made, found, listed, changed, emptied, deleted.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attributes::Attributes;
use super::{Engine, read};
use crate::database::Failure;
use crate::error::ServiceError;
use crate::sqs::fault::{fault, no_such_queue};
use crate::sqs::is_fifo;

/// How long after `PurgeQueue` the next is refused, in milliseconds.
const PURGE: i64 = 60_000;

/// A queue as operations on its messages need it.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) fifo: bool,
    pub(super) attributes: Attributes,
}

impl Queue {
    /// Finds a queue by its name.
    pub(super) fn find(database: &Connection, name: &str) -> Result<Self, Failure> {
        Self::look_up(database, name)?.ok_or_else(|| no_such_queue().into())
    }

    pub(super) fn look_up(database: &Connection, name: &str) -> Result<Option<Self>, Failure> {
        let mut find = database.prepare_cached("SELECT id, attributes FROM queue WHERE name = ?1")?;
        let row: Option<(i64, String)> = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((id, attributes)) = row else { return Ok(None) };
        Ok(Some(Self { id, fifo: is_fifo(name), attributes: Attributes::read(&attributes)? }))
    }

    /// Removes the messages that are older than the queue keeps them.
    pub(super) fn expire(&self, database: &Connection, now: i64) -> rusqlite::Result<()> {
        database
            .prepare_cached("DELETE FROM message WHERE queue = ?1 AND enqueued < ?2")?
            .execute(params![self.id, now - self.attributes.retention() * 1000])
            .map(drop)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lookup {
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    queue_name_prefix: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetAttributes {
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetAttributes {
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Untag {
    tag_keys: Vec<String>,
}

impl Engine {
    /// Makes a queue, or finds it when the attributes that are given are the ones it has.
    pub(super) async fn create(&self, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Create { queue_name: name, attributes: mut given, tags } = read(members)?;
        let (url, now) = (self.url(&name), self.clock.now());
        let make = move |database: &Connection| {
            let fifo = is_fifo(&name);
            if let Some(queue) = Queue::look_up(database, &name)? {
                return match queue.attributes.difference(&given, fifo) {
                    None => Ok(()),
                    Some(attribute) => Err(fault(
                        "QueueAlreadyExists",
                        format!(
                            "A queue already exists with the same name and a different value for attribute {attribute}"
                        ),
                    )
                    .into()),
                };
            }
            given.remove("FifoQueue");
            let mut attributes = Attributes::default();
            attributes.set(given, fifo)?;
            database.execute(
                "INSERT INTO queue (name, created, modified, attributes, tags) VALUES (?1, ?2, ?2, ?3, ?4)",
                params![name, now, attributes.text(), text(&tags)],
            )?;
            Ok(())
        };
        self.database.with(make).await?;
        Ok(json!({"QueueUrl": url}))
    }

    /// A queue may be made again at once; AWS has one wait for a minute.
    pub(super) async fn delete(&self, queue: String) -> Result<Value, ServiceError> {
        let name = queue.clone();
        let delete = move |database: &Connection| {
            let id = Queue::find(database, &name)?.id;
            for table in ["DELETE FROM message WHERE queue = ?1", "DELETE FROM deduplication WHERE queue = ?1"] {
                database.execute(table, [id])?;
            }
            database.execute("DELETE FROM queue WHERE id = ?1", [id])?;
            Ok(())
        };
        self.database.with(delete).await?;
        self.waiters.wake(&queue);
        Ok(json!({}))
    }

    pub(super) async fn find(&self, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Lookup { queue_name: name } = read(members)?;
        let url = self.url(&name);
        self.database.with(move |database| Queue::find(database, &name)).await?;
        Ok(json!({"QueueUrl": url}))
    }

    /// The token is the last name of the page before.
    pub(super) async fn list(&self, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let List { queue_name_prefix: prefix, max_results, next_token } = read(members)?;
        let page = max_results.unwrap_or(1_000);
        let names = move |database: &Connection| {
            let mut names = Vec::new();
            let mut all = database.prepare_cached("SELECT name FROM queue WHERE name > ?1 ORDER BY name")?;
            let mut rows = all.query([next_token.unwrap_or_default()])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                if name.starts_with(&prefix) {
                    names.push(name);
                    if names.len() > page {
                        break;
                    }
                }
            }
            Ok(names)
        };
        let mut names = self.database.with(names).await?;
        let more = names.len() > page;
        names.truncate(page);
        let mut output = json!({});
        // Without a page size there is no token (API reference of ListQueues).
        if more && max_results.is_some() {
            output["NextToken"] = names.last().cloned().into();
        }
        if !names.is_empty() {
            output["QueueUrls"] = names.iter().map(|name| self.url(name)).collect();
        }
        Ok(output)
    }

    /// The queues whose dead-letter queue this is. All on one page.
    pub(super) async fn sources(&self, queue: String) -> Result<Value, ServiceError> {
        let arn = self.place.arn("sqs", &queue);
        let find = move |database: &Connection| {
            Queue::find(database, &queue)?;
            let mut names = Vec::new();
            let mut all = database.prepare("SELECT name, attributes FROM queue ORDER BY name")?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                let attributes = Attributes::read(&row.get::<_, String>(1)?)?;
                if attributes.redrive().is_some_and(|(target, _)| target == arn) {
                    names.push(row.get::<_, String>(0)?);
                }
            }
            Ok(names)
        };
        let names = self.database.with(find).await?;
        let urls: Vec<String> = names.iter().map(|name| self.url(name)).collect();
        // The model spells this one reply's member in lower case.
        Ok(json!({"queueUrls": urls}))
    }

    pub(super) async fn get_attributes(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let GetAttributes { attribute_names: names } = read(members)?;
        let (arn, now) = (self.place.arn("sqs", &queue), self.clock.now());
        let look = move |database: &Connection| {
            let found = Queue::find(database, &queue)?;
            found.expire(database, now)?;
            let mut all = found.attributes.all(found.fifo);
            all.insert("QueueArn", arn);
            let (created, modified): (i64, i64) =
                database.query_row("SELECT created, modified FROM queue WHERE id = ?1", [found.id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            all.insert("CreatedTimestamp", (created / 1000).to_string());
            all.insert("LastModifiedTimestamp", (modified / 1000).to_string());
            let asked = |name: &str| names.iter().any(|asked| asked == "All" || asked == name);
            for (name, condition) in [
                ("ApproximateNumberOfMessages", "visible <= ?2"),
                ("ApproximateNumberOfMessagesNotVisible", "visible > ?2 AND receipt IS NOT NULL"),
                ("ApproximateNumberOfMessagesDelayed", "visible > ?2 AND receipt IS NULL"),
            ] {
                if asked(name) {
                    let mut count = database
                        .prepare_cached(&format!("SELECT count(*) FROM message WHERE queue = ?1 AND {condition}"))?;
                    let number: i64 = count.query_row(params![found.id, now], |row| row.get(0))?;
                    all.insert(name, number.to_string());
                }
            }
            all.retain(|name, _| asked(name));
            Ok(if all.is_empty() { json!({}) } else { json!({"Attributes": all}) })
        };
        self.database.with(look).await
    }

    pub(super) async fn set_attributes(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let SetAttributes { attributes: given } = read(members)?;
        let (name, now) = (queue.clone(), self.clock.now());
        let set = move |database: &Connection| {
            let mut found = Queue::find(database, &name)?;
            found.attributes.set(given, found.fifo)?;
            database.execute(
                "UPDATE queue SET attributes = ?2, modified = ?3 WHERE id = ?1",
                params![found.id, found.attributes.text(), now],
            )?;
            Ok(json!({}))
        };
        let done = self.database.with(set).await?;
        self.waiters.wake(&queue);
        Ok(done)
    }

    pub(super) async fn purge(&self, queue: String) -> Result<Value, ServiceError> {
        let now = self.clock.now();
        let purge = move |database: &Connection| {
            let id = Queue::find(database, &queue)?.id;
            let done = database.execute(
                "UPDATE queue SET purged = ?2 WHERE id = ?1 AND (purged IS NULL OR purged <= ?2 - ?3)",
                params![id, now, PURGE],
            )?;
            if done == 0 {
                let sentence = format!("Only one PurgeQueue operation on {queue} is allowed every 60 seconds.");
                return Err(fault("AWS.SimpleQueueService.PurgeQueueInProgress", sentence).into());
            }
            database.execute("DELETE FROM message WHERE queue = ?1", [id])?;
            Ok(json!({}))
        };
        self.database.with(purge).await
    }

    pub(super) async fn tag(&self, queue: String, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Tag { tags: given } = read(members)?;
        self.retag(queue, move |tags| tags.extend(given)).await
    }

    pub(super) async fn untag(&self, queue: String, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Untag { tag_keys } = read(members)?;
        self.retag(queue, move |tags| tags.retain(|key, _| !tag_keys.contains(key))).await
    }

    async fn retag(
        &self,
        queue: String,
        change: impl FnOnce(&mut BTreeMap<String, String>) + Send + 'static,
    ) -> Result<Value, ServiceError> {
        let set = move |database: &Connection| {
            let (id, mut tags) = tags(database, &queue)?;
            change(&mut tags);
            database.execute("UPDATE queue SET tags = ?2 WHERE id = ?1", params![id, text(&tags)])?;
            Ok(json!({}))
        };
        self.database.with(set).await
    }

    pub(super) async fn list_tags(&self, queue: String) -> Result<Value, ServiceError> {
        let (_, tags) = self.database.with(move |database| tags(database, &queue)).await?;
        Ok(if tags.is_empty() { json!({}) } else { json!({"Tags": tags}) })
    }
}

fn text(tags: &BTreeMap<String, String>) -> String {
    serde_json::to_string(tags).expect("a map of texts always serialises")
}

fn tags(database: &Connection, queue: &str) -> Result<(i64, BTreeMap<String, String>), Failure> {
    let id = Queue::find(database, queue)?.id;
    let tags: String = database.query_row("SELECT tags FROM queue WHERE id = ?1", [id], |row| row.get(0))?;
    let tags = serde_json::from_str(&tags)
        .map_err(|error| fault("InternalError", format!("The queue's tags can't be read: {error}")))?;
    Ok((id, tags))
}
