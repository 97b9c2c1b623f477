//! The quotas of the Lambda service that a caller or a function can meet.
//!
//! Source unless stated otherwise: AWS Lambda Developer Guide, "Lambda quotas".

use std::time::Duration;

/// The largest event of a synchronous invocation, in bytes.
///
/// The service answers a larger one with "Request must be smaller than 6291456 bytes for the `InvokeFunction`
/// operation".
pub const MAX_REQUEST_BYTES: usize = 6_291_456;

/// The largest response of a synchronous invocation, in bytes.
///
/// It is 100 bytes more than [`MAX_REQUEST_BYTES`]: the service names this number in its own sentence, "Response
/// payload size exceeded maximum allowed payload size (6291556 bytes)." (asserted against the real service by
/// the integration tests of `aws/aws-lambda-dotnet`).
pub const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// The largest client context, in bytes of Base64 text (API reference of `Invoke`, `X-Amz-Client-Context`).
pub const MAX_CLIENT_CONTEXT_BYTES: usize = 3_583;

/// How long an execution environment may take to ask for its first event before the service starts it again
/// within the invocation ("Understanding the Lambda execution environment lifecycle", Init phase).
pub const INIT_LIMIT: Duration = Duration::from_secs(10);

/// How much of the end of an invocation's log `LogType: Tail` returns, in bytes.
pub const LOG_TAIL_BYTES: usize = 4_096;

/// The concurrent executions of an account in one Region, unless AWS has granted more.
pub const ACCOUNT_CONCURRENCY: usize = 1_000;

/// The longest timeout a function can have.
pub const MAX_TIMEOUT: Duration = Duration::from_mins(15);
