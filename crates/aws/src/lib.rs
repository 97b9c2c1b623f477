//! The AWS around a workflow, embedded: `DynamoDB`, S3, SQS, SNS, ECS, EventBridge, `CloudWatch` Logs, API Gateway and STS in
//! this process, behind one port of the loopback interface and behind an in-process door with the same members, errors and
//! request identifiers.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let cloud = aws::Cloud::start(aws::Config::default()).await?;
//! println!("export AWS_ENDPOINT_URL={}", cloud.endpoint());
//! let topic = cloud.create_topic(&aws::TopicSpec { name: "results".into(), ..Default::default() }).await?;
//! cloud.call("sns", "Publish", serde_json::json!({"TopicArn": topic, "Message": "Hello"})).await?;
//! assert_eq!(cloud.mailbox().so_far()[0].body, "Hello");
//! cloud.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Each service is a module with a trait before the library that does the work, which one file knows. A service that
//! speaks AWS JSON can be added from outside ([`Cloud::register`]). What is not emulated is refused by name.
#![warn(missing_docs)]

mod apigateway;
mod attribute;
mod clock;
mod cloud;
mod database;
mod dynamodb;
mod ecs;
mod error;
mod events;
mod feed;
mod front;
mod functions;
mod lambda;
mod logs;
mod place;
mod s3;
mod service;
mod sns;
mod spec;
mod sqs;
mod sts;
mod wire;

pub use apigateway::{ApiRequest, ApiResponse, Caller, RouteSpec, api_id_of_host};
pub use cloud::{Cloud, Config, endpoint};
pub use ecs::{ContainerLine, ContainerLog};
pub use error::{Error, ServiceError};
pub use events::PutEvent;
pub use feed::{Feed, Following};
pub use functions::{AsyncSettings, FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
pub use logs::LogWriter;
pub use s3::{BucketSpec, ObjectInfo, ObjectPage, ObjectReader, ObjectStore};
pub use service::{JsonReply, JsonService, ServiceReply};
pub use sns::{Mail, Publication};
pub use spec::{QueueSpec, SubscriptionSpec, TopicSpec};
pub use sqs::Queue;
pub use sqs::mapping::MappingSpec;
