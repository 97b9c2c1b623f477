use std::fmt;

use domain::Quantity;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// The most units that one order takes.
const MOST: u16 = 1000;

/// How many units of an item: a whole number from 1 to 1000. In JSON an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Units(u16);

/// A number outside 1 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{EXPECTED} is needed, not {0}")]
pub struct UnitsError(u64);

const EXPECTED: &str = "a whole number of units from 1 to 1000";

impl Units {
    /// Takes a number of units.
    pub fn new(units: u64) -> Result<Self, UnitsError> {
        u16::try_from(units).ok().filter(|units| (1..=MOST).contains(units)).map(Self).ok_or(UnitsError(units))
    }

    /// The number of units, at least 1.
    pub fn get(self) -> u32 {
        self.0.into()
    }
}

impl From<Units> for Quantity {
    fn from(units: Units) -> Self {
        Self::new(units.get().into()).expect("1 to 1000 is within its bounds")
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Units;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: de::Error>(self, units: u64) -> Result<Units, E> {
                Units::new(units).map_err(E::custom)
            }
        }
        deserializer.deserialize_u64(Whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_units_within_bounds_are_taken() {
        for units in [1, 10, 1000] {
            let read: Units = serde_json::from_value(serde_json::json!(units)).unwrap();
            assert_eq!(u64::from(read.get()), units);
            assert_eq!(serde_json::to_value(read).unwrap(), serde_json::json!(units));
            assert_eq!(u64::from(Quantity::from(read).get()), units);
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_needed() {
        for text in ["0", "1001", "18446744073709551615", "1e300", "-1", "1.5", "10.0", "\"10\"", "null", "true", "[1]"]
        {
            let refusal = serde_json::from_str::<Units>(text).unwrap_err().to_string();
            assert!(refusal.contains(EXPECTED), "{text}: {refusal}");
        }
    }
}
