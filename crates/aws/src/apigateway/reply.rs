//! A function's answer as an HTTP response, and the gateway's own responses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::ApiResponse;

/// Headers of an integration's response that the gateway sends under `x-amzn-remapped-…` (guide "Important notes",
/// table of response headers).
const REMAPPED: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "www-authenticate",
];

/// The response that a function's answer describes; `None` when it describes none ("Malformed Lambda proxy response").
pub(crate) fn from_function(answer: &[u8]) -> Option<ApiResponse> {
    let Ok(Value::Object(answer)) = serde_json::from_slice(answer) else {
        return None;
    };
    let code = match answer.get("statusCode")? {
        Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    let status = u16::try_from(code).ok().filter(|code| (200..600).contains(code))?;
    let text = match answer.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return None,
    };
    let encoded = match answer.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(flag) => flag.as_bool()?,
    };
    let body: Bytes = if encoded { STANDARD.decode(text).ok()?.into() } else { text.to_owned().into() };
    let mut headers = headers(&answer)?;
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Some(ApiResponse { status: StatusCode::from_u16(status).ok()?, headers, body })
}

/// `headers` and `multiValueHeaders`; the latter win where a name is in both with more than its value.
fn headers(answer: &Map<String, Value>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in object(answer, "headers")? {
        headers.insert(header_name(name)?, header_value(value)?);
    }
    for (name, values) in object(answer, "multiValueHeaders")? {
        let name = header_name(name)?;
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(name.clone(), header_value(value)?);
        }
    }
    Some(headers)
}

fn object<'a>(answer: &'a Map<String, Value>, member: &str) -> Option<impl Iterator<Item = (&'a String, &'a Value)>> {
    match answer.get(member) {
        None | Some(Value::Null) => Some(None.into_iter().flatten()),
        Some(Value::Object(members)) => Some(Some(members).into_iter().flatten()),
        Some(_) => None,
    }
}

fn header_name(name: &str) -> Option<HeaderName> {
    let lower = name.to_ascii_lowercase();
    let name = if REMAPPED.contains(&lower.as_str()) { format!("x-amzn-remapped-{lower}") } else { lower };
    // The body is sent whole, whatever the function says of its transfer.
    let name = if name == "transfer-encoding" { "x-amzn-remapped-transfer-encoding".to_owned() } else { name };
    HeaderName::try_from(name).ok()
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_str(text).ok(),
        Value::Bool(_) | Value::Number(_) => HeaderValue::from_str(&value.to_string()).ok(),
        _ => None,
    }
}

/// One of the gateway's own responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such API or stage.
    Forbidden,
    /// No such route or method, or an unsigned request to a route that wants a signature
    /// (`services/apigetway_task_service--invoke_error.json`).
    MissingAuthenticationToken,
    /// The signature is malformed: the exception's name and its sentence.
    Signature(&'static str, String),
    /// The body is over 10 MB, or its event over Lambda's limit.
    TooLong,
    /// The function failed, or answered what is no response.
    BadGateway,
    /// The function could not be run.
    Internal,
    /// The function took longer than 29 seconds.
    TimedOut,
}

impl Refusal {
    pub(crate) fn response(self) -> ApiResponse {
        let (status, kind, message) = match &self {
            Self::Signature(kind, sentence) => (StatusCode::FORBIDDEN, *kind, sentence.as_str()),
            Self::Forbidden => (StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden"),
            Self::MissingAuthenticationToken => {
                (StatusCode::FORBIDDEN, "MissingAuthenticationTokenException", "Missing Authentication Token")
            }
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", "Request Too Long"),
            Self::BadGateway => (StatusCode::BAD_GATEWAY, "InternalServerErrorException", "Internal server error"),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerErrorException", "Internal server error")
            }
            Self::TimedOut => {
                (StatusCode::GATEWAY_TIMEOUT, "InternalServerErrorException", "Endpoint request timed out")
            }
        };
        let body = Bytes::from(json!({"message": message}).to_string());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(kind));
        ApiResponse { status, headers, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_response() {
        let answer = json!({
            "statusCode": 201, "headers": {"X-One": "1", "X-Two": 2, "Date": "never"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": "aGk=", "isBase64Encoded": true
        });
        let response = from_function(answer.to_string().as_bytes()).expect("a response");
        assert_eq!(response.status, StatusCode::CREATED);
        assert_eq!(response.body, "hi");
        assert_eq!(response.headers["x-two"], "2");
        assert_eq!(response.headers["x-amzn-remapped-date"], "never");
        assert_eq!(response.headers["content-type"], "application/json");
        assert_eq!(response.headers["content-length"], "2");
        assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
    }

    #[test]
    fn malformed_answers_are_none() {
        for malformed in [
            json!(null),
            json!("text"),
            json!({}),
            json!({"statusCode": "x"}),
            json!({"statusCode": 99}),
            json!({"statusCode": 200, "body": {"a": 1}}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "headers": {"a b": "c"}}),
            json!({"statusCode": 200, "headers": {"a": {}}}),
            json!({"statusCode": 200, "body": "not base64", "isBase64Encoded": true}),
            json!({"statusCode": 200, "isBase64Encoded": "yes"}),
        ] {
            assert!(from_function(malformed.to_string().as_bytes()).is_none(), "{malformed}");
        }
        assert!(from_function(b"no json").is_none());
        assert!(from_function(b"{\"statusCode\": \"204\"}").is_some_and(|response| response.status == 204));
    }
}
