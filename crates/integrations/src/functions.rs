//! The function host as the embedded services see it.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{FunctionReply, Functions, FunctionsError, Origin};
use bytes::Bytes;
use lambda::{Executor, InvokeContext, InvokeError};
use runtime::Runtime;

/// Functions that queues, topics and routes invoke. An execution's clock does not skip while one of them runs.
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
        let tag: Arc<str> = format!("{origin:?}").into();
        let context = InvokeContext { log_tag: Some(tag), ..InvokeContext::default() };
        match self.functions.invoke(function, payload, context).await {
            Ok(invocation) => Ok(FunctionReply {
                payload: invocation.payload,
                function_error: invocation.function_error.map(|kind| kind.as_str().to_owned()),
            }),
            Err(error) => Err(match error {
                InvokeError::ResourceNotFound { .. } => FunctionsError::NotFound(function.into()),
                InvokeError::TooManyRequests { .. } => FunctionsError::Throttled(function.into()),
                InvokeError::RequestTooLarge => FunctionsError::PayloadTooLarge(function.into()),
                other => FunctionsError::Host { function: function.into(), reason: other.to_string() },
            }),
        }
    }
}
