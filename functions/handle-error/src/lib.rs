//! Lambda `handle-error`: makes a report of an error, so that whoever is notified knows what happened and what to do.
//!
//! State `HandleError`. Takes [`Input`], gives [`Output`]. A pure function that takes any error and any request, whatever
//! the execution was started with.
#![warn(missing_docs)]

mod kind;
mod report;

use std::convert::Infallible;

use domain::Execution;
use serde::Deserialize;
use serde_json::Value;

pub use kind::Kind;
pub use report::{Effects, Output};

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// What went wrong, and with what.
    pub input: Failed,
    /// Who asks. The report is stamped with the time at which the state was entered.
    pub execution: Execution,
}

/// What went wrong, and with what.
#[derive(Clone, Debug, Deserialize)]
pub struct Failed {
    /// The state that failed.
    pub failed_state: String,
    /// What the catcher caught.
    pub error: Caught,
    /// What the execution was started with: any JSON.
    pub request: Value,
}

/// What a catcher gives.
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caught {
    /// The error's name.
    pub error: String,
    /// What is known of it: a sentence, or JSON as text.
    #[serde(default)]
    pub cause: String,
}

/// Makes a report.
pub fn handle(input: Input) -> Result<Output, Infallible> {
    let report = report::of(input.input, input.execution);
    tracing::warn!(failed_state = report.failed_state, error = report.error, kind = ?report.kind, "reported");
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(failed_state: &str, error: &str, cause: &str, request: &Value) -> Value {
        let payload = json!({
            "input": {"failed_state": failed_state, "error": {"Error": error, "Cause": cause}, "request": request},
            "execution": {
                "id": "arn",
                "name": "demo",
                "started_at": "2026-01-05T14:30:00.000Z",
                "state": "HandleError",
                "entered_at": "2026-01-05T14:30:31.207Z",
            },
        });
        serde_json::to_value(handle(support::read(payload).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn a_report_says_what_happened_where_and_with_what() {
        let request = json!({"id": "demo-123", "source": "step-functions-demo", "value": "42"});
        let cause = r#"{"errorType": "InvalidInput", "errorMessage": "The input is not valid at input.value: no."}"#;
        assert_eq!(
            report("ProcessData", "InvalidInput", cause, &request),
            json!({
                "status": "failed",
                "id": "demo-123",
                "message": "ProcessData failed with InvalidInput: The input is not valid at input.value: no. Nothing was \
                            stored. Correct the input and start again.",
                "failed_state": "ProcessData",
                "branch": null,
                "error": "InvalidInput",
                "cause": "The input is not valid at input.value: no.",
                "kind": "invalid_input",
                "effects": "none",
                "request": request,
                "request_cut": false,
                "occurred_at": "2026-01-05T14:30:31.207Z",
                "execution": "demo",
            })
        );
    }

    #[test]
    fn the_error_tells_the_branch() {
        let request = json!({"id": "demo-123"});
        for (error, branch) in [
            ("S3.S3Exception", json!("WriteToS3")),
            ("DynamoDB.InternalServerErrorException", json!("WriteToDynamoDB")),
            ("ApiGateway.503", json!("CallApiGateway")),
            ("States.Timeout", json!(null)),
        ] {
            let report = report("ParallelChoice", error, "no", &request);
            assert_eq!((&report["branch"], &report["effects"]), (&branch, &json!("partial")), "{error}");
        }
        assert_eq!(report("Finalize", "States.Timeout", "", &request)["effects"], "complete");
    }

    #[test]
    fn a_request_is_never_too_strange_for_a_report() {
        for request in [json!(null), json!([]), json!("text"), json!(7), json!({"id": "../x"}), json!({"id": 7})] {
            let report = report("ProcessData", "InvalidInput", "no", &request);
            assert_eq!(report["id"], Value::Null);
            assert_eq!(report["request"], request);
        }
    }

    #[test]
    fn a_large_request_is_cut_and_said_to_be() {
        let report = report("ProcessData", "InvalidInput", "no", &json!({"id": "é".repeat(5000)}));
        assert_eq!(report["request_cut"], true);
        let beginning = report["request"].as_str().unwrap();
        assert!(beginning.starts_with(r#"{"id":"éé"#) && beginning.ends_with('…'), "{beginning}");
        assert_eq!(beginning.chars().count(), 500);
    }

    #[test]
    fn a_cause_is_one_line_whatever_it_was() {
        for (cause, line) in [
            ("a\r\nb", "a  b"),
            (r#"{"message": "Missing Authentication Token"}"#, "Missing Authentication Token"),
            (r#"{"errorMessage": 7}"#, r#"{"errorMessage": 7}"#),
            ("", ""),
        ] {
            assert_eq!(report("ProcessData", "X", cause, &json!({}))["cause"], line);
        }
        let message = report("Finalize", "X", "", &json!({}))["message"].clone();
        assert_eq!(message, "Finalize failed with X. Everything was stored. The execution's history says more.");
        let long = report("ProcessData", "X", &"a".repeat(5000), &json!({}));
        assert_eq!(long["cause"].as_str().unwrap().chars().count(), 400);
    }

    #[test]
    fn the_sample_event_makes_a_report() {
        let sample: Value = serde_json::from_str(include_str!("../../../events/functions/handle-error.json")).unwrap();
        let report = handle(support::read(sample).unwrap()).unwrap();
        assert_eq!((report.kind, report.branch), (Kind::Unavailable, Some("CallApiGateway")));
    }
}
