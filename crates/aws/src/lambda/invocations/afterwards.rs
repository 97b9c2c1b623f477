//! What is told of an invocation that has ended: its record goes to a destination
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>), and its event to the dead-letter queue
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq>) when it failed for good.

use std::collections::BTreeMap;
use std::sync::Weak;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Accepted, Invocations, Trigger};
use crate::attribute::MessageAttribute;
use crate::error::ServiceError;
use crate::functions::{FunctionDescription, FunctionReply, FunctionsError};
use crate::sqs::Outgoing;

/// How an invocation came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

/// What the last attempt has answered, as far as a record tells of it.
pub(super) struct Answer {
    payload: Option<Bytes>,
    function_error: Option<String>,
}

impl Answer {
    pub(super) fn of(outcome: &Result<FunctionReply, FunctionsError>) -> Self {
        match outcome {
            Ok(reply) => Self { payload: Some(reply.payload.clone()), function_error: reply.function_error.clone() },
            Err(_) => Self { payload: None, function_error: None },
        }
    }
}

impl Invocations {
    /// Sends the record of an invocation to the function's destination for ends of this kind, if it has one.
    pub(super) async fn tell(
        &self,
        accepted: &Accepted,
        function: &FunctionDescription,
        answer: &Answer,
        condition: Condition,
        ended: i64,
    ) -> Result<(), ServiceError> {
        let settings = &function.asynchronous;
        let target = match condition {
            Condition::Success => &settings.on_success,
            Condition::RetriesExhausted | Condition::EventAgeExceeded => &settings.on_failure,
        };
        let Some(target) = target else { return Ok(()) };
        let record = record(accepted, function, answer, condition, ended).to_string();
        self.send(target, record, BTreeMap::new(), Some((function, condition))).await
    }

    /// Puts the event into the function's dead-letter queue, if it has one, with the attributes that the guide names.
    pub(super) async fn bury(
        &self,
        accepted: &Accepted,
        function: &FunctionDescription,
        code: u16,
        reason: &str,
    ) -> Result<(), ServiceError> {
        let Some(target) = &function.asynchronous.dead_letter_arn else { return Ok(()) };
        let attribute = |kind: &str, text: &str| MessageAttribute {
            data_type: kind.to_owned(),
            string_value: Some(text.to_owned()),
            binary_value: None,
        };
        let mut message: String = reason.chars().take(1_024).collect();
        if message.is_empty() {
            message.push_str("unknown");
        }
        let attributes = BTreeMap::from([
            ("RequestID".to_owned(), attribute("String", &accepted.request_id)),
            ("ErrorCode".to_owned(), attribute("Number", &code.to_string())),
            ("ErrorMessage".to_owned(), attribute("String", &message)),
        ]);
        let body = String::from_utf8_lossy(&accepted.payload).into_owned();
        self.send(target, body, attributes, None).await
    }

    /// Sends a text to a queue or a topic; a record (`of`) also to a function or an event bus.
    async fn send(
        &self,
        target: &str,
        body: String,
        attributes: BTreeMap<String, MessageAttribute>,
        of: Option<(&FunctionDescription, Condition)>,
    ) -> Result<(), ServiceError> {
        let is_bus = |arn: &str| self.place.resource("events", arn).is_some();
        let done = if let Some(queue) = self.place.resource("sqs", target) {
            self.queues.send(queue, Outgoing { body, attributes, ..Outgoing::default() }).await
        } else if let (Some(_), Some(topics)) =
            (self.place.resource("sns", target), self.topics.get().and_then(Weak::upgrade))
        {
            let request = json!({"TopicArn": target, "Message": body, "MessageAttributes": attributes});
            topics.call("Publish", request).await.map(drop)
        } else if of.is_some() && self.place.resource("lambda", target).is_some() {
            let trigger = Trigger::Api { client_context: None, trace_id: None };
            // It calls what may end in the same way: the size of a future that holds itself is not known.
            let accepted = Box::pin(self.accept(target, body.into(), trigger)).await;
            accepted
                .map(drop)
                .map_err(|error| ServiceError::new(400, "InvalidParameterValueException", error.to_string()))
        } else if let (Some((function, condition)), true, Some(events)) =
            (of, is_bus(target), self.events.get().and_then(Weak::upgrade))
        {
            let kind = if condition == Condition::Success { "Success" } else { "Failure" };
            let entry = json!({
                "Source": "lambda", "DetailType": format!("Lambda Function Invocation Result - {kind}"), "Detail": body,
                "Resources": [function.arn, target], "EventBusName": target
            });
            events.call("PutEvents", json!({"Entries": [entry]})).await.map(drop)
        } else {
            Err(ServiceError::new(400, "InvalidParameterValueException", "there is nothing of that ARN here"))
        };
        match done {
            // The queues have failed, not this one: it comes again at the next start.
            Err(error) if error.status >= 500 => Err(error),
            Err(error) => {
                tracing::warn!(target, %error, "what is to be told of an asynchronous invocation can't be sent");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

fn record(
    accepted: &Accepted,
    function: &FunctionDescription,
    answer: &Answer,
    condition: Condition,
    ended: i64,
) -> Value {
    let json = |bytes: &[u8]| {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).into_owned()))
    };
    // An ARN without a qualifier has seven parts.
    let qualified = if function.arn.split(':').count() > 7 {
        function.arn.clone()
    } else {
        format!("{}:{}", function.arn, function.version)
    };
    let mut record = json!({
        "version": "1.0",
        "timestamp": jiff::Timestamp::from_millisecond(ended).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "requestContext": {
            "requestId": accepted.request_id,
            "functionArn": qualified,
            "condition": condition.name(),
            "approximateInvokeCount": accepted.errors + u32::from(answer.payload.is_some()),
        },
        "requestPayload": json(&accepted.payload),
    });
    if let Some(payload) = &answer.payload {
        let mut context = json!({"statusCode": 200, "executedVersion": function.version});
        if let Some(error) = &answer.function_error {
            context["functionError"] = error.as_str().into();
        }
        record["responseContext"] = context;
        record["responsePayload"] = json(payload);
    }
    record
}
