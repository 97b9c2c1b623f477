//! `Retry` and `Catch`.

use super::{ResultPath, StateIndex};
use crate::expression::Template;

/// One entry of `Retry`.
#[derive(Debug, Clone)]
pub struct Retrier {
    /// `ErrorEquals`: the error names it is for; `States.ALL` and `States.TaskFailed` stand for many.
    pub error_equals: Vec<String>,
    /// `IntervalSeconds`: the first delay; 1 when not given.
    pub interval_seconds: u64,
    /// `MaxAttempts`: how many retries at the most; 3 when not given, 0 for never.
    pub max_attempts: u64,
    /// `BackoffRate`: by what each delay is multiplied to get the next; 2.0 when not given.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`: what no delay exceeds.
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy`.
    pub jitter: Jitter,
}

/// `JitterStrategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// `NONE`: the delay as computed.
    #[default]
    None,
    /// `FULL`: drawn evenly between zero and the delay as computed.
    Full,
}

/// One entry of `Catch`.
#[derive(Debug)]
pub struct Catcher {
    /// `ErrorEquals`.
    pub error_equals: Vec<String>,
    /// `Next`.
    pub next: StateIndex,
    /// `ResultPath` (JSONPath only).
    pub result_path: ResultPath,
    /// `Assign`.
    pub assign: Option<Template>,
    /// `Output` (JSONata only).
    pub output: Option<Template>,
}
