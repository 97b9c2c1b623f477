//! `AWS::Serverless::Function` and what connects functions to queues.

use serde_json::Value;

use super::{Attribute, Generated, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::codes;
use crate::event::{self, Caller};
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::{Architecture, EventInvokeConfig, Function};
use crate::syntax::{Data, shown};

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::Serverless::Function",
        properties: &[
            "Architectures",
            "AssumeRolePolicyDocument",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "AutoPublishCodeSha256",
            "CapacityProviderConfig",
            "CodeSigningConfigArn",
            "CodeUri",
            "DeadLetterQueue",
            "DeploymentPreference",
            "Description",
            "DurableConfig",
            "Environment",
            "EphemeralStorage",
            "EventInvokeConfig",
            "Events",
            "FileSystemConfigs",
            "FunctionName",
            "FunctionScalingConfig",
            "FunctionUrlConfig",
            "Handler",
            "ImageConfig",
            "ImageUri",
            "InlineCode",
            "KmsKeyArn",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "PackageType",
            "PermissionsBoundary",
            "Policies",
            "PropagateTags",
            "ProvisionedConcurrencyConfig",
            "PublishToLatestPublished",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
            "Role",
            "RolePath",
            "Runtime",
            "RuntimeManagementConfig",
            "SnapStart",
            "SourceKMSKeyArn",
            "Tags",
            "TenancyConfig",
            "Timeout",
            "Tracing",
            "VersionDeletionPolicy",
            "VersionDescription",
            "VpcConfig",
        ],
        name_property: Some("FunctionName"),
        naming: NameRule::Plain(64),
        attributes: &[Attribute::new("Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}")],
        generated: &[
            Generated { part: "Alias", value: "arn:{partition}:lambda:{region}:{account}:function:{name}:{alias}" },
            Generated { part: "Version", value: "arn:{partition}:lambda:{region}:{account}:function:{name}:1" },
        ],
        treatment: Treatment::Run(read),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::Lambda::EventSourceMapping",
        properties: &[
            "AmazonManagedKafkaEventSourceConfig",
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "DocumentDBEventSourceConfig",
            "Enabled",
            "EventSourceArn",
            "FilterCriteria",
            "FunctionName",
            "FunctionResponseTypes",
            "KmsKeyArn",
            "LoggingConfig",
            "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "MetricsConfig",
            "ParallelizationFactor",
            "ProvisionedPollerConfig",
            "Queues",
            "ScalingConfig",
            "SelfManagedEventSource",
            "SelfManagedKafkaEventSourceConfig",
            "SourceAccessConfigurations",
            "StartingPosition",
            "StartingPositionTimestamp",
            "Tags",
            "Topics",
            "TumblingWindowInSeconds",
        ],
        required: &["FunctionName"],
        naming: NameRule::Uuid,
        attributes: &[
            Attribute::new("Id", "{name}"),
            Attribute::new(
                "EventSourceMappingArn",
                "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{name}",
            ),
        ],
        treatment: Treatment::Run(event::sqs::read_resource),
        ..ResourceType::BASE
    },
];

/// Environment variables that Lambda sets itself ("Working with Lambda environment variables": reserved environment
/// variables); a function that sets them can't be deployed.
const RESERVED: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

fn read(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let arn = reader.attribute("Arn");
    let runtime = runtime(reader, &fields);
    let handler = if runtime.is_some() { fields.needed_text("Handler") } else { fields.text("Handler") };
    let code_uri = code_uri(reader, &fields);
    let handler = handler.unwrap_or_default();
    let binary = binary(reader, code_uri.as_deref(), &handler);
    if binary.is_none() && runtime.is_some() {
        reader.problems().add(
            Problem::error(
                codes::BINARY_MISSING,
                reader.resource.place,
                format!("which binary the function `{}` runs can't be told", reader.resource.logical_id),
            )
            .help(
                "add `Metadata` with `BuildMethod: rust-cargolambda` and `BuildProperties: {Binary: <the Cargo binary>}` \
                 beside `Properties`",
            ),
        );
    }
    let environment = fields.map("Environment").map(|map| map.text_map("Variables")).unwrap_or_default();
    check_environment(&fields);
    let caller = Caller::Function { logical_id: reader.resource.logical_id.clone(), arn: arn.clone() };
    let function = Function {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        binary: binary.unwrap_or_default(),
        runtime: runtime.unwrap_or_default(),
        architecture: architecture(&fields),
        memory_mb: fields.integer("MemorySize", 128..=10_240).unwrap_or(128),
        timeout_seconds: fields.integer("Timeout", 1..=900).unwrap_or(3),
        ephemeral_storage_mb: fields
            .map("EphemeralStorage")
            .and_then(|storage| storage.integer("Size", 512..=10_240))
            .unwrap_or(512),
        reserved_concurrency: fields.integer("ReservedConcurrentExecutions", 0..=u32::MAX),
        environment,
        code_uri,
        role_arn: role(reader, &fields),
        policies: policies(&fields),
        tracing: fields.choice("Tracing", &[("Active", true), ("PassThrough", false), ("Disabled", false)])
            == Some(true),
        dead_letter_arn: fields.map("DeadLetterQueue").and_then(|queue| queue.needed_text("TargetArn")),
        event_invoke_config: fields.map("EventInvokeConfig").map(|config| event_invoke_config(&config)),
        alias: fields.text("AutoPublishAlias"),
        events: event::read(reader, &caller, assembly),
        logging: fields.json("LoggingConfig"),
        tags: fields.tags("Tags"),
        metadata: reader.metadata.map(crate::syntax::Node::to_json),
        handler,
        arn,
    };
    assembly.stack.functions.push(function);
}

