//! The table of mocked responses.

use std::collections::HashMap;
use std::sync::Arc;

use machine::{Document, ErrorCause};
use serde_json::{Map, Value};

/// What is said beforehand of the attempts of states: by the state's name, by attempts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MockTable {
    states: HashMap<Arc<str>, Vec<MockedAttempts>>,
}

/// One line of a state: the attempts from `first` to `last`, counted from 0, and what becomes of them.
#[derive(Debug, Clone, PartialEq)]
struct MockedAttempts {
    first: u64,
    last: u64,
    response: MockedResponse,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum MockedResponse {
    /// `{"Return": <output>}`: nothing is called, and the task succeeds with this.
    Return(Document),
    /// `{"Throw": {"Error": …, "Cause": …}}`: nothing is called, and the task fails with this.
    Throw(ErrorCause),
    /// `{"CallThenThrow": {"Error": …, "Cause": …}}`: the call is made and waited for, then the task fails with this:
    /// what the service did stays done, and its answer is lost.
    CallThenThrow(ErrorCause),
}

/// Why a table of mocked responses can't be read. Each names its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MockError {
    /// The table or one of its parts has another shape.
    #[error("{place} must be {expected}, and is {found}")]
    Shape {
        /// Where, like `mock["Buy Stock"]["0"]`.
        place: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A key is neither an attempt nor a range of attempts.
    #[error(
        "{place}: \"{key}\" is neither an attempt (\"0\") nor a range of attempts (\"1-3\"); attempts are counted from 0"
    )]
    Attempts {
        /// Where.
        place: String,
        /// The key.
        key: String,
    },
    /// Two keys of a state speak of the same attempt.
    #[error("{place}: attempt {attempt} is listed twice")]
    Overlap {
        /// Where.
        place: String,
        /// The attempt.
        attempt: u64,
    },
    /// A response is none of the three.
    #[error("{place}: a response is one of \"Return\", \"Throw\" and \"CallThenThrow\", and here is {found}")]
    Response {
        /// Where.
        place: String,
        /// The members that are there.
        found: String,
    },
    /// A failure has a member that means nothing.
    #[error("{place}: \"{member}\" is unknown; a failure has \"Error\" and \"Cause\"")]
    Member {
        /// Where.
        place: String,
        /// The member.
        member: String,
    },
}

impl MockTable {
    /// Reads `{"<state>": {"0": <response>, "1-3": <response>}}`.
    ///
    /// # Errors
    /// [`MockError`], whose places begin with `mock`.
    pub fn from_json(table: &Value) -> Result<Self, MockError> {
        let place = "mock";
        let mut states = HashMap::new();
        for (state, attempts) in object(table, place, "an object of states")? {
            let place = format!("{place}[{state:?}]");
            let mut lines: Vec<MockedAttempts> = Vec::new();
            for (key, response) in object(attempts, &place, "an object of attempts")? {
                let (first, last) =
                    range(key).ok_or_else(|| MockError::Attempts { place: place.clone(), key: key.clone() })?;
                if let Some(other) = lines.iter().find(|other| first <= other.last && other.first <= last) {
                    return Err(MockError::Overlap { place, attempt: first.max(other.first) });
                }
                let response = parse_response(response, &format!("{place}[{key:?}]"))?;
                lines.push(MockedAttempts { first, last, response });
            }
            states.insert(Arc::from(state.as_str()), lines);
        }
        Ok(Self { states })
    }

    /// The states that it speaks of, in no order: whoever knows the machine can tell those that it doesn't have.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.keys().map(|state| &**state)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// What it says of that attempt of that state, counted from 0.
    pub fn response(&self, state: &str, attempt: u64) -> Option<&MockedResponse> {
        let lines = self.states.get(state)?;
        lines.iter().find(|line| (line.first..=line.last).contains(&attempt)).map(|line| &line.response)
    }

    /// The state's name, shared, if the table speaks of it.
    pub(super) fn state(&self, state: &str) -> Option<Arc<str>> {
        self.states.get_key_value(state).map(|(name, _)| name.clone())
    }
}

fn object<'a>(value: &'a Value, place: &str, expected: &'static str) -> Result<&'a Map<String, Value>, MockError> {
    value.as_object().ok_or_else(|| shape(value, place, expected))
}

fn shape(value: &Value, place: &str, expected: &'static str) -> MockError {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string(),
    };
    MockError::Shape { place: place.to_owned(), expected, found }
}

