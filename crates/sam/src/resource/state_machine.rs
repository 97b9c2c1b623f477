//! `AWS::Serverless::StateMachine`, `AWS::StepFunctions::StateMachine` and `AWS::StepFunctions::Activity`.

use std::collections::BTreeMap;

use super::function::{policies, role};
use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::codes;
use crate::event::{self, Caller};
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::{Activity, Definition, StateMachine, StateMachineType, Substitution};
use crate::syntax::{Data, Node};

const ARN: &str = "arn:{partition}:states:{region}:{account}:stateMachine:{name}";
const ACTIVITY_ARN: &str = "arn:{partition}:states:{region}:{account}:activity:{name}";

const ATTRIBUTES: &[Attribute] = &[
    Attribute::new("Arn", ARN),
    Attribute::new("Name", "{name}"),
    // What a state machine that was never updated has.
    Attribute::new("StateMachineRevisionId", "INITIAL"),
];

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::Serverless::StateMachine",
        properties: &[
            "AutoPublishAlias",
            "Definition",
            "DefinitionSubstitutions",
            "DefinitionUri",
            "DeploymentPreference",
            "Events",
            "Logging",
            "Name",
            "PermissionsBoundary",
            "Policies",
            "PropagateTags",
            "Role",
            "RolePath",
            "Tags",
            "Tracing",
            "Type",
            "UseAliasAsEventTarget",
        ],
        name_property: Some("Name"),
        naming: NameRule::Plain(80),
        reference: ARN,
        attributes: ATTRIBUTES,
        treatment: Treatment::Run(read_serverless),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::StepFunctions::StateMachine",
        properties: &[
            "Definition",
            "DefinitionS3Location",
            "DefinitionString",
            "DefinitionSubstitutions",
            "EncryptionConfiguration",
            "LoggingConfiguration",
            "RoleArn",
            "StateMachineName",
            "StateMachineType",
            "Tags",
            "TracingConfiguration",
        ],
        required: &["RoleArn"],
        name_property: Some("StateMachineName"),
        naming: NameRule::Plain(80),
        reference: ARN,
        attributes: ATTRIBUTES,
        treatment: Treatment::Run(read_plain),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::StepFunctions::Activity",
        properties: &["EncryptionConfiguration", "Name", "Tags"],
        required: &["Name"],
        name_property: Some("Name"),
        naming: NameRule::Plain(80),
        reference: ACTIVITY_ARN,
        attributes: &[Attribute::new("Arn", ACTIVITY_ARN), Attribute::new("Name", "{name}")],
        treatment: Treatment::Run(read_activity),
        ..ResourceType::BASE
    },
];

const KINDS: &[(&str, StateMachineType)] =
    &[("STANDARD", StateMachineType::Standard), ("EXPRESS", StateMachineType::Express)];

fn read_serverless(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let caller =
        Caller::StateMachine { logical_id: reader.resource.logical_id.clone(), arn: reader.identity.reference.clone() };
    let definition = definition(reader, assembly, &["DefinitionUri", "Definition"]);
    let machine = StateMachine {
        kind: fields.choice("Type", KINDS).unwrap_or(StateMachineType::Standard),
        role_arn: role(reader, &fields),
        logging: fields.json("Logging"),
        tracing: fields.map("Tracing").and_then(|tracing| tracing.boolean("Enabled")).unwrap_or(false),
        policies: policies(&fields),
        events: event::read(reader, &caller, assembly),
        alias: fields.text("AutoPublishAlias"),
        ..common(reader, assembly, &fields, definition)
    };
    assembly.stack.state_machines.push(machine);
}

fn read_plain(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let definition = definition(reader, assembly, &["DefinitionString", "Definition", "DefinitionS3Location"]);
    let machine = StateMachine {
        kind: fields.choice("StateMachineType", KINDS).unwrap_or(StateMachineType::Standard),
        role_arn: fields.text("RoleArn").unwrap_or_default(),
        logging: fields.json("LoggingConfiguration"),
        tracing: fields.map("TracingConfiguration").and_then(|tracing| tracing.boolean("Enabled")).unwrap_or(false),
        ..common(reader, assembly, &fields, definition)
    };
    assembly.stack.state_machines.push(machine);
}

/// What both types have in common.
fn common(
    reader: &Reader<'_>,
    assembly: &Assembly<'_>,
    fields: &Fields<'_>,
    definition: Option<Definition>,
) -> StateMachine {
    StateMachine {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.identity.reference.clone(),
        kind: StateMachineType::Standard,
        definition,
        substitutions: substitutions(fields, assembly),
        role_arn: String::new(),
        logging: None,
        tracing: false,
        policies: Vec::new(),
        events: Vec::new(),
        alias: None,
        tags: fields.tags("Tags"),
        metadata: reader.metadata.map(Node::to_json),
    }
}

/// The one definition of a state machine, under one of these properties.
fn definition(reader: &Reader<'_>, assembly: &Assembly<'_>, properties: &[&str]) -> Option<Definition> {
    let fields = reader.fields();
    let given: Vec<(&str, &Node)> =
        properties.iter().filter_map(|name| fields.get(name).map(|node| (*name, node))).collect();
    let id = &reader.resource.logical_id;
    let refuse = |place, message: String, help: String| {
        reader.problems().add(Problem::error(codes::DEFINITION, place, message).help(help));
        None
    };
    let (name, node) = match given.as_slice() {
        [one] => *one,
        [] => {
            let help = format!("add one of {}", properties.join(", "));
            return refuse(reader.resource.place, format!("the state machine `{id}` has no definition"), help);
        }
        [(first, _), (second, node), ..] => {
            let message = format!("the state machine `{id}` has two definitions, `{first}` and `{second}`");
            return refuse(node.place, message, "remove one of them".to_owned());
        }
    };
    let span = assembly.span(node.place);
    match (name, &node.data) {
        (_, Data::Unresolved) => None,
        ("DefinitionUri", Data::Text(uri)) if !uri.starts_with("s3://") => {
            Some(Definition::File { uri: uri.clone(), span })
        }
        ("DefinitionUri", Data::Text(_) | Data::Map(_)) | ("DefinitionS3Location", _) => refuse(
            node.place,
            format!("the definition of the state machine `{id}` is in S3"),
            "name a file, relative to the template".to_owned(),
        ),
        ("Definition", Data::Map(_)) => Some(Definition::Inline { value: node.to_json(), span }),
        ("DefinitionString", Data::Text(text)) => Some(Definition::Text { text: text.clone(), span }),
        _ => {
            let expected = if name == "Definition" { "a map" } else { "text" };
            let message =
                format!("`{name}` of {} must be {expected}, not {}", reader.resource.type_name, node.description());
            reader.error(codes::WRONG_TYPE, node.place, message);
            None
        }
    }
}

fn substitutions(fields: &Fields<'_>, assembly: &Assembly<'_>) -> BTreeMap<String, Substitution> {
    let Some(map) = fields.map("DefinitionSubstitutions") else { return BTreeMap::new() };
    let substitutions = map.entries.iter().filter_map(|entry| {
        let value = map.text_of(&entry.key, &entry.value)?;
        Some((entry.key.clone(), Substitution { value, span: assembly.span(entry.key_place) }))
    });
    substitutions.collect()
}

fn read_activity(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let activity = Activity {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.identity.reference.clone(),
    };
    assembly.stack.activities.push(activity);
}
