use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// A measured value: a number from −10¹² to 10¹². In JSON a number, and a whole one stays whole.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Measure {
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Fraction(f64),
}

/// A number beyond the bounds of a [`Measure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{EXPECTED} is needed")]
pub struct MeasureError;

/// How large a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Below nothing.
    Negative,
    /// Nothing.
    Zero,
    /// Below 100.
    Small,
    /// Below 10 000.
    Medium,
    /// From 10 000 on.
    Large,
}

const EXPECTED: &str = "a number from -1000000000000 to 1000000000000";

impl Measure {
    /// The largest value.
    const LARGEST: f64 = 1e12;

    /// Takes a number within the bounds; what is no number at all is beyond them.
    pub fn fraction(value: f64) -> Result<Self, MeasureError> {
        if value.abs() <= Self::LARGEST { Ok(Self::Fraction(value)) } else { Err(MeasureError) }
    }

    /// Twice the value: exact, because doubling a number changes none of its digits in base two.
    #[must_use]
    pub fn doubled(self) -> Self {
        match self {
            Self::Whole(value) => Self::Whole(value.saturating_mul(2)),
            Self::Fraction(value) => Self::Fraction(value * 2.0),
        }
    }

    /// How large it is.
    pub fn category(self) -> Category {
        match self.as_f64() {
            value if value < 0.0 => Category::Negative,
            0.0 => Category::Zero,
            value if value < 100.0 => Category::Small,
            value if value < 10_000.0 => Category::Medium,
            _ => Category::Large,
        }
    }

    /// The value; a whole one within the bounds is exact.
    fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Fraction(value) => value,
        }
    }
}

/// The same number is the same value, however it was spelled: 42 and 42.0.
impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.as_f64() == other.as_f64()
    }
}

/// The shortest decimal that means the number; 42.0 is shown as 42.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(value) => value.fmt(f),
            // Not −0.
            Self::Fraction(value) => (value + 0.0).fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number { doubled: false })
    }
}

/// Reads what [`Measure::doubled`] gave, whose bounds are twice as wide.
pub(super) fn read_doubled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Measure, D::Error> {
    deserializer.deserialize_any(Number { doubled: true })
}

struct Number {
    doubled: bool,
}

impl Number {
    /// Takes `value` when it, or half of it, is a measure.
    fn take<E: de::Error>(&self, value: Measure) -> Result<Measure, E> {
        let measured = if self.doubled { value.as_f64() / 2.0 } else { value.as_f64() };
        Measure::fraction(measured).map(|_| value).map_err(E::custom)
    }
}

impl Visitor<'_> for Number {
    type Value = Measure;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Measure, E> {
        self.take(Measure::Whole(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Measure, E> {
        i64::try_from(value).map_err(|_| E::custom(MeasureError)).and_then(|value| self.take(Measure::Whole(value)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Measure, E> {
        self.take(Measure::Fraction(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Measure, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_doubled_exactly_and_stays_what_it_is() {
        for (value, doubled) in [("42", "84"), ("0", "0"), ("-7", "-14"), ("0.1", "0.2"), ("1e12", "2000000000000.0")] {
            assert_eq!(serde_json::to_string(&read(value).unwrap().doubled()).unwrap(), doubled);
        }
    }

    #[test]
    fn a_category_begins_at_its_bound() {
        let category = |json| read(json).unwrap().category();
        assert_eq!(category("-0.001"), Category::Negative);
        assert_eq!((category("0"), category("-0.0")), (Category::Zero, Category::Zero));
        assert_eq!((category("0.001"), category("99.99")), (Category::Small, Category::Small));
        assert_eq!((category("100"), category("9999.99")), (Category::Medium, Category::Medium));
        assert_eq!((category("10000"), category("1000000000000")), (Category::Large, Category::Large));
    }

    #[test]
    fn a_spelling_is_no_difference() {
        assert_eq!(read("42"), read("42.0"));
        assert_eq!(read("42.0").unwrap().to_string(), "42");
        assert_eq!(read("-0.0").unwrap().to_string(), "0");
        assert_eq!(read("1e12").unwrap().to_string(), "1000000000000");
    }

    #[test]
    fn what_is_beyond_the_bounds_or_no_number_is_refused() {
        for json in ["1000000000001", "-1000000000001", "18446744073709551615", "1e300", "1000000000000.5"] {
            assert!(read(json).unwrap_err().contains(EXPECTED), "{json}");
        }
        for json in ["\"42\"", "null", "true", "[42]", "{}"] {
            assert!(read(json).unwrap_err().contains(EXPECTED), "{json}");
        }
    }
}
