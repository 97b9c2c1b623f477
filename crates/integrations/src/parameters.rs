//! The evaluated `Parameters` of a task, read with the complaints of Step Functions.

use std::sync::Arc;

use machine::{Document, TaskOutcome};
use runtime::Answer;
use serde_json::{Map, Value};

/// The parameters of one task.
pub(crate) struct Parameters<'a> {
    document: &'a Document,
    members: &'a Map<String, Value>,
}

/// Why a task can't be started, in AWS's words: its execution fails, and nothing can catch it (recorded case
/// `services/apigetway_task_service--invoke_with_headers-singleStringHeader.json`).
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Arc<str>);

impl Refusal {
    /// These parameters can't be used for that reason.
    pub(crate) fn new(parameters: &Document, reason: &str) -> Self {
        Self(format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}]").into())
    }
}

/// A task that came as far as here without being refused before it was scheduled.
impl From<Refusal> for Answer {
    fn from(Refusal(cause): Refusal) -> Self {
        Self::Ended(TaskOutcome::Impossible { cause })
    }
}

impl<'a> Parameters<'a> {
    /// The parameters, if they are an object of no other members than these. A definition with others is accepted, and
    /// its execution fails here.
    pub(crate) fn read(document: &'a Document, known: &[&str]) -> Result<Self, Refusal> {
        let Some(members) = document.value().as_object() else {
            return Err(Refusal::new(document, "The value must be an object"));
        };
        if let Some(unknown) = members.keys().find(|member| !known.contains(&member.as_str())) {
            let reason = format!("The field \"{unknown}\" is not supported by Step Functions");
            return Err(Refusal::new(document, &reason));
        }
        Ok(Self { document, members })
    }

    /// The parameters of an action of an optimized integration.
    pub(crate) fn of(document: &'a Document, service: &str, action: &str) -> Result<Self, Refusal> {
        Self::read(document, asl::integration::parameters(service, action).unwrap_or_default())
    }

    /// A member; `null` is as good as none.
    pub(crate) fn get(&self, member: &str) -> Option<&'a Value> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    /// All members.
    pub(crate) fn members(&self) -> &'a Map<String, Value> {
        self.members
    }

    /// A text that may be missing.
    pub(crate) fn text(&self, member: &str) -> Result<Option<&'a str>, Refusal> {
        match self.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(member)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(&self, member: &str) -> Result<&'a str, Refusal> {
        self.text(member)?.ok_or_else(|| self.missing(member))
    }

    /// The refusal of parameters without a member.
    pub(crate) fn missing(&self, member: &str) -> Refusal {
        self.refuse(&format!("The field '{member}' is required but was missing"))
    }

    /// The refusal of a member's value, in the recorded words.
    pub(crate) fn invalid(&self, member: &str) -> Refusal {
        self.refuse(&format!("The value of the field '{member}' has an invalid format"))
    }

    /// The refusal of these parameters.
    pub(crate) fn refuse(&self, reason: &str) -> Refusal {
        Refusal::new(self.document, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told<T>(result: Result<T, Refusal>) -> Option<String> {
        result.err().map(|Refusal(cause)| cause.to_string())
    }

    #[test]
    fn what_is_wrong_with_parameters_is_told_as_aws_does() {
        let document = Document::new(json!({"Entries": [], "Bus": "b"}));
        assert_eq!(
            told(Parameters::read(&document, &["Entries"])).as_deref(),
            Some(
                "The Parameters '{\"Entries\":[],\"Bus\":\"b\"}' could not be used to start the Task: \
                 [The field \"Bus\" is not supported by Step Functions]"
            )
        );
        assert!(Parameters::read(&Document::new(json!("text")), &[]).is_err());
        let document = Document::new(json!({"A": 1, "B": null, "C": "c"}));
        let parameters = Parameters::read(&document, &["A", "B", "C"]).expect("all are known");
        let place = "The Parameters '{\"A\":1,\"B\":null,\"C\":\"c\"}' could not be used to start the Task: ";
        assert_eq!(
            told(parameters.text("A")),
            Some(format!("{place}[The value of the field 'A' has an invalid format]"))
        );
        assert_eq!(
            told(parameters.required_text("B")),
            Some(format!("{place}[The field 'B' is required but was missing]"))
        );
        assert_eq!(parameters.required_text("C").ok(), Some("c"));
    }
}
