//! `AWS::Serverless::Api` and `AWS::Serverless::HttpApi`.

use super::{Attribute, Generated, NameRule, Reader, ResourceType, Treatment};
use crate::assembly::Assembly;
use crate::codes;
use crate::event::api::authorizer;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::{Api, ApiProtocol, Authorization};

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::Serverless::Api",
        properties: &[
            "AccessLogSetting",
            "AlwaysDeploy",
            "ApiKeySourceType",
            "Auth",
            "BinaryMediaTypes",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CanarySetting",
            "Cors",
            "DefinitionBody",
            "DefinitionUri",
            "Description",
            "DisableExecuteApiEndpoint",
            "Domain",
            "EndpointAccessMode",
            "EndpointConfiguration",
            "FailOnWarnings",
            "GatewayResponses",
            "MergeDefinitions",
            "MethodSettings",
            "MinimumCompressionSize",
            "Mode",
            "Models",
            "Name",
            "OpenApiVersion",
            "Policy",
            "PropagateTags",
            "SecurityPolicy",
            "StageName",
            "Tags",
            "TracingEnabled",
            "Variables",
        ],
        required: &["StageName"],
        reference: "{id}",
        attributes: &[Attribute::new("RestApiId", "{id}"), Attribute::new("RootResourceId", "{root}")],
        generated: &[Generated { part: "Stage", value: "{stage}" }, Generated { part: "Deployment", value: "{root}" }],
        treatment: Treatment::Run(read_rest),
        ..ResourceType::BASE
    },
    ResourceType {
        name: "AWS::Serverless::HttpApi",
        properties: &[
            "AccessLogSettings",
            "Auth",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "DefinitionBody",
            "DefinitionUri",
            "Description",
            "DisableExecuteApiEndpoint",
            "Domain",
            "FailOnWarnings",
            "Name",
            "PropagateTags",
            "RouteSettings",
            "StageName",
            "StageVariables",
            "Tags",
        ],
        reference: "{id}",
        attributes: &[
            Attribute::new("ApiEndpoint", "https://{id}.execute-api.{region}.{suffix}"),
            Attribute::new("ApiId", "{id}"),
        ],
        generated: &[Generated { part: "Stage", value: "{stage}" }],
        treatment: Treatment::Run(read_http),
        ..ResourceType::BASE
    },
    // A stage is a part of its API here; SAM makes it, and templates refer to it in alarms and usage plans.
    ResourceType {
        name: "AWS::ApiGateway::Stage",
        name_property: Some("StageName"),
        naming: NameRule::Plain(128),
        treatment: Treatment::NotEmulated,
        ..ResourceType::BASE
    },
];

fn read_rest(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let stage = fields.text("StageName").unwrap_or_default();
    // API Gateway has `~1` for the slash in them.
    let media_types = fields.texts("BinaryMediaTypes");
    let api = Api {
        binary_media_types: media_types.iter().map(|media_type| media_type.replace("~1", "/")).collect(),
        ..common(reader, assembly, ApiProtocol::Rest, stage)
    };
    assembly.stack.apis.push(Api { cors: fields.has("Cors"), ..api });
}

fn read_http(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let stage = fields.text("StageName").unwrap_or_else(|| "$default".to_owned());
    let cors = fields.get("CorsConfiguration").is_some_and(|node| node.scalar_text().as_deref() != Some("false"));
    let api = Api { cors, ..common(reader, assembly, ApiProtocol::Http, stage) };
    assembly.stack.apis.push(api);
}

fn common(reader: &Reader<'_>, assembly: &Assembly<'_>, protocol: ApiProtocol, stage: String) -> Api {
    let fields = reader.fields();
    for name in ["DefinitionBody", "DefinitionUri"] {
        if let Some(node) = fields.get(name) {
            reader.problems().add(
                Problem::warning(
                    codes::OPENAPI_NOT_READ,
                    node.place,
                    format!("a local run doesn't read `{name}`: it serves the routes that functions' events ask for"),
                )
                .help("give the functions `Events` of the type Api or HttpApi"),
            );
        }
    }
    let settings = reader.evaluator.settings;
    let id = reader.identity.reference.clone();
    Api {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        protocol,
        name: name(reader, &fields),
        url: settings.api_url(&id, &stage),
        id,
        stage,
        implicit: reader.resource.owner.is_some(),
        default_authorization: default_authorization(&fields),
        binary_media_types: Vec::new(),
        cors: false,
        routes: Vec::new(),
    }
}

/// SAM names an API as the stack, when the template doesn't name it.
fn name(reader: &Reader<'_>, fields: &Fields<'_>) -> String {
    fields.text("Name").unwrap_or_else(|| reader.evaluator.settings.stack_name.clone())
}

fn default_authorization(fields: &Fields<'_>) -> Authorization {
    let Some(auth) = fields.map("Auth") else { return Authorization::None };
    if auth.boolean("ApiKeyRequired") == Some(true)
        && let Some(node) = auth.get("ApiKeyRequired")
    {
        let message = "a local run doesn't check API keys: it answers requests without one";
        fields.problems.add(Problem::warning(codes::AUTHORIZER_UNSUPPORTED, node.place, message));
    }
    authorizer(&auth, "DefaultAuthorizer").unwrap_or(Authorization::None)
}
