//! What a server can be asked beyond AWS's APIs: `X-Amz-Target: Batuta.<operation>` on the same port.
//!
//! - `GetClock {}` answers `{"now", "ahead"}`: the time of executions, and how far it is ahead of the wall's.
//! - `AdvanceClock {"by": "2d"}` moves it, from timer to timer, and answers the same when it is there.

use std::time::Duration;

use async_trait::async_trait;
use aws::{JsonReply, JsonService};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use runtime::Runtime;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

/// Answers for one server.
pub(crate) struct Admin {
    runtime: Runtime,
    endpoint: String,
}

/// The clock of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The present time of executions.
    pub now: Timestamp,
    /// How far it is ahead of the wall's.
    pub ahead: SignedDuration,
    /// Where the server listens.
    pub endpoint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

impl Admin {
    pub(crate) fn new(runtime: Runtime, endpoint: &str) -> Self {
        Self { runtime, endpoint: endpoint.to_owned() }
    }

    fn clock(&self) -> JsonReply {
        let clock = Clock { now: self.runtime.now(), ahead: self.runtime.ahead(), endpoint: self.endpoint.clone() };
        match serde_json::to_vec(&clock) {
            Ok(body) => JsonReply::ok(body),
            Err(error) => JsonReply::error(500, "InternalFailure", &error.to_string()),
        }
    }
}

#[async_trait]
impl JsonService for Admin {
    fn target_prefix(&self) -> &'static str {
        "Batuta"
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        match operation {
            "GetClock" => self.clock(),
            "AdvanceClock" => {
                let by = serde_json::from_slice::<Advance>(&body)
                    .map_err(|error| error.to_string())
                    .and_then(|advance| duration(&advance.by));
                match by {
                    Ok(by) => {
                        self.runtime.advance(by).await;
                        self.clock()
                    }
                    Err(reason) => JsonReply::error(400, "ValidationException", &reason),
                }
            }
            other => {
                let reason = format!("Batuta has no operation {other}; it has GetClock and AdvanceClock");
                JsonReply::error(400, "UnknownOperationException", &reason)
            }
        }
    }
}

/// A duration as people write it (`2d`, `1h 30m`, `90s`) or as ISO 8601 does (`P2DT3H`). A day has 24 hours.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = |reason: String| format!("{text:?} is no duration: {reason}; write it like 2d, 1h30m or 90s");
    let span: Span = text.trim().parse().map_err(|error: jiff::Error| wrong(error.to_string()))?;
    let by = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| wrong(error.to_string()))?;
    if by.is_negative() {
        return Err(wrong("time does not go back".to_owned()));
    }
    Ok(by)
}

/// Why a server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No server listens there.
    #[error("no batuta answers at {endpoint}: {reason}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// It refused.
    #[error("{0}")]
    Refused(String),
}

/// The clock of the server at that endpoint, such as `http://127.0.0.1:4566`.
///
/// # Errors
/// [`AdminError`]
pub async fn clock(endpoint: &str) -> Result<Clock, AdminError> {
    ask(endpoint, "GetClock", serde_json::json!({}), Some(Duration::from_secs(5))).await
}

/// Moves the clock of the server at that endpoint, and gives it when it is there. Tasks that run hold it back.
///
/// # Errors
/// [`AdminError`]
pub async fn advance(endpoint: &str, by: &str) -> Result<Clock, AdminError> {
    duration(by).map_err(AdminError::Refused)?;
    ask(endpoint, "AdvanceClock", serde_json::json!({"by": by}), None).await
}

async fn ask(
    endpoint: &str,
    operation: &str,
    request: serde_json::Value,
    patience: Option<Duration>,
) -> Result<Clock, AdminError> {
    let unreachable = |reason: String| AdminError::Unreachable { endpoint: endpoint.to_owned(), reason };
    let uri: http::Uri = endpoint.parse().map_err(|_| unreachable("it is no URL".to_owned()))?;
    let authority = uri.authority().ok_or_else(|| unreachable("it names no host".to_owned()))?.clone();
    let asking = async {
        let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        // Ends with the sender.
        tokio::spawn(connection);
        let request = Request::post("/")
            .header(header::HOST, authority.as_str())
            .header("x-amz-target", format!("Batuta.{operation}"))
            .body(Full::new(Bytes::from(request.to_string())))
            .map_err(std::io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(std::io::Error::other)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
        Ok::<_, std::io::Error>((status, body))
    };
    let answered = match patience {
        Some(patience) => tokio::time::timeout(patience, asking)
            .await
            .map_err(|_| unreachable(format!("no answer within {} seconds", patience.as_secs())))?,
        None => asking.await,
    };
    let (status, body) = answered.map_err(|error| unreachable(error.to_string()))?;
    if !status.is_success() {
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let message = said["message"].as_str().map_or_else(|| format!("status {status}"), str::to_owned);
        return Err(AdminError::Refused(message));
    }
    serde_json::from_slice(&body).map_err(|error| unreachable(format!("its answer is not one of batuta's: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_people_write_them() {
        for (text, seconds) in
            [("2d", 172_800), ("1h30m", 5_400), ("90s", 90), ("P2DT3H", 183_600), ("1w", 604_800), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        for text in ["", "2", "-2d", "two days", "1 month"] {
            let reason = duration(text).expect_err(text);
            assert!(reason.contains("write it like 2d"), "{reason}");
        }
    }
}
