//! The door through which the services call Lambda functions; the function host stands behind it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::SetOnce;

/// Runs Lambda functions for the services that trigger them.
#[async_trait]
pub trait Functions: Send + Sync {
    /// Runs `function` (a name or a function ARN, with or without qualifier) with `payload` (JSON text) and waits for
    /// its answer.
    ///
    /// [`Origin::Sns`] and [`Origin::EventBridge`] stand for asynchronous invocations: the implementation plays Lambda's internal queue, so
    /// retries and the dead-letter queue of asynchronous invocations are its business. The others are synchronous and
    /// their callers decide what a failure means.
    ///
    /// # Errors
    /// [`FunctionsError`] when the function could not be run at all. A function that ran and failed is a reply whose
    /// [`FunctionReply::function_error`] is set.
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError>;
}

/// What triggered a function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// An event source mapping read a batch from this queue.
    Sqs {
        /// ARN of the queue.
        queue_arn: String,
    },
    /// A topic delivered a notification (asynchronous invocation).
    Sns {
        /// ARN of the topic.
        topic_arn: String,
    },
    /// A rule took an event (asynchronous invocation).
    EventBridge {
        /// ARN of the rule.
        rule_arn: String,
    },
    /// A route of a REST API was called (`AWS_PROXY` integration).
    ApiGateway {
        /// Identifier of the REST API.
        api_id: String,
        /// Stage of the API.
        stage: String,
    },
}

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReply {
    /// The answer, or the error object (`errorType`, `errorMessage`, …), as JSON text.
    pub payload: Bytes,
    /// `Handled` or `Unhandled` when the function failed, as Lambda's `X-Amz-Function-Error` header says; `None` when
    /// it succeeded.
    pub function_error: Option<String>,
}

/// Why a function could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionsError {
    /// No function of that name is known.
    #[error("function not found: {0}")]
    NotFound(String),
    /// The function's concurrency is used up.
    #[error("function {0} is throttled: its concurrency is used up")]
    Throttled(String),
    /// The payload is over Lambda's limit.
    #[error("the payload for function {0} is over Lambda's limit")]
    PayloadTooLarge(String),
    /// No function host was attached to this cloud.
    #[error("no function host is attached, so function {0} can't run")]
    NoHost(String),
    /// The function host failed.
    #[error("function {function} could not be run: {reason}")]
    Host {
        /// Name or ARN that was asked for.
        function: String,
        /// What went wrong.
        reason: String,
    },
}

/// The function host, which may be attached after the cloud has started: the functions' environment holds the cloud's
/// endpoint, so the host can hardly exist before it.
#[derive(Default)]
pub(crate) struct FunctionSlot(SetOnce<Arc<dyn Functions>>);

impl FunctionSlot {
    /// Attaches the host; `false` when one is attached already.
    pub(crate) fn attach(&self, functions: Arc<dyn Functions>) -> bool {
        self.0.set(functions).is_ok()
    }

    /// Waits until a host is attached.
    pub(crate) async fn attached(&self) {
        self.0.wait().await;
    }

    /// Runs a function by the attached host.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        origin: Origin,
    ) -> Result<FunctionReply, FunctionsError> {
        match self.0.get() {
            Some(functions) => functions.invoke(function, payload, origin).await,
            None => Err(FunctionsError::NoHost(function.to_owned())),
        }
    }
}
