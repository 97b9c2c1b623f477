use serde::{Deserialize, Serialize};

/// Which step of which execution is asking: what `$$`, the context object, told the state machine to pass on.
///
/// Its five members are the ones that stay the same when Step Functions tries a step again, which is what makes a step
/// recognisable (see [`crate::OrderId`]).
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Execution {
    /// The execution's ARN: `$$.Execution.Id`.
    pub id: String,
    /// The execution's name, by which a person finds it: `$$.Execution.Name`.
    pub name: String,
    /// When the execution was started, RFC 3339: `$$.Execution.StartTime`.
    pub started_at: String,
    /// The state that calls: `$$.State.Name`.
    pub state: String,
    /// When that state was entered, RFC 3339: `$$.State.EnteredTime`. A retry does not enter it again.
    pub entered_at: String,
}

#[derive(Deserialize)]
struct Fields {
    id: String,
    name: String,
    started_at: String,
    state: String,
    entered_at: String,
}

impl TryFrom<Fields> for Execution {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let Fields { id, name, started_at, state, entered_at } = fields;
        if [&id, &name, &started_at, &state, &entered_at].iter().any(|field| field.is_empty()) {
            // Two steps with an empty identity would be taken for one, and one of them would not trade.
            return Err("id, name, started_at, state and entered_at must all say something");
        }
        Ok(Self { id, name, started_at, state, entered_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_with_a_hole_in_it_is_refused() {
        let mut fields = serde_json::json!({
            "id": "arn", "name": "n", "started_at": "2026-01-01T00:00:00Z", "state": "Buy Stock",
            "entered_at": "2026-01-01T00:00:01Z",
        });
        assert!(serde_json::from_value::<Execution>(fields.clone()).is_ok());
        fields["id"] = "".into();
        let refusal = serde_json::from_value::<Execution>(fields).unwrap_err().to_string();
        assert!(refusal.contains("must all say something"), "{refusal}");
    }
}
