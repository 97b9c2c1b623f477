//! Lambda `start-order`: what answers `POST /orders`: starts the delivery of an order.
//!
//! The execution bears the order's name, so the same order can't be delivered by two executions: sent again while the
//! first one runs, it is answered like the first time; sent again later, or with another content, it is refused as a
//! conflict. Only who may invoke the route (`AWS_IAM`) gets here.
#![warn(missing_docs)]

mod executions;
mod read;
mod reply;
mod step_functions;

use std::convert::Infallible;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};

pub use executions::{Executions, StartError};
pub use reply::{Refusal, Reply};
pub use step_functions::StepFunctions;

/// Answers one request. It always answers: a refusal is an answer too.
pub async fn handle(
    request: ApiGatewayProxyRequest,
    executions: &impl Executions,
) -> Result<ApiGatewayProxyResponse, Infallible> {
    let reply = match read::order(&request) {
        Ok(draft) => match executions.start(&draft).await {
            Ok(execution_arn) => Reply::Started { order_id: draft.order_id, execution_arn },
            Err(error) => Reply::Refused(Refusal::NotStarted { order_id: draft.order_id, error }),
        },
        Err(refusal) => Reply::Refused(refusal),
    };
    match &reply {
        Reply::Started { order_id, execution_arn } => tracing::info!(%order_id, execution_arn, "started"),
        Reply::Refused(Refusal::NotStarted { order_id, error: StartError::Unreachable(reason) }) => {
            tracing::error!(%order_id, %reason, "not started");
        }
        Reply::Refused(refusal) => tracing::warn!(status = reply.status().as_u16(), %refusal, "refused"),
    }
    Ok(reply::render(&reply))
}

#[cfg(test)]
mod tests;
