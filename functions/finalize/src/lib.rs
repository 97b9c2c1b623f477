//! Lambda `finalize`: makes one answer of the branches' results.
//!
//! State `Finalize`. Takes [`Input`], gives [`Output`], fails with the names of [`Error`]. The results come in the order of
//! the branches, but each says which one it is, so the order does not matter here.
#![warn(missing_docs)]

mod answer;
mod results;

use domain::{Execution, Fault, fault};
use serde::Deserialize;

pub use answer::{ApiReceipt, Item, Object, Output};
pub use results::{Accepted, ApiResponse, BranchResult};

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state: the array of the branches' results.
    pub input: Vec<BranchResult>,
    /// Who asks. The answer is stamped with the time at which the state was entered.
    pub execution: Execution,
}

/// Why the results make no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `InvalidInput`: each branch must have answered once.
    #[error("One result of each branch is needed: of {0} there are {1}.")]
    Count(&'static str, usize),
    /// `InconsistentResults`: the branches did not work on the same record.
    #[error("The branches worked on different records: {0}.")]
    Inconsistent(String),
}

impl Fault for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Count(..) => fault::INVALID_INPUT,
            Self::Inconsistent(_) => INCONSISTENT_RESULTS,
        }
    }
}

/// `errorType` when the branches worked on different records. Never worth a retry.
pub const INCONSISTENT_RESULTS: &str = "InconsistentResults";

/// Makes one answer.
pub fn handle(input: Input) -> Result<Output, Error> {
    let answer = answer::of(input.input, input.execution)?;
    tracing::info!(id = %answer.id, key = answer.object.key, receipt = answer.api.receipt, "finalized");
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sample() -> Value {
        serde_json::from_str(include_str!("../../../events/functions/finalize.json")).unwrap()
    }

    fn answer(payload: Value) -> Result<Value, Error> {
        handle(support::read_any(payload).unwrap()).map(|answer| serde_json::to_value(answer).unwrap())
    }

    #[test]
    fn three_results_make_one_answer_in_whatever_order() {
        let expected = json!({
            "status": "succeeded",
            "id": "demo-123",
            "message": "demo-123 is kept as s3://batuta-orchestrationbucket/output/demo-123.json and in the table \
                        batuta-OrchestrationTable, and the API has accepted it (receipt 3f30b150472a3c95).",
            "object": {
                "bucket": "batuta-orchestrationbucket",
                "key": "output/demo-123.json",
                "etag": "9b2cf535f27731c974343645a3985328",
                "version_id": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
            },
            "item": {"table": "batuta-OrchestrationTable", "id": "demo-123"},
            "api": {"status_code": 200, "receipt": "3f30b150472a3c95"},
            "finished_at": "2026-01-05T14:30:00.418Z",
            "execution": "sample",
        });
        let mut payload = sample();
        for _ in 0..3 {
            payload["input"].as_array_mut().unwrap().rotate_left(1);
            assert_eq!(answer(payload.clone()).unwrap(), expected);
        }
    }

    #[test]
    fn a_branch_that_is_missing_or_doubled_is_named() {
        let mut payload = sample();
        let results = payload["input"].as_array_mut().unwrap();
        results[1] = results[0].clone();
        assert_eq!(answer(payload.clone()), Err(Error::Count("WriteToS3", 2)));
        payload["input"].as_array_mut().unwrap().remove(0);
        assert_eq!(answer(payload.clone()), Err(Error::Count("WriteToDynamoDB", 0)));
        payload["input"] = json!([]);
        let error = answer(payload).unwrap_err();
        assert_eq!(error.name(), "InvalidInput");
        assert_eq!(error.to_string(), "One result of each branch is needed: of WriteToS3 there are 0.");
    }

    #[test]
    fn results_of_different_records_are_no_answer() {
        for (index, pointer) in [(0, "/key"), (1, "/id"), (2, "/response/id")] {
            let mut payload = sample();
            let member = payload["input"][index].pointer_mut(pointer).unwrap();
            *member = if index == 0 { "output/other.json".into() } else { "other".into() };
            let error = answer(payload).unwrap_err();
            assert_eq!(error.name(), "InconsistentResults");
            assert!(error.to_string().contains("other"), "{error}");
        }
    }

    #[test]
    fn an_answer_of_the_api_that_is_none_is_an_invalid_input() {
        for (pointer, value) in [("/response/status", json!("rejected")), ("/response", json!("<html>"))] {
            let mut payload = sample();
            *payload["input"][2].pointer_mut(pointer).unwrap() = value;
            assert_eq!(support::read_any::<Input>(payload).unwrap_err().name(), "InvalidInput");
        }
    }
}
