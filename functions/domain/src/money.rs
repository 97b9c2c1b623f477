use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Quantity;

/// The decimal places that a price may have: exchanges quote shares below one unit in steps of 0.0001.
const PLACES: u32 = 4;

/// An amount of the account's one currency: decimal, never negative, at most four decimal places.
///
/// In JSON it is a **string** such as `"187.42"`. A JSON number would be a binary floating-point number in nearly
/// every reader, and 0.1 is none of those; so a number is refused on the way in as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

/// Why a text or a number is no [`Money`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("not an amount of money: write a plain decimal number such as \"187.42\"")]
    NotADecimal,
    /// Below zero.
    #[error("an amount of money is never negative")]
    Negative,
    /// More than four decimal places.
    #[error("an amount of money has at most {PLACES} decimal places")]
    TooPrecise,
    /// Above [`Money::MAX`].
    #[error("an amount of money is at most {max}", max = Money::MAX)]
    TooLarge,
}

impl Money {
    /// Nothing at all.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// One quadrillion: far above what an account holds, far below what 38 decimal digits of `DynamoDB` can hold, and
    /// multiplied with any [`Quantity`] still exact.
    pub const MAX: Self = Self(Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0));

    /// So many whole units.
    pub const fn from_whole(units: u32) -> Self {
        Self(Decimal::from_parts(units, 0, 0, false, 0))
    }

    /// Takes an exact decimal.
    pub fn new(value: Decimal) -> Result<Self, MoneyError> {
        let value = value.normalize();
        if value.is_sign_negative() && !value.is_zero() {
            Err(MoneyError::Negative)
        } else if value.scale() > PLACES {
            Err(MoneyError::TooPrecise)
        } else if value > Self::MAX.0 {
            Err(MoneyError::TooLarge)
        } else {
            Ok(Self(value.abs()))
        }
    }

    /// Takes a decimal of any precision and rounds it to four places, a half to the even neighbour. For averages and
    /// for quote sources that answer in floating point.
    pub fn rounded(value: Decimal) -> Result<Self, MoneyError> {
        Self::new(value.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven))
    }

    /// The exact value, without trailing zeros.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        !self.0.is_zero()
    }

    /// What `quantity` shares cost at this price; [`MoneyError::TooLarge`] above [`Money::MAX`].
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        self.0.checked_mul(Decimal::from(quantity.get())).ok_or(MoneyError::TooLarge).and_then(Self::new)
    }

    /// The sum; [`MoneyError::TooLarge`] above [`Money::MAX`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::new(self.0 + other.0)
    }

    /// The difference, or `None` when `other` is the larger one.
    pub fn minus(self, other: Self) -> Option<Self> {
        (self >= other).then(|| Self((self.0 - other.0).normalize()))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Digits with at most one point between them: no sign, exponent, blank or grouping, so that one amount has one
    /// reading everywhere.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.len() <= 28 && part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix('-').filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        if unsigned.is_some() {
            return Err(MoneyError::Negative);
        }
        if !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotADecimal);
        }
        if fraction.trim_end_matches('0').len() > PLACES as usize {
            return Err(MoneyError::TooPrecise);
        }
        Decimal::from_str(text).map_err(|_| MoneyError::TooLarge).and_then(Self::new)
    }
}

impl fmt::Display for Money {
    /// With two decimal places, or as many as it has when these are more: `187.40`, `0.1234`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.0.scale().max(2) as usize;
        write!(f, "{:.places$}", self.0)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Money;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount of money as a string, such as \"187.42\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect("a literal of this test")
    }

    #[test]
    fn sums_are_exact_where_binary_floating_point_is_not() {
        assert_eq!(money("0.10").plus(money("0.20")), Ok(money("0.3")));
        assert_eq!(money("187.42").times(Quantity::new(10).unwrap()), Ok(money("1874.20")));
        assert_eq!(money("0.0001").times(Quantity::new(3).unwrap()).unwrap().to_string(), "0.0003");
    }

    #[test]
    fn a_difference_below_nothing_is_none() {
        assert_eq!(money("10.00").minus(money("9.99")), Some(money("0.01")));
        assert_eq!(money("10").minus(money("10.00")), Some(Money::ZERO));
        assert_eq!(money("9.99").minus(money("10.00")), None);
    }

    #[test]
    fn it_is_shown_with_two_places_or_more_when_it_has_more() {
        for (text, shown) in [("187.4", "187.40"), ("10000", "10000.00"), ("0.1234", "0.1234"), ("1.2300", "1.23")] {
            assert_eq!(money(text).to_string(), shown);
        }
    }

    #[test]
    fn json_is_a_string_both_ways_and_a_number_is_refused() {
        assert_eq!(serde_json::to_string(&money("187.4")).unwrap(), "\"187.40\"");
        assert_eq!(serde_json::from_str::<Money>("\"187.42\"").unwrap(), money("187.42"));
        let refusal = serde_json::from_str::<Money>("187.42").unwrap_err().to_string();
        assert!(refusal.contains("expected an amount of money as a string"), "{refusal}");
    }

    #[test]
    fn whatever_is_not_a_plain_decimal_is_refused_by_its_reason() {
        use MoneyError::{Negative, NotADecimal, TooLarge, TooPrecise};
        for (text, reason) in [
            ("", NotADecimal),
            (".", NotADecimal),
            ("1.", NotADecimal),
            (".5", NotADecimal),
            ("+1", NotADecimal),
            ("1e3", NotADecimal),
            (" 1", NotADecimal),
            ("1,000.00", NotADecimal),
            ("1_000", NotADecimal),
            ("0x10", NotADecimal),
            ("NaN", NotADecimal),
            ("١٢", NotADecimal),
            ("1\n2", NotADecimal),
            ("--1", NotADecimal),
            ("-1", Negative),
            ("-0.01", Negative),
            ("1.00001", TooPrecise),
            ("1000000000000001", TooLarge),
            ("9999999999999999999999999999", TooLarge),
        ] {
            assert_eq!(text.parse::<Money>(), Err(reason), "{text:?}");
        }
        assert_eq!("1.000000".parse::<Money>(), Ok(money("1")), "trailing zeros are no precision");
    }

    #[test]
    fn the_largest_amount_is_what_it_says_and_a_product_beyond_it_is_refused() {
        assert_eq!(Money::MAX.to_string(), "1000000000000000.00");
        assert_eq!(Money::MAX.times(Quantity::MAX), Err(MoneyError::TooLarge));
        assert_eq!(Money::MAX.plus(money("0.0001")), Err(MoneyError::TooLarge));
    }

    #[test]
    fn rounding_takes_a_half_to_the_even_neighbour() {
        let rounded = |text: &str| Money::rounded(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(rounded("187.42000000000002"), "187.42");
        assert_eq!(rounded("0.00005"), "0.00");
        assert_eq!(rounded("0.00015"), "0.0002");
    }
}
