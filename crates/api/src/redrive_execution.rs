//! `RedriveExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::describe_execution::Redrivable;
use crate::error::{ApiError, request};
use crate::reply::{Date, reply};

/// How many client tokens of an execution are remembered, and how long.
const REMEMBERED: usize = 10;
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// The client tokens of past redrives, by execution, with what was answered.
#[derive(Default)]
pub(crate) struct ClientTokens(Mutex<HashMap<String, VecDeque<(String, Timestamp)>>>);

impl ClientTokens {
    fn answer(&self, execution_arn: &str, token: &str, now: Timestamp) -> Option<Timestamp> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, at) = known.get(execution_arn)?.iter().find(|(known, _)| known == token)?;
        (now.duration_since(*at) <= REMEMBERED_FOR).then_some(*at)
    }

    fn remember(&self, execution_arn: &str, token: String, at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_execution = known.entry(execution_arn.to_owned()).or_default();
        of_execution.push_back((token, at));
        if of_execution.len() > REMEMBERED {
            of_execution.pop_front();
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_arn: Option<String>,
    client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    redrive_date: Date,
}

impl StepFunctions {
    /// The same client token again is the same redrive.
    pub(crate) async fn redrive_execution(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { execution_arn, client_token } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("executionArn", execution_arn.as_deref(), (1, ARN)).length(
            "clientToken",
            client_token.as_deref(),
            (1, 64),
        );
        if let Some(token) = &client_token {
            let printable = token.bytes().all(|byte| byte.is_ascii_graphic());
            constraints.must(printable, "clientToken", token, "Member must satisfy regular expression pattern: [!-~]+");
        }
        constraints.check()?;
        let arn = execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        let now = self.runtime.now();
        if let Some(at) = client_token.as_deref().and_then(|token| self.redrives.answer(&arn, token, now)) {
            return Ok(reply(&Answer { redrive_date: Date(at) }));
        }
        let summary = self.runtime.journal().summary(&arn)?.ok_or_else(|| ApiError::no_execution(&arn))?;
        let last = self.last_event(&arn)?["id"].as_u64().unwrap_or(0);
        if let Some(reason) = Redrivable::of(&summary, last, now).reason {
            return Err(ApiError::bad_request("ExecutionNotRedrivable", reason));
        }
        let at = self.runtime.redrive(&arn).await?;
        if let Some(token) = client_token {
            self.redrives.remember(&arn, token, at);
        }
        Ok(reply(&Answer { redrive_date: Date(at) }))
    }
}
