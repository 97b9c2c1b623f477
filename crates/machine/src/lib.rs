//! The interpreter: one execution of a state machine as a pure transducer.
//!
//! [`Execution::apply`] takes an [`Input`] and a time, and gives a [`Step`]: history events to record, then commands to
//! carry out. There is no clock, no I/O, no `async` and no thread in here, and randomness comes from a seed that is part of
//! the execution's identity; so the list of inputs *is* the execution, and replaying it after a crash gives the same
//! events and the same commands.
//!
//! Each branch and iteration is a scope with its own chain of `previousEventId`. Scopes take turns, first come first
//! served, so events of parallel strands interleave as AWS's do.

#![warn(missing_docs)]

mod command;
mod context;
mod document;
mod entropy;
mod event;
mod execution;
mod failure;
mod flow;
mod input;
pub mod items;
mod json_text;
pub mod limits;
mod map_run;
mod preflight;
mod redrive;
mod resource;
mod retry;
mod scope;
mod sentences;
mod state_test;
mod states;
pub mod timestamp;
mod timing;

pub use command::{ChildStart, Command, Outcome, ReadItems, Step, Taken, TaskCall};
pub use document::{Document, DocumentId};
pub use entropy::execution_of_token;
pub use event::{Assigned, ErrorCause, EventId, EventKind, HistoryEvent, Places, StateType, TaskResource};
pub use execution::{Execution, Identity};
pub use failure::{Failure, name as error_name};
pub use input::{Input, MapRunId, TaskId, TaskOutcome, TimerId};
pub use map_run::{Counts, MapRunStatus, MapRunSummary, Processor, ResultFile, WriteResults};
pub use preflight::{Preflight, Recorded, Scheduling};
pub use resource::{Pattern, Resource};
pub use state_test::{Inspection, Mock, Retried, StateTest, find_state, inner_flows};
