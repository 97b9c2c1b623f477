//! `AWS::DynamoDB::Table` and `AWS::Serverless::SimpleTable`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Attribute, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::codes;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::Table;
use crate::syntax::Node;

const ARN: &str = "arn:{partition}:dynamodb:{region}:{account}:table/{name}";

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::DynamoDB::Table",
        properties: &[
            "AttributeDefinitions",
            "BillingMode",
            "ContributorInsightsSpecification",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "ImportSourceSpecification",
            "KeySchema",
            "KinesisStreamSpecification",
            "LocalSecondaryIndexes",
            "OnDemandThroughput",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "ResourcePolicy",
            "SSESpecification",
            "StreamSpecification",
            "TableClass",
            "TableName",
            "Tags",
            "TimeToLiveSpecification",
            "VectorIndexes",
            "WarmThroughput",
        ],
        required: &["KeySchema"],
        name_property: Some("TableName"),
        attributes: &[
            Attribute::new("Arn", ARN),
            Attribute {
                name: "StreamArn",
                // AWS labels a stream by the time of its creation.
                value: "arn:{partition}:dynamodb:{region}:{account}:table/{name}/stream/1970-01-01T00:00:00.000",
                needs: Some("StreamSpecification"),
            },
        ],
        treatment: Treatment::Run(read_table),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::Serverless::SimpleTable",
        properties: &[
            "PointInTimeRecoverySpecification",
            "PrimaryKey",
            "ProvisionedThroughput",
            "SSESpecification",
            "TableName",
            "Tags",
        ],
        name_property: Some("TableName"),
        naming: NameRule::Plain(255),
        attributes: &[Attribute::new("Arn", ARN)],
        treatment: Treatment::Run(read_simple_table),
        ..ResourceType::BASE
    },
];

fn read_table(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let mut request = Map::new();
    request.insert("TableName".into(), reader.identity.name.clone().into());
    // These have the same form in the template and in the request.
    for name in [
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "ProvisionedThroughput",
        "OnDemandThroughput",
        "WarmThroughput",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "TableClass",
    ] {
        if let Some(value) = fields.json(name) {
            request.insert(name.into(), typed(value));
        }
    }
    if let Some(protected) = fields.boolean("DeletionProtectionEnabled") {
        request.insert("DeletionProtectionEnabled".into(), protected.into());
    }
    for index in request.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(index) = index.as_object_mut() {
            // CloudFormation sets it by a call of its own.
            index.shift_remove("ContributorInsightsSpecification");
        }
    }
    if let Some(stream) = fields.map("StreamSpecification")
        && let Some(view) = stream.needed_text("StreamViewType")
    {
        request.insert("StreamSpecification".into(), json!({"StreamEnabled": true, "StreamViewType": view}));
    }
    insert_encryption(&fields, &mut request);
    insert_tags(&fields, &mut request);
    check(reader, &fields, &request);
    push(reader, assembly, &fields, request);
}

fn read_simple_table(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    const TYPES: &[(&str, &str)] = &[("String", "S"), ("Number", "N"), ("Binary", "B")];
    let fields = reader.fields();
    // "AWS::Serverless::SimpleTable": a key `id` of type String, and on-demand billing, unless stated.
    let (mut key, mut kind) = ("id".to_owned(), "S");
    if let Some(primary) = fields.map("PrimaryKey") {
        key = primary.needed_text("Name").unwrap_or(key);
        if primary.needed_text("Type").is_some() {
            kind = primary.choice("Type", TYPES).unwrap_or(kind);
        }
    }
    let mut request = Map::new();
    request.insert("TableName".into(), reader.identity.name.clone().into());
    request.insert("AttributeDefinitions".into(), json!([{"AttributeName": key, "AttributeType": kind}]));
    request.insert("KeySchema".into(), json!([{"AttributeName": key, "KeyType": "HASH"}]));
    match fields.json("ProvisionedThroughput") {
        Some(throughput) => {
            request.insert("ProvisionedThroughput".into(), typed(throughput));
        }
        None => {
            request.insert("BillingMode".into(), "PAY_PER_REQUEST".into());
        }
    }
    insert_encryption(&fields, &mut request);
    insert_tags(&fields, &mut request);
    push(reader, assembly, &fields, request);
}

