//! Lambda `process-api`: what answers `POST /process`.
//!
//! The state `CallApiGateway` sends a record, signed with the state machine's role. The function checks that the record is
//! whole and answers with a receipt that follows from the record, so that sending it again changes nothing. What it can't
//! accept it answers with a status that fails the state: see [`Refusal`].
#![warn(missing_docs)]

mod read;
mod reply;

use std::convert::Infallible;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};

pub use reply::{Refusal, Reply};

/// Answers one request. It always answers: a refusal is an answer too.
pub fn handle(request: &ApiGatewayProxyRequest) -> Result<ApiGatewayProxyResponse, Infallible> {
    let reply = decide(request);
    match &reply {
        Reply::Accepted { id, receipt } => tracing::info!(%id, receipt, "accepted"),
        Reply::Refused(refusal) => tracing::warn!(status = reply.status().as_u16(), %refusal, "refused"),
    }
    Ok(reply::render(&reply))
}

/// Accepts a record that is whole.
fn decide(request: &ApiGatewayProxyRequest) -> Reply {
    match read::record(request) {
        // A quarter of the fingerprint: short enough to be read out, and nobody has so many records that two would share it.
        Ok(record) => Reply::Accepted { receipt: record.fingerprint.chars().take(16).collect(), id: record.id },
        Err(refusal) => Reply::Refused(refusal),
    }
}

#[cfg(test)]
mod tests;
