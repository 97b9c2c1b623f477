//! Nothing that a person may write makes the parser or the evaluator panic, run away or contradict itself.
//!
//! A bounded number of random cases; `docs/fuzzing.md` says how to have more of them and what they found.

mod definition;
mod expression;
mod pieces;
mod tape;
mod value;

mod definitions;
mod expressions;
mod queries;
