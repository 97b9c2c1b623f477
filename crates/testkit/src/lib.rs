//! Cases: inputs with what must come of them, run on a stack of their own and compared, and what they covered.
//!
//! `events/<machine>/<case>.json` is an input, and `events/<machine>/<case>.expect.json` beside it says what must come of
//! it; `docs/testing.md` has the format. [`read`] reads the cases of a machine and lists every mistake in them, a [`Bench`] runs
//! each on fresh embedded services of its own, and [`Coverage`] tells which states, arms and catchers of the definition they
//! came through.

#![warn(missing_docs)]

mod bench;
mod case;
mod check;
pub mod codes;
mod compare;
mod coverage;
mod junit;
mod replay;
mod report;
mod select;
mod services;

pub use bench::{Bench, Ran, count};
pub use case::{Answer, Case, Cases, ErrorName, Expected, Published, Status, Then, read};
pub use compare::{ANY, Difference, contains, differences, shown};
pub use coverage::{Coverage, Point, percentage, reached};
pub use junit::to_junit;
pub use replay::{Visits, root_header, visits};
pub use report::{CaseReport, Failure, MachineReport, Report};
pub use select::{SelectError, Selection};
