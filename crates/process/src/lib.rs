//! Programs that run as processes of this machine and never outlive their host: Lambda functions and the containers of
//! ECS tasks.
//!
//! Each program leads a process group of its own, so that an interrupt from the terminal reaches the host alone, and
//! what the program has started ends with it. A [`Watchdog`] kills the groups when the host was killed.

#![warn(missing_docs)]

#[cfg(not(unix))]
compile_error!("process groups and pipes as Unix has them are needed: on Windows, use WSL 2");

mod gate;
mod group;
mod lines;
mod output;
mod watchdog;

pub use gate::{Program, Started, start};
pub use group::{exit_code, kill_group, terminate};
pub use lines::{Lines, MAX_LINE_BYTES};
pub use output::{Output, read_now};
pub use rustix::process::Pid;
pub use watchdog::Watchdog;
