//! Looks at definitions without running them: [`drawing`] makes pictures, [`permissions`] says what a state machine's role
//! must allow.

#![warn(missing_docs)]

pub mod drawing;
pub mod permissions;
