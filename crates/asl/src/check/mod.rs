//! The rules of the language, one file per group, apart from how a document is walked.
//!
//! AWS's sentences stand in [`sentences`], each with what proves it.

pub(crate) mod arn;
pub(crate) mod dead_arms;
pub(crate) mod fields;
pub(crate) mod implication;
pub(crate) mod names;
pub(crate) mod query;
pub(crate) mod reachability;
pub(crate) mod sentences;
pub(crate) mod timestamp;
pub(crate) mod variables;
