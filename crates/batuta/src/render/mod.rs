//! How things are shown.

pub(crate) mod diagnostics;
pub(crate) mod duration;
pub(crate) mod history;
pub(crate) mod progress;
pub(crate) mod server;
pub(crate) mod style;
pub(crate) mod test;
