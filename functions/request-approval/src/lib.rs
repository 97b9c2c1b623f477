//! Lambda `request-approval`: tells an approver of a trade that waits, with a link to approve and one to reject it.
//!
//! Fed by the queue that the state `Request Human Approval` sends to. Every message of the batch is reported on its own
//! (`ReportBatchItemFailures`): one that can't be delivered comes back, and one that can't be understood ends in the
//! dead-letter queue, while the others go through.
#![warn(missing_docs)]

mod message;
mod sns;

use std::convert::Infallible;
use std::future::Future;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{Execution, Recommendation, TaskToken};
use serde::Deserialize;
use tracing::Instrument;

pub use message::{ApprovalUrl, Message};
pub use sns::SnsApprovers;

/// What a message of the queue says.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// The trade.
    pub input: Recommendation,
    /// Which step of which execution waits.
    pub execution: Execution,
    /// What answers it.
    pub task_token: TaskToken,
    /// After how many seconds without anyone opening a link the request expires.
    pub open_within_seconds: u32,
    /// After how many seconds the request expires in any case.
    pub answer_within_seconds: u32,
}

/// Port: who is asked.
pub trait Approvers {
    /// Delivers `message`, or says why that failed.
    fn ask(&self, message: &Message) -> impl Future<Output = Result<(), Error>>;
}

/// Why an approver was not asked. The message goes back to its queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The message of the queue is none of ours.
    #[error("the message can't be understood: {0}")]
    Malformed(String),
    /// It could not be delivered.
    #[error("the request could not be delivered: {0}")]
    Undelivered(String),
}

/// Asks the approvers for every message of the batch; the answer names those that have to come again.
pub async fn handle(
    event: SqsEvent,
    url: &ApprovalUrl,
    approvers: &impl Approvers,
) -> Result<SqsBatchResponse, Infallible> {
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let span = tracing::info_span!(
            "message",
            message_id = message.message_id,
            execution = tracing::field::Empty,
            state = tracing::field::Empty
        );
        if let Err(error) = ask(&message, url, approvers).instrument(span.clone()).await {
            span.in_scope(|| tracing::error!(%error, "the approver was not asked"));
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

async fn ask(message: &SqsMessage, url: &ApprovalUrl, approvers: &impl Approvers) -> Result<(), Error> {
    let request = read(message.body.as_deref().unwrap_or_default())?;
    support::logs::name_execution(&request.execution.name, &request.execution.state);
    approvers.ask(&Message::compose(&request, url)).await?;
    tracing::info!("the approver was asked");
    Ok(())
}

fn read(body: &str) -> Result<Request, Error> {
    let payload = serde_json::from_str(body).map_err(|error| Error::Malformed(error.to_string()))?;
    support::read(payload).map_err(|error| Error::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::{Value, json};

    use super::*;

    #[derive(Default)]
    struct Inbox(Mutex<Vec<Message>>);

    impl Approvers for Inbox {
        async fn ask(&self, message: &Message) -> Result<(), Error> {
            if message.body.contains("unlucky") {
                return Err(Error::Undelivered("the topic is away".into()));
            }
            self.0.lock().unwrap().push(message.clone());
            Ok(())
        }
    }

    fn body(execution: &str) -> Value {
        json!({
            "input": {
                "symbol": "NVDA", "quantity": 10, "price": "187.42", "amount": "1874.20", "reference": "193.41",
                "recommended_type": "buy", "confidence_percent": 31, "reasons": ["It is cheap."],
            },
            "execution": {
                "id": "arn", "name": execution, "started_at": "2026-01-01T00:00:00Z",
                "state": "Request Human Approval", "entered_at": "2026-01-01T00:00:02Z",
            },
            "task_token": "AAAA+/==",
            "open_within_seconds": 3600,
            "answer_within_seconds": 86400,
        })
    }

    async fn deliver(bodies: &[String]) -> (Vec<String>, Vec<Message>) {
        let records: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(at, body)| json!({"messageId": format!("m{at}"), "body": body, "eventSource": "aws:sqs"}))
            .collect();
        let event = serde_json::from_value(json!({"Records": records})).unwrap();
        let inbox = Inbox::default();
        let url = "https://api.example.com/v1/approval".parse().unwrap();
        let Ok(response) = handle(event, &url, &inbox).await;
        let failed = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        (failed, inbox.0.into_inner().unwrap())
    }

    #[tokio::test]
    async fn every_message_of_a_batch_is_delivered() {
        let (failed, sent) = deliver(&[body("one").to_string(), body("two").to_string()]).await;
        assert!(failed.is_empty());
        assert_eq!(sent.len(), 2);
        assert!(sent[1].body.contains("Execution: two"));
    }

    #[tokio::test]
    async fn only_what_failed_comes_again() {
        let mut nameless = body("three");
        nameless["execution"]["name"] = json!("");
        let bodies = [
            "not json".to_owned(),
            body("one").to_string(),
            body("unlucky").to_string(),
            nameless.to_string(),
            String::new(),
            "[]".to_owned(),
            body("two").to_string(),
        ];
        let (failed, sent) = deliver(&bodies).await;
        assert_eq!(failed, ["m0", "m2", "m3", "m4", "m5"]);
        assert_eq!(sent.len(), 2);
    }

    #[tokio::test]
    async fn the_answer_has_the_form_that_the_event_source_mapping_reads() {
        let event = serde_json::from_value(json!({"Records": [{"messageId": "m0", "body": "?"}]})).unwrap();
        let url = "https://api.example.com/v1/approval".parse().unwrap();
        let Ok(response) = handle(event, &url, &Inbox::default()).await;
        assert_eq!(serde_json::to_value(response).unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "m0"}]}));
    }
}
