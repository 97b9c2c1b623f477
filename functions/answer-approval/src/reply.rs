use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body;
use http::StatusCode;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::{Ask, Decision, TokenError, html, json};

/// What the approver gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The task waits: the page that asks once more.
    Confirm(Ask),
    /// The decision has been passed on.
    Answered(Decision),
    /// It has not.
    Refused(Refusal),
}

/// Why a decision was not passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither `GET` nor `POST`.
    WrongMethod,
    /// The link has lost its token.
    NoToken,
    /// The link says neither `approve` nor `reject`.
    NoDecision,
    /// The body is longer than any form of ours.
    TooLong,
    /// The body is not what its type says.
    UnreadableBody,
    /// The token is none.
    InvalidToken,
    /// Answered before, or expired.
    Ended,
    /// Step Functions could not be asked; the reason is for the log.
    Unreachable(String),
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Ended => Self::Ended,
            TokenError::Invalid => Self::InvalidToken,
            TokenError::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

impl Refusal {
    /// What went wrong, as a heading.
    pub fn title(&self) -> &'static str {
        match self {
            Self::WrongMethod => "This address can't be used like that",
            Self::NoToken | Self::NoDecision | Self::InvalidToken => "This link is not complete",
            Self::TooLong | Self::UnreadableBody => "The answer can't be read",
            Self::Ended => "This request is closed",
            Self::Unreachable(_) => "Your decision could not be delivered",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::WrongMethod => "Open the link from the message in a browser, or send GET or POST.",
            Self::NoToken | Self::NoDecision | Self::InvalidToken => {
                "Open the link from the message again, whole: mail programs sometimes break long links."
            }
            Self::TooLong | Self::UnreadableBody => "Open the link from the message and use the form there.",
            Self::Ended => {
                "It has been answered already, or it expired before anyone answered. Nothing has changed now."
            }
            Self::Unreachable(_) => "Nothing has been decided. Please try again in a minute.",
        }
    }
}

impl Reply {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Confirm(_) | Self::Answered(_) => StatusCode::OK,
            Self::Refused(refusal) => match refusal {
                Refusal::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
                Refusal::NoToken | Refusal::NoDecision | Refusal::InvalidToken | Refusal::UnreadableBody => {
                    StatusCode::BAD_REQUEST
                }
                Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
                Refusal::Ended => StatusCode::GONE,
                Refusal::Unreachable(_) => StatusCode::BAD_GATEWAY,
            },
        }
    }

    /// One word for it: `status` in JSON, and in the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Confirm(_) => "waiting",
            Self::Answered(decision) => decision.done(),
            Self::Refused(refusal) => match refusal {
                Refusal::WrongMethod => "wrong_method",
                Refusal::NoToken => "no_token",
                Refusal::NoDecision => "no_decision",
                Refusal::TooLong => "too_long",
                Refusal::UnreadableBody => "unreadable_body",
                Refusal::InvalidToken => "invalid_token",
                Refusal::Ended => "closed",
                Refusal::Unreachable(_) => "unreachable",
            },
        }
    }
}

/// The answer to API Gateway: the page or the JSON, and headers that keep the link's token where it is.
pub(crate) fn render(reply: &Reply, as_json: bool) -> ApiGatewayProxyResponse {
    let (kind, body) =
        if as_json { ("application/json", json::body(reply)) } else { ("text/html; charset=utf-8", html::page(reply)) };
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, kind);
    set(CACHE_CONTROL, "no-store");
    set(VARY, "Accept");
    set(CONTENT_SECURITY_POLICY, html::policy());
    set(REFERRER_POLICY, "no-referrer");
    set(STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        set(ALLOW, "GET, POST");
    }
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = i64::from(reply.status().as_u16());
    response.headers = headers;
    response.body = Some(Body::Text(body));
    response
}
