//! `arn:aws:states:::lambda:invoke` (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>).

use base64::Engine as _;
use bytes::Bytes;
use lambda::{Invocation, InvokeContext};
use machine::{Document, Pattern, TaskCall};
use runtime::{Answer, TaskContext};
use serde_json::{Map, Value, json};

use crate::lambda_function::{function_failure, invoke_context, invoke_failure, not_json};
use crate::parameters::{Parameters, Refusal};
use crate::{Integrations, metadata, unsupported};

pub(crate) async fn call(
    integrations: &Integrations,
    operation: &str,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    if operation != "invoke" || pattern == Pattern::Sync {
        return unsupported(arn);
    }
    match invoke(integrations, call, context, pattern).await {
        Ok(answer) | Err(answer) => answer,
    }
}

async fn invoke(
    integrations: &Integrations,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
) -> Result<Answer, Answer> {
    let (parameters, function) = function(&call.parameters)?;
    if let Some(kind) = parameters.text("InvocationType")?.filter(|kind| *kind != "RequestResponse") {
        return Err(Answer::failed(
            "Batuta.UnsupportedIntegration",
            format!("The invocation type {kind} of lambda:invoke is not supported by this version of batuta."),
        ));
    }
    let qualified = parameters
        .text("Qualifier")?
        .map_or_else(|| function.to_owned(), |qualifier| format!("{function}:{qualifier}"));
    // A string is the payload's text itself (recorded case `services/lambda_task_service--invoke_json_values-0_0.json`).
    let payload = match parameters.get("Payload") {
        None => Bytes::new(),
        Some(Value::String(text)) => Bytes::copy_from_slice(text.as_bytes()),
        Some(payload) => Bytes::from(payload.to_string()),
    };
    let invoke_context = InvokeContext {
        client_context: parameters.text("ClientContext")?.map(str::to_owned),
        log_tail: parameters.text("LogType")? == Some("Tail"),
        ..invoke_context(context)
    };
    let invocation = integrations
        .functions
        .invoke(&qualified, payload, invoke_context)
        .await
        .map_err(|error| invoke_failure(&error))?;
    if let Some(failure) = function_failure(&invocation) {
        return Err(failure);
    }
    let answer = serde_json::from_slice(&invocation.payload).map_err(|_| not_json(&invocation))?;
    let output = Value::Object(output(&invocation, answer));
    Ok(match pattern {
        Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
        _ => Answer::succeeded(output),
    })
}

/// The parameters, and the function that they name.
pub(crate) fn function(parameters: &Document) -> Result<(Parameters<'_>, &str), Refusal> {
    let parameters = Parameters::of(parameters, "lambda", "invoke")?;
    let function = parameters.required_text("FunctionName")?;
    Ok((parameters, function))
}

/// The output in the recorded shape (`services/lambda_task_service--invoke_unsupported_param.json` has the log).
fn output(invocation: &Invocation, answer: Value) -> Map<String, Value> {
    let mut output = Map::new();
    output.insert("ExecutedVersion".into(), json!(invocation.executed_version));
    let mut headers: Vec<(&str, String)> = Vec::new();
    if let Some(tail) = &invocation.log_tail {
        let encoded = base64::engine::general_purpose::STANDARD.encode(tail);
        output.insert("LogResult".into(), json!(encoded));
        headers.push(("X-Amz-Log-Result", encoded));
    }
    output.insert("Payload".into(), answer);
    headers.extend([
        ("X-Amz-Executed-Version", invocation.executed_version.clone()),
        ("x-amzn-Remapped-Content-Length", "0".into()),
        ("Connection", "keep-alive".into()),
        ("x-amzn-RequestId", invocation.request_id.clone()),
        ("Content-Length", invocation.payload.len().to_string()),
        ("Date", http_date()),
        ("X-Amzn-Trace-Id", format!("Root=1-{:08x}-{}", seconds(), &invocation.request_id.replace('-', "")[..24])),
        ("Content-Type", "application/json".into()),
    ]);
    metadata::add(&mut output, 200, &headers, &invocation.request_id);
    output.insert("StatusCode".into(), json!(200));
    output
}

fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn http_date() -> String {
    jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
