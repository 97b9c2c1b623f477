//! Which state of its state machine an execution runs.

use std::sync::Arc;

use jiff::Timestamp;
use machine::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an execution was started from, beside the definition: what `DescribeExecution` and
/// `DescribeStateMachineForExecution` tell of it, whatever becomes of the state machine later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// `stateMachineVersionArn`: the version it was started from, by itself or through an alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_arn: Option<Arc<str>>,
    /// `stateMachineAliasArn`: the alias it was started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_arn: Option<Arc<str>>,
    /// `revisionId`; none is a state machine that was never updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    /// `updateDate`: when the revision was made.
    pub updated_at: Timestamp,
    /// `loggingConfiguration`, with its defaults filled in; none is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Arc<Value>>,
    /// `tracingConfiguration.enabled`
    pub tracing: bool,
    /// `encryptionConfiguration`; none is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Arc<Value>>,
    /// `traceHeader`, as `StartExecution` was given it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Arc<str>>,
    /// The task that started it and waits for its end (`startExecution.sync`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaited_by: Option<AwaitedBy>,
}

/// A task of another execution, with which an execution is given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedBy {
    /// The other execution's ARN.
    pub execution_arn: Arc<str>,
    /// Its task.
    pub task: TaskId,
}
