//! ECS tasks: processes in place of containers.

mod common;
mod containers;
mod lifetime;
mod refusals;
mod shape;
