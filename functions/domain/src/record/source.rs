use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest source, in characters.
const LONGEST: usize = 128;

/// Where a value comes from, for a person: 1 to 128 characters of any writing, on one line and not blank.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Source(String);

/// A text that is no [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a source: write 1 to {LONGEST} characters on one line, such as \"step-functions-demo\"")]
pub struct SourceError;

impl Source {
    /// The source as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        let one_line = crate::text::one_line(&text, LONGEST);
        if text == one_line && !text.is_empty() { Ok(Self(text)) } else { Err(SourceError) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_writing_on_one_line_is_taken() {
        for text in ["step-functions-demo", "estação nº 3", "観測所", "🌧"] {
            assert_eq!(Source::try_from(text.to_owned()).unwrap().as_str(), text);
        }
        assert!(Source::try_from("é".repeat(LONGEST)).is_ok());
    }

    #[test]
    fn what_could_hide_something_is_refused() {
        for text in ["", " ", " a", "a\nb", "a\u{202e}b", "a\0", &"é".repeat(LONGEST + 1)] {
            assert_eq!(Source::try_from(text.to_owned()), Err(SourceError), "{text:?}");
        }
    }
}
