//! The `Globals` section of SAM: what all functions, APIs and tables have in common.

use std::collections::HashMap;

use super::Resource;
use super::resource::Ignored;
use crate::codes;
use crate::expression::{Compiler, Expression, Form, Pair};
use crate::problem::Problem;
use crate::syntax::{Data, Node};

/// Each section with the properties it may hold ("Globals section of the AWS SAM template"; the list is that of
/// aws-sam-translator 1.115).
const SUPPORTED: &[(&str, &[&str])] = &[
    (
        "Function",
        &[
            "Architectures",
            "AssumeRolePolicyDocument",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
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
            "FileSystemConfigs",
            "FunctionScalingConfig",
            "FunctionUrlConfig",
            "Handler",
            "KmsKeyArn",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "PermissionsBoundary",
            "PropagateTags",
            "ProvisionedConcurrencyConfig",
            "PublishToLatestPublished",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
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
            "VpcConfig",
        ],
    ),
    (
        "Api",
        &[
            "AccessLogSetting",
            "AlwaysDeploy",
            "Auth",
            "BinaryMediaTypes",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CanarySetting",
            "Cors",
            "DefinitionUri",
            "Domain",
            "EndpointAccessMode",
            "EndpointConfiguration",
            "GatewayResponses",
            "MergeDefinitions",
            "MethodSettings",
            "MinimumCompressionSize",
            "Name",
            "OpenApiVersion",
            "PropagateTags",
            "SecurityPolicy",
            "TracingEnabled",
            "Variables",
        ],
    ),
    (
        "HttpApi",
        &[
            "AccessLogSettings",
            "Auth",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "FailOnWarnings",
            "PropagateTags",
            "RouteSettings",
            "StageVariables",
            "Tags",
        ],
    ),
    ("SimpleTable", &["SSESpecification"]),
    ("StateMachine", &["PropagateTags"]),
    ("LayerVersion", &["PublishLambdaVersion"]),
];

/// The sections for resources that a local run doesn't know; they are accepted and not looked into.
const FOREIGN: &[&str] = &["CapacityProvider", "MicroVMImage", "NetworkConnector", "WebSocketApi"];

/// The section's properties by the type they are for.
#[derive(Default)]
pub(crate) struct Globals {
    sections: Vec<(String, Expression)>,
}

impl Globals {
    pub(super) fn read(compiler: &Compiler<'_>, section: Option<&Node>) -> Self {
        let Some(section) = section else { return Self::default() };
        let mut sections = Vec::new();
        for entry in section.entries() {
            let name = entry.key.as_str();
            let Some((_, properties)) = SUPPORTED.iter().find(|(supported, _)| *supported == name) else {
                if !FOREIGN.contains(&name) {
                    let names = SUPPORTED.iter().map(|(name, _)| *name);
                    let help = compiler.problems.closest(name, names.clone()).map_or_else(
                        || format!("it has {}", names.collect::<Vec<_>>().join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("`Globals` has no section `{name}`");
                    compiler.problems.add(Problem::error(codes::GLOBALS, entry.key_place, message).help(help));
                }
                continue;
            };
            if !matches!(entry.value.data, Data::Map(_) | Data::Unresolved) {
                let message = format!("`{name}` of Globals must be a map, not {}", entry.value.description());
                compiler.error(codes::WRONG_TYPE, entry.value.place, message);
                continue;
            }
            for property in entry.value.entries() {
                if !properties.contains(&property.key.as_str()) {
                    let near = compiler.problems.closest(&property.key, properties.iter().copied());
                    let help = near
                        .map_or_else(|| "set it on each resource".to_owned(), |near| format!("did you mean `{near}`?"));
                    let message = format!("`{}` can't be set for all {name} resources by Globals", property.key);
                    compiler.problems.add(Problem::error(codes::GLOBALS, property.key_place, message).help(help));
                }
            }
            sections.push((format!("AWS::Serverless::{name}"), compiler.compile(&entry.value)));
        }
        Self { sections }
    }

    /// What is set for the type of a resource; none when nothing is, or when the resource ignores it.
    pub(super) fn of<'g>(&'g self, resource: &'g Resource) -> Option<Section<'g>> {
        let (_, properties) = self.sections.iter().find(|(name, _)| *name == resource.type_name)?;
        match &resource.ignored_globals {
            Ignored::All => None,
            Ignored::Some(ignored) => Some(Section { properties, ignored }),
        }
    }
}

/// What Globals set for one resource.
pub(super) struct Section<'g> {
    properties: &'g Expression,
    ignored: &'g [String],
}

impl<'g> Section<'g> {
    fn pairs(&self) -> impl Iterator<Item = &'g Pair> {
        let ignored = self.ignored;
        self.properties.pairs().iter().filter(move |pair| !ignored.contains(&pair.key))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'g Expression> {
        self.pairs().find(|pair| pair.key == name).map(|pair| &pair.value)
    }

    /// A resource's properties with these merged into them.
    pub(super) fn merged_into(&self, resource: &Resource) -> Expression {
        let own = &resource.properties;
        let mut pairs: Vec<Pair> = Vec::new();
        for global in self.pairs() {
            let value = match own.get(&global.key) {
                None => global.value.clone(),
                // SAM replaces this list instead of appending to it.
                Some(own) if global.key == "Architectures" => own.clone(),
                Some(own) => merge(&global.value, own),
            };
            pairs.push(Pair { value, ..global.clone() });
        }
        let is_global = |key: &str| self.get(key).is_some();
        pairs.extend(own.pairs().iter().filter(|pair| !is_global(&pair.key)).cloned());
        Expression::new(own.place, Form::Map(pairs))
    }
}

/// SAM's rule: maps merge key by key, lists append, and of anything else (a function's call included) the resource's own
/// value wins.
fn merge(global: &Expression, own: &Expression) -> Expression {
    let form = match (&global.form, &own.form) {
        (Form::Map(globals), Form::Map(owns)) => {
            let mut left: HashMap<&str, &Pair> = owns.iter().map(|pair| (pair.key.as_str(), pair)).collect();
            let merged = globals.iter().map(|global| match left.remove(global.key.as_str()) {
                Some(own) => Pair { value: merge(&global.value, &own.value), ..own.clone() },
                None => global.clone(),
            });
            let mut pairs: Vec<Pair> = merged.collect();
            pairs.extend(owns.iter().filter(|pair| left.contains_key(pair.key.as_str())).cloned());
            Form::Map(pairs)
        }
        (Form::List(globals), Form::List(owns)) => Form::List(globals.iter().chain(owns).cloned().collect()),
        _ => return own.clone(),
    };
    Expression::new(own.place, form)
}
