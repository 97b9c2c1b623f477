//! API Gateway: REST APIs whose routes call functions (`AWS_PROXY` integrations).

mod caller;
mod event;
mod reply;
mod signature;
mod template;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use tokio_util::task::TaskTracker;

use crate::error::Error;
use crate::functions::{FunctionSlot, FunctionsError, Origin};
use crate::place::Place;
use crate::service::{http_date, new_request_id};
pub use caller::Caller;
use event::Given;
pub(crate) use reply::Refusal;
use template::Template;

/// The largest request body, in bytes (quota "Payload size").
pub(crate) const MAX_BODY: usize = 10 * 1024 * 1024;
/// The longest that a function may take (quota "Integration timeout").
const TIMEOUT: Duration = Duration::from_secs(29);

/// A route of a REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSpec {
    /// Identifier of the API, letters and digits.
    pub api_id: String,
    /// Name of the stage, like `Prod`.
    pub stage: String,
    /// `GET`, `POST`, … or `ANY`.
    pub method: String,
    /// Path template, like `/approval/{token+}`.
    pub path: String,
    /// Name or ARN of the function that answers.
    pub function: String,
    /// Whether callers must sign (`AWS_IAM`). Any well-formed signature for `execute-api` and the region will do.
    pub iam: bool,
}

/// A request to a REST API.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    /// Identifier of the API.
    pub api_id: String,
    /// Name of the stage.
    pub stage: String,
    /// HTTP method.
    pub method: Method,
    /// The path after the stage as sent, beginning with a slash, percent-encoded.
    pub path: String,
    /// The query string as sent, without the question mark; empty when there is none.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The body, at most 10 MB.
    pub body: Bytes,
    /// Whether the caller is known to have signed the request, as a service in this process is. Else the route that wants
    /// a signature looks for one in the headers and the query string.
    pub signed: bool,
    /// Who has signed the request when it is known to be signed; `None` stands for the account's root. The function of a
    /// route that wants a signature sees it.
    pub caller: Option<Caller>,
    /// Where the request is from.
    pub source_ip: IpAddr,
}

/// The identifier in the host of an API: `<api>.execute-api.<region>.amazonaws.com`, or ending in `localhost`, with or
/// without region and port. It is what the parameter `ApiEndpoint` of `apigateway:invoke` holds.
pub fn api_id_of_host(host: &str) -> Option<&str> {
    let host = host.split(':').next()?;
    let (api_id, rest) = host.split_once('.')?;
    let rest = rest.strip_prefix("execute-api.")?;
    let known = rest == "localhost" || rest.ends_with(".localhost") || rest.ends_with(".amazonaws.com");
    (known && !api_id.is_empty()).then_some(api_id)
}

impl ApiRequest {
    /// An unsigned request of this machine without query, headers and body.
    pub fn new(api_id: impl Into<String>, stage: impl Into<String>, method: Method, path: impl Into<String>) -> Self {
        Self {
            api_id: api_id.into(),
            stage: stage.into(),
            method,
            path: path.into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            signed: false,
            caller: None,
            source_ip: Ipv4Addr::LOCALHOST.into(),
        }
    }
}

/// The response of a REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers, with those of the gateway (`x-amzn-requestid`, `x-amz-apigw-id`, `date`, …).
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A route, ready to be matched.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) template: Template,
    pub(crate) resource_id: String,
    /// By HTTP method or `ANY`: the function, and whether callers must sign.
    methods: BTreeMap<String, (String, bool)>,
}

/// The service.
pub(crate) struct ApiGateway {
    place: Place,
    endpoint: String,
    /// By API and stage, the routes in order of preference.
    apis: RwLock<BTreeMap<(String, String), Vec<Route>>>,
    functions: Arc<FunctionSlot>,
    tracker: TaskTracker,
}

impl ApiGateway {
    pub(crate) fn new(place: Place, endpoint: String, functions: Arc<FunctionSlot>, tracker: TaskTracker) -> Self {
        Self { place, endpoint, apis: RwLock::default(), functions, tracker }
    }