/// `0` or `1-3`.
fn range(key: &str) -> Option<(u64, u64)> {
    // `parse` would take a sign.
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (first, last) = match key.split_once('-') {
        None => (number(key)?, number(key)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    (first <= last).then_some((first, last))
}

fn parse_response(response: &Value, place: &str) -> Result<MockedResponse, MockError> {
    let members = object(response, place, "an object with one of \"Return\", \"Throw\" and \"CallThenThrow\"")?;
    let mut members_in_order = members.iter();
    let only = (members_in_order.next(), members_in_order.next());
    match only {
        (Some((kind, value)), None) => match kind.as_str() {
            "Return" => return Ok(MockedResponse::Return(Document::new(value.clone()))),
            "Throw" => return failure(value, &format!("{place}.Throw")).map(MockedResponse::Throw),
            "CallThenThrow" => {
                return failure(value, &format!("{place}.CallThenThrow")).map(MockedResponse::CallThenThrow);
            }
            _ => {}
        },
        (None, _) => return Err(MockError::Response { place: place.to_owned(), found: "nothing".to_owned() }),
        _ => {}
    }
    let found: Vec<String> = members.keys().map(|member| format!("{member:?}")).collect();
    Err(MockError::Response { place: place.to_owned(), found: found.join(" and ") })
}

fn failure(value: &Value, place: &str) -> Result<ErrorCause, MockError> {
    let members = object(value, place, "an object with \"Error\" and \"Cause\"")?;
    let mut failure = ErrorCause::default();
    for (member, value) in members {
        let target = match member.as_str() {
            "Error" => &mut failure.error,
            "Cause" => &mut failure.cause,
            _ => return Err(MockError::Member { place: place.to_owned(), member: member.clone() }),
        };
        let text = value.as_str().ok_or_else(|| shape(value, &format!("{place}.{member}"), "text"))?;
        *target = Some(text.into());
    }
    if failure.error.is_none() {
        return Err(shape(value, place, "an object with \"Error\" and \"Cause\" (\"Error\" is missing)"));
    }
    Ok(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attempts_and_ranges_are_found() {
        let table = MockTable::from_json(&json!({
            "Buy Stock": {
                "0": {"Throw": {"Error": "States.Timeout"}},
                "1-3": {"CallThenThrow": {"Error": "E", "Cause": "its answer was lost"}},
                "5": {"Return": [1]}
            }
        }))
        .expect("sound");
        let timeout = ErrorCause { error: Some("States.Timeout".into()), cause: None };
        assert_eq!(table.response("Buy Stock", 0), Some(&MockedResponse::Throw(timeout)));
        let lost = ErrorCause { error: Some("E".into()), cause: Some("its answer was lost".into()) };
        for attempt in 1..=3 {
            assert_eq!(table.response("Buy Stock", attempt), Some(&MockedResponse::CallThenThrow(lost.clone())));
        }
        assert_eq!(table.response("Buy Stock", 4), None);
        assert_eq!(table.response("Buy Stock", 5), Some(&MockedResponse::Return(Document::new(json!([1])))));
        assert_eq!(table.response("Sell Stock", 0), None);
        assert_eq!(table.states().collect::<Vec<_>>(), ["Buy Stock"]);
    }

    #[test]
    fn bad_tables_are_told_where_they_are_bad() {
        let problem = |table: Value| MockTable::from_json(&table).expect_err("it is bad").to_string();
        assert_eq!(problem(json!([])), "mock must be an object of states, and is an array");
        assert_eq!(problem(json!({"A": 1})), r#"mock["A"] must be an object of attempts, and is 1"#);
        for key in ["x", "-1", "+1", "3-1", "1-", "", "1-2-3"] {
            assert_eq!(
                problem(json!({"A": {key: {"Return": 1}}})),
                format!(
                    "mock[\"A\"]: \"{key}\" is neither an attempt (\"0\") nor a range of attempts (\"1-3\"); \
                     attempts are counted from 0"
                )
            );
        }
        assert_eq!(
            problem(json!({"A": {"0-2": {"Return": 1}, "2-4": {"Return": 1}}})),
            r#"mock["A"]: attempt 2 is listed twice"#
        );
        assert_eq!(
            problem(json!({"A": {"0": {"Returns": 1, "Throw": {}}}})),
            r#"mock["A"]["0"]: a response is one of "Return", "Throw" and "CallThenThrow", and here is "Returns" and "Throw""#
        );
        assert_eq!(
            problem(json!({"A": {"0": {}}})),
            r#"mock["A"]["0"]: a response is one of "Return", "Throw" and "CallThenThrow", and here is nothing"#
        );
        assert_eq!(
            problem(json!({"A": {"0": {"Throw": {"Cause": "c"}}}})),
            r#"mock["A"]["0"].Throw must be an object with "Error" and "Cause" ("Error" is missing), and is an object"#
        );
        assert_eq!(
            problem(json!({"A": {"0": {"Throw": {"Error": 3}}}})),
            r#"mock["A"]["0"].Throw.Error must be text, and is 3"#
        );
        assert_eq!(
            problem(json!({"A": {"0": {"Throw": {"error": "E"}}}})),
            r#"mock["A"]["0"].Throw: "error" is unknown; a failure has "Error" and "Cause""#
        );
    }
}
