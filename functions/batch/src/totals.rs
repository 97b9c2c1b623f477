use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Number, write_numbers};

/// What is told of some numbers: how many, their exact sum, the least and the greatest. Decimals are strings in JSON, both
/// ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many.
    pub count: u64,
    /// Their sum.
    #[serde(with = "rust_decimal::serde::str")]
    pub sum: Decimal,
    /// The least; none of no numbers.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub min: Option<Decimal>,
    /// The greatest; none of no numbers.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub max: Option<Decimal>,
}

impl Totals {
    /// Those of these numbers. The sum is exact, as [`Number`]'s bounds promise.
    pub fn of(numbers: &[Number]) -> Self {
        let values = || numbers.iter().map(|number| number.decimal());
        Self {
            count: numbers.len() as u64,
            sum: values().sum::<Decimal>().normalize(),
            min: values().min(),
            max: values().max(),
        }
    }

    /// Those of both together; none when they are too large to be those of any numbers.
    pub fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(other.count)?,
            sum: self.sum.checked_add(other.sum)?.normalize(),
            // Of an option, nothing is less than something.
            min: [self.min, other.min].into_iter().flatten().min(),
            max: self.max.max(other.max),
        })
    }
}

/// SHA-256, in hexadecimal digits, of the numbers in the form of [`write_numbers`]: the same numbers in the same order have
/// the same one, however they were spelled.
pub fn checksum(numbers: &[Number]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    Sha256::digest(write_numbers(numbers)).iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::read_numbers;

    #[test]
    fn sums_are_exact_where_binary_floating_point_is_not() {
        let totals = Totals::of(&read_numbers("0.1,0.2,-5,0.000001").unwrap());
        let expected = json!({"count": 4, "sum": "-4.699999", "min": "-5", "max": "0.2"});
        assert_eq!(serde_json::to_value(&totals).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Totals>(expected).unwrap(), totals);
    }

    #[test]
    fn the_parts_totals_together_are_the_totals_of_the_whole() {
        let numbers = read_numbers("3,-1.5,2.25,7,0.1,0.2").unwrap();
        let whole = Totals::of(&numbers);
        for cut in 0..=numbers.len() {
            let (left, right) = numbers.split_at(cut);
            assert_eq!(Totals::of(left).and(&Totals::of(right)), Some(whole.clone()), "cut at {cut}");
        }
        let huge = Totals { count: u64::MAX, sum: Decimal::MAX, min: None, max: None };
        assert_eq!(huge.and(&whole), None);
    }

    #[test]
    fn nothing_has_a_sum_and_no_bounds() {
        let totals = serde_json::to_value(Totals::of(&[])).unwrap();
        assert_eq!(totals["sum"], "0");
        assert_eq!((&totals["count"], &totals["min"], &totals["max"]), (&json!(0), &json!(null), &json!(null)));
    }

    #[test]
    fn the_checksum_is_of_the_values_in_their_order() {
        let of = |text: &str| checksum(&read_numbers(text).unwrap());
        assert_eq!(of("1.50,2"), of("1.5,2.0"));
        assert_ne!(of("1.5,2"), of("2,1.5"));
        // printf '1.5,2' | sha256sum
        assert_eq!(of("1.5,2"), "623e712b9659122f293b77b3190e624f3b678be9898b32dba9009a513a69e63e");
    }
}
