use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The most digits before the point.
const WHOLE: usize = 12;
/// The most digits after the point.
const PLACES: usize = 6;

/// A number of a batch: decimal, at most twelve digits before the point and six after it.
///
/// Within these bounds the sum of ten billion numbers is still exact. On its way in, it is a string such as `"-1.25"` or a
/// JSON number, which is taken as the shortest decimal that it prints as; on its way out, always a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Decimal);

/// Why a text is no [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a plain decimal number.
    #[error("not a plain decimal number such as \"-1.25\"")]
    NotADecimal,
    /// Out of bounds.
    #[error("a number has at most {WHOLE} digits before the point and {PLACES} after it")]
    OutOfBounds,
}

/// Why a text is no list of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("number {position} of the list: {reason}")]
pub struct NumbersError {
    /// Which one, from 1.
    pub position: usize,
    /// What is wrong with it.
    pub reason: NumberError,
}

impl Number {
    /// The exact value, without trailing zeros.
    pub fn decimal(self) -> Decimal {
        self.0
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// An optional `-`, digits, and at most one point between them, so that a number has one reading everywhere.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(NumberError::NotADecimal);
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() > WHOLE || fraction.len() > PLACES {
            return Err(NumberError::OutOfBounds);
        }
        let whole = if whole.is_empty() { "0" } else { whole };
        let exact = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
        let value: Decimal = exact.parse().map_err(|_| NumberError::NotADecimal)?;
        let negative = text.starts_with('-') && !value.is_zero();
        Ok(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl Visitor<'_> for TextOrNumber {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number, best as a string such as \"-1.25\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                // `Display` prints the shortest decimal that reads back as the same number, never an exponent.
                number.to_string().parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(TextOrNumber)
    }
}

/// The numbers as one text, separated by commas: the form in which they go to a container.
pub fn write_numbers(numbers: &[Number]) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text
}

/// The numbers of a text by [`write_numbers`]; of an empty one, none.
pub fn read_numbers(text: &str) -> Result<Vec<Number>, NumbersError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let read = |(at, number): (usize, &str)| number.parse().map_err(|reason| NumbersError { position: at + 1, reason });
    text.split(',').enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for (text, shown) in [
            ("1.50", "1.5"),
            ("-0.00", "0"),
            ("007", "7"),
            ("-12.000001", "-12.000001"),
            ("999999999999.999999", "999999999999.999999"),
            ("0000000000000000001.0000000000", "1"),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn whatever_is_no_plain_decimal_is_refused() {
        for text in
            ["", "-", ".", "1.", ".5", "+1", "--1", "1e3", " 1", "1,5", "NaN", "inf", "0x10", "١٢", "1.2.3", "1\n"]
        {
            assert_eq!(text.parse::<Number>(), Err(NumberError::NotADecimal), "{text:?}");
        }
        for text in ["1000000000000", "0.0000001", &"9".repeat(200_000)] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::OutOfBounds));
        }
    }

    #[test]
    fn a_json_number_keeps_the_digits_that_it_was_written_with() {
        let numbers: Vec<Number> = serde_json::from_value(json!(["0.10", 0.1, 3, -2, 150.0, 1e3])).unwrap();
        assert_eq!(write_numbers(&numbers), "0.1,0.1,3,-2,150,1000");
        assert_eq!(serde_json::to_value(numbers[1]).unwrap(), json!("0.1"));
        for other in [json!(null), json!(true), json!([1]), json!({}), json!(1e300), json!(u64::MAX)] {
            assert!(serde_json::from_value::<Number>(other.clone()).is_err(), "{other}");
        }
    }

    #[test]
    fn a_list_says_which_of_its_numbers_is_none() {
        let numbers = read_numbers("1.5,-2,3").unwrap();
        assert_eq!(write_numbers(&numbers), "1.5,-2,3");
        assert_eq!(read_numbers(""), Ok(vec![]));
        let error = read_numbers("1,,3").unwrap_err();
        assert_eq!(error.to_string(), "number 2 of the list: not a plain decimal number such as \"-1.25\"");
    }
}
