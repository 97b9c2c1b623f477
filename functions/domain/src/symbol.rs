use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest ticker that is taken, in characters.
const LONGEST: usize = 10;

/// The ticker of a share: one to ten of `A`–`Z`, `0`–`9`, `.` and `-`, the first a letter or a digit.
///
/// Exactly one spelling is taken (no blanks, no lower case), because it becomes part of a key, of a web address and of
/// a mail, and because two spellings would be two positions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Symbol(String);

/// A text that is no [`Symbol`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a ticker symbol: write 1 to {LONGEST} capital letters, digits, '.' or '-', beginning with a letter or a digit, \
     such as \"NVDA\""
)]
pub struct SymbolError;

impl Symbol {
    /// The ticker as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Symbol {
    type Error = SymbolError;

    fn try_from(text: String) -> Result<Self, SymbolError> {
        let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let spelled = text.bytes().all(|byte| letter(byte) || byte == b'.' || byte == b'-');
        let begun = text.bytes().next().is_some_and(letter);
        if begun && spelled && text.len() <= LONGEST { Ok(Self(text)) } else { Err(SymbolError) }
    }
}

impl FromStr for Symbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, SymbolError> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickers_of_several_exchanges_are_taken() {
        for text in ["A", "NVDA", "BRK.B", "PETR4", "3690", "BF-B", "ABCDEFGHIJ"] {
            assert_eq!(text.parse::<Symbol>().map(|symbol| symbol.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_text_that_could_mean_something_elsewhere_is_refused() {
        for text in [
            "",
            "nvda",
            " NVDA",
            "NVDA\n",
            "ABCDEFGHIJK",
            ".NVDA",
            "-",
            "NV DA",
            "NVDA/../X",
            "A&b=c",
            "<B>",
            "A#1",
            "ÑVDA",
            "A\u{202e}B",
        ] {
            assert_eq!(text.parse::<Symbol>(), Err(SymbolError), "{text:?}");
        }
    }

    #[test]
    fn json_says_what_a_symbol_looks_like() {
        let refusal = serde_json::from_str::<Symbol>("\"nvda\"").unwrap_err().to_string();
        assert!(refusal.starts_with("not a ticker symbol: write 1 to 10 capital letters"), "{refusal}");
    }
}
