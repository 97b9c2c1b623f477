use std::fmt;

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body;
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;
use warehouse::OrderId;

use crate::StartError;

/// What the caller gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 202 `{"status": "started", "order_id", "execution_arn"}`: the delivery goes on by itself.
    Started {
        /// The order.
        order_id: OrderId,
        /// What to ask for it by.
        execution_arn: String,
    },
    /// Another status, and `{"message"}`.
    Refused(Refusal),
}

/// Why no delivery was started. `Display` gives the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 405: not a `POST`.
    WrongMethod,
    /// 413: the body is longer than any order.
    TooLong,
    /// 400: the body is no JSON object.
    NoJson,
    /// 422: a member is missing or not valid.
    NoOrder {
        /// Which one.
        at: String,
        /// What is wrong with it.
        reason: String,
    },
    /// 409 when there was such an order, 503 when Step Functions can't be asked.
    NotStarted {
        /// The order.
        order_id: OrderId,
        /// What is in the way.
        error: StartError,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongMethod => f.write_str("Send a POST."),
            Self::TooLong => f.write_str("The body is too long for an order."),
            Self::NoJson => f.write_str("The body is no JSON object."),
            Self::NoOrder { at, reason } => write!(f, "The order is not valid at {at}: {reason}."),
            Self::NotStarted { order_id, error: StartError::Exists } => {
                write!(f, "The order {order_id} was placed before; a new order needs a new order_id.")
            }
            // What went wrong is in the log, and nobody else's business.
            Self::NotStarted { order_id, error: StartError::Unreachable(_) } => {
                write!(f, "The order {order_id} could not be placed now. Send it again: it is delivered once.")
            }
        }
    }
}

impl Reply {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Started { .. } => StatusCode::ACCEPTED,
            Self::Refused(Refusal::WrongMethod) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused(Refusal::TooLong) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(Refusal::NoJson) => StatusCode::BAD_REQUEST,
            Self::Refused(Refusal::NoOrder { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(Refusal::NotStarted { error: StartError::Exists, .. }) => StatusCode::CONFLICT,
            Self::Refused(Refusal::NotStarted { error: StartError::Unreachable(_), .. }) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

/// The answer to API Gateway.
pub(crate) fn render(reply: &Reply) -> ApiGatewayProxyResponse {
    let body = match reply {
        Reply::Started { order_id, execution_arn } => {
            json!({"status": "started", "order_id": order_id, "execution_arn": execution_arn})
        }
        Reply::Refused(refusal) => json!({"message": refusal.to_string()}),
    };
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = i64::from(reply.status().as_u16());
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match reply.status() {
        StatusCode::METHOD_NOT_ALLOWED => response.headers.insert(ALLOW, HeaderValue::from_static("POST")),
        StatusCode::SERVICE_UNAVAILABLE => response.headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
        _ => None,
    };
    response.body = Some(Body::Text(body.to_string()));
    response
}
