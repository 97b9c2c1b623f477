//! ECS: clusters, task definitions, and tasks whose containers are processes of this machine.
//!
//! A container's image isn't pulled: the template's `Metadata` says which program stands for it, and that program runs as
//! a process with the container's environment, its output in the log group that the container names. Tasks run on Fargate
//! alone, as there are no container instances. CPU and memory are not limited; services, volumes, secrets and container
//! dependencies are refused by name.
//!
//! Lists that are empty are told of where AWS leaves them out, since Step Functions shows them in its outputs
//! (`services/ecs_task_service--run_task.json`).

mod cluster;
mod container;
mod definition;
mod fault;
mod life;
mod network;
mod query;
mod run;
mod state;
mod task;

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use async_trait::async_trait;
use jiff::Timestamp;
use process::Watchdog;
use serde_json::{Number, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::{Error, ServiceError};
use crate::logs::Logs;
use crate::place::Place;
use crate::wire::json::{self, Operations};
use cluster::Cluster;
pub use container::{ContainerLine, ContainerLog};
use definition::Definition;
use task::Task;

/// Something that is held while a task runs.
pub(crate) type Hold = Box<dyn Any + Send + Sync>;

/// Makes what is held while a task runs.
pub(crate) type Holder = Box<dyn Fn() -> Hold + Send + Sync>;

/// The service.
pub(crate) struct Ecs {
    /// For tasks, which outlive the calls that start them.
    this: Weak<Ecs>,
    place: Place,
    endpoint: String,
    state: Mutex<State>,
    logs: Arc<Logs>,
    log: Option<ContainerLog>,
    holder: OnceLock<Holder>,
    watchdog: Watchdog,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

/// What was made by calls.
#[derive(Default)]
struct State {
    /// By name.
    clusters: BTreeMap<String, Cluster>,
    /// By family, the revisions from 1.
    definitions: BTreeMap<String, Vec<Arc<Definition>>>,
    /// By family and container.
    programs: HashMap<(String, String), PathBuf>,
    /// In the order of their creation.
    tasks: Vec<Arc<Task>>,
    /// By client token: the request, and the tasks it made.
    started: HashMap<String, (Value, Vec<Arc<Task>>)>,
}

/// What the service needs of others.
pub(crate) struct Parts {
    pub(crate) place: Place,
    pub(crate) endpoint: String,
    pub(crate) logs: Arc<Logs>,
    pub(crate) log: Option<ContainerLog>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

impl Ecs {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { place, endpoint, logs, log, tracker, cancel } = parts;
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            place,
            endpoint,
            state: Mutex::default(),
            logs,
            log,
            holder: OnceLock::new(),
            watchdog: Watchdog::default(),
            tracker,
            cancel,
        })
    }

    fn handle(&self) -> Arc<Self> {
        self.this.upgrade().expect("a method runs on a service that is alive")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half changed when it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something be held while a task runs; `false` when that was said before.
    pub(crate) fn hold(&self, holder: Holder) -> bool {
        self.holder.set(holder).is_ok()
    }

    /// Lets the watchdog go, when the tasks have ended.
    pub(crate) fn close(&self) {
        self.watchdog.release();
    }

    /// Makes the cluster, or finds it. Returns its ARN.
    pub(crate) fn furnish_cluster(&self, name: &str) -> Result<String, Error> {
        let made = self.create_cluster(cluster::Create { cluster_name: Some(name.to_owned()) });
        let output = made.map_err(|source| Error::refused(format!("ECS cluster {name}"), source))?;
        Ok(output["cluster"]["clusterArn"].as_str().unwrap_or_default().to_owned())
    }

    /// Registers a task definition, unless the family's newest revision is the same, and the programs that stand for its
    /// containers' images. Returns its ARN.
    pub(crate) fn furnish_definition(
        &self,
        request: Value,
        programs: BTreeMap<String, PathBuf>,
    ) -> Result<String, Error> {
        let family = request["family"].as_str().unwrap_or_default().to_owned();
        let refused = |source| Error::refused(format!("ECS task definition {family}"), source);
        let definition = self.find_or_register(request).map_err(refused)?;
        for container in programs.keys() {
            if !definition.containers.iter().any(|known| known.name == *container) {
                let reason =
                    format!("a program is given for the container {container}, which the definition doesn't have");
                return Err(Error::Invalid { resource: format!("ECS task definition {family}"), reason });
            }
        }
        let mut state = self.state();
        for (container, program) in programs {
            state.programs.insert((family.clone(), container), program);
        }
        Ok(definition.arn.clone())
    }
}

#[async_trait]
impl Operations for Ecs {
    const NAME: &'static str = "ecs";
    const PREFIX: &'static str = "AmazonEC2ContainerServiceV20141113";

    async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError> {
        match operation {
            "CreateCluster" => self.create_cluster(json::read(request)?),
            "DescribeClusters" => self.describe_clusters(json::read(request)?),
            "ListClusters" => self.list_clusters(&json::read(request)?),
            "RegisterTaskDefinition" => self.register_task_definition(request),
            "DescribeTaskDefinition" => self.describe_task_definition(&json::read(request)?),
            "ListTaskDefinitions" => self.list_task_definitions(&json::read(request)?),
            "RunTask" => self.run_task(request),
            "DescribeTasks" => self.describe_tasks(json::read(request)?),
            "ListTasks" => self.list_tasks(&json::read(request)?),
            "StopTask" => self.stop_task(json::read(request)?),
            _ => Err(json::no_such_operation("ECS", operation)),
        }
    }
}

/// A time as the API shows it: seconds since 1970 with their thousandths.
fn seconds(time: Timestamp) -> Value {
    Number::from_f64(time.as_millisecond() as f64 / 1000.0).map_or(Value::Null, Value::Number)
}
