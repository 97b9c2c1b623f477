//! `Api` and `HttpApi` events: routes.

use super::{Caller, Reading};
use crate::assembly::{Assembly, PendingRoute};
use crate::codes;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::stack::{Authorization, Route, RouteTarget};
use crate::syntax::shown;
use crate::template::{IMPLICIT_HTTP_API, IMPLICIT_REST_API};

const METHODS: &[(&str, &str)] = &[
    ("any", "ANY"),
    ("delete", "DELETE"),
    ("get", "GET"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("patch", "PATCH"),
    ("post", "POST"),
    ("put", "PUT"),
];

pub(super) fn read(reading: &Reading<'_>, is_http: bool, assembly: &mut Assembly<'_>) -> Option<String> {
    let fields = &reading.fields;
    // An HttpApi event without a path takes what no other route takes.
    let catches_all = is_http && !fields.has("Path") && !fields.has("Method");
    let (path, method) = if catches_all {
        ("$default".to_owned(), "ANY".to_owned())
    } else {
        let path = fields.needed_text("Path");
        let method = fields.needed_text("Method").and_then(|method| known_method(fields, &method));
        (path?, method?)
    };
    if !catches_all
        && !path.starts_with('/')
        && let Some(node) = fields.get("Path")
    {
        fields.invalid("Path", node, "a path that begins with `/`");
    }
    let (property, implicit) = if is_http { ("ApiId", IMPLICIT_HTTP_API) } else { ("RestApiId", IMPLICIT_REST_API) };
    let evaluator = reading.reader.evaluator;
    let api = if fields.has(property) {
        fields.text(property)
    } else {
        evaluator.reference(implicit, reading.place).scalar_text()
    };
    let target = match reading.caller {
        Caller::Function { logical_id, arn } => {
            RouteTarget::Function { logical_id: logical_id.clone(), arn: arn.clone() }
        }
        Caller::StateMachine { logical_id, arn } => RouteTarget::StateMachine {
            logical_id: logical_id.clone(),
            arn: arn.clone(),
            unescape: fields.boolean("UnescapeMappingTemplate").unwrap_or(false),
        },
    };
    let formats = &[("1.0", "1.0"), ("2.0", "2.0")];
    let format = fields.choice("PayloadFormatVersion", formats).unwrap_or(if is_http { "2.0" } else { "1.0" });
    let source = format!("{method} {path}");
    let authorization = fields.map("Auth").and_then(|auth| authorizer(&auth, "Authorizer"));
    assembly.routes.push(PendingRoute {
        api: api?,
        place: reading.place,
        authorization,
        route: Route {
            method,
            path,
            target,
            // The API's default takes its place when the route says nothing.
            authorization: authorization.unwrap_or(Authorization::None),
            timeout_millis: fields.integer("TimeoutInMillis", 50..=900_000),
            payload_format_version: format.to_owned(),
            event: reading.name.to_owned(),
            span: assembly.span(reading.place),
        },
    });
    Some(source)
}

fn known_method(fields: &Fields<'_>, method: &str) -> Option<String> {
    // HTTP APIs' own sign for any method.
    let lowercase = if method == "*" { "any".to_owned() } else { method.to_lowercase() };
    let found = METHODS.iter().find(|(name, _)| *name == lowercase).map(|(_, method)| (*method).to_owned());
    if found.is_none()
        && let Some(node) = fields.get("Method")
    {
        let all: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        fields.invalid("Method", node, format_args!("one of {}", all.join(", ")));
    }
    found
}

/// What the authorizer of an `Auth` map asks for; none when it names none, or one that can't be checked here.
pub(crate) fn authorizer(auth: &Fields<'_>, property: &str) -> Option<Authorization> {
    match auth.text(property)?.as_str() {
        "AWS_IAM" => Some(Authorization::AwsIam),
        "NONE" => Some(Authorization::None),
        other => {
            if let Some(node) = auth.get(property) {
                let message = format!("a local run can't check the authorizer {}", shown(other));
                auth.problems.add(
                    Problem::error(codes::AUTHORIZER_UNSUPPORTED, node.place, message)
                        .help("AWS_IAM and NONE can be checked; put another one behind a condition"),
                );
            }
            None
        }
    }
}
