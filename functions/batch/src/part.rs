use serde::{Deserialize, Serialize};

use crate::{BatchId, Drill, Number, Totals, checksum, write_numbers};

/// Into how many parts a batch is divided: the branches of `Parallel State`.
pub const PARTS: usize = 3;

/// One container's share of a batch. What a container is given of it, it is given as text: environment variables are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which part, from `"1"`.
    pub part: String,
    /// The numbers, by [`write_numbers`].
    pub numbers: String,
    /// How many they are.
    pub count: u64,
    /// [`checksum`] of the numbers.
    pub checksum: String,
    /// How the container is to fail, in a drill; else empty.
    pub drill: String,
}

impl Part {
    /// Divides a batch into [`PARTS`] parts of about the same size; the first ones get what does not divide evenly.
    pub fn divide(numbers: &[Number], drill: Option<Drill>) -> Vec<Self> {
        let (share, over) = (numbers.len() / PARTS, numbers.len() % PARTS);
        let mut rest = numbers;
        (1..=PARTS)
            .map(|part| {
                let (own, others) = rest.split_at(share + usize::from(part <= over));
                rest = others;
                let drill = drill.filter(|drill| usize::from(drill.part) == part);
                Self {
                    part: part.to_string(),
                    numbers: write_numbers(own),
                    count: own.len() as u64,
                    checksum: checksum(own),
                    drill: drill.map(|drill| drill.failure.to_string()).unwrap_or_default(),
                }
            })
            .collect()
    }
}

/// What a container stores: the same for the same work, so that it does not matter which attempt of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartResult {
    /// The name of the execution.
    pub execution: String,
    /// The batch.
    pub batch_id: BatchId,
    /// Which part, from `"1"`.
    pub part: String,
    /// Those of its numbers.
    pub totals: Totals,
    /// [`checksum`] of its numbers.
    pub checksum: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, read_numbers};

    #[test]
    fn a_batch_is_divided_evenly_in_its_order() {
        for (batch, parts) in [
            ("1,2,3,4,5,6", ["1,2", "3,4", "5,6"]),
            ("1,2,3,4,5", ["1,2", "3,4", "5"]),
            ("1,2,3,4", ["1,2", "3", "4"]),
            ("1", ["1", "", ""]),
        ] {
            let divided = Part::divide(&read_numbers(batch).unwrap(), None);
            assert_eq!(divided.iter().map(|part| part.numbers.as_str()).collect::<Vec<_>>(), parts, "{batch}");
            assert!(divided.iter().all(|part| part.count as usize == read_numbers(&part.numbers).unwrap().len()));
            assert_eq!(divided[2].part, "3");
        }
    }

    #[test]
    fn only_the_part_of_a_drill_fails() {
        let drill = Drill { part: 2, failure: Failure::Abort };
        let parts = Part::divide(&read_numbers("1,2,3").unwrap(), Some(drill));
        assert_eq!(parts.iter().map(|part| part.drill.as_str()).collect::<Vec<_>>(), ["", "abort", ""]);
    }
}
