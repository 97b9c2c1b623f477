//! Cases of a small project, read and run.

mod fixture;
mod reading;
mod running;
mod selecting;
