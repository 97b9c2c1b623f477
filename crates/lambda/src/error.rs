//! What can go wrong before a function has answered.

use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;

use crate::limits::MAX_REQUEST_BYTES;

/// A host that cannot start, or a function that cannot be registered with it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HostError {
    /// The Runtime API found no address to listen on.
    #[error("the Lambda Runtime API cannot listen on 127.0.0.1: {0}")]
    Bind(#[source] io::Error),
    /// The binary of a function does not exist or is no file.
    #[error(
        "function `{function}` has no binary at {}: build it, or correct the path (for SAM, `BuildProperties.Binary`)",
        path.display()
    )]
    NoBinary {
        /// The function's name.
        function: String,
        /// Where the binary was looked for.
        path: PathBuf,
    },
    /// The function configures an environment variable that Lambda reserves.
    #[error("function `{function}` sets the environment variable `{variable}`, which Lambda reserves: remove it")]
    ReservedVariable {
        /// The function's name.
        function: String,
        /// The reserved variable.
        variable: String,
    },
    /// The function's timeout is outside of what Lambda accepts.
    #[error("function `{function}` has a timeout of {timeout:?}: Lambda takes more than 0 and up to 900 seconds")]
    Timeout {
        /// The function's name.
        function: String,
        /// The configured timeout.
        timeout: Duration,
    },
    /// The address of an alternative executor is not one of a plain HTTP server.
    #[error("`{url}` is no address of a Lambda endpoint: give it as http://HOST:PORT")]
    Endpoint {
        /// The address as given.
        url: String,
    },
}

/// Why an invocation did not reach a function, in the terms of Lambda's `Invoke` operation.
///
/// Its text is the sentence of the AWS error; [`code`](Self::code) and [`status`](Self::status) are the rest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// No function, version or alias has this ARN.
    ///
    /// The service qualifies an unqualified ARN with `$LATEST` here (recorded cases
    /// `error_handling/task_lambda--no_such_function` and `error_handling/task_service_lambda--no_such_function`).
    #[error("Function not found: {arn}")]
    ResourceNotFound {
        /// The ARN looked for, always qualified.
        arn: String,
    },
    /// More invocations at once than the function or the account may have.
    #[error("Rate Exceeded.")]
    TooManyRequests {
        /// Which limit it was.
        reason: ThrottleReason,
    },
    /// The event is larger than a synchronous invocation may carry.
    #[error("Request must be smaller than {MAX_REQUEST_BYTES} bytes for the InvokeFunction operation")]
    RequestTooLarge,
    /// The event is not JSON, or the client context is not a Base64-encoded JSON object.
    #[error("{message}")]
    InvalidRequestContent {
        /// AWS's sentence. What the parser found wrong is in this parser's words, not in those of AWS's.
        message: String,
    },
    /// The service itself failed: a process could not be started, or an endpoint could not be reached.
    #[error("{message}")]
    Service {
        /// What failed and what to do about it.
        message: String,
    },
    /// The host is shutting down; the invocation was not run, or was cut off.
    #[error("The Lambda host is shutting down.")]
    ShuttingDown,
}

/// `Reason` of a throttled invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The account's concurrency is used up.
    ConcurrentInvocationLimitExceeded,
    /// The function's reserved concurrency is used up.
    ReservedFunctionConcurrentInvocationLimitExceeded,
}

impl ThrottleReason {
    /// The word AWS puts into `Reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
        }
    }
}

impl InvokeError {
    /// The error code of the AWS API, such as `ResourceNotFoundException`.
    ///
    /// An event that is too large is `RequestEntityTooLargeException` on the wire, although the API reference
    /// calls it `RequestTooLargeException`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ResourceNotFound { .. } => "ResourceNotFoundException",
            Self::TooManyRequests { .. } => "TooManyRequestsException",
            Self::RequestTooLarge => "RequestEntityTooLargeException",
            Self::InvalidRequestContent { .. } => "InvalidRequestContentException",
            Self::Service { .. } | Self::ShuttingDown => "ServiceException",
        }
    }

    /// The HTTP status of the AWS API.
    pub fn status(&self) -> u16 {
        match self {
            Self::ResourceNotFound { .. } => 404,
            Self::TooManyRequests { .. } => 429,
            Self::RequestTooLarge => 413,
            Self::InvalidRequestContent { .. } => 400,
            Self::Service { .. } | Self::ShuttingDown => 500,
        }
    }
}
