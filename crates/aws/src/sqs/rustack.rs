//! The queue engine `rustack`, the only file that knows it.
//!
//! Differences to SQS that come with it: messages are kept in memory only and are gone when the process ends; they
//! don't expire after `MessageRetentionPeriod`; the largest `MaximumMessageSize` is 256 KiB, not 1 MiB; a receive from a FIFO queue brings one message of each group at most; a
//! `MessageGroupId` on a standard queue (fair queues) is refused; `AWSTraceHeader` is taken and not kept.

use std::collections::HashMap;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_model::error::{SqsError, SqsErrorCode};
use rustack_sqs_model::input::{
    CreateQueueInput, DeleteMessageInput, DeleteQueueInput, GetQueueUrlInput, ListQueuesInput, ReceiveMessageInput,
    SendMessageInput,
};
use rustack_sqs_model::types::{Message, MessageAttributeValue};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::fault::{fault, no_such_queue};
use super::{Outgoing, Queues, Received};
use crate::attribute::MessageAttribute;
use crate::error::ServiceError;
use crate::place::Place;

/// Queues in memory.
pub(crate) struct Rustack {
    provider: RustackSqs,
    /// `http://<host>:<port>/<account>/`, what a queue's URL begins with.
    base: String,
    /// Two creations of one queue at the same time would both make it.
    creating: Mutex<()>,
}

impl Rustack {
    /// No queues yet; their URLs will hold `host` and `port`.
    pub(crate) fn new(place: &Place, host: &str, port: u16) -> Self {
        let config = SqsConfig {
            skip_signature_validation: true,
            default_region: place.region.clone(),
            account_id: place.account.clone(),
            host: host.to_owned(),
            port,
        };
        let base = format!("http://{host}:{port}/{}/", place.account);
        Self { provider: RustackSqs::new(config), base, creating: Mutex::new(()) }
    }

    fn url(&self, queue: &str) -> String {
        format!("{}{queue}", self.base)
    }

    async fn create(&self, input: CreateQueueInput) -> Result<Value, ServiceError> {
        let _one_at_a_time = self.creating.lock().await;
        answer(self.provider.create_queue(input).await)
    }

    /// The engine answers success for a queue that isn't there, AWS doesn't.
    async fn delete_queue(&self, input: DeleteQueueInput) -> Result<Value, ServiceError> {
        let name = input.queue_url.rsplit('/').next().unwrap_or_default().to_owned();
        let lookup = GetQueueUrlInput { queue_name: name, queue_owner_aws_account_id: None };
        self.provider.get_queue_url(lookup).await.map_err(restate)?;
        answer(self.provider.delete_queue(input).await)
    }

    /// Pages by themselves: the engine's go on after the last queue of a prefix.
    async fn list(&self, input: ListQueuesInput) -> Result<Value, ServiceError> {
        let prefix =
            ListQueuesInput { queue_name_prefix: input.queue_name_prefix, max_results: None, next_token: None };
        let mut urls = self.provider.list_queues(prefix).await.map_err(restate)?.queue_urls;
        if let Some(last) = &input.next_token {
            urls.retain(|url| url > last);
        }
        let mut output = Map::new();
        if let Some(page) =
            input.max_results.and_then(|max| usize::try_from(max).ok()).filter(|page| *page < urls.len())
        {
            urls.truncate(page);
            output.insert("NextToken".into(), urls.last().cloned().into());
        }
        if !urls.is_empty() {
            output.insert("QueueUrls".into(), urls.into());
        }
        Ok(Value::Object(output))
    }

    async fn batch<F>(&self, members: Map<String, Value>, operation: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce(&RustackSqs, Value) -> Result<Value, ServiceError>,
    {
        let mut output = operation(&self.provider, Value::Object(members)).await?;
        // Both lists are required members of the reply.
        for list in ["Successful", "Failed"] {
            if output.get(list).is_none() {
                output[list] = Value::Array(Vec::new());
            }
        }
        Ok(output)
    }
}

macro_rules! dispatch {
    ($provider:expr, $operation:expr, $members:expr, { $($name:literal => $method:ident,)* }) => {
        match $operation {
            $($name => answer($provider.$method(read($members)?).await),)*
            other => Err(ServiceError::new(
                400,
                "UnknownOperationException",
                format!("SQS has no operation {other}"),
            )),
        }
    };
}

#[async_trait]
impl Queues for Rustack {
    async fn execute(&self, operation: &str, members: Map<String, Value>) -> Result<Value, ServiceError> {
        if let Some(Value::String(receipt)) = members.get("ReceiptHandle") {
            well_formed(receipt)?;
        }
        match operation {
            "CreateQueue" => self.create(read(members)?).await,
            "DeleteQueue" => self.delete_queue(read(members)?).await,
            "ListQueues" => self.list(read(members)?).await,
            // The model spells this one reply's member in lower case.
            "ListDeadLetterSourceQueues" => {
                let output = answer(self.provider.list_dead_letter_source_queues(read(members)?).await)?;
                Ok(serde_json::json!({"queueUrls": output["QueueUrls"]}))
            }
            "SendMessageBatch" => {
                self.batch(members, async |provider, members| {
                    answer(provider.send_message_batch(parse(members)?).await)
                })
                .await
            }
            "DeleteMessageBatch" => {
                self.batch(members, async |provider, members| {
                    answer(provider.delete_message_batch(parse(members)?).await)
                })
                .await
            }
            "ChangeMessageVisibilityBatch" => {
                self.batch(members, async |provider, members| {
                    answer(provider.change_message_visibility_batch(parse(members)?).await)
                })
                .await
            }
            _ => dispatch!(self.provider, operation, members, {
                "SendMessage" => send_message,
                "ReceiveMessage" => receive_message,
                "DeleteMessage" => delete_message,
                "ChangeMessageVisibility" => change_message_visibility,
                "GetQueueUrl" => get_queue_url,
                "GetQueueAttributes" => get_queue_attributes,
                "SetQueueAttributes" => set_queue_attributes,
                "PurgeQueue" => purge_queue,
                "TagQueue" => tag_queue,
                "UntagQueue" => untag_queue,
                "ListQueueTags" => list_queue_tags,
            }),
        }
    }

