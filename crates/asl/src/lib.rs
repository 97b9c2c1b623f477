//! Amazon States Language: text to a typed, compiled model, and every problem found on the way.
//!
//! ```
//! let text = r#"{"StartAt": "Buy", "States": {"Buy": {"Type": "Pass", "End": true}}}"#;
//! let parsed = asl::parse(text, &asl::Options::default());
//! assert!(parsed.diagnostics.is_empty());
//! assert!(parsed.machine.is_some());
//! ```

#![warn(missing_docs)]

pub mod aws;
mod check;
pub mod codes;
pub mod expression;
pub mod graph;
pub mod integration;
pub mod model;
mod parse;

pub use parse::{Features, Options, Parsed, Substitutions, parse, parse_state, span_of};
