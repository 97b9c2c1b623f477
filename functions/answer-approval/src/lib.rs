//! Lambda `answer-approval`: the web page behind the links that `request-approval` mails.
//!
//! A `GET` shows a page that asks once more, and tells Step Functions that someone is looking (a heartbeat). It decides
//! nothing: mail scanners and previews open links as well. The page's form is a `POST`, and that answers the task token.
//! A client that accepts JSON rather than HTML gets JSON.
#![warn(missing_docs)]

mod ask;
mod html;
mod json;
mod reply;
mod step_functions;
mod tokens;

use std::convert::Infallible;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use domain::{fault, text};

pub use ask::{Ask, Decision, Step};
pub use reply::{Refusal, Reply};
pub use step_functions::StepFunctions;
pub use tokens::{TaskTokens, TokenError};

/// Answers one request. It always answers: a fault is a page too.
pub async fn handle(
    request: ApiGatewayProxyRequest,
    tokens: &impl TaskTokens,
) -> Result<ApiGatewayProxyResponse, Infallible> {
    let reply = match ask::read(&request) {
        Ok(ask) => {
            support::logs::name_execution(&text::one_line(&ask.execution, 80), &text::one_line(&ask.state, 80));
            act(ask, tokens).await
        }
        Err(refusal) => Reply::Refused(refusal),
    };
    match &reply {
        Reply::Refused(Refusal::Unreachable(reason)) => tracing::error!(%reason, "the decision was not delivered"),
        reply => tracing::info!(status = reply.status().as_u16(), reply = reply.word(), "answered"),
    }
    Ok(reply::render(&reply, ask::wants_json(&request)))
}

/// Does what was asked for.
async fn act(ask: Ask, tokens: &impl TaskTokens) -> Reply {
    let done = match (ask.step, ask.decision) {
        (Step::Look, _) => tokens.heartbeat(&ask.token).await,
        (Step::Answer, Decision::Approve) => tokens.succeed(&ask.token, &json::approval(&ask)).await,
        (Step::Answer, Decision::Reject) => tokens.fail(&ask.token, fault::REJECTED, &cause(&ask)).await,
    };
    match done {
        Ok(()) if ask.step == Step::Look => Reply::Confirm(ask),
        Ok(()) => Reply::Answered(ask.decision),
        Err(error) => Reply::Refused(error.into()),
    }
}

/// Why the execution's step failed, for the person who reads its history.
fn cause(ask: &Ask) -> String {
    let who = ask.by.as_deref().unwrap_or("the approver");
    match &ask.comment {
        Some(comment) => format!("Rejected by {who}: {comment}"),
        None => format!("Rejected by {who}."),
    }
}

#[cfg(test)]
mod tests;
