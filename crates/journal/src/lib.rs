//! The append-only truth of every execution.
