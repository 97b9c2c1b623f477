//! Lambda `process-data`: validates what an orchestration is started with, and enriches it.
//!
//! State `ProcessData`. Takes [`Input`], gives [`Output`]. Reading the input is the validation: a [`Draft`] can't hold what
//! is not valid, and the error `InvalidInput` names the member that is wrong. The rest is [`Record::process`].
#![warn(missing_docs)]

use std::convert::Infallible;

use domain::Execution;
use domain::record::{Draft, Record};
use serde::Deserialize;

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state: what the execution was started with. Members that a draft hasn't are left out.
    pub input: Draft,
    /// Who asks. The record is stamped with the time at which the state was entered, so that a retry gives the same one.
    pub execution: Execution,
}

/// The answer: what all branches get.
pub type Output = Record;

/// Processes a draft.
pub fn handle(input: Input) -> Result<Output, Infallible> {
    let record = Record::process(input.input, input.execution.entered_at);
    tracing::info!(id = %record.id, category = ?record.category, fingerprint = record.fingerprint, "processed");
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(input: &Value) -> Result<Input, String> {
        let payload = json!({
            "input": input,
            "execution": {
                "id": "arn",
                "name": "demo",
                "started_at": "2026-01-05T14:30:00.000Z",
                "state": "ProcessData",
                "entered_at": "2026-01-05T14:30:00.041Z",
            },
        });
        support::read(payload).map_err(|error| error.to_string())
    }

    #[test]
    fn a_draft_becomes_a_record_of_the_time_its_state_was_entered() {
        let input = read(&json!({"id": "demo-123", "source": "step-functions-demo", "value": 42})).unwrap();
        let record = serde_json::to_value(handle(input.clone()).unwrap()).unwrap();
        assert_eq!(record["id"], "demo-123");
        assert_eq!(record["doubled"], 84);
        assert_eq!(record["category"], "small");
        assert_eq!(record["processed_at"], "2026-01-05T14:30:00.041Z");
        assert_eq!(serde_json::to_value(handle(input).unwrap()).unwrap(), record);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (input, sentence) in [
            (json!({}), "The input is not valid at input: missing field `id`."),
            (json!([]), "The input is not valid at input: an object is needed."),
            (json!(null), "The input is not valid at input: an object is needed."),
            (
                json!({"id": "../../etc/passwd", "source": "s", "value": 1}),
                "The input is not valid at input.id: not an id: write 1 to 64 letters without accents, digits, '-' or '_', \
                 beginning with a letter or a digit, such as \"demo-123\".",
            ),
            (
                json!({"id": 7, "source": "s", "value": 1}),
                "The input is not valid at input.id: invalid type: integer `7`, expected a string.",
            ),
            (
                json!({"id": "a", "source": "", "value": 1}),
                "The input is not valid at input.source: not a source: write 1 to 128 characters on one line, such as \
                 \"step-functions-demo\".",
            ),
            (
                json!({"id": "a", "source": "s", "value": "42"}),
                "The input is not valid at input.value: invalid type: string \"42\", expected a number from \
                 -1000000000000 to 1000000000000.",
            ),
            (
                json!({"id": "a", "source": "s", "value": 1e300}),
                "The input is not valid at input.value: a number from -1000000000000 to 1000000000000 is needed.",
            ),
        ] {
            assert_eq!(read(&input).unwrap_err(), sentence);
        }
    }

    #[test]
    fn the_sample_event_is_processed() {
        let sample: Value = serde_json::from_str(include_str!("../../../events/functions/process-data.json")).unwrap();
        assert!(handle(support::read(sample).unwrap()).unwrap().is_whole());
    }
}
