use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest id, in characters.
const LONGEST: usize = 64;

/// The name of a record: 1 to 64 of `A`–`Z`, `a`–`z`, `0`–`9`, `-` and `_`, the first a letter or a digit.
///
/// It becomes a part of an object's key, so nothing is taken that a path, a shell or a console could read otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RecordId(String);

/// A text that is no [`RecordId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an id: write 1 to {LONGEST} letters without accents, digits, '-' or '_', beginning with a letter or a digit, \
     such as \"demo-123\""
)]
pub struct RecordIdError;

impl RecordId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the record's object, as the state `WriteToS3` forms it.
    pub fn key(&self) -> String {
        format!("output/{}.json", self.0)
    }
}

impl TryFrom<String> for RecordId {
    type Error = RecordIdError;

    fn try_from(text: String) -> Result<Self, RecordIdError> {
        let begun = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let spelled = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if begun && spelled && text.len() <= LONGEST { Ok(Self(text)) } else { Err(RecordIdError) }
    }
}

impl FromStr for RecordId {
    type Err = RecordIdError;

    fn from_str(text: &str) -> Result<Self, RecordIdError> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_part_of_a_key() {
        let id: RecordId = "demo-123".parse().unwrap();
        assert_eq!(id.key(), "output/demo-123.json");
        assert!("A".parse::<RecordId>().is_ok());
        assert!("0_".parse::<RecordId>().is_ok());
        assert!("a".repeat(LONGEST).parse::<RecordId>().is_ok());
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let too_long = "a".repeat(LONGEST + 1);
        for text in
            ["", "../a", "..", "a/b", "a\\b", "a.json", "-a", "_a", " a", "a b", "a\n", "é", "a\u{202e}", &too_long]
        {
            assert_eq!(text.parse::<RecordId>(), Err(RecordIdError), "{text:?}");
        }
    }
}
