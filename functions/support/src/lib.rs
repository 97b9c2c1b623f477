//! What every Lambda binary of this workspace wires alike, so that a function's `main` only names its parts:
//!
//! - [`run`]: the runtime loop, with the input read strictly and every error given its stated name;
//! - [`logs`]: JSON lines on standard output, each with the execution's name;
//! - [`aws`]: the SDK's configuration over one HTTP client;
//! - [`environment`]: settings, with an error that names the variable.
#![warn(missing_docs)]

pub mod aws;
pub mod environment;
mod failure;
mod input;
mod invocation;
pub mod logs;

pub use failure::Failure;
pub use input::{InvalidInput, read, read_any};
pub use invocation::{run, run_any};

/// What `main` of a function returns when it can't start: the process ends, and Lambda reports `Runtime.ExitError`.
pub type Error = lambda_runtime::Error;
