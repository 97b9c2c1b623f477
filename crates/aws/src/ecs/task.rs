//! A task, and how the API shows it.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;

use super::definition::{Container, Definition};
use super::network::Interface;
use super::run::Override;
use super::seconds;
use super::state::{Progress, Status};

/// A task: one run of a task definition.
pub(super) struct Task {
    /// 32 hexadecimal digits.
    pub(super) id: String,
    pub(super) arn: String,
    /// The cluster's name.
    pub(super) cluster: String,
    pub(super) cluster_arn: String,
    pub(super) definition: Arc<Definition>,
    pub(super) containers: Vec<TaskContainer>,
    pub(super) overrides: Overrides,
    pub(super) interface: Interface,
    pub(super) region: String,
    pub(super) created_at: Timestamp,
    pub(super) started_by: Option<String>,
    pub(super) group: String,
    pub(super) platform_version: String,
    pub(super) capacity_provider: Option<String>,
    pub(super) execute_command: bool,
    pub(super) storage_gib: u64,
    pub(super) tags: Value,
    pub(super) progress: Mutex<Progress>,
    /// Cancelled when somebody asks the task to stop.
    pub(super) stopping: CancellationToken,
    /// Set when the task has stopped.
    pub(super) stopped: SetOnce<()>,
}

/// The parts of a task's container that don't change.
pub(super) struct TaskContainer {
    pub(super) arn: String,
    pub(super) runtime_id: String,
    pub(super) over: Option<Override>,
}

/// What a task overrides of its definition besides its containers.
#[derive(Default)]
pub(super) struct Overrides {
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
    pub(super) task_role_arn: Option<String>,
    pub(super) execution_role_arn: Option<String>,
}

/// For whom a task is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// A reply of the API.
    Api,
    /// The event that Step Functions waits for, which leaves out the platform's family.
    Event,
}

