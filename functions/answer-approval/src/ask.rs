use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::{TaskToken, text};
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;

use crate::Refusal;

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 16 * 1024;
/// The longest name and the longest comment that are passed on, in characters.
const LONGEST_NAME: usize = 100;
const LONGEST_COMMENT: usize = 500;

/// What the approver decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead: `decision=approve`.
    Approve,
    /// Do not: `decision=reject`.
    Reject,
}

impl Decision {
    /// The value in a link and in a form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }

    /// The value once it is decided.
    pub fn done(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
        }
    }
}

/// How far the approver has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Has opened the link: `GET`.
    Look,
    /// Has confirmed: `POST`.
    Answer,
}

/// A request that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Looks or answers.
    pub step: Step,
    /// What is decided, or about to be.
    pub decision: Decision,
    /// What answers the task.
    pub token: TaskToken,
    /// Who decides, as they call themselves.
    pub by: Option<String>,
    /// What they say about it.
    pub comment: Option<String>,
    /// The execution's name as the link has it: for the eye and the logs, nothing depends on it.
    pub execution: String,
    /// The state's name, likewise.
    pub state: String,
}

/// Reads the query and, of a `POST`, the body, which is a form or a JSON object and counts before the query.
pub(crate) fn read(request: &ApiGatewayProxyRequest) -> Result<Ask, Refusal> {
    let step = match request.http_method {
        Method::GET => Step::Look,
        Method::POST => Step::Answer,
        _ => return Err(Refusal::WrongMethod),
    };
    let body = if step == Step::Answer { fields(request)? } else { Vec::new() };
    let field = |name: &str| {
        let from_body = body.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        from_body.or_else(|| request.query_string_parameters.first(name)).filter(|value| !value.is_empty())
    };
    let token = field("token").ok_or(Refusal::NoToken)?;
    let token = TaskToken::try_from(token.to_owned()).map_err(|_| Refusal::InvalidToken)?;
    let decision = match field("decision") {
        Some("approve") => Decision::Approve,
        Some("reject") => Decision::Reject,
        _ => return Err(Refusal::NoDecision),
    };
    let said = |name, longest| field(name).map(|value| text::one_line(value, longest)).filter(|line| !line.is_empty());
    Ok(Ask {
        step,
        decision,
        token,
        by: said("by", LONGEST_NAME),
        comment: said("comment", LONGEST_COMMENT),
        execution: said("execution", LONGEST_NAME).unwrap_or_default(),
        state: said("state", LONGEST_NAME).unwrap_or_default(),
    })
}

/// The fields of the body. What is neither a form nor a JSON object has none.
fn fields(request: &ApiGatewayProxyRequest) -> Result<Vec<(String, String)>, Refusal> {
    let text = request.body.as_deref().unwrap_or_default();
    if text.len() > LONGEST_BODY {
        return Err(Refusal::TooLong);
    }
    let decoded = request.is_base64_encoded.then(|| BASE64_STANDARD.decode(text));
    let bytes = decoded.transpose().map_err(|_| Refusal::UnreadableBody)?.unwrap_or_else(|| text.as_bytes().to_vec());
    if header(request, &CONTENT_TYPE).starts_with("application/json") {
        let Ok(Value::Object(members)) = serde_json::from_slice(&bytes) else { return Err(Refusal::UnreadableBody) };
        return Ok(members.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect());
    }
    Ok(form_urlencoded::parse(&bytes).into_owned().collect())
}

/// Whether the client asks for JSON and not for HTML.
pub(crate) fn wants_json(request: &ApiGatewayProxyRequest) -> bool {
    let accept = header(request, &ACCEPT);
    accept.contains("application/json") && !accept.contains("text/html")
}

fn header<'r>(request: &'r ApiGatewayProxyRequest, name: &http::HeaderName) -> &'r str {
    let value = request.headers.get(name).or_else(|| request.multi_value_headers.get(name));
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}
