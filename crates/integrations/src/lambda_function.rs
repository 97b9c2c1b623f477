//! A Task state whose `Resource` is a Lambda function's ARN.

use bytes::Bytes;
use lambda::{Invocation, InvokeContext, InvokeError};
use machine::{Document, TaskCall};
use runtime::{Answer, TaskContext};
use serde_json::Value;

use crate::Integrations;

pub(crate) async fn invoke(integrations: &Integrations, arn: &str, call: &TaskCall, context: &TaskContext) -> Answer {
    let payload = Bytes::copy_from_slice(call.parameters.text().as_bytes());
    match integrations.functions.invoke(arn, payload, invoke_context(context)).await {
        Ok(invocation) => match function_failure(&invocation) {
            Some(failure) => failure,
            None => match std::str::from_utf8(&invocation.payload).map(Document::parse) {
                Ok(Ok(output)) => Answer::Ended(machine::TaskOutcome::Succeeded(output)),
                _ => not_json(&invocation),
            },
        },
        Err(error) => invoke_failure(&error),
    }
}

/// The execution is named in the logs of the functions that it calls.
pub(crate) fn invoke_context(context: &TaskContext) -> InvokeContext {
    InvokeContext { log_tag: Some(context.identity.execution_arn.clone()), ..InvokeContext::default() }
}

/// The failure of a function that ran and answered with an error: its own error type, and its answer as the cause
/// (recorded case `error_handling/task_lambda--raise_custom_exception.json`).
pub(crate) fn function_failure(invocation: &Invocation) -> Option<Answer> {
    invocation.function_error?;
    let text = String::from_utf8_lossy(&invocation.payload).into_owned();
    let error_type = serde_json::from_slice::<Value>(&invocation.payload)
        .ok()
        .and_then(|answer| answer.get("errorType")?.as_str().map(str::to_owned));
    Some(match error_type {
        Some(error_type) => Answer::failed(&error_type, text),
        None => Answer::failed(
            "Lambda.Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: {text}"
            ),
        ),
    })
}

/// The failure of an invocation that reached no function (recorded case `error_handling/task_lambda--no_such_function.json`).
pub(crate) fn invoke_failure(error: &InvokeError) -> Answer {
    let code = error.code();
    let cause = format!(
        "{error} (Service: AWSLambda; Status Code: {}; Error Code: {code}; Request ID: {}; Proxy: null)",
        error.status(),
        uuid::Uuid::new_v4()
    );
    let name = match code {
        // What the service itself gets wrong has a name of its own in Step Functions.
        "ServiceException" => "Lambda.ServiceException".to_owned(),
        code => format!("Lambda.{code}"),
    };
    Answer::failed(&name, cause)
}

/// A function may answer with anything; a state's output must be JSON.
pub(crate) fn not_json(invocation: &Invocation) -> Answer {
    let text = String::from_utf8_lossy(&invocation.payload);
    Answer::failed("States.Runtime", format!("The function's answer is not JSON: {text}"))
}
