//! JSON lines on standard output, where Lambda takes them from.
//!
//! Every line carries `span`, which says whose line it is: the request, and the execution and the state when the payload
//! names them. So one execution's lines can be picked out of all functions' logs with a filter on `span.execution`.

use std::str::FromStr;

use lambda_runtime::LambdaInvocation;
use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use tracing::{Span, field};

use crate::environment;

/// Begins to write the lines of this process. The level is `AWS_LAMBDA_LOG_LEVEL` (which Lambda sets from the function's
/// `LoggingConfig`), else `RUST_LOG`, else `INFO`.
pub fn start() {
    let level = environment::optional("AWS_LAMBDA_LOG_LEVEL")
        .or_else(|| environment::optional("RUST_LOG"))
        .and_then(|level| LevelFilter::from_str(&level).ok())
        .unwrap_or(LevelFilter::INFO);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .init();
}

/// The span of one invocation. Functions that are called with something else than a state machine's payload fill its
/// `execution` and `state` in by [`name_execution`].
pub(crate) fn span(invocation: &LambdaInvocation) -> Span {
    let span = tracing::info_span!(
        "invocation",
        request_id = invocation.context.request_id,
        trace_id = field::Empty,
        execution = field::Empty,
        state = field::Empty,
    );
    if let Some(trace) = &invocation.context.xray_trace_id {
        span.record("trace_id", trace);
    }
    if let Some((execution, state)) = caller(&invocation.body) {
        span.record("execution", execution).record("state", state);
    }
    span
}

/// Says in the current invocation's lines whose lines they are, when only the handler can know.
pub fn name_execution(execution: &str, state: &str) {
    Span::current().record("execution", execution).record("state", state);
}

/// The names of the execution and of the state, when the payload says them in `execution`.
fn caller(body: &[u8]) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Payload {
        execution: Names,
    }
    #[derive(Deserialize)]
    struct Names {
        name: String,
        state: String,
    }
    let Payload { execution } = serde_json::from_slice(body).ok()?;
    Some((execution.name, execution.state))
}

#[cfg(test)]
mod tests {
    use super::caller;

    #[test]
    fn the_caller_is_read_from_a_payload_that_names_it_and_from_no_other() {
        let body = br#"{"input": {"execution": 1}, "execution": {"name": "demo", "state": "Buy Stock", "id": "arn"}}"#;
        assert_eq!(caller(body), Some(("demo".into(), "Buy Stock".into())));
        for other in [&b"{}"[..], b"[]", b"null", br#"{"execution": "demo"}"#, br#"{"Records": []}"#, b"\xff"] {
            assert_eq!(caller(other), None);
        }
    }
}
