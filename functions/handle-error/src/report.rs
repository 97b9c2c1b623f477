use domain::record::RecordId;
use domain::{Execution, text};
use serde::Serialize;
use serde_json::Value;

use crate::{Failed, Kind};

/// The longest request that is repeated in a report, in bytes of JSON: a message must fit into a notification together
/// with everything else, and the execution keeps the whole of it.
const LONGEST_REQUEST: usize = 4096;
/// How much of a longer one is shown, in characters.
const BEGINNING: usize = 500;
/// The longest cause and the longest names, in characters.
const LONGEST_CAUSE: usize = 400;
const LONGEST_NAME: usize = 100;

/// The answer: the execution's output, and the message that `Notify` publishes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Output {
    /// `failed`; an answer of `finalize` says `succeeded` in the same place.
    pub status: &'static str,
    /// The record that it was about, if the request names one.
    pub id: Option<RecordId>,
    /// What happened and what to do, for a person.
    pub message: String,
    /// The state that failed.
    pub failed_state: String,
    /// The branch that failed, where the error tells it.
    pub branch: Option<&'static str>,
    /// The error's name.
    pub error: String,
    /// What is known of it, on one line.
    pub cause: String,
    /// What it calls for.
    pub kind: Kind,
    /// What had been done by then.
    pub effects: Effects,
    /// What the execution was started with, or the beginning of its text.
    pub request: Value,
    /// Whether `request` is only the beginning.
    pub request_cut: bool,
    /// When it was reported, RFC 3339.
    pub occurred_at: String,
    /// The execution's name.
    pub execution: String,
}

/// What the branches had done when the execution failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// Nothing was stored.
    None,
    /// Branches that did not fail may have stored something: they are stopped, not undone.
    Partial,
    /// Every branch had done its work.
    Complete,
}

impl Effects {
    fn before(failed_state: &str) -> Self {
        match failed_state {
            "ProcessData" => Self::None,
            "Finalize" => Self::Complete,
            _ => Self::Partial,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::None => "Nothing was stored.",
            Self::Partial => "The other branches may have stored something.",
            Self::Complete => "Everything was stored.",
        }
    }
}

pub(crate) fn of(failed: Failed, execution: Execution) -> Output {
    let error = text::one_line(&failed.error.error, LONGEST_NAME);
    let failed_state = text::one_line(&failed.failed_state, LONGEST_NAME);
    let cause = text::one_line(&sentence(&failed.error.cause), LONGEST_CAUSE);
    let kind = Kind::of(&failed_state, &failed.error.error, &failed.error.cause);
    let effects = Effects::before(&failed_state);
    let branch = (effects == Effects::Partial).then(|| branch(&failed.error.error)).flatten();
    let place = branch.unwrap_or(&failed_state);
    let because = if cause.is_empty() { ".".to_owned() } else { format!(": {}.", cause.trim_end_matches('.')) };
    let message = format!("{place} failed with {error}{because} {} {}", effects.sentence(), kind.advice());
    let id = failed.request.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let (request, request_cut) = excerpt(failed.request);
    Output {
        status: "failed",
        id,
        message,
        failed_state,
        branch,
        error,
        cause,
        kind,
        effects,
        request,
        request_cut,
        occurred_at: execution.entered_at,
        execution: execution.name,
    }
}

/// The branch that an error comes from: each of them calls another service.
fn branch(error: &str) -> Option<&'static str> {
    match error.split_once('.')?.0 {
        "S3" => Some("WriteToS3"),
        "DynamoDB" => Some("WriteToDynamoDB"),
        "ApiGateway" => Some("CallApiGateway"),
        _ => None,
    }
}

/// The sentence in a cause: a function's cause and an API's are JSON that holds one.
fn sentence(cause: &str) -> String {
    let members = serde_json::from_str::<Value>(cause).ok();
    let said = members.as_ref().and_then(|members| members.get("errorMessage").or_else(|| members.get("message")));
    said.and_then(Value::as_str).unwrap_or(cause).to_owned()
}

/// The request, or the beginning of its text and `true`.
fn excerpt(request: Value) -> (Value, bool) {
    let text = request.to_string();
    if text.len() <= LONGEST_REQUEST { (request, false) } else { (text::one_line(&text, BEGINNING).into(), true) }
}
