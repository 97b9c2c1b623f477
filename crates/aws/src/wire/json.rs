//! The AWS JSON 1.1 protocol, once for all services that speak it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::service::{JsonReply, JsonService, Service, ServiceReply, http_date, new_request_id};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A service's operations.
#[async_trait]
pub(crate) trait Operations: Send + Sync {
    /// The name in lower case, as in `arn:aws:states:::<name>:<operation>`.
    const NAME: &'static str;
    /// What stands before the point in `X-Amz-Target`.
    const PREFIX: &'static str;

    /// Carries out an operation; one that answers nothing answers `{}`.
    async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError>;
}

/// A service behind the JSON protocol and the in-process door.
pub(crate) struct AwsJson<T>(pub(crate) Arc<T>);

#[async_trait]
impl<T: Operations> Service for AwsJson<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        let output = self.0.execute(operation, request).await?;
        let request_id = new_request_id();
        // Names and order as in services/ecs_task_service--run_task.json.
        let headers = vec![
            ("x-amzn-RequestId", request_id.clone()),
            ("Content-Length", output.to_string().len().to_string()),
            ("Date", http_date()),
            ("Content-Type", CONTENT_TYPE.to_owned()),
        ];
        Ok(ServiceReply { output, request_id, status: 200, headers })
    }
}

#[async_trait]
impl<T: Operations> JsonService for AwsJson<T> {
    fn target_prefix(&self) -> &'static str {
        T::PREFIX
    }

    fn content_type(&self) -> &'static str {
        CONTENT_TYPE
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        let request = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&body) };
        let done = match request {
            Ok(request) => self.0.execute(operation, request).await,
            Err(e) => Err(ServiceError::new(400, "SerializationException", e.to_string())),
        };
        match done {
            Ok(output) => JsonReply::ok(output.to_string()),
            Err(error) => {
                let mut body = json!({"__type": error.code, "message": error.message});
                if let (Some(details), Value::Object(members)) = (error.details, &mut body) {
                    members.extend(*details);
                }
                let body = body.to_string().into();
                JsonReply { status: error.status, body, request_id: error.request_id, headers: Vec::new() }
            }
        }
    }
}

/// A request's members; what doesn't fit is refused as the JSON protocols do.
pub(crate) fn read<T: DeserializeOwned>(request: Value) -> Result<T, ServiceError> {
    serde_json::from_value(request).map_err(|e| ServiceError::new(400, "SerializationException", e.to_string()))
}

/// An operation that isn't there.
pub(crate) fn no_such_operation(service: &str, operation: &str) -> ServiceError {
    let sentence = format!("The {service} operation {operation} is not emulated here");
    ServiceError::new(400, "UnknownOperationException", sentence)
}

/// An error that the service's model names, with status 400.
pub(crate) fn fault(code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, code, message).exception(code)
}

/// The page of a list that begins after `token`, an index in text, and the next page's token.
///
/// # Errors
/// `bad_token` when the token is none of this list's.
pub(crate) fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    limit: usize,
    bad_token: impl FnOnce() -> ServiceError,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let start = match token {
        None => 0,
        Some(token) => token.parse().ok().filter(|start| *start <= items.len()).ok_or_else(bad_token)?,
    };
    let end = items.len().min(start + limit);
    let next = (end < items.len()).then(|| end.to_string());
    Ok((items.into_iter().take(end).skip(start).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_given_out_in_pages() {
        let list = || vec!["a", "b", "c"];
        let bad = || fault("InvalidParameterException", "bad token");
        assert_eq!(page(list(), None, 2, bad).expect("a page"), (vec!["a", "b"], Some("2".to_owned())));
        assert_eq!(page(list(), Some("2"), 2, bad).expect("a page"), (vec!["c"], None));
        assert_eq!(page(list(), None, 3, bad).expect("a page").1, None);
        for token in ["4", "x", "-1"] {
            assert_eq!(page(list(), Some(token), 2, bad).expect_err("refused").message, "bad token", "{token}");
        }
    }
}
