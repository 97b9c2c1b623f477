//! A template's stack, running on this machine: functions built, services furnished, state machines ready.
//!
//! [`Project::read`] looks at a template and the definitions it names, and lists every problem; nothing is started.
//! [`Local::start`] puts a sound project to work: it builds the function binaries, furnishes the embedded services with
//! the stack's tables, queues, topics and routes, and drives executions until it is shut down.

#![warn(missing_docs)]

mod admin;
mod binaries;
mod build;
mod data;
mod furnish;
mod link;
mod log_delivery;
mod logs;
mod machines;
mod objects;
mod project;
mod stack;
mod start;
mod tasks;
mod watch;

pub use admin::{AdminError, advance, clock};
pub use binaries::{Binaries, programs};
pub use build::Reloaded;
pub use data::{DataError, DataFolder};
pub use link::{Link, LinkError, choose, follow, links};
pub use log_delivery::LogDelivery;
pub use project::{EXPECTATION, Machine, Project, ProjectError};
pub use stack::{ANY_PORT, Kept, Local, LocalError, Options, Override};
pub use watch::{Change, Watcher};