    /// Adds a route, or finds it. Returns the URL that its template stands for.
    pub(crate) fn add(&self, spec: &RouteSpec) -> Result<String, Error> {
        let resource = || format!("route {} {} of API {}", spec.method, spec.path, spec.api_id);
        let refuse = |reason: String| Error::Invalid { resource: resource(), reason };
        for (what, name) in [("API identifier", &spec.api_id), ("stage", &spec.stage)] {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
                return Err(refuse(format!("the {what} \"{name}\" must be made of letters, digits, _ and -")));
            }
        }
        let known = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
        if !known.contains(&spec.method.as_str()) {
            return Err(refuse(format!("the method must be one of {}", known.join(", "))));
        }
        let template = Template::parse(&spec.path).map_err(refuse)?;
        let mut apis = self.apis.write().unwrap_or_else(PoisonError::into_inner);
        let routes = apis.entry((spec.api_id.clone(), spec.stage.clone())).or_default();
        let integration = (spec.function.clone(), spec.iam);
        if let Some(route) = routes.iter_mut().find(|route| route.template == template) {
            let existing = route.methods.entry(spec.method.clone()).or_insert_with(|| integration.clone());
            if *existing != integration {
                return Err(Error::Conflict {
                    resource: resource(),
                    difference: "function or authorisation".to_owned(),
                    cure: "give one of the two another path or method",
                });
            }
        } else {
            let resource_id = format!("r{}", routes.len());
            let methods = BTreeMap::from([(spec.method.clone(), integration)]);
            routes.push(Route { template, resource_id, methods });
            routes.sort_by(|a, b| a.template.preference(&b.template));
        }
        Ok(format!("{}/_aws/execute-api/{}/{}{}", self.endpoint, spec.api_id, spec.stage, spec.path))
    }

    /// Answers a request.
    pub(crate) async fn invoke(&self, request: ApiRequest) -> ApiResponse {
        let at = Timestamp::now();
        let given = Given { request_id: new_request_id(), trace_id: event::trace_id(&request.headers, at), at };
        let mut response = match self.run(&request, &given).await {
            Ok(response) => response,
            Err(refusal) => refusal.response(),
        };
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers.insert(HeaderName::from_static(name), value);
            }
        };
        add("x-amzn-requestid", &given.request_id);
        add("x-amz-apigw-id", &event::extended(&given.request_id));
        add("x-amzn-trace-id", &given.trace_id);
        add("date", &http_date());
        response
    }

    async fn run(&self, request: &ApiRequest, given: &Given) -> Result<ApiResponse, Refusal> {
        let (route, parameters) = self.find(request)?;
        let method = route.methods.get(request.method.as_str()).or_else(|| route.methods.get("ANY"));
        let (function, iam) = method.ok_or(Refusal::MissingAuthenticationToken)?;
        let caller = if *iam { Some(self.caller(request)?) } else { None };
        if request.body.len() > MAX_BODY {
            return Err(Refusal::TooLong);
        }
        let parameters: Vec<(&str, String)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let event = event::event(request, &route, &parameters, caller.as_ref(), given, &self.place);
        let origin = Origin::ApiGateway { api_id: request.api_id.clone(), stage: request.stage.clone() };
        let (functions, name) = (Arc::clone(&self.functions), function.clone());
        // A function goes on after the gateway has given up on it.
        let running = self.tracker.spawn(async move { functions.invoke(&name, event.into(), origin).await });
        let reply = match tokio::time::timeout(TIMEOUT, running).await {
            Err(_) => return Err(Refusal::TimedOut),
            Ok(Err(panic)) => {
                tracing::error!(function, %panic, "the function host panicked");
                return Err(Refusal::Internal);
            }
            Ok(Ok(Err(error))) => {
                tracing::warn!(function, %error, "a route's function could not be run");
                return Err(if matches!(error, FunctionsError::PayloadTooLarge(_)) {
                    Refusal::TooLong
                } else {
                    Refusal::Internal
                });
            }
            Ok(Ok(Ok(reply))) => reply,
        };
        if let Some(kind) = reply.function_error {
            tracing::warn!(function, kind, answer = %String::from_utf8_lossy(&reply.payload), "a route's function failed");
            return Err(Refusal::BadGateway);
        }
        reply::from_function(&reply.payload).ok_or_else(|| {
            tracing::warn!(function, answer = %String::from_utf8_lossy(&reply.payload), "Malformed Lambda proxy response");
            Refusal::BadGateway
        })
    }

    /// Who calls a route that wants a signature.
    fn caller(&self, request: &ApiRequest) -> Result<Caller, Refusal> {
        match &request.caller {
            Some(caller) if request.signed => Ok(caller.clone()),
            None if request.signed => Ok(Caller::root(&self.place, "local")),
            _ => signature::access_key(request, &self.place.region).map(|key| Caller::root(&self.place, &key)),
        }
    }

    fn find(&self, request: &ApiRequest) -> Result<(Route, Vec<(String, String)>), Refusal> {
        let apis = self.apis.read().unwrap_or_else(PoisonError::into_inner);
        let routes = apis.get(&(request.api_id.clone(), request.stage.clone())).ok_or(Refusal::Forbidden)?;
        let found = routes.iter().find_map(|route| Some((route, route.template.matches(&request.path)?)));
        let (route, parameters) = found.ok_or(Refusal::MissingAuthenticationToken)?;
        Ok((route.clone(), parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }
}

#[cfg(test)]
mod tests;
