//! Lambda functions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// A Lambda function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Function {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// `FunctionName`, or `<stack>-<LogicalId>`, to which AWS would append random characters.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The name of the Cargo binary it runs: `Metadata.BuildProperties.Binary`; else the last part of `CodeUri`, for there
    /// a package with one binary, or one that `cargo lambda build` has put there, is found; else `Handler`, unless that is
    /// the conventional `bootstrap`. Empty when none of them tells it, which is an error.
    pub binary: String,
    /// `Handler`.
    pub handler: String,
    /// `Runtime`, such as `provided.al2023`.
    pub runtime: String,
    /// The processor it is built for.
    pub architecture: Architecture,
    /// Memory, MB; 128 unless stated.
    pub memory_mb: u32,
    /// How long one invocation may take, seconds; 3 unless stated.
    pub timeout_seconds: u32,
    /// Room in `/tmp`, MB; 512 unless stated.
    pub ephemeral_storage_mb: u32,
    /// How many invocations may run at once; none leaves that to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_concurrency: Option<u32>,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// The directory of its code, relative to the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_uri: Option<String>,
    /// The role it runs in: `Role`, or the one that SAM makes.
    pub role_arn: String,
    /// `Policies`, resolved but not expanded: names, SAM policy templates and policy documents.
    pub policies: Vec<Value>,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// Where events of asynchronous invocations go that fail for good: a queue's or a topic's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_arn: Option<String>,
    /// How asynchronous invocations are retried, when that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_invoke_config: Option<EventInvokeConfig>,
    /// The alias that is published at each deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// What invokes it, for showing; [`super::Stack`]'s lists hold what is to be wired.
    pub events: Vec<Event>,
    /// `LoggingConfig`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Value>,
    /// `Tags`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// `Metadata`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Architecture {
    /// `x86_64`, the default.
    #[serde(rename = "x86_64")]
    X86_64,
    /// `arm64`.
    #[serde(rename = "arm64")]
    Arm64,
}

/// How asynchronous invocations are retried, and what is told of their end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventInvokeConfig {
    /// How often a failed event is tried again; 2 unless stated.
    pub maximum_retry_attempts: u32,
    /// How old an event may get, seconds; 21,600 unless stated.
    pub maximum_event_age_seconds: u32,
    /// The ARN of what is told of a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    /// The ARN of what is told of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
}

/// One of the events that invoke a function or start a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its key in `Events`.
    pub name: String,
    /// Where its key stands.
    #[serde(skip)]
    pub span: Span,
    /// Its type, such as `SQS`.
    pub type_name: String,
    /// What it comes from: a queue's, topic's or stream's ARN, a bucket's name, `METHOD /path`, a schedule's expression,
    /// a rule's event bus.
    pub source: String,
}
