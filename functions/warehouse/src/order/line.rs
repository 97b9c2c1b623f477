use std::fmt;

use domain::text;
use serde::{Deserialize, Serialize};

/// The longest line, in characters.
const LONGEST: usize = 200;

/// A name or an address in any writing: 1 to 200 characters on one line, no blank at its ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Line(String);

/// A text that is no [`Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line: write 1 to {LONGEST} characters on one line, without blanks at its ends")]
pub struct LineError;

impl Line {
    /// The line as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Line {
    type Error = LineError;

    fn try_from(line: String) -> Result<Self, LineError> {
        if !line.is_empty() && text::one_line(&line, LONGEST) == line { Ok(Self(line)) } else { Err(LineError) }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_writing_on_one_line_is_taken() {
        for text in
            ["Ana Souza", "José Conceição 🌵", "株式会社", "O'Brien; DROP TABLE orders --", &"é".repeat(LONGEST)]
        {
            assert_eq!(Line::try_from(text.to_owned()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_could_add_or_hide_something_is_refused() {
        for text in ["", " ", " a", "a\n", "a\nb", "a\u{202e}b", "a\0", "a\u{2028}b", &"é".repeat(LONGEST + 1)] {
            assert_eq!(Line::try_from(text.to_owned()), Err(LineError), "{text:?}");
        }
    }
}
