use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const LONGEST: usize = 64;

/// The name of a batch: 1 to 64 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`, the first a letter or a digit.
///
/// It becomes part of a web address and of a container's environment, so nothing is taken that needs quoting there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct BatchId(String);

/// A text that is no [`BatchId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the name of a batch: write 1 to {LONGEST} letters, digits, '.', '_' or '-', beginning with a letter or a \
     digit, such as \"demo-1\""
)]
pub struct BatchIdError;

impl BatchId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BatchId {
    type Error = BatchIdError;

    fn try_from(text: String) -> Result<Self, BatchIdError> {
        let begun = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let spelled = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if begun && spelled && text.len() <= LONGEST { Ok(Self(text)) } else { Err(BatchIdError) }
    }
}

impl FromStr for BatchId {
    type Err = BatchIdError;

    fn from_str(text: &str) -> Result<Self, BatchIdError> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_word() {
        for name in ["demo-1", "A", "2026-01-05_eu.west", &"x".repeat(64)] {
            assert_eq!(name.parse::<BatchId>().unwrap().as_str(), name);
        }
        let long = "x".repeat(65);
        for name in ["", ".", "..", "-x", "a b", "a/b", "a\nb", "ação", "a,b", "{batch_id}", "%2e", &long] {
            assert_eq!(name.parse::<BatchId>(), Err(BatchIdError), "{name:?}");
        }
    }
}
