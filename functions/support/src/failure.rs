use std::fmt;

use domain::Fault;
use lambda_runtime::Diagnostic;

/// A function's error on its way to Lambda: the stated name and the sentence, and nothing else.
///
/// Without it, `lambda_runtime` would report the name of a Rust type as `errorType`, which no `ErrorEquals` can rely on.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    name: &'static str,
    message: String,
}

impl Failure {
    /// `errorType`, which the state machine's `ErrorEquals` compares with.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// `errorMessage`.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        Self { name: fault.name(), message: fault.to_string() }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.message }
    }
}

/// The runtime logs a failed invocation in this form.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}
