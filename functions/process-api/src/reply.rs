use std::fmt;

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body;
use domain::record::RecordId;
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde_json::json;

/// What the caller gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200 `{"status": "accepted", "id", "receipt"}`.
    Accepted {
        /// The record.
        id: RecordId,
        /// What to ask for it by.
        receipt: String,
    },
    /// Another status, and `{"message"}`.
    Refused(Refusal),
}

/// Why a record was not accepted. `Display` gives the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 405: not a `POST`.
    WrongMethod,
    /// 413: the body is longer than any record.
    TooLong,
    /// 400: the body is no JSON object.
    NoJson,
    /// 422: a member is missing or not valid.
    NoRecord {
        /// Which one.
        at: String,
        /// What is wrong with it.
        reason: String,
    },
    /// 422: what must follow from the record's members does not.
    Changed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongMethod => f.write_str("Send a POST."),
            Self::TooLong => f.write_str("The body is too long for a record."),
            Self::NoJson => f.write_str("The body is no JSON object."),
            Self::NoRecord { at, reason } => write!(f, "The record is not valid at {at}: {reason}."),
            Self::Changed => f.write_str("The record was changed after it had been processed."),
        }
    }
}

impl Reply {
    /// The status of the answer. Step Functions makes the error `ApiGateway.<status>` of everything but 200 to 299.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Accepted { .. } => StatusCode::OK,
            Self::Refused(Refusal::WrongMethod) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(Refusal::TooLong) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(Refusal::NoJson) => StatusCode::BAD_REQUEST,
            Self::Refused(Refusal::NoRecord { .. } | Refusal::Changed) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// The answer to API Gateway.
pub(crate) fn render(reply: &Reply) -> ApiGatewayProxyResponse {
    let body = match reply {
        Reply::Accepted { id, receipt } => json!({"status": "accepted", "id": id, "receipt": receipt}),
        Reply::Refused(refusal) => json!({"message": refusal.to_string()}),
    };
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = i64::from(reply.status().as_u16());
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response.body = Some(Body::Text(body.to_string()));
    response
}
