//! `RunTask`: checks a request as AWS does, makes the tasks and lets them live.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::definition::{Definition, Variable};
use super::network::Interface;
use super::state::{Progress, Status};
use super::task::{Overrides, Task, TaskContainer, View};
use super::{Ecs, State, fault, life};
use crate::error::ServiceError;
use crate::wire::json::read;

/// How many stopped tasks are remembered; AWS forgets them after an hour.
const REMEMBERED: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    cluster: Option<String>,
    task_definition: String,
    count: Option<i64>,
    started_by: Option<String>,
    group: Option<String>,
    #[serde(default)]
    overrides: RunOverrides,
    network_configuration: Option<NetworkConfiguration>,
    launch_type: Option<String>,
    #[serde(default)]
    capacity_provider_strategy: Vec<CapacityProvider>,
    platform_version: Option<String>,
    #[serde(default)]
    tags: Vec<Value>,
    propagate_tags: Option<String>,
    #[serde(default)]
    enable_execute_command: bool,
    client_token: Option<String>,
    #[serde(default)]
    volume_configurations: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunOverrides {
    #[serde(default)]
    container_overrides: Vec<Override>,
    cpu: Option<String>,
    memory: Option<String>,
    task_role_arn: Option<String>,
    execution_role_arn: Option<String>,
    ephemeral_storage: Option<Storage>,
}

#[derive(Deserialize)]
struct Storage {
    #[serde(rename = "sizeInGiB")]
    size_in_gib: u64,
}

/// What a task overrides of a container.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Override {
    name: Option<String>,
    #[serde(default)]
    pub(super) command: Vec<String>,
    #[serde(default)]
    pub(super) environment: Arc<[Variable]>,
    pub(super) cpu: Option<i64>,
    pub(super) memory: Option<i64>,
    pub(super) memory_reservation: Option<i64>,
    #[serde(default)]
    environment_files: Vec<Value>,
}

