//! `DynamoDB`: the table engine behind a trait of our own, its JSON protocol, and its in-process door.
//!
//! Time to live is stored and described, but expired items stay until they are deleted (AWS deletes them within days,
//! so a reader has to check the time in any case).

mod arn;
mod dynoxide;
mod provision;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

pub(crate) use dynoxide::Dynoxide;

use crate::error::ServiceError;
use crate::place::Place;
use crate::service::{JsonReply, JsonService, Service, ServiceReply, http_date};

/// A table engine. Its calls block the calling thread and may come from many threads at once.
pub(crate) trait Tables: Send + Sync + 'static {
    /// Carries out an operation of the API: request and reply are its JSON texts.
    fn execute(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, TableFault>;
}

/// An error reply of the table engine.
#[derive(Debug)]
pub(crate) struct TableFault {
    pub(crate) status: u16,
    /// The qualified name on the wire, like `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`.
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The whole body, which for some errors holds more than kind and message.
    pub(crate) body: Vec<u8>,
}

impl TableFault {
    /// A fault whose body holds kind and message only.
    pub(crate) fn new(status: u16, kind: &str, message: &str) -> Self {
        let body = serde_json::json!({"__type": kind, "message": message}).to_string().into_bytes();
        Self { status, kind: kind.to_owned(), message: message.to_owned(), body }
    }

    /// The name after the `#`.
    pub(crate) fn code(&self) -> &str {
        self.kind.rsplit('#').next().unwrap_or(&self.kind)
    }

    fn into_error(self, request_id: String) -> ServiceError {
        let code = self.code().to_owned();
        let mut details: Map<String, Value> = serde_json::from_slice(&self.body).unwrap_or_default();
        details.retain(|name, _| !matches!(name.as_str(), "__type" | "message" | "Message"));
        ServiceError {
            // The model names no exception for these two; SDKs report them by their service's base type
            // (DynamoDB.AmazonDynamoDBException in error_handling/task_service_dynamodb--invalid_param.json).
            exception: (!matches!(code.as_str(), "ValidationException" | "SerializationException"))
                .then(|| code.clone().into()),
            code: code.into(),
            message: self.message,
            status: self.status,
            request_id,
            details: (!details.is_empty()).then(|| Box::new(details)),
        }
    }
}

/// The service.
pub(crate) struct DynamoDb {
    tables: Arc<dyn Tables>,
    place: Place,
}

impl DynamoDb {
    pub(crate) fn new(tables: Arc<dyn Tables>, place: Place) -> Self {
        Self { tables, place }
    }

    /// Runs an operation off the async workers: the engine waits for the disk.
    async fn execute(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, TableFault> {
        let body = arn::names_for_arns(body, &self.place);
        let tables = Arc::clone(&self.tables);
        let run = operation.to_owned();
        let ran = tokio::task::spawn_blocking(move || tables.execute(&run, &body)).await;
        let reply = ran.unwrap_or_else(|panic| {
            tracing::error!(operation, %panic, "the table engine panicked");
            Err(TableFault::new(
                500,
                "com.amazonaws.dynamodb.v20120810#InternalServerError",
                "The table engine failed on this request",
            ))
        })?;
        Ok(arn::our_arns(operation, reply, &self.place))
    }
}

#[async_trait]
impl Service for DynamoDb {
    fn name(&self) -> &'static str {
        "dynamodb"
    }

    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        let request_id = request_id();
        let body = Bytes::from(request.to_string());
        match self.execute(operation, body).await {
            Ok(body) => {
                let output = serde_json::from_slice(&body)
                    .map_err(|e| ServiceError::new(500, "InternalServerError", e.to_string()))?;
                // Names and order as in services/dynamodb_task_service--base_integrations-*.json.
                let headers = vec![
                    ("Server", "Server".to_owned()),
                    ("Connection", "keep-alive".to_owned()),
                    ("x-amzn-RequestId", request_id.clone()),
                    ("x-amz-crc32", crc32fast::hash(&body).to_string()),
                    ("Content-Length", body.len().to_string()),
                    ("Date", http_date()),
                    ("Content-Type", "application/x-amz-json-1.0".to_owned()),
                ];
                Ok(ServiceReply { output, request_id, status: 200, headers })
            }
            Err(fault) => Err(fault.into_error(request_id)),
        }
    }
}

/// The HTTP side; one for each of the two target prefixes.
pub(crate) struct DynamoDbFront {
    pub(crate) service: Arc<DynamoDb>,
    pub(crate) prefix: &'static str,
}

#[async_trait]
impl JsonService for DynamoDbFront {
    fn target_prefix(&self) -> &'static str {
        self.prefix
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        let (status, body) = match self.service.execute(operation, body).await {
            Ok(body) => (200, body),
            Err(fault) => (fault.status, fault.body),
        };
        // SDKs that see the checksum verify it.
        let crc = HeaderValue::from(crc32fast::hash(&body));
        JsonReply {
            status,
            request_id: request_id(),
            headers: vec![(HeaderName::from_static("x-amz-crc32"), crc)],
            body: body.into(),
        }
    }
}

/// `DynamoDB`'s request identifiers are 52 upper-case letters and digits.
fn request_id() -> String {
    let mut id = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()).to_ascii_uppercase();
    id.truncate(52);
    id
}

#[cfg(test)]
mod tests;
