//! `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use bytes::Bytes;
use machine::Document;
use machine::limits::MAX_PAYLOAD_BYTES;
use runtime::Runtime;
use serde::Deserialize;

use crate::constraint::{CAUSE, Constraints, ERROR};
use crate::error::{ApiError, request};
use crate::reply::EMPTY;

/// The most characters of a task token, as the API reference has it.
const MAX_TOKEN_LENGTH: usize = 2048;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskSuccess {
    task_token: Option<String>,
    output: Option<String>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>
pub(crate) async fn send_task_success(runtime: &Runtime, body: &[u8]) -> Result<Bytes, ApiError> {
    let request: SendTaskSuccess = request(body)?;
    let token = token(request.task_token)?;
    let output = request.output.ok_or_else(|| ApiError::missing("output"))?;
    if output.len() > MAX_PAYLOAD_BYTES {
        return Err(ApiError::bad_request(
            "ValidationException",
            "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less \
             than or equal to 262144",
        ));
    }
    let output = Document::parse(&output)
        .map_err(|error| ApiError::bad_request("InvalidOutput", format!("Invalid Output: '{error}'")))?;
    runtime.send_task_success(&token, output).await?;
    Ok(EMPTY)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskFailure {
    task_token: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html>
pub(crate) async fn send_task_failure(runtime: &Runtime, body: &[u8]) -> Result<Bytes, ApiError> {
    let request: SendTaskFailure = request(body)?;
    Constraints::default()
        .length("error", request.error.as_deref(), (0, ERROR))
        .length("cause", request.cause.as_deref(), (0, CAUSE))
        .check()?;
    let token = token(request.task_token)?;
    runtime.send_task_failure(&token, request.error.as_deref(), request.cause.as_deref()).await?;
    Ok(EMPTY)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskHeartbeat {
    task_token: Option<String>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>
pub(crate) async fn send_task_heartbeat(runtime: &Runtime, body: &[u8]) -> Result<Bytes, ApiError> {
    let request: SendTaskHeartbeat = request(body)?;
    runtime.send_task_heartbeat(&token(request.task_token)?).await?;
    Ok(EMPTY)
}

fn token(token: Option<String>) -> Result<String, ApiError> {
    let token = token.ok_or_else(|| ApiError::missing("taskToken"))?;
    if token.is_empty() || token.len() > MAX_TOKEN_LENGTH {
        return Err(runtime::TokenError::InvalidToken.into());
    }
    Ok(token)
}