impl Override {
    /// The variables as the API shows them.
    pub(super) fn variables(&self) -> Vec<Value> {
        self.environment.iter().map(|variable| json!({"name": variable.name, "value": variable.value})).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NetworkConfiguration {
    awsvpc_configuration: Option<AwsVpc>,
}

#[derive(Deserialize)]
struct AwsVpc {
    #[serde(default)]
    subnets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CapacityProvider {
    capacity_provider: String,
}

impl Run {
    /// Refuses what AWS refuses, or what isn't emulated. Returns the subnet.
    fn check(&self, definition: &Definition) -> Result<String, ServiceError> {
        let provider = self.capacity_provider_strategy.first().map(|provider| provider.capacity_provider.as_str());
        match (self.launch_type.as_deref(), provider) {
            (Some(_), Some(_)) => {
                let sentence = "Cannot specify both a launch type and capacity provider strategy.";
                return Err(fault::invalid(sentence));
            }
            (Some("FARGATE"), None) | (None, Some("FARGATE" | "FARGATE_SPOT")) => {}
            // There are none here, and the launch type is EC2 when none is given.
            (None | Some("EC2"), None) => {
                return Err(fault::invalid("No Container Instances were found in your cluster."));
            }
            (Some(other), None) | (None, Some(other)) => {
                return Err(fault::invalid(format!("Tasks can't run on {other} here: use the launch type FARGATE")));
            }
        }
        if !definition.compatibilities.iter().any(|kind| kind == "FARGATE") {
            return Err(fault::invalid("Task definition does not support launch_type FARGATE."));
        }
        let subnets = self.network_configuration.as_ref().and_then(|network| network.awsvpc_configuration.as_ref());
        let subnet = subnets.and_then(|network| network.subnets.first());
        if definition.network_mode.as_deref() == Some("awsvpc") && subnets.is_none() {
            let sentence = "Network Configuration must be provided when networkMode 'awsvpc' is specified.";
            return Err(fault::invalid(sentence));
        }
        let subnet = subnet.ok_or_else(|| fault::invalid("subnets can not be empty."))?;
        if !(1..=10).contains(&self.count.unwrap_or(1)) {
            return Err(fault::invalid("Tasks count must be between 1 and 10."));
        }
        if self.started_by.as_ref().is_some_and(|who| who.len() > 128) {
            return Err(fault::invalid("startedBy must have at most 128 characters."));
        }
        if !self.volume_configurations.is_empty() {
            return Err(fault::invalid("volumeConfigurations are not emulated here"));
        }
        for over in &self.overrides.container_overrides {
            let Some(name) = &over.name else {
                return Err(fault::invalid("Container override must name its container."));
            };
            if !definition.containers.iter().any(|container| container.name == *name) {
                let sentence = format!("Override for container named {name} is not a container in the TaskDefinition.");
                return Err(fault::invalid(sentence));
            }
            if !over.environment_files.is_empty() {
                return Err(fault::invalid("environmentFiles are not emulated here"));
            }
        }
        Ok(subnet.clone())
    }
}

impl Ecs {
    pub(super) fn run_task(&self, request: Value) -> Result<Value, ServiceError> {
        let run: Run = read(request.clone())?;
        if self.cancel.is_cancelled() {
            return Err(fault::shut_down());
        }
        let tasks = {
            let mut state = self.state();
            let (cluster, cluster_arn) = {
                let cluster = state.cluster(&self.place, run.cluster.as_deref())?;
                (cluster.name.clone(), cluster.arn.clone())
            };
            let token = run.client_token.clone().map(|token| format!("{cluster} {token}"));
            if let Some((earlier, tasks)) = token.as_ref().and_then(|token| state.started.get(token)) {
                if *earlier != request {
                    let sentence = "The client token was used before with other parameters.";
                    return Err(crate::wire::json::fault("ConflictException", sentence));
                }
                return Ok(reply(tasks));
            }
            let definition = state.definition(&self.place, &run.task_definition).cloned();
            let definition = definition.ok_or_else(fault::definition_not_found)?;
            let subnet = run.check(&definition)?;
            let tasks: Vec<Arc<Task>> = (0..run.count.unwrap_or(1))
                .map(|_| Arc::new(self.task(&run, &cluster, &cluster_arn, &definition, &subnet)))
                .collect();
            state.remember(&tasks);
            if let Some(token) = token {
                state.started.insert(token, (request, tasks.clone()));
            }
            tasks
        };
        let output = reply(&tasks);
        for task in tasks {
            let hold = self.holder.get().map(|holder| holder());
            let ecs = self.handle();
            self.tracker.spawn(async move {
                life::live(&ecs, &task).await;
                drop(hold);
            });
        }
        Ok(output)
    }

    fn task(&self, run: &Run, cluster: &str, cluster_arn: &str, definition: &Arc<Definition>, subnet: &str) -> Task {
        let id = Uuid::new_v4();
        let hex = id.simple().to_string();
        let containers = definition.containers.iter().map(|container| {
            let over =
                run.overrides.container_overrides.iter().find(|over| over.name.as_ref() == Some(&container.name));
            TaskContainer {
                arn: self.place.arn("ecs", &format!("container/{cluster}/{hex}/{}", Uuid::new_v4())),
                runtime_id: format!("{hex}-{:010}", Uuid::new_v4().as_u128() % 10_000_000_000),
                over: over.cloned(),
            }
        });
        let containers = containers.collect();
        let mut tags = run.tags.clone();
        if run.propagate_tags.as_deref() == Some("TASK_DEFINITION") {
            tags.extend(definition.tags.as_array().into_iter().flatten().cloned());
        }
        let platform = run.platform_version.as_deref().filter(|version| *version != "LATEST").unwrap_or("1.4.0");
        Task {
            arn: self.place.arn("ecs", &format!("task/{cluster}/{hex}")),
            id: hex,
            cluster: cluster.to_owned(),
            cluster_arn: cluster_arn.to_owned(),
            definition: Arc::clone(definition),
            containers,
            overrides: Overrides {
                cpu: run.overrides.cpu.clone(),
                memory: run.overrides.memory.clone(),
                task_role_arn: run.overrides.task_role_arn.clone(),
                execution_role_arn: run.overrides.execution_role_arn.clone(),
            },
            interface: Interface::new(&id, subnet),
            region: self.place.region.clone(),
            created_at: Timestamp::now(),
            started_by: run.started_by.clone(),
            group: run.group.clone().unwrap_or_else(|| format!("family:{}", definition.family)),
            platform_version: platform.to_owned(),
            capacity_provider: run.capacity_provider_strategy.first().map(|first| first.capacity_provider.clone()),
            execute_command: run.enable_execute_command,
            storage_gib: run.overrides.ephemeral_storage.as_ref().map_or(20, |storage| storage.size_in_gib),
            tags: tags.into(),
            progress: Mutex::new(Progress::new(definition.containers.len())),
            stopping: CancellationToken::new(),
            stopped: SetOnce::new(),
        }
    }
}

impl State {
    /// Adds tasks; the oldest that have stopped are forgotten when there are too many.
    fn remember(&mut self, tasks: &[Arc<Task>]) {
        self.tasks.extend(tasks.iter().cloned());
        if self.tasks.len() > REMEMBERED {
            let mut excess = self.tasks.len() - REMEMBERED;
            self.tasks.retain(|task| {
                let goes = excess > 0 && task.status() == Status::Stopped;
                excess -= usize::from(goes);
                !goes
            });
            let kept = &self.tasks;
            self.started
                .retain(|_, (_, tasks)| tasks.iter().any(|task| kept.iter().any(|kept| Arc::ptr_eq(kept, task))));
        }
    }
}

fn reply(tasks: &[Arc<Task>]) -> Value {
    let tasks: Vec<Value> = tasks.iter().map(|task| task.describe(View::Api, true)).collect();
    json!({"failures": [], "tasks": tasks})
}
