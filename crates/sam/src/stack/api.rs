//! APIs and their routes.

use serde::Serialize;

use super::Span;

/// An API of API Gateway.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Api {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands, or that of the first function that uses it when SAM makes it.
    #[serde(skip)]
    pub span: Span,
    /// REST or HTTP.
    pub protocol: ApiProtocol,
    /// Its id, which AWS would draw.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its stage: `StageName`, `Prod` for the REST API that SAM makes, `$default` for HTTP APIs.
    pub stage: String,
    /// The URL of its stage: `<endpoint>/_aws/execute-api/<id>/<stage>`, or that of AWS without an endpoint.
    pub url: String,
    /// Whether SAM makes it for events that name no API.
    pub implicit: bool,
    /// What a route asks for that says nothing itself.
    pub default_authorization: Authorization,
    /// Media types that are passed on as bytes.
    pub binary_media_types: Vec<String>,
    /// Whether browsers of other origins may call it.
    pub cors: bool,
    /// Its routes, in the order of the functions and state machines that answer them.
    pub routes: Vec<Route>,
}

/// A kind of API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ApiProtocol {
    /// A REST API (API Gateway v1).
    Rest,
    /// An HTTP API (API Gateway v2).
    Http,
}

/// What a caller must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Authorization {
    /// Nothing.
    None,
    /// A request with a signature of version 4.
    AwsIam,
}

/// One route of an API.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    /// `GET`, `POST`, …, or `ANY`.
    pub method: String,
    /// The path, such as `/orders/{id}` or `/{proxy+}`; `$default` takes what no other route of an HTTP API takes.
    pub path: String,
    /// What answers it.
    pub target: RouteTarget,
    /// What a caller must show.
    pub authorization: Authorization,
    /// How long the answer may take, milliseconds; none is API Gateway's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_millis: Option<u32>,
    /// The event's format: `1.0` for REST APIs, `2.0` for HTTP APIs unless stated.
    pub payload_format_version: String,
    /// The name of the event that asks for the route.
    pub event: String,
    /// Where that name stands.
    #[serde(skip)]
    pub span: Span,
}

/// What answers a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum RouteTarget {
    /// A function gets the request as its event.
    Function {
        /// Its logical id.
        logical_id: String,
        /// Its ARN.
        arn: String,
    },
    /// `StartExecution` of a state machine, with the request's body as input.
    StateMachine {
        /// Its logical id.
        logical_id: String,
        /// Its ARN.
        arn: String,
        /// `UnescapeMappingTemplate`: whether escaped single quotes in the body are unescaped.
        unescape: bool,
    },
}
