//! The function host as the embedded services see it.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{AsyncSettings, FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
use bytes::Bytes;
use lambda::{Executor, FunctionSpec, InvokeContext, InvokeError, LogFormat};
use runtime::Runtime;

/// Functions that queues, topics, routes and callers of the Lambda API invoke. An execution's clock does not skip while one
/// of them runs.
pub struct HostedFunctions {
    functions: Arc<Executor>,
    runtime: Runtime,
}

impl HostedFunctions {
    /// The functions of that host, in the time of that runtime.
    pub fn new(functions: Arc<Executor>, runtime: Runtime) -> Self {
        Self { functions, runtime }
    }
}

#[async_trait]
impl Functions for HostedFunctions {
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError> {
        let _busy = self.runtime.busy();
        let context = context(origin);
        let done = self.functions.invoke(function, payload, context).await;
        let invocation = done.map_err(|error| refusal(error, function))?;
        Ok(FunctionReply {
            payload: invocation.payload,
            function_error: invocation.function_error.map(|kind| kind.as_str().to_owned()),
            request_id: invocation.request_id,
            executed_version: invocation.executed_version,
            log_tail: invocation.log_tail,
        })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        let (spec, arn) = self.functions.find(function).map_err(|error| refusal(error, function))?;
        Ok(description(&spec, arn))
    }

    fn list(&self) -> Vec<FunctionDescription> {
        let specs = self.functions.functions();
        specs.iter().map(|spec| description(spec, spec.arn.clone())).collect()
    }
}

/// Who invoked a function is named in its log lines.
fn context(origin: Origin) -> InvokeContext {
    match origin {
        Origin::Api { client_context, trace_id, log_tail } => {
            InvokeContext { trace_id, client_context, log_tail, ..InvokeContext::default() }
        }
        origin => InvokeContext { log_tag: Some(format!("{origin:?}").into()), ..InvokeContext::default() },
    }
}

fn refusal(error: InvokeError, function: &str) -> FunctionsError {
    match error {
        InvokeError::ResourceNotFound { .. } => FunctionsError::NotFound(function.into()),
        InvokeError::TooManyRequests { reason } => {
            FunctionsError::Throttled { function: function.into(), reason: reason.as_str().into() }
        }
        InvokeError::RequestTooLarge => FunctionsError::PayloadTooLarge(function.into()),
        InvokeError::InvalidRequestContent { message } => FunctionsError::InvalidRequest(message),
        other => FunctionsError::Host { function: function.into(), reason: other.to_string() },
    }
}

fn description(spec: &FunctionSpec, arn: String) -> FunctionDescription {
    let about = &spec.about;
    // An unqualified ARN is that of the unpublished version, whatever version runs for it here.
    let version = if arn == spec.arn { "$LATEST" } else { &spec.version };
    FunctionDescription {
        name: spec.name.clone(),
        arn,
        version: version.to_owned(),
        runtime: about.runtime.clone(),
        architecture: about.architecture.clone(),
        handler: spec.handler.clone(),
        description: about.description.clone(),
        role_arn: about.role_arn.clone(),
        memory_mb: spec.memory_mb,
        timeout_seconds: u32::try_from(spec.timeout.as_secs()).unwrap_or(u32::MAX),
        ephemeral_storage_mb: about.ephemeral_storage_mb,
        environment: spec.environment.clone(),
        tracing: about.tracing,
        log_group: spec.logging.log_group.clone(),
        log_format: match spec.logging.format {
            LogFormat::Text => "Text".to_owned(),
            LogFormat::Json => "JSON".to_owned(),
        },
        application_log_level: spec.logging.application_log_level.clone(),
        reserved_concurrency: spec.reserved_concurrency,
        binary: spec.binary.clone(),
        asynchronous: AsyncSettings {
            maximum_retry_attempts: about.maximum_retry_attempts,
            maximum_event_age: about.maximum_event_age,
            dead_letter_arn: about.dead_letter_arn.clone(),
            on_success: about.on_success.clone(),
            on_failure: about.on_failure.clone(),
        },
    }
}
