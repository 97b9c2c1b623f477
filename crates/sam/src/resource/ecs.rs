//! `AWS::ECS::Cluster` and `AWS::ECS::TaskDefinition`.

use std::collections::BTreeMap;

use super::{Attribute, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::fields::Fields;
use crate::stack::{Cluster, Container, TaskDefinition};
use crate::syntax::Node;

const TASK_DEFINITION_ARN: &str = "arn:{partition}:ecs:{region}:{account}:task-definition/{name}:1";

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::ECS::Cluster",
        properties: &[
            "CapacityProviders",
            "ClusterName",
            "ClusterSettings",
            "Configuration",
            "DefaultCapacityProviderStrategy",
            "ServiceConnectDefaults",
            "Tags",
        ],
        name_property: Some("ClusterName"),
        attributes: &[Attribute::new("Arn", "arn:{partition}:ecs:{region}:{account}:cluster/{name}")],
        treatment: Treatment::Run(read_cluster),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::ECS::TaskDefinition",
        properties: &[
            "ContainerDefinitions",
            "Cpu",
            "EnableFaultInjection",
            "EphemeralStorage",
            "ExecutionRoleArn",
            "Family",
            "InferenceAccelerators",
            "IpcMode",
            "Memory",
            "NetworkMode",
            "PidMode",
            "PlacementConstraints",
            "ProxyConfiguration",
            "RequiresCompatibilities",
            "RuntimePlatform",
            "Tags",
            "TaskRoleArn",
            "Volumes",
        ],
        name_property: Some("Family"),
        reference: TASK_DEFINITION_ARN,
        attributes: &[Attribute::new("TaskDefinitionArn", TASK_DEFINITION_ARN)],
        treatment: Treatment::Run(read_task_definition),
        ..ResourceType::BASE
    },
];

fn read_cluster(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let cluster = Cluster {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn"),
    };
    assembly.stack.clusters.push(cluster);
}

fn read_task_definition(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let items = fields.list("ContainerDefinitions").unwrap_or_default();
    let definition = TaskDefinition {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        family: reader.identity.name.clone(),
        arn: reader.identity.reference.clone(),
        containers: items.iter().filter_map(|item| container(reader, item)).collect(),
        cpu: fields.text("Cpu"),
        memory: fields.text("Memory"),
        network_mode: fields.text("NetworkMode"),
        requires_compatibilities: fields.texts("RequiresCompatibilities"),
        execution_role_arn: fields.text("ExecutionRoleArn"),
        task_role_arn: fields.text("TaskRoleArn"),
        metadata: reader.metadata.map(Node::to_json),
    };
    assembly.stack.task_definitions.push(definition);
}

fn container(reader: &Reader<'_>, node: &Node) -> Option<Container> {
    let fields = Fields::of(node, "a container definition", reader.problems())?;
    let mut environment = BTreeMap::new();
    for item in fields.list("Environment").unwrap_or_default() {
        if let Some(variable) = Fields::of(item, "an environment variable", reader.problems())
            && let (Some(name), Some(value)) = (variable.needed_text("Name"), variable.needed_text("Value"))
        {
            environment.insert(name, value);
        }
    }
    Some(Container {
        name: fields.needed_text("Name")?,
        image: fields.needed_text("Image").unwrap_or_default(),
        essential: fields.boolean("Essential").unwrap_or(true),
        entry_point: fields.texts("EntryPoint"),
        command: fields.texts("Command"),
        environment,
        definition: node.to_json(),
    })
}
