//! The vocabulary of the batch processing, shared by the function that prepares a batch, the container program that works
//! on a part of it, and the function that combines the parts: numbers, parts, totals, faults.
//!
//! Nothing in here knows AWS, a network or a clock. Field names are what travels between the states of
//! `statemachine/batch-processing.asl.json`, so renaming one is a change of contract.
#![warn(missing_docs)]

mod drill;
pub mod fault;
mod id;
mod number;
mod part;
mod report;
mod totals;

pub use drill::{Drill, Failure};
pub use id::{BatchId, BatchIdError};
pub use number::{Number, NumberError, NumbersError, read_numbers, write_numbers};
pub use part::{PARTS, Part, PartResult};
pub use report::{Mode, Report, Status};
pub use totals::{Totals, checksum};
