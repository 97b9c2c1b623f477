//! Time and tasks around the interpreter: the only crate that has a clock.
//!
//! A [`Runtime`] drives executions: it hands each input to the interpreter, has the journal make the step durable, and only
//! then carries out what the step asks for: tasks through a [`TaskHandler`], timers through its [`Clock`]. It knows no
//! service and no function.

#![warn(missing_docs)]

mod activities;
mod calls;
mod clock;
mod driver;
mod ended;
mod error;
mod execution;
mod inbox;
mod map_runs;
mod objects;
mod redrive;
mod resume;
mod shut_down;
mod start;
mod stuck;
mod task;
mod time;
mod timers;
mod tokens;

pub use activities::{Activities, ActivityTask};
pub use clock::{Clock, Pace};
pub use driver::{Busy, Observer, Runtime, Settings};
pub use ended::Ended;
pub use error::{RuntimeError, TokenError};
pub use execution::ExecutionHandle;
pub use objects::{ObjectError, ObjectStore};
pub use resume::Resumed;
pub use start::StartExecution;
pub use task::{Answer, Job, JobEnd, TaskContext, TaskHandler};
