//! The Step Functions API over AWS JSON 1.0, with AWS's validation, error codes and sentences.
//!
//! It is one more service on the port of the embedded cloud, found by its `X-Amz-Target: AWSStepFunctions.…`. State
//! machines, versions, aliases, activities and tags are in a [`Registry`]; executions run in a [`Runtime`] and are read
//! from its journal. One operation, or one family of small ones, is one file.

#![warn(missing_docs)]

mod activity;
mod arn;
mod constraint;
mod create_state_machine;
mod delete_state_machine;
mod describe_execution;
mod describe_state_machine;
mod encryption_configuration;
mod error;
mod execution_input;
mod executions;
mod get_activity_task;
mod get_execution_history;
mod list_executions;
mod list_state_machines;
mod logging_configuration;
mod map_run;
mod page;
mod redrive_execution;
mod registry;
mod reply;
mod start_execution;
mod start_sync_execution;
mod state_machine_alias;
mod state_machine_version;
mod stop_execution;
mod tags;
mod task_token;
mod test_state;
mod update_state_machine;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws::{Cloud, JsonReply, JsonService};
use bytes::Bytes;
use http::HeaderMap;
use journal::Header;
use runtime::Runtime;

pub use registry::{
    Change, Deployment, Ephemeral, Kind, Machine, Registry, RegistryError, RegistryStore, Row, SqliteRegistry,
};

use error::ApiError;

/// The Step Functions API in front of a runtime.
pub struct StepFunctions {
    runtime: Runtime,
    registry: Arc<Registry>,
    region: Arc<str>,
    /// Where log groups are looked for.
    cloud: Option<Cloud>,
    redrives: redrive_execution::ClientTokens,
}

impl StepFunctions {
    /// The API of that runtime, which starts executions of the registry's state machines.
    pub fn new(runtime: Runtime, registry: Arc<Registry>) -> Self {
        for activity in registry.activities() {
            runtime.activities().open(&activity.arn);
        }
        Self {
            region: registry.region().into(),
            runtime,
            registry,
            cloud: None,
            redrives: redrive_execution::ClientTokens::default(),
        }
    }

    /// The same; log groups that state machines name must be there.
    #[must_use]
    pub fn with_cloud(self, cloud: Cloud) -> Self {
        Self { cloud: Some(cloud), ..self }
    }

    /// The state machines and activities.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    async fn dispatch(&self, operation: &str, body: &[u8]) -> Result<Bytes, ApiError> {
        match operation {
            "CreateActivity" => self.create_activity(body),
            "CreateStateMachine" => self.create_state_machine(body).await,
            "CreateStateMachineAlias" => self.create_state_machine_alias(body),
            "DeleteActivity" => self.delete_activity(body),
            "DeleteStateMachine" => self.delete_state_machine(body),
            "DeleteStateMachineAlias" => self.delete_state_machine_alias(body),
            "DeleteStateMachineVersion" => self.delete_state_machine_version(body),
            "DescribeActivity" => self.describe_activity(body),
            "DescribeExecution" => self.describe_execution(body),
            "DescribeMapRun" => self.describe_map_run(body).await,
            "DescribeStateMachine" => self.describe_state_machine(body),
            "DescribeStateMachineAlias" => self.describe_state_machine_alias(body),
            "DescribeStateMachineForExecution" => self.describe_state_machine_for_execution(body),
            "GetActivityTask" => self.get_activity_task(body).await,
            "GetExecutionHistory" => self.get_execution_history(body),
            "ListActivities" => self.list_activities(body),
            "ListExecutions" => self.list_executions(body).await,
            "ListMapRuns" => self.list_map_runs(body).await,
            "ListStateMachineAliases" => self.list_state_machine_aliases(body),
            "ListStateMachineVersions" => self.list_state_machine_versions(body),
            "ListStateMachines" => self.list_state_machines(body),
            "ListTagsForResource" => self.list_tags_for_resource(body),
            "PublishStateMachineVersion" => self.publish_state_machine_version(body),
            "RedriveExecution" => self.redrive_execution(body).await,
            "SendTaskFailure" => task_token::send_task_failure(&self.runtime, body).await,
            "SendTaskHeartbeat" => task_token::send_task_heartbeat(&self.runtime, body).await,
            "SendTaskSuccess" => task_token::send_task_success(&self.runtime, body).await,
            "StartExecution" => self.start_execution(body, None).await,
            "StartSyncExecution" => self.start_sync_execution(body).await,
            "StopExecution" => self.stop_execution(body).await,
            "TagResource" => self.tag_resource(body),
            "TestState" => self.test_state(body).await,
            "UntagResource" => self.untag_resource(body),
            "UpdateMapRun" => self.update_map_run(body).await,
            "UpdateStateMachine" => self.update_state_machine(body).await,
            "UpdateStateMachineAlias" => self.update_state_machine_alias(body),
            "ValidateStateMachineDefinition" => validate::validate_state_machine_definition(body),
            other => Err(ApiError::unknown(other)),
        }
    }

    /// The variables that the states of an execution's definition read.
    fn variable_references(&self, header: &Header) -> BTreeMap<String, Vec<String>> {
        // The state machine as it is now has them ready, if it was not updated since.
        let current = self.registry.find(&header.state_machine_arn).map(|machine| machine.current.clone());
        match current.filter(|current| current.content.definition == header.definition) {
            Some(current) => current.variable_references().clone(),
            None => registry::variable_references(&header.definition),
        }
    }
}

#[async_trait]
impl JsonService for StepFunctions {
    fn target_prefix(&self) -> &'static str {
        "AWSStepFunctions"
    }

    async fn handle(&self, operation: &str, body: Bytes, _headers: &HeaderMap) -> JsonReply {
        match self.dispatch(operation, &body).await {
            Ok(body) => JsonReply::ok(body),
            Err(error) => JsonReply::error(error.status, error.kind, &error.message),
        }
    }
}