/// The runtime, when a local run can start the function at all.
fn runtime(reader: &Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let refuse = |place, message: String| {
        reader.problems().add(
            Problem::error(codes::RUNTIME_UNSUPPORTED, place, message)
                .help("a local run starts Rust binaries: functions with `Runtime: provided.al2023`"),
        );
    };
    let id = &reader.resource.logical_id;
    if fields.text("PackageType").as_deref() == Some("Image") || fields.has("ImageUri") {
        refuse(reader.resource.place, format!("the function `{id}` is a container image"));
        return None;
    }
    if let Some(node) = fields.get("InlineCode") {
        refuse(node.place, format!("the function `{id}` has its code in the template"));
        return None;
    }
    let runtime = fields.needed_text("Runtime")?;
    if !runtime.starts_with("provided") {
        let place = fields.get("Runtime").map_or(reader.resource.place, |node| node.place);
        refuse(place, format!("the function `{id}` has the runtime {}", shown(&runtime)));
        return None;
    }
    Some(runtime)
}

/// The directory of the code; code in S3 can't be run.
fn code_uri(reader: &Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let node = fields.get("CodeUri")?;
    let is_object = matches!(node.data, Data::Map(_));
    let uri = if is_object { String::new() } else { fields.text("CodeUri")? };
    if is_object || uri.starts_with("s3://") {
        let message = format!("the code of the function `{}` is in S3", reader.resource.logical_id);
        reader.problems().add(
            Problem::error(codes::RUNTIME_UNSUPPORTED, node.place, message)
                .help("run the template as it is written, not the one that `sam package` makes of it"),
        );
        return None;
    }
    Some(uri)
}

/// The Cargo binary. "Building Rust Lambda functions with Cargo Lambda in AWS SAM": `Binary` tells which one when a
/// package has several; without it the package of `CodeUri` has a single one, named as its directory by convention.
fn binary(reader: &Reader<'_>, code_uri: Option<&str>, handler: &str) -> Option<String> {
    let stated = reader.metadata.and_then(|metadata| metadata.get("BuildProperties")?.get("Binary")?.scalar_text());
    let from_code = || {
        let last = code_uri?.trim_end_matches('/').rsplit('/').next()?;
        (!last.is_empty() && last != "." && last != "..").then(|| last.to_owned())
    };
    let from_handler = || (!handler.is_empty() && handler != "bootstrap").then(|| handler.to_owned());
    stated.filter(|binary| !binary.is_empty()).or_else(from_code).or_else(from_handler)
}

fn architecture(fields: &Fields<'_>) -> Architecture {
    let Some(items) = fields.list("Architectures") else { return Architecture::X86_64 };
    match items.first().and_then(crate::syntax::Node::scalar_text).as_deref() {
        Some("arm64") => Architecture::Arm64,
        Some("x86_64") | None => Architecture::X86_64,
        Some(other) => {
            let message = format!("`Architectures` must hold x86_64 or arm64, not {}", shown(other));
            fields.problems.add(Problem::error(codes::INVALID_VALUE, items[0].place, message));
            Architecture::X86_64
        }
    }
}

fn check_environment(fields: &Fields<'_>) {
    let Some(variables) = fields.map("Environment").and_then(|map| map.map("Variables")) else { return };
    for entry in variables.entries.iter().filter(|entry| RESERVED.contains(&entry.key.as_str())) {
        fields.problems.add(
            Problem::error(
                codes::INVALID_VALUE,
                entry.key_place,
                format!("Lambda sets the environment variable `{}` itself and lets no function set it", entry.key),
            )
            .help("remove it, or give it another name"),
        );
    }
}

fn event_invoke_config(config: &Fields<'_>) -> EventInvokeConfig {
    let destinations = config.map("DestinationConfig");
    let destination = |name| destinations.and_then(|map| map.map(name)).and_then(|map| map.needed_text("Destination"));
    EventInvokeConfig {
        maximum_retry_attempts: config.integer("MaximumRetryAttempts", 0..=2).unwrap_or(2),
        maximum_event_age_seconds: config.integer("MaximumEventAgeInSeconds", 60..=21_600).unwrap_or(21_600),
        on_success: destination("OnSuccess"),
        on_failure: destination("OnFailure"),
    }
}

/// The ARN of the role: the one that is stated, or the one that SAM makes.
pub(super) fn role(reader: &Reader<'_>, fields: &Fields<'_>) -> String {
    if fields.has("Role") {
        return fields.text("Role").unwrap_or_default();
    }
    let generated = format!("{}Role", reader.resource.logical_id);
    reader.evaluator.attribute(&generated, "Arn", reader.resource.place).scalar_text().unwrap_or_default()
}

/// `Policies`, which may be one or a list.
pub(super) fn policies(fields: &Fields<'_>) -> Vec<Value> {
    match fields.json("Policies") {
        None => Vec::new(),
        Some(Value::Array(policies)) => policies,
        Some(policy) => vec![policy],
    }
}
