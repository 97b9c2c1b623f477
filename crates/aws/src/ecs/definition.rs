//! Task definitions: `RegisterTaskDefinition`, `DescribeTaskDefinition`, `ListTaskDefinitions`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Ecs, State, cluster, fault, seconds};
use crate::error::ServiceError;
use crate::place::Place;
use crate::wire::json::read;

/// How long a container may take to stop, when its definition doesn't say (API reference, `stopTimeout`).
const STOP_TIMEOUT: u64 = 30;

/// A revision of a task definition.
pub(super) struct Definition {
    pub(super) family: String,
    pub(super) arn: String,
    pub(super) containers: Vec<Container>,
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
    pub(super) network_mode: Option<String>,
    pub(super) compatibilities: Vec<String>,
    pub(super) tags: Value,
    /// What was registered.
    request: Value,
    /// As `DescribeTaskDefinition` shows it.
    described: Value,
}

/// A container of a task definition.
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) cpu: i64,
    pub(super) memory: Option<i64>,
    pub(super) memory_reservation: Option<i64>,
    pub(super) essential: bool,
    pub(super) entry_point: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) stop_timeout: Duration,
    pub(super) log: Option<AwsLogs>,
    /// What the container asks for and doesn't get here.
    pub(super) not_emulated: Option<&'static str>,
}

