//! `GetExecutionHistory`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>.

use bytes::Bytes;
use journal::HistoryPage;
use serde::Deserialize;
use serde_json::Value;

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN, encode};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_arn: Option<String>,
    max_results: Option<i64>,
    reverse_order: Option<bool>,
    next_token: Option<String>,
    include_execution_data: Option<bool>,
}

impl StepFunctions {
    /// Events go from the journal to the caller as the texts that they are, but for the first and the last of a page, whose
    /// numbers the next token needs.
    pub(crate) fn get_execution_history(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("executionArn", request.execution_arn.as_deref(), (1, ARN));
        Page::constraints(&mut constraints, request.max_results, request.next_token.as_deref(), TOKEN);
        constraints.check()?;
        let arn = request.execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        let reverse = request.reverse_order.unwrap_or(false);
        // A token is good for its execution and its direction only.
        let list = format!("history {} {arn}", if reverse { "reverse" } else { "forward" });
        let page = Page::read(&list, request.max_results, request.next_token.as_deref())?;
        let from = page.from.unwrap_or(if reverse { u64::MAX } else { 1 });
        let journal = self.runtime.journal();
        // One more than wanted tells whether there is another page.
        let mut events = journal.history_page(&arn, HistoryPage { from, reverse, limit: page.size + 1 })?;
        if events.is_empty() && journal.summary(&arn)?.is_none() {
            return Err(ApiError::no_execution(&arn));
        }
        let next = (events.len() > page.size).then(|| events.pop()).flatten();
        let next_token = next.and_then(|text| Some(encode(&list, number(&text)?)));
        if request.include_execution_data == Some(false) {
            events.iter_mut().for_each(leave_data_out);
        }
        let length = events.iter().map(|event| event.len() + 1).sum::<usize>() + 64;
        let mut answer = String::with_capacity(length);
        answer.push_str("{\"events\":[");
        for (index, event) in events.iter().enumerate() {
            if index > 0 {
                answer.push(',');
            }
            answer.push_str(event);
        }
        answer.push(']');
        if let Some(token) = next_token {
            // Tokens are letters, digits, `-` and `_`.
            answer.extend([",\"nextToken\":\"", &token, "\""]);
        }
        answer.push('}');
        Ok(answer.into())
    }
}

/// The number of an event.
fn number(event: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    serde_json::from_str::<Numbered>(event).ok().map(|event| event.id)
}

/// Takes the inputs and outputs out of an event.
fn leave_data_out(event: &mut String) {
    let Ok(Value::Object(mut members)) = serde_json::from_str(event) else { return };
    for (name, details) in &mut members {
        if let (true, Value::Object(details)) = (name.ends_with("EventDetails"), details) {
            for data in ["input", "output", "parameters", "assignedVariables"] {
                details.shift_remove(data);
            }
        }
    }
    *event = Value::Object(members).to_string();
}
