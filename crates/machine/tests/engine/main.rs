//! Every feature of the language through one door: a definition and a script in, a history out, compared with a golden.
//!
//! The goldens in `snapshots/` were read before they were accepted: where AWS recorded the same situation they agree with it.

mod door;

mod choice;
mod data_flow;
mod definitions;
mod distributed_map;
mod jsonata;
mod jsonata_states;
mod map;
mod map_run;
mod parallel;
mod properties;
mod retry_and_catch;
mod simple_states;
mod state_test;
mod task;
mod variables;
mod wait;
