//! The integrations with the embedded services themselves.

mod apigateway;
mod ecs;
mod events;
mod logs;
mod s3;
mod world;
