//! SQS: the queue engine behind a trait, its JSON protocol, its in-process door, and event source mappings.

mod check;
mod engine;
mod event;
mod fault;
pub(crate) mod mapping;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

pub(crate) use check::is_fifo;
pub(crate) use engine::Engine;

use crate::attribute::MessageAttribute;
use crate::error::{Error, ServiceError};
use crate::place::Place;
use crate::service::{JsonReply, JsonService, Service, ServiceReply, http_date, new_request_id};

/// A queue engine.
#[async_trait]
pub(crate) trait Queues: Send + Sync {
    /// Carries out an operation of the API whose members have been checked.
    async fn execute(&self, operation: &str, members: Map<String, Value>) -> Result<Value, ServiceError>;
    /// Sends a message to the queue of that name.
    async fn send(&self, queue: &str, message: Outgoing) -> Result<(), ServiceError>;
    /// Receives up to `max` (1–10) messages with all their attributes, waiting up to `wait_seconds` for the first.
    async fn receive(&self, queue: &str, max: usize, wait_seconds: i32) -> Result<Vec<Received>, ServiceError>;
    /// Deletes a received message.
    async fn delete(&self, queue: &str, receipt: &str) -> Result<(), ServiceError>;
    /// Answers the receivers that wait, and lets nobody wait any more.
    async fn end_waiting(&self);
    /// Ends all queues, after everything that was asked for before.
    async fn close(&self);
}

/// A message to be sent by another service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outgoing {
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    pub(crate) group_id: Option<String>,
    pub(crate) deduplication_id: Option<String>,
}

/// A received message.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) message_id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    pub(crate) md5_of_body: String,
    pub(crate) md5_of_attributes: Option<String>,
    /// System attributes, like `ApproximateReceiveCount`.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) message_attributes: BTreeMap<String, MessageAttribute>,
}

/// A queue that was made or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// `http://127.0.0.1:<port>/<account>/<name>`.
    pub url: String,
    /// `arn:aws:sqs:<region>:<account>:<name>`.
    pub arn: String,
}

/// The service.
pub(crate) struct Sqs {
    pub(crate) queues: Arc<dyn Queues>,
    pub(crate) place: Place,
}

impl Sqs {
    async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError> {
        let Value::Object(mut members) = request else {
            return Err(ServiceError::new(400, "SerializationException", "the request is not a JSON object"));
        };
        check::check(operation, &mut members, &self.place)?;
        match operation {
            "SendMessageBatch" => self.send_batch(members).await,
            _ => self.queues.execute(operation, members).await,
        }
    }

    /// Entries that can't be sent fail alone; the others are sent.
    async fn send_batch(&self, mut members: Map<String, Value>) -> Result<Value, ServiceError> {
        let url = members.get("QueueUrl").and_then(Value::as_str).unwrap_or_default().to_owned();
        let queue = check::queue_name(&url, &self.place)?;
        let entries = match members.remove("Entries") {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        };
        let (mut sendable, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry.as_object().map(|entry| check::message(entry, queue)) {
                Some(Ok(())) => sendable.push(entry),
                Some(Err(error)) => failed.push(
                    json!({"Id": entry["Id"], "SenderFault": true, "Code": error.code, "Message": error.message}),
                ),
                None => return Err(ServiceError::new(400, "SerializationException", "an entry is not a JSON object")),
            }
        }
        if sendable.is_empty() {
            return Ok(json!({"Successful": [], "Failed": failed}));
        }
        members.insert("Entries".into(), sendable.into());
        let mut output = self.queues.execute("SendMessageBatch", members).await?;
        if let Some(list) = output["Failed"].as_array_mut() {
            list.append(&mut failed);
        }
        Ok(output)
    }

    /// Makes the queue, or finds it and sets those of the given attributes that it has otherwise, as the update of a stack
    /// does. Attributes that are not given stay as they are.
    pub(crate) async fn furnish(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<Queue, Error> {
        let refused = |source| Error::refused(format!("queue {name}"), source);
        let request = json!({"QueueName": name, "Attributes": attributes, "Tags": tags});
        let url = match self.execute("CreateQueue", request).await {
            Ok(output) => output["QueueUrl"].as_str().unwrap_or_default().to_owned(),
            Err(error) if error.code == "QueueAlreadyExists" => {
                let found = self.execute("GetQueueUrl", json!({"QueueName": name})).await.map_err(refused)?;
                let url = found["QueueUrl"].as_str().unwrap_or_default().to_owned();
                let mut changed = attributes.clone();
                changed.remove("FifoQueue");
                let request = json!({"QueueUrl": url, "Attributes": changed});
                self.execute("SetQueueAttributes", request).await.map_err(refused)?;
                url
            }
            Err(error) => return Err(refused(error)),
        };
        Ok(Queue { url, arn: self.place.arn("sqs", name) })
    }
}

#[async_trait]
impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        let output = self.execute(operation, request).await?;
        let request_id = new_request_id();
        // Names and order as in services/sqs_task_service--send_message_attributes.json.
        let headers = vec![
            ("x-amzn-RequestId", request_id.clone()),
            ("connection", "keep-alive".to_owned()),
            ("Content-Length", output.to_string().len().to_string()),
            ("Date", http_date()),
            ("Content-Type", "application/x-amz-json-1.0".to_owned()),
        ];
        Ok(ServiceReply { output, request_id, status: 200, headers })
    }
}

#[async_trait]
impl JsonService for Sqs {
    fn target_prefix(&self) -> &'static str {
        "AmazonSQS"
    }

    /// A batch of 1 MiB, whose characters may each be written as an escape of six bytes.
    fn largest_body(&self) -> usize {
        8 * 1024 * 1024
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        let done = match serde_json::from_slice(&body) {
            Ok(request) => self.execute(operation, request).await,
            Err(e) => Err(ServiceError::new(400, "SerializationException", e.to_string())),
        };
        match done {
            Ok(output) => JsonReply::ok(output.to_string()),
            Err(error) => fault::reply(&error),
        }
    }
}

#[cfg(test)]
mod tests;
