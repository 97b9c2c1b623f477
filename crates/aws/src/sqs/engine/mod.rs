//! The queue engine: queues and messages in one database, which is the only truth there is. What was answered is there
//! after a crash: messages, how often and by which receipt they were received, when they become visible, what a FIFO queue
//! remembers of duplicates.
//!
//! Differences to SQS: a deleted queue may be made again at once; `ReceiveRequestAttemptId` is taken and has no effect; a
//! receive can't be extended over twelve hours only by asking for more than twelve at once. Time passes while the machine
//! is awake.

mod attributes;
mod digest;
mod fifo;
mod queue;
mod receipt;
mod receive;
mod send;
mod settle;
mod tables;
mod waiters;

use std::path::Path;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use self::receive::Ask;
use self::waiters::Waiters;
use super::{Outgoing, Queues, Received, check};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::{Error, ServiceError};
use crate::place::Place;

/// Queues in a file or in memory.
pub(crate) struct Engine {
    database: Database,
    waiters: Waiters,
    clock: Clock,
    place: Place,
    /// `http://<host>:<port>/<account>/`, what a queue's URL begins with.
    base: String,
}

impl Engine {
    /// Opens the queues in `file`, or none yet in memory; their URLs hold `endpoint`. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::Data`] when the file can't be used.
    pub(crate) fn open(file: Option<&Path>, place: &Place, endpoint: &str) -> Result<Self, Error> {
        Ok(Self {
            database: Database::open(file, &tables::FORMAT)?,
            waiters: Waiters::default(),
            clock: Clock::new(),
            place: place.clone(),
            base: format!("{endpoint}/{}/", place.account),
        })
    }

    fn url(&self, queue: &str) -> String {
        format!("{}{queue}", self.base)
    }
}

#[async_trait]
impl Queues for Engine {
    async fn execute(&self, operation: &str, members: Map<String, Value>) -> Result<Value, ServiceError> {
        match operation {
            "CreateQueue" => return self.create(members).await,
            "GetQueueUrl" => return self.find(members).await,
            "ListQueues" => return self.list(members).await,
            _ => {}
        }
        let url = members.get("QueueUrl").and_then(Value::as_str).unwrap_or_default();
        let queue = check::queue_name(url, &self.place)?.to_owned();
        match operation {
            "DeleteQueue" => self.delete(queue).await,
            "PurgeQueue" => self.purge(queue).await,
            "GetQueueAttributes" => self.get_attributes(queue, members).await,
            "SetQueueAttributes" => self.set_attributes(queue, members).await,
            "ListDeadLetterSourceQueues" => self.sources(queue).await,
            "TagQueue" => self.tag(queue, members).await,
            "UntagQueue" => self.untag(queue, members).await,
            "ListQueueTags" => self.list_tags(queue).await,
            "SendMessage" => self.send_message(queue, members).await,
            "SendMessageBatch" => self.send_batch(queue, members).await,
            "ReceiveMessage" => self.receive_message(queue, members).await,
            "DeleteMessage" => self.delete_message(queue, members).await,
            "DeleteMessageBatch" => self.delete_batch(queue, members).await,
            "ChangeMessageVisibility" => self.change_visibility(queue, members).await,
            "ChangeMessageVisibilityBatch" => self.change_visibility_batch(queue, members).await,
            other => Err(ServiceError::new(400, "UnknownOperationException", format!("SQS has no operation {other}"))),
        }
    }

    async fn send(&self, queue: &str, message: Outgoing) -> Result<(), ServiceError> {
        self.send_one(queue.to_owned(), message.into()).await.map(drop)
    }

    async fn receive(&self, queue: &str, max: usize, wait_seconds: i32) -> Result<Vec<Received>, ServiceError> {
        let ask = Ask { most: max.clamp(1, 10), wait: Some(wait_seconds.into()), visibility_timeout: None };
        self.receive_some(queue.to_owned(), ask).await
    }

    async fn delete(&self, queue: &str, receipt: &str) -> Result<(), ServiceError> {
        self.delete_one(queue.to_owned(), receipt.to_owned()).await.map(drop)
    }

    async fn end_waiting(&self) {
        self.waiters.close();
    }

    async fn close(&self) {
        self.waiters.close();
        self.database.close().await;
    }
}

/// Reads a request that has been checked; what is missing or of another type is still told in AWS's words.
fn read<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, ServiceError> {
    serde_json::from_value(Value::Object(members)).map_err(|error| {
        let message = error.to_string();
        match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(member) => super::fault::missing(member),
            None => ServiceError::new(400, "SerializationException", message),
        }
    })
}

/// An entry of a batch that failed.
fn failed(id: &str, error: &ServiceError) -> Value {
    json!({"Id": id, "SenderFault": error.status < 500, "Code": error.code, "Message": error.message})
}
