//! The subcommands, one file each.

pub(crate) mod check;
pub(crate) mod draw;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod run;
pub(crate) mod start;
pub(crate) mod test;
pub(crate) mod time;

mod project;
