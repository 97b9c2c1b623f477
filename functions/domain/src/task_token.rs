use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest token that Step Functions hands out, in characters.
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>, `taskToken`.
const LONGEST: usize = 2048;

/// What answers a task that waits for a person. Whoever holds it can answer, so it is never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TaskToken(String);

/// A text that can be no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task token has 1 to {LONGEST} characters, none of them a blank or a control character")]
pub struct TaskTokenError;

impl TaskToken {
    /// The token itself.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TaskToken {
    type Error = TaskTokenError;

    fn try_from(text: String) -> Result<Self, TaskTokenError> {
        let plain = text.chars().all(|char| !char.is_whitespace() && !char.is_control());
        let long = text.chars().nth(LONGEST).is_some();
        if text.is_empty() || long || !plain { Err(TaskTokenError) } else { Ok(Self(text)) }
    }
}

impl fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskToken({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = TaskToken::try_from("AAAA+/==".to_owned()).unwrap();
        assert_eq!(token.secret(), "AAAA+/==");
        assert_eq!(format!("{token:?}"), "TaskToken(8 characters)");
    }

    #[test]
    fn what_can_be_no_token_is_refused() {
        for text in [String::new(), "a b".into(), "a\nb".into(), "a\0".into(), "a".repeat(2049)] {
            assert_eq!(TaskToken::try_from(text), Err(TaskTokenError));
        }
        assert!(TaskToken::try_from("a".repeat(2048)).is_ok());
    }
}
