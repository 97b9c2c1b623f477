//! The door through which the services call Lambda functions; the function host stands behind it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::SetOnce;

/// Runs Lambda functions for the services that trigger them and for the Lambda API.
#[async_trait]
pub trait Functions: Send + Sync {
    /// Runs `function` (a name or a function ARN, with or without qualifier) with `payload` (JSON text) and waits for
    /// its answer. Asynchronous invocations are kept and retried by the cloud: the implementation runs the function once.
    ///
    /// # Errors
    /// [`FunctionsError`] when the function could not be run at all. A function that ran and failed is a reply whose
    /// [`FunctionReply::function_error`] is set.
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError>;

    /// What is known of the function, version or alias that `function` (as for [`Functions::invoke`]) means.
    ///
    /// # Errors
    /// [`FunctionsError::NotFound`].
    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError>;

    /// All functions as their unpublished versions, by name.
    fn list(&self) -> Vec<FunctionDescription>;
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
    /// The operation `Invoke` of the Lambda API was called.
    Api {
        /// `X-Amz-Client-Context`: Base64 of a JSON object.
        client_context: Option<String>,
        /// `X-Amzn-Trace-Id`.
        trace_id: Option<String>,
        /// Whether the end of the log is asked for.
        log_tail: bool,
    },
}

/// What a function answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionReply {
    /// The answer, or the error object (`errorType`, `errorMessage`, …), as JSON text.
    pub payload: Bytes,
    /// `Handled` or `Unhandled` when the function failed, as Lambda's `X-Amz-Function-Error` header says; `None` when
    /// it succeeded.
    pub function_error: Option<String>,
    /// Identifier of the invocation, as the function saw it; empty when it isn't known.
    pub request_id: String,
    /// The version that ran, `$LATEST` or a number; empty when it isn't known.
    pub executed_version: String,
    /// The last 4 KB of the log, if asked for.
    pub log_tail: Option<String>,
}

/// A function, version or alias, as `GetFunction` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionDescription {
    /// The function's name.
    pub name: String,
    /// Its ARN, with the version or alias that was asked for.
    pub arn: String,
    /// The version that runs: `$LATEST`, or a number.
    pub version: String,
    /// `Runtime`, such as `provided.al2023`.
    pub runtime: String,
    /// `Architectures`: `x86_64` or `arm64`.
    pub architecture: String,
    /// `Handler`.
    pub handler: String,
    /// `Description`.
    pub description: String,
    /// `Role`, an ARN; empty when it isn't known.
    pub role_arn: String,
    /// Configured memory in MB.
    pub memory_mb: u32,
    /// How long one invocation may take, in whole seconds.
    pub timeout_seconds: u32,
    /// Room in `/tmp`, in MB.
    pub ephemeral_storage_mb: u32,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// `LoggingConfig.LogGroup`.
    pub log_group: String,
    /// `LoggingConfig.LogFormat`: `Text` or `JSON`.
    pub log_format: String,
    /// `LoggingConfig.ApplicationLogLevel`.
    pub application_log_level: Option<String>,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<usize>,
    /// The executable.
    pub binary: PathBuf,
    /// How its asynchronous invocations are retried.
    pub asynchronous: AsyncSettings,
}

/// How asynchronous invocations of a function are retried
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsyncSettings {
    /// How often an event is tried again that the function failed on, 0–2.
    pub maximum_retry_attempts: u32,
    /// How old an event may get.
    pub maximum_event_age: Duration,
    /// ARN of the queue or topic that takes events that failed for good.
    pub dead_letter_arn: Option<String>,
    /// ARN of the queue, topic, function or event bus that is told of successes.
    pub on_success: Option<String>,
    /// ARN of the queue, topic, function or event bus that is told of what failed for good.
    pub on_failure: Option<String>,
}

impl Default for AsyncSettings {
    /// Two attempts more, within six hours, and nobody is told.
    fn default() -> Self {
        Self {
            maximum_retry_attempts: 2,
            maximum_event_age: Duration::from_hours(6),
            dead_letter_arn: None,
            on_success: None,
            on_failure: None,
        }
    }
}

impl FunctionDescription {
    /// When the executable was changed last; the present when that can't be told.
    pub(crate) fn modified(&self) -> Timestamp {
        let changed = std::fs::metadata(&self.binary).and_then(|found| found.modified());
        changed.ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_else(Timestamp::now)
    }
}

/// Why a function could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionsError {
    /// No function, version or alias of that name is known.
    #[error("function not found: {0}")]
    NotFound(String),
    /// A limit of concurrency is used up.
    #[error("function {function} is throttled: its concurrency is used up ({reason})")]
    Throttled {
        /// Name or ARN that was asked for.
        function: String,
        /// Lambda's word for the limit, such as `ReservedFunctionConcurrentInvocationLimitExceeded`.
        reason: String,
    },
    /// The payload is over Lambda's limit.
    #[error("the payload for function {0} is over Lambda's limit")]
    PayloadTooLarge(String),
    /// The payload isn't JSON, or the client context isn't a Base64-encoded JSON object.
    #[error("{0}")]
    InvalidRequest(String),
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

    /// The attached host; the error names `function`.
    fn host(&self, function: &str) -> Result<&Arc<dyn Functions>, FunctionsError> {
        self.0.get().ok_or_else(|| FunctionsError::NoHost(function.to_owned()))
    }

    /// Runs a function by the attached host.
    pub(crate) async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        origin: Origin,
    ) -> Result<FunctionReply, FunctionsError> {
        self.host(function)?.invoke(function, payload, origin).await
    }

    pub(crate) fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        self.host(function)?.describe(function)
    }

    /// All functions, by name; none without a host.
    pub(crate) fn list(&self) -> Vec<FunctionDescription> {
        let mut all = self.0.get().map(|host| host.list()).unwrap_or_default();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }
}