fn push(reader: &Reader<'_>, assembly: &mut Assembly<'_>, fields: &Fields<'_>, request: Map<String, Value>) {
    let table = Table {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        arn: reader.attribute("Arn"),
        create_table: Value::Object(request),
        time_to_live: fields.map("TimeToLiveSpecification").and_then(|specification| {
            let enabled = specification.boolean("Enabled")?;
            let attribute = specification.text("AttributeName")?;
            Some(json!({"Enabled": enabled, "AttributeName": attribute}))
        }),
        point_in_time_recovery: fields
            .map("PointInTimeRecoverySpecification")
            .and_then(|specification| specification.boolean("PointInTimeRecoveryEnabled"))
            .unwrap_or(false),
    };
    assembly.stack.tables.push(table);
}

/// The template says `SSEEnabled` where the request says `Enabled`.
fn insert_encryption(fields: &Fields<'_>, request: &mut Map<String, Value>) {
    let Some(specification) = fields.map("SSESpecification") else { return };
    let mut encryption = Map::new();
    if let Some(enabled) = specification.boolean("SSEEnabled") {
        encryption.insert("Enabled".into(), enabled.into());
    }
    for name in ["SSEType", "KMSMasterKeyId"] {
        if let Some(text) = specification.text(name) {
            encryption.insert(name.into(), text.into());
        }
    }
    request.insert("SSESpecification".into(), Value::Object(encryption));
}

fn insert_tags(fields: &Fields<'_>, request: &mut Map<String, Value>) {
    let tags = fields.tags("Tags");
    if !tags.is_empty() {
        let tags = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
        request.insert("Tags".into(), tags.collect());
    }
}

/// CloudFormation takes numbers as text; DynamoDB doesn't.
fn typed(value: Value) -> Value {
    const NUMBERS: &[&str] = &[
        "MaxReadRequestUnits",
        "MaxWriteRequestUnits",
        "ReadCapacityUnits",
        "ReadUnitsPerSecond",
        "WriteCapacityUnits",
        "WriteUnitsPerSecond",
    ];
    match value {
        Value::Object(map) => {
            let typed = map.into_iter().map(|(key, value)| {
                let value = match &value {
                    Value::String(text) if NUMBERS.contains(&key.as_str()) => {
                        text.parse::<u64>().map_or_else(|_| value.clone(), Value::from)
                    }
                    _ => typed(value),
                };
                (key, value)
            });
            Value::Object(typed.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(typed).collect()),
        other => other,
    }
}

/// Reports what DynamoDB would refuse in every template: keys without a definition, definitions without a key, and
/// provisioned billing without a throughput.
fn check(reader: &Reader<'_>, fields: &Fields<'_>, request: &Map<String, Value>) {
    let names = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(|item| item.get("AttributeName")?.as_str().map(str::to_owned)).collect()
    };
    let mut keys: BTreeSet<String> = request.get("KeySchema").map(names).into_iter().flatten().collect();
    for indexes in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        for index in request.get(indexes).and_then(Value::as_array).into_iter().flatten() {
            keys.extend(index.get("KeySchema").map(names).into_iter().flatten());
        }
    }
    let defined: BTreeSet<String> = request.get("AttributeDefinitions").map(names).into_iter().flatten().collect();
    let place = |name| fields.get(name).map_or(reader.resource.place, |node: &Node| node.place);
    let unresolved = |name| fields.get(name).is_some_and(Node::has_unresolved);
    let is_sound = !["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .into_iter()
        .any(unresolved);
    if is_sound && fields.has("KeySchema") {
        for key in keys.difference(&defined) {
            let message = format!("the key attribute `{key}` isn't in `AttributeDefinitions`");
            reader.problems().add(
                Problem::error(codes::INVALID_VALUE, place("KeySchema"), message)
                    .help(format!("add `{{AttributeName: {key}, AttributeType: S}}`, or N or B")),
            );
        }
        for attribute in defined.difference(&keys) {
            let message = format!("`AttributeDefinitions` defines `{attribute}`, which is in no key");
            reader.problems().add(
                Problem::error(codes::INVALID_VALUE, place("AttributeDefinitions"), message)
                    .help("define only the attributes of the table's and its indexes' keys"),
            );
        }
    }
    let on_demand = request.get("BillingMode").and_then(Value::as_str) == Some("PAY_PER_REQUEST");
    if !on_demand && !fields.has("ProvisionedThroughput") && !unresolved("BillingMode") {
        reader.problems().add(
            Problem::error(
                codes::MISSING_PROPERTY,
                reader.resource.place,
                "a table with provisioned billing, the default, needs the property `ProvisionedThroughput`",
            )
            .help("add it, or `BillingMode: PAY_PER_REQUEST`"),
        );
    }
}