    async fn send(&self, queue: &str, message: Outgoing) -> Result<(), ServiceError> {
        let attributes = message.attributes.into_iter().map(|(name, attribute)| (name, value(attribute))).collect();
        let input = SendMessageInput {
            queue_url: self.url(queue),
            message_body: message.body,
            message_group_id: message.group_id,
            message_deduplication_id: message.deduplication_id,
            message_attributes: attributes,
            ..SendMessageInput::default()
        };
        self.provider.send_message(input).await.map(drop).map_err(restate)
    }

    async fn receive(&self, queue: &str, max: usize, wait_seconds: i32) -> Result<Vec<Received>, ServiceError> {
        let input = ReceiveMessageInput {
            queue_url: self.url(queue),
            max_number_of_messages: Some(i32::try_from(max.clamp(1, 10)).unwrap_or(10)),
            wait_time_seconds: Some(wait_seconds),
            attribute_names: vec!["All".to_owned()],
            message_attribute_names: vec!["All".to_owned()],
            ..ReceiveMessageInput::default()
        };
        let output = self.provider.receive_message(input).await.map_err(restate)?;
        Ok(output.messages.into_iter().map(received).collect())
    }

    async fn delete(&self, queue: &str, receipt: &str) -> Result<(), ServiceError> {
        let input = DeleteMessageInput { queue_url: self.url(queue), receipt_handle: receipt.to_owned() };
        self.provider.delete_message(input).await.map(drop).map_err(restate)
    }

    async fn close(&self) {
        self.provider.shutdown_all().await;
    }
}

fn read<T: serde::de::DeserializeOwned>(members: Map<String, Value>) -> Result<T, ServiceError> {
    parse(Value::Object(members))
}

fn parse<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, ServiceError> {
    serde_json::from_value(request).map_err(|e| {
        let message = e.to_string();
        match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(member) => super::fault::missing(member),
            None => ServiceError::new(400, "SerializationException", message),
        }
    })
}

fn answer<T: serde::Serialize>(result: Result<T, SqsError>) -> Result<Value, ServiceError> {
    let output = result.map_err(restate)?;
    serde_json::to_value(output).map_err(|e| fault("InternalError", e.to_string()))
}

/// The engine's errors in AWS's codes and words.
fn restate(error: SqsError) -> ServiceError {
    let message = error.message;
    match error.code {
        SqsErrorCode::NonExistentQueue => no_such_queue(),
        SqsErrorCode::MessageNotInflight => fault(
            "AWS.SimpleQueueService.MessageNotInflight",
            "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for \
             visibility timeout change.",
        ),
        SqsErrorCode::QueueAlreadyExists => fault("QueueAlreadyExists", message.trim_end_matches('.')),
        SqsErrorCode::InvalidParameterValue if message.starts_with("The queue should either") => {
            fault("InvalidParameterValue", message.trim_end_matches('.'))
        }
        SqsErrorCode::InvalidParameterValue if message.starts_with("Invalid value for the parameter") => {
            let sentence = message.split(" Reason:").next().unwrap_or(&message);
            fault("InvalidAttributeValue", sentence)
        }
        SqsErrorCode::PurgeQueueInProgress => fault("AWS.SimpleQueueService.PurgeQueueInProgress", message),
        code => fault(code.error_type(), message),
    }
}

/// Whether a receipt is one that the engine could have given out: base64 of `<message>:<time>:<nonce>`.
fn well_formed(receipt: &str) -> Result<(), ServiceError> {
    let text = STANDARD.decode(receipt).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if text.is_some_and(|text| text.split(':').count() == 3) {
        return Ok(());
    }
    Err(fault(
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{receipt}\" is not a valid receipt handle."),
    ))
}

fn value(attribute: MessageAttribute) -> MessageAttributeValue {
    MessageAttributeValue {
        data_type: attribute.data_type,
        string_value: attribute.string_value,
        binary_value: attribute.binary_value.and_then(|text| STANDARD.decode(text).ok()),
    }
}

fn received(message: Message) -> Received {
    let attribute = |value: MessageAttributeValue| MessageAttribute {
        data_type: value.data_type,
        string_value: value.string_value,
        binary_value: value.binary_value.map(|bytes| STANDARD.encode(bytes)),
    };
    let sorted = |map: HashMap<String, MessageAttributeValue>| map.into_iter().map(|(name, v)| (name, attribute(v)));
    Received {
        message_id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        md5_of_body: message.md5_of_body.unwrap_or_default(),
        md5_of_attributes: message.md5_of_message_attributes,
        attributes: message.attributes.into_iter().collect(),
        message_attributes: sorted(message.message_attributes).collect(),
    }
}
