//! Every rule of the language with the sentence that it is broken by, and where that points.

mod choice;
mod common;
mod dead_arms;
mod document;
mod graph;
mod languages;
mod map;
mod model;
mod pages;
mod retry_catch;
mod states;
mod switches;
mod task;
mod total;
mod transitions;
mod variables;
mod wait_fail_parallel;