/// Where a container's lines go (`awslogs`).
#[derive(Clone)]
pub(super) struct AwsLogs {
    pub(super) group: String,
    pub(super) prefix: Option<String>,
    /// Whether the group is made when it isn't there.
    pub(super) create: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Register {
    family: String,
    container_definitions: Vec<RegisterContainer>,
    cpu: Option<Value>,
    memory: Option<Value>,
    network_mode: Option<String>,
    #[serde(default)]
    requires_compatibilities: Vec<String>,
    #[serde(default)]
    tags: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegisterContainer {
    name: Option<String>,
    image: Option<String>,
    #[serde(default)]
    cpu: i64,
    memory: Option<i64>,
    memory_reservation: Option<i64>,
    essential: Option<bool>,
    #[serde(default)]
    entry_point: Vec<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    environment: Vec<Variable>,
    stop_timeout: Option<u64>,
    log_configuration: Option<LogConfiguration>,
    #[serde(default)]
    secrets: Vec<Value>,
    #[serde(default)]
    environment_files: Vec<Value>,
    #[serde(default)]
    depends_on: Vec<Value>,
    #[serde(default)]
    mount_points: Vec<Value>,
    #[serde(default)]
    volumes_from: Vec<Value>,
}

/// An environment variable.
#[derive(Deserialize)]
pub(super) struct Variable {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogConfiguration {
    log_driver: String,
    #[serde(default)]
    options: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    task_definition: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    family_prefix: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl RegisterContainer {
    fn check(self) -> Result<Container, ServiceError> {
        let name = self.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| fault::client("Container.name should not be null or empty."))?;
        let image = self.image.filter(|image| !image.is_empty());
        let image = image.ok_or_else(|| fault::client("Container.image should not be null or empty."))?;
        let not_emulated = [
            (!self.secrets.is_empty(), "secrets"),
            (!self.environment_files.is_empty(), "environmentFiles"),
            (!self.depends_on.is_empty(), "dependsOn"),
            (!self.mount_points.is_empty(), "mountPoints"),
            (!self.volumes_from.is_empty(), "volumesFrom"),
            (
                self.log_configuration.as_ref().is_some_and(|log| log.log_driver != "awslogs"),
                "a logDriver other than awslogs",
            ),
        ];
        let log = self.log_configuration.filter(|log| log.log_driver == "awslogs").map(|mut log| {
            let group = log.options.remove("awslogs-group");
            let group = group.ok_or_else(|| fault::client("Log driver awslogs requires options: awslogs-group"))?;
            let create = log.options.get("awslogs-create-group").is_some_and(|value| value == "true");
            Ok(AwsLogs { group, prefix: log.options.remove("awslogs-stream-prefix"), create })
        });
        Ok(Container {
            name,
            image,
            cpu: self.cpu,
            memory: self.memory,
            memory_reservation: self.memory_reservation,
            essential: self.essential.unwrap_or(true),
            entry_point: self.entry_point,
            command: self.command,
            environment: self.environment.into_iter().map(|variable| (variable.name, variable.value)).collect(),
            stop_timeout: Duration::from_secs(self.stop_timeout.unwrap_or(STOP_TIMEOUT)),
            log: log.transpose()?,
            not_emulated: not_emulated.into_iter().find(|(asked, _)| *asked).map(|(_, what)| what),
        })
    }
}

/// A number or a text, as text.
fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

impl State {
    /// The definition of a family, a family with revision, or an ARN.
    pub(super) fn definition(&self, place: &Place, name: &str) -> Option<&Arc<Definition>> {
        let name = place.resource("ecs", name).and_then(|name| name.strip_prefix("task-definition/")).unwrap_or(name);
        let (family, revision) = match name.split_once(':') {
            Some((family, revision)) => (family, Some(revision.parse::<usize>().ok()?)),
            None => (name, None),
        };
        let revisions = self.definitions.get(family)?;
        match revision {
            Some(revision) => revisions.get(revision.checked_sub(1)?),
            None => revisions.last(),
        }
    }
}

impl Ecs {
    pub(super) fn register_task_definition(&self, request: Value) -> Result<Value, ServiceError> {
        let definition = self.register(request)?;
        Ok(json!({"taskDefinition": definition.described, "tags": definition.tags}))
    }

    /// Registers a definition, unless the newest of its family is the same.
    pub(super) fn find_or_register(&self, request: Value) -> Result<Arc<Definition>, ServiceError> {
        let family = request["family"].as_str().unwrap_or_default();
        let newest = self.state().definitions.get(family).and_then(|revisions| revisions.last().cloned());
        match newest.filter(|newest| newest.request == request) {
            Some(newest) => Ok(newest),
            None => self.register(request),
        }
    }

    fn register(&self, request: Value) -> Result<Arc<Definition>, ServiceError> {
        let asked: Register = read(request.clone())?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if asked.family.is_empty() || asked.family.len() > 255 || !asked.family.chars().all(fits) {
            return Err(fault::client(format!(
                "Invalid family name '{}': up to 255 letters, numbers, hyphens and underscores.",
                asked.family
            )));
        }
        let containers: Vec<Container> =
            asked.container_definitions.into_iter().map(RegisterContainer::check).collect::<Result<_, _>>()?;
        if !containers.iter().any(|container| container.essential) {
            return Err(fault::client("Container definitions must have at least one essential container."));
        }
        for (index, container) in containers.iter().enumerate() {
            if containers[..index].iter().any(|other| other.name == container.name) {
                return Err(fault::client(format!("Container name '{}' is used more than once.", container.name)));
            }
        }
        let (cpu, memory) = (text(asked.cpu), text(asked.memory));
        if asked.requires_compatibilities.iter().any(|kind| kind == "FARGATE") {
            if cpu.is_none() {
                return Err(fault::client("Fargate requires that 'cpu' be defined at the task level."));
            }
            if memory.is_none() {
                return Err(fault::client("Fargate requires that 'memory' be defined at the task level."));
            }
            if asked.network_mode.as_deref() != Some("awsvpc") {
                return Err(fault::client("Fargate only supports network mode ‘awsvpc’."));
            }
        }
        let mut state = self.state();
        let revisions = state.definitions.entry(asked.family.clone()).or_default();
        let revision = revisions.len() + 1;
        let arn = self.place.arn("ecs", &format!("task-definition/{}:{revision}", asked.family));
        let described = self.describe(&request, &arn, revision, cpu.as_deref(), memory.as_deref());
        let definition = Arc::new(Definition {
            family: asked.family,
            arn,
            containers,
            cpu,
            memory,
            network_mode: asked.network_mode,
            compatibilities: asked.requires_compatibilities,
            tags: asked.tags.into(),
            request,
            described,
        });
        revisions.push(Arc::clone(&definition));
        Ok(definition)
    }

    /// What was registered, with what ECS adds to it.
    fn describe(&self, request: &Value, arn: &str, revision: usize, cpu: Option<&str>, memory: Option<&str>) -> Value {
        let mut described = Map::from_iter([("taskDefinitionArn".to_owned(), Value::from(arn))]);
        described.extend(request.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        described.remove("tags");
        for (member, value) in [("cpu", cpu), ("memory", memory)] {
            if let Some(value) = value {
                described.insert(member.to_owned(), value.into());
            }
        }
        for container in described.get_mut("containerDefinitions").and_then(Value::as_array_mut).into_iter().flatten() {
            let Value::Object(container) = container else { continue };
            for (member, value) in [
                ("cpu", json!(0)),
                ("portMappings", json!([])),
                ("essential", json!(true)),
                ("environment", json!([])),
                ("mountPoints", json!([])),
                ("volumesFrom", json!([])),
                ("systemControls", json!([])),
            ] {
                container.entry(member).or_insert(value);
            }
        }
        for (member, value) in [
            ("volumes", json!([])),
            ("placementConstraints", json!([])),
            ("revision", json!(revision)),
            ("status", json!("ACTIVE")),
            ("compatibilities", json!(["EC2", "FARGATE"])),
            ("registeredAt", seconds(Timestamp::now())),
            ("registeredBy", json!(format!("arn:aws:iam::{}:root", self.place.account))),
        ] {
            described.entry(member).or_insert(value);
        }
        described.into()
    }

    pub(super) fn describe_task_definition(&self, request: &Describe) -> Result<Value, ServiceError> {
        let state = self.state();
        let found = state.definition(&self.place, &request.task_definition);
        let definition = found.ok_or_else(fault::definition_not_described)?;
        Ok(json!({"taskDefinition": definition.described, "tags": definition.tags}))
    }

    pub(super) fn list_task_definitions(&self, request: &List) -> Result<Value, ServiceError> {
        let state = self.state();
        let wanted = |family: &str| request.family_prefix.as_ref().is_none_or(|prefix| prefix == family);
        let families = state.definitions.iter().filter(|(family, _)| wanted(family));
        let arns =
            families.flat_map(|(_, revisions)| revisions.iter().map(|definition| definition.arn.clone())).collect();
        cluster::list("taskDefinitionArns", arns, request.max_results, request.next_token.as_deref())
    }
}
