use std::fmt;
use std::num::NonZeroU32;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// A number of whole shares, from 1 to 1 000 000. In JSON an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Quantity(NonZeroU32);

/// A number outside 1 to [`Quantity::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{EXPECTED} is needed, not {0}")]
pub struct QuantityError(u64);

const EXPECTED: &str = "a whole number of shares from 1 to 1000000";

impl Quantity {
    /// The most shares that one order takes. A wrong unit or a doubled key press stops here and not at the exchange.
    pub const MAX: Self = Self(NonZeroU32::new(1_000_000).expect("a million is not zero"));

    /// Takes a number of shares.
    pub fn new(shares: u64) -> Result<Self, QuantityError> {
        u32::try_from(shares)
            .ok()
            .and_then(NonZeroU32::new)
            .map(Self)
            .filter(|quantity| *quantity <= Self::MAX)
            .ok_or(QuantityError(shares))
    }

    /// The number of shares, at least 1.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: de::Error>(self, shares: u64) -> Result<Quantity, E> {
                Quantity::new(shares).map_err(E::custom)
            }
        }
        deserializer.deserialize_u64(Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_shares_within_bounds_are_taken() {
        for shares in [1, 10, 1_000_000] {
            let read: Quantity = serde_json::from_value(serde_json::json!(shares)).unwrap();
            assert_eq!(u64::from(read.get()), shares);
            assert_eq!(serde_json::to_value(read).unwrap(), serde_json::json!(shares));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_needed() {
        for text in
            ["0", "1000001", "18446744073709551615", "-1", "1.5", "10.0", "\"10\"", "null", "true", "[1]", "1e3"]
        {
            let refusal = serde_json::from_str::<Quantity>(text).unwrap_err().to_string();
            assert!(refusal.contains(EXPECTED), "{text}: {refusal}");
        }
    }
}