impl Task {
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        // Nothing that holds the lock leaves it half changed when it panics.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.progress().status
    }

    /// The task, members in the order of AWS's replies. `with_tags`: AWS shows tags only when asked.
    pub(super) fn describe(&self, view: View, with_tags: bool) -> Value {
        let progress = self.progress();
        let mut task = Map::new();
        let mut put = |name: &str, value: Value| task.insert(name.to_owned(), value);
        let attachment = self.interface.attachment(progress.status, &self.region, view == View::Event);
        put("attachments", json!([attachment]));
        put("attributes", json!([{"name": "ecs.cpu-architecture", "value": architecture()}]));
        put("availabilityZone", json!(format!("{}a", self.region)));
        if let Some(provider) = &self.capacity_provider {
            put("capacityProviderName", json!(provider));
        }
        put("clusterArn", json!(self.cluster_arn));
        if let Some(at) = progress.connected_at {
            put("connectivity", json!("CONNECTED"));
            put("connectivityAt", seconds(at));
        }
        let containers = self.definition.containers.iter().enumerate();
        put("containers", containers.map(|(index, container)| self.container(&progress, index, container)).collect());
        let cpu = self.overrides.cpu.as_ref().or(self.definition.cpu.as_ref());
        if let Some(cpu) = cpu {
            put("cpu", json!(cpu));
        }
        put("createdAt", seconds(self.created_at));
        put("desiredStatus", json!(progress.desired()));
        put("enableExecuteCommand", json!(self.execute_command));
        put("ephemeralStorage", json!({"sizeInGiB": self.storage_gib}));
        if let Some(at) = progress.execution_stopped_at {
            put("executionStoppedAt", seconds(at));
        }
        put("group", json!(self.group));
        put("inferenceAccelerators", json!([]));
        put("lastStatus", json!(progress.status.as_str()));
        put("launchType", json!("FARGATE"));
        let memory = self.overrides.memory.as_ref().or(self.definition.memory.as_ref());
        if let Some(memory) = memory {
            put("memory", json!(memory));
        }
        put("overrides", self.described_overrides());
        if view == View::Api {
            put("platformFamily", json!("Linux"));
        }
        put("platformVersion", json!(self.platform_version));
        let times = [
            ("pullStartedAt", progress.pull_started_at),
            ("pullStoppedAt", progress.pull_stopped_at),
            ("startedAt", progress.started_at),
        ];
        for (name, at) in times {
            if let Some(at) = at {
                put(name, seconds(at));
            }
        }
        if let Some(who) = &self.started_by {
            put("startedBy", json!(who));
        }
        if let Some(stop) = &progress.stop {
            put("stopCode", json!(stop.code));
        }
        if let Some(at) = progress.stopped_at {
            put("stoppedAt", seconds(at));
        }
        if let Some(stop) = &progress.stop {
            put("stoppedReason", json!(stop.reason));
        }
        if let Some(at) = progress.stopping_at {
            put("stoppingAt", seconds(at));
        }
        put("tags", if with_tags { self.tags.clone() } else { json!([]) });
        put("taskArn", json!(self.arn));
        put("taskDefinitionArn", json!(self.definition.arn));
        put("version", json!(progress.version));
        task.into()
    }

    fn container(&self, progress: &Progress, index: usize, container: &Container) -> Value {
        let own = &self.containers[index];
        let mut described = Map::new();
        let mut put = |name: &str, value: Value| described.insert(name.to_owned(), value);
        let over = own.over.as_ref();
        put("containerArn", json!(own.arn));
        put("cpu", json!(over.and_then(|over| over.cpu).unwrap_or(container.cpu).to_string()));
        let exit_code = progress.exit_code(index);
        let ended = exit_code.is_some();
        if let Some(code) = exit_code {
            put("exitCode", code);
        }
        put("gpuIds", json!([]));
        put("image", json!(container.image));
        if progress.pull_stopped_at.is_some() {
            // Nothing was pulled; the same image has the same digest.
            let mut digest = "sha256:".to_owned();
            for byte in Sha256::digest(container.image.as_bytes()) {
                write!(digest, "{byte:02x}").expect("a text can be written to");
            }
            put("imageDigest", json!(digest));
        }
        put("lastStatus", json!(if ended { "STOPPED" } else { progress.status.of_container() }));
        put("managedAgents", json!([]));
        let memory = over.and_then(|over| over.memory).or(container.memory);
        let reservation = over.and_then(|over| over.memory_reservation).or(container.memory_reservation);
        for (name, value) in [("memory", memory), ("memoryReservation", reservation)] {
            if let Some(value) = value {
                put(name, json!(value.to_string()));
            }
        }
        put("name", json!(container.name));
        put("networkBindings", json!([]));
        if progress.status == Status::Provisioning {
            put("networkInterfaces", json!([]));
        } else {
            let (id, address) = (&self.interface.id, &self.interface.address);
            put("networkInterfaces", json!([{"attachmentId": id, "privateIpv4Address": address}]));
            put("runtimeId", json!(own.runtime_id));
        }
        put("taskArn", json!(self.arn));
        described.into()
    }

    fn described_overrides(&self) -> Value {
        let containers = self.definition.containers.iter().zip(&self.containers).map(|(container, own)| {
            let over = own.over.as_ref();
            let mut described = json!({
                "command": over.map(|over| over.command.as_slice()).unwrap_or_default(),
                "environment": over.map(Override::variables).unwrap_or_default(),
                "environmentFiles": [],
                "name": container.name,
                "resourceRequirements": [],
            });
            for (name, value) in [
                ("cpu", over.and_then(|over| over.cpu)),
                ("memory", over.and_then(|over| over.memory)),
                ("memoryReservation", over.and_then(|over| over.memory_reservation)),
            ] {
                if let Some(value) = value {
                    described[name] = value.into();
                }
            }
            described
        });
        let mut described =
            json!({"containerOverrides": containers.collect::<Vec<_>>(), "inferenceAcceleratorOverrides": []});
        for (name, value) in [
            ("cpu", &self.overrides.cpu),
            ("memory", &self.overrides.memory),
            ("taskRoleArn", &self.overrides.task_role_arn),
            ("executionRoleArn", &self.overrides.execution_role_arn),
        ] {
            if let Some(value) = value {
                described[name] = value.as_str().into();
            }
        }
        described
    }
}

/// The processor, in AWS's words.
fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" { "arm64" } else { std::env::consts::ARCH }
}
