use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const LONGEST: usize = 64;
/// How many digits the number of a payment card has.
const CARD_NUMBER: std::ops::RangeInclusive<usize> = 12..=19;

/// A text that names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the characters of a name.
    #[error(
        "not a name: write 1 to {LONGEST} letters without accents, digits, '-' or '_', beginning with a letter or a \
         digit, such as \"pedido-1001\""
    )]
    NotAName,
    /// The number of a payment card, which must not be written down.
    #[error("a card's number does not belong here: give the name under which the payment provider keeps the card")]
    CardNumber,
}

/// The one spelling of all names: they become keys of items, names of executions and parts of messages, so nothing is
/// taken that any of these could read otherwise.
fn spelled(text: &str) -> bool {
    let begun = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    begun && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

macro_rules! name {
    ($(#[$about:meta])* $name:ident, $check:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                let check: fn(&str) -> Result<(), IdError> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.to_owned().try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of an order: 1 to 64 letters without accents, digits, `-` and `_`, the first a letter or a digit. It is
    /// a valid name of an execution as well.
    OrderId,
    plain
);
name!(
    /// The name of what the shop sells, spelled like an [`OrderId`].
    Item,
    plain
);
name!(
    /// The name under which the payment provider keeps a card, spelled like an [`OrderId`]. Twelve to nineteen digits
    /// are refused: they could be the card's number, and an execution's history is no place for it.
    Card,
    |text| {
        let number = CARD_NUMBER.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if number { Err(IdError::CardNumber) } else { plain(text) }
    }
);

fn plain(text: &str) -> Result<(), IdError> {
    if spelled(text) { Ok(()) } else { Err(IdError::NotAName) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_keys_and_execution_names_take() {
        for text in ["pedido-1001", "A", "0_", &"a".repeat(LONGEST)] {
            assert_eq!(text.parse::<OrderId>().unwrap().as_str(), text);
        }
        let too_long = "a".repeat(LONGEST + 1);
        for text in [
            "",
            " ",
            "-a",
            "_a",
            "a b",
            "a#STOCK",
            "ação",
            "a\n",
            "a\0",
            "../a",
            "a/b",
            "{}",
            "$.x",
            "' OR 1=1 --",
            "１",
            &too_long,
        ] {
            assert_eq!(text.parse::<OrderId>(), Err(IdError::NotAName), "{text:?}");
            assert_eq!(text.parse::<Item>(), Err(IdError::NotAName), "{text:?}");
            assert_eq!(text.parse::<Card>(), Err(IdError::NotAName), "{text:?}");
        }
    }

    #[test]
    fn no_card_number_is_taken_and_the_refusal_does_not_repeat_it() {
        for number in ["4111111111111111", "378282246310005", "411111111111", "6304000000000000000"] {
            let refusal = number.parse::<Card>().unwrap_err();
            assert_eq!(refusal, IdError::CardNumber);
            assert!(!refusal.to_string().contains(number));
        }
        assert!("cartao-4242".parse::<Card>().is_ok());
        assert!("12345678901".parse::<Card>().is_ok());
    }
}
