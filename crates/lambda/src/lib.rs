//! Runs the real Lambda function binaries behind a real Lambda Runtime API.
//!
//! [`Host`] starts a function's own binary as a process when it is invoked, speaks the Lambda Runtime API with it,
//! keeps it warm for the next invocation, and answers in its place when it times out, crashes, or does not come up, in
//! AWS's words. [`Endpoint`] hands invocations to a running `cargo lambda watch` instead, and [`Executor`] is either.
//! [`compile()`] makes the binaries.
//!
//! What AWS does and this crate does not: limit memory and CPU, freeze a process between invocations, run extensions,
//! stream responses, and route an alias to two versions.
#![warn(missing_docs)]

#[cfg(not(unix))]
compile_error!("the Lambda host needs process groups and pipes as Unix has them: on Windows, use WSL 2");

mod compile;
mod endpoint;
mod error;
mod executor;
mod fault;
mod host;
mod invocation;
pub mod limits;
mod log;
mod name;
mod spec;

pub use compile::{CompileError, CompilerMessage, Progress, compile};
pub use endpoint::Endpoint;
pub use error::{HostError, InvokeError, ThrottleReason};
pub use executor::Executor;
pub use host::{Host, HostOptions};
pub use invocation::{FunctionErrorKind, Invocation, InvokeContext};
pub use log::{LogRecord, LogSink, LogSource};
pub use name::Location;
pub use spec::{About, FunctionSpec, LogFormat, LoggingConfig};
