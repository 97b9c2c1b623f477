//! Clusters and task definitions, with the programs that run in place of containers' images.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws::{Cloud, Error};
use sam::stack::{Container, Stack, TaskDefinition};
use serde_json::{Map, Value, json};

use crate::binaries::{Binaries, container_programs};
use crate::stack::Override;

/// Makes clusters and registers task definitions.
pub(crate) fn furnish(cloud: &Cloud, stack: &Stack, binaries: &Binaries, overrides: &[Override]) -> Result<(), Error> {
    for cluster in &stack.clusters {
        cloud.create_cluster(&cluster.name)?;
    }
    for definition in &stack.task_definitions {
        // A container without a program fails its tasks, and they say how to name one.
        let programs: BTreeMap<String, PathBuf> = container_programs(definition)
            .filter_map(|(container, binary)| Some((container.to_owned(), binaries.path(binary)?.to_owned())))
            .filter(|(_, program)| !program.as_os_str().is_empty())
            .collect();
        cloud.register_task_definition(request(definition, overrides), programs)?;
    }
    Ok(())
}

/// Whether a container goes by this name: its own, or that of its program.
pub(crate) fn is_called(definition: &TaskDefinition, container: &Container, name: &str) -> bool {
    container.name == name || container_programs(definition).any(|(of, binary)| of == container.name && binary == name)
}

/// The definition as `RegisterTaskDefinition` takes it.
fn request(definition: &TaskDefinition, overrides: &[Override]) -> Value {
    let containers: Vec<Value> =
        definition.containers.iter().map(|container| registered(definition, container, overrides)).collect();
    let mut request = json!({
        "family": definition.family,
        "containerDefinitions": containers,
        "requiresCompatibilities": definition.requires_compatibilities,
    });
    for (member, value) in [
        ("cpu", &definition.cpu),
        ("memory", &definition.memory),
        ("networkMode", &definition.network_mode),
        ("executionRoleArn", &definition.execution_role_arn),
        ("taskRoleArn", &definition.task_role_arn),
    ] {
        if let Some(value) = value {
            request[member] = value.as_str().into();
        }
    }
    request
}

fn registered(definition: &TaskDefinition, container: &Container, overrides: &[Override]) -> Value {
    let mut environment = container.environment.clone();
    for variable in overrides {
        if variable.function.as_deref().is_none_or(|name| is_called(definition, container, name)) {
            environment.insert(variable.name.clone(), variable.value.clone());
        }
    }
    let environment: Vec<Value> =
        environment.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut registered = lowered(&container.definition);
    for (member, value) in [
        ("name", json!(container.name)),
        ("image", json!(container.image)),
        ("essential", json!(container.essential)),
        ("entryPoint", json!(container.entry_point)),
        ("command", json!(container.command)),
        ("environment", json!(environment)),
    ] {
        registered[member] = value;
    }
    registered
}

/// CloudFormation's members as the API names and types them: `LogConfiguration` is `logConfiguration`, and what a
/// parameter gave as text is a number where the API wants one.
fn lowered(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.iter().map(|(name, value)| member(name, value)).collect()),
        Value::Array(items) => items.iter().map(lowered).collect(),
        scalar => scalar.clone(),
    }
}

fn member(name: &str, value: &Value) -> (String, Value) {
    // Their names are the user's own, and their values texts.
    if let ("Options" | "DockerLabels", Value::Object(members)) = (name, value) {
        let texts: Map<String, Value> =
            members.iter().map(|(name, value)| (name.clone(), text(value).into())).collect();
        return (first_lowered(name), texts.into());
    }
    let numbers = ["Cpu", "Memory", "MemoryReservation", "StartTimeout", "StopTimeout"];
    let number = || value.as_str()?.parse::<i64>().ok().map(Value::from);
    let value = numbers.contains(&name).then(number).flatten().unwrap_or_else(|| lowered(value));
    (first_lowered(name), value)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn first_lowered(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_containers_members_are_named_and_typed_as_in_the_api() {
        let given = json!({
            "Cpu": "128", "StopTimeout": 5, "ReadonlyRootFilesystem": true,
            "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/g", "awslogs-create-group": true}},
            "PortMappings": [{"ContainerPort": 80}], "DockerLabels": {"Team": "x"}
        });
        assert_eq!(
            lowered(&given),
            json!({
                "cpu": 128, "stopTimeout": 5, "readonlyRootFilesystem": true,
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/g", "awslogs-create-group": "true"}},
                "portMappings": [{"containerPort": 80}], "dockerLabels": {"Team": "x"}
            })
        );
    }
}
