//! Mocked tasks: what a task comes to is said beforehand instead of asked of a service.
//!
//! The vocabulary is that of the mock configuration file of AWS Step Functions Local
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>): by state, by attempt, `Return` or
//! `Throw`; `CallThenThrow` is ours.

mod mocked;
mod table;

pub use mocked::Mocked;
pub use table::{MockError, MockTable, MockedResponse};
