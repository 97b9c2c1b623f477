//! ECS clusters and task definitions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// An ECS cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// An ECS task definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskDefinition {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its family.
    pub family: String,
    /// Its ARN; locally there is one revision, 1.
    pub arn: String,
    /// Its containers.
    pub containers: Vec<Container>,
    /// CPU units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Memory, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Such as `awsvpc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// Such as `FARGATE`.
    pub requires_compatibilities: Vec<String>,
    /// The role that starts the containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,
    /// The role that the containers run in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,
    /// `Metadata`, where a template may say which program stands for a container's image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// One container of a task definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Whether the task ends with it; so unless stated.
    pub essential: bool,
    /// `EntryPoint`.
    pub entry_point: Vec<String>,
    /// `Command`.
    pub command: Vec<String>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The whole definition as the template has it, with CloudFormation's capitalised keys.
    pub definition: Value,
}
