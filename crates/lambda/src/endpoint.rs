//! Hands invocations to a server that speaks Lambda's `Invoke` operation, such as `cargo lambda watch`.
//!
//! `cargo lambda watch` (tried with 1.9.2) differs from AWS: a function's error is HTTP 500 with the error object and
//! without `X-Amz-Function-Error`; an unknown function is 404 `{"title","detail"}`; it knows no timeout, so that one is
//! kept here, and tells the function a deadline that is none; it passes on neither client context nor trace ID; and a
//! function that has crashed is not started again until its code changes. Servers that keep to AWS's form, such as `sam
//! local start-lambda`, are understood as well.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header::CONTENT_TYPE, header::HeaderValue};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    FunctionErrorKind, FunctionSpec, HostError, Invocation, InvokeContext, InvokeError, Location, ThrottleReason,
    fault,
    invocation::{billed, check_client_context, check_payload},
    limits::MAX_RESPONSE_BYTES,
    name::FunctionName,
};

/// How long a function may take to answer for the first time: `cargo lambda watch` compiles it then.
const FIRST_ANSWER_LIMIT: Duration = Duration::from_mins(15);

/// A server that runs functions. Clones share its connections.
#[derive(Clone)]
pub struct Endpoint {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    location: Location,
    functions: HashMap<String, Function>,
    client: Client<HttpConnector, Full<Bytes>>,
}

struct Function {
    spec: Arc<FunctionSpec>,
    uri: Uri,
    /// Once it has answered, it is compiled, and its own timeout holds.
    answered: AtomicBool,
}

/// An error object, whoever wrote it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorObject {
    error_type: Option<String>,
    error_message: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    #[serde(rename = "Reason")]
    reason: Option<String>,
}

impl Endpoint {
    /// An endpoint at `http://HOST:PORT`, for these functions. The server knows each by the file name of its binary,
    /// which is the name that `cargo lambda watch` uses; the binary need not exist. Nothing is sent yet.
    ///
    /// # Errors
    /// If the address is not of that form, or Lambda would refuse a function's configuration.
    pub fn new(
        url: &str,
        functions: impl IntoIterator<Item = FunctionSpec>,
        location: Location,
    ) -> Result<Self, HostError> {
        let wrong = || HostError::Endpoint { url: url.to_owned() };
        let base: Uri = url.parse().map_err(|_| wrong())?;
        if base.scheme_str() != Some("http") || base.authority().is_none() || base.path() != "/" {
            return Err(wrong());
        }
        let base = url.trim_end_matches('/');
        let mut known = HashMap::new();
        for spec in functions {
            spec.check()?;
            let name = spec.binary.file_name().and_then(|name| name.to_str()).unwrap_or(&spec.name);
            let uri = format!("{base}/2015-03-31/functions/{name}/invocations").parse().map_err(|_| wrong())?;
            let (name, spec) = (spec.name.clone(), Arc::new(spec));
            known.insert(name, Function { spec, uri, answered: AtomicBool::new(false) });
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let shared = Shared { url: base.to_owned(), location, functions: known, client };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The configuration of every function, in no order.
    pub fn functions(&self) -> Vec<Arc<FunctionSpec>> {
        self.shared.functions.values().map(|function| Arc::clone(&function.spec)).collect()
    }

    /// The configuration of the function that `function` means: see [`Host::find`](crate::Host::find).
    ///
    /// # Errors
    /// [`InvokeError::ResourceNotFound`].
    pub fn find(&self, function: &str) -> Result<(Arc<FunctionSpec>, String), InvokeError> {
        let name = FunctionName::parse(function);
        let spec = self.shared.functions.get(name.name).map(|function| &function.spec);
        let arn = name.resolve(spec.map(|spec| &**spec), &self.shared.location)?;
        Ok((Arc::clone(spec.expect("a name resolves only to a function that was found")), arn))
    }

    /// Invokes a function, named as for [`Host::invoke`](crate::Host::invoke), and waits for its answer.
    ///
    /// The function's timeout is watched here, from its second answer on: the first one waits for the compiler. After
    /// a timeout the server is left to itself, and the function may still be running.
    ///
    /// # Errors
    /// If the function was not reached.
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        context: InvokeContext,
    ) -> Result<Invocation, InvokeError> {
        let name = FunctionName::parse(function);
        let function = self.shared.functions.get(name.name);
        let arn = name.resolve(function.map(|function| &*function.spec), &self.shared.location)?;
        let function = function.expect("a name resolves only to a function that was found");
        let payload = check_payload(payload)?;
        let request = request(&function.uri, payload, &context)?;

        let started = Instant::now();
        let limit = if function.answered.load(Ordering::Relaxed) { function.spec.timeout } else { FIRST_ANSWER_LIMIT };
        let exchange = tokio::time::timeout(limit, self.exchange(request));
        let Ok(answer) = exchange.await else {
            let id = Uuid::new_v4().to_string();
            let payload = fault::timed_out(&id, limit).payload;
            return Ok(function.invocation(id, payload, Some(FunctionErrorKind::Unhandled), limit));
        };
        let (status, headers, body) = answer?;
        let duration = started.elapsed();
        let id = match headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok()) {
            Some(id) => id.to_owned(),
            None => Uuid::new_v4().to_string(),
        };
        let (payload, error) = interpret(status, &headers, body, &arn, &self.shared.url)?;
        function.answered.store(true, Ordering::Relaxed);
        Ok(function.invocation(id, payload, error, duration))
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, HeaderMap, Option<Bytes>), InvokeError> {
        let failed = |error: &dyn std::error::Error| InvokeError::Service {
            message: format!(
                "The Lambda endpoint {} doesn't answer: {}. Is `cargo lambda watch` running there?",
                self.shared.url,
                innermost(error)
            ),
        };
        let response = self.shared.client.request(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = response.into_parts();
        let body = match Limited::new(body, MAX_RESPONSE_BYTES).collect().await {
            Ok(body) => Some(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => None,
            Err(error) => return Err(failed(&*error)),
        };
        Ok((parts.status, parts.headers, body))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Endpoint").field("url", &self.shared.url).finish_non_exhaustive()
    }
}

impl Function {
    fn invocation(
        &self,
        request_id: String,
        payload: Bytes,
        function_error: Option<FunctionErrorKind>,
        duration: Duration,
    ) -> Invocation {
        Invocation {
            request_id,
            payload,
            function_error,
            executed_version: self.spec.version.clone(),
            log_tail: None,
            duration,
            init_duration: None,
            billed_duration: billed(duration, None),
            max_memory_used_mb: None,
        }
    }
}

fn request(uri: &Uri, payload: Bytes, context: &InvokeContext) -> Result<Request<Full<Bytes>>, InvokeError> {
    let mut request = Request::new(Full::new(payload));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(client_context) = &context.client_context {
        check_client_context(client_context)?;
        let value = HeaderValue::from_str(client_context).expect("Base64 was decoded, so it is ASCII");
        headers.insert("x-amz-client-context", value);
    }
    if let Some(trace_id) = context.trace_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert("x-amzn-trace-id", trace_id);
    }
    Ok(request)
}

/// Turns an answer into a payload, with its function error, or into an error of the service. No body stands for one
/// that was too large.
fn interpret(
    status: StatusCode,
    headers: &HeaderMap,
    body: Option<Bytes>,
    arn: &str,
    url: &str,
) -> Result<(Bytes, Option<FunctionErrorKind>), InvokeError> {
    let Some(body) = body else {
        return Ok((fault::response_too_large().payload, Some(FunctionErrorKind::Unhandled)));
    };
    if let Some(kind) = headers.get("x-amz-function-error") {
        let handled = kind.as_bytes() == b"Handled";
        let kind = if handled { FunctionErrorKind::Handled } else { FunctionErrorKind::Unhandled };
        return Ok((body, Some(kind)));
    }
    if status.is_success() {
        return Ok((body, None));
    }
    let object = serde_json::from_slice::<ErrorObject>(&body).ok();
    if object.as_ref().is_some_and(|object| object.error_type.is_some() || object.error_message.is_some()) {
        return Ok((body, Some(FunctionErrorKind::Unhandled)));
    }
    let message = object.as_ref().and_then(|object| object.message.clone());
    Err(match status {
        StatusCode::NOT_FOUND => {
            if let Some(ErrorObject { title: Some(title), detail: Some(detail), .. }) = &object {
                tracing::warn!(%arn, "the Lambda endpoint says: {title}: {detail}");
            }
            let arn = if arn.split(':').count() > 7 { arn.to_owned() } else { format!("{arn}:$LATEST") };
            InvokeError::ResourceNotFound { arn }
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let reserved = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
            let reason = object.as_ref().and_then(|object| object.reason.as_deref());
            InvokeError::TooManyRequests {
                reason: if reason == Some(reserved.as_str()) {
                    reserved
                } else {
                    ThrottleReason::ConcurrentInvocationLimitExceeded
                },
            }
        }
        StatusCode::PAYLOAD_TOO_LARGE => InvokeError::RequestTooLarge,
        StatusCode::BAD_REQUEST => InvokeError::InvalidRequestContent {
            message: message.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned()),
        },
        _ => InvokeError::Service {
            message: message.unwrap_or_else(|| {
                format!("The Lambda endpoint {url} answered {status}: {}", String::from_utf8_lossy(&body))
            }),
        },
    })
}

/// The cause at the bottom of an error, which is the one that says something.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    fn read(
        status: u16,
        header: Option<&'static str>,
        body: &'static str,
    ) -> Result<(Bytes, Option<FunctionErrorKind>), InvokeError> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = header {
            headers.insert("x-amz-function-error", HeaderValue::from_static(kind));
        }
        let status = StatusCode::from_u16(status).unwrap();
        interpret(status, &headers, Some(Bytes::from_static(body.as_bytes())), ARN, "http://127.0.0.1:9000")
    }

    #[test]
    fn what_cargo_lambda_answers_is_understood() {
        assert_eq!(read(200, None, "[1]"), Ok((Bytes::from_static(b"[1]"), None)));
        let error = r#"{"errorType":"InsufficientFunds","errorMessage":"no money"}"#;
        let unhandled = Some(FunctionErrorKind::Unhandled);
        assert_eq!(read(500, None, error), Ok((Bytes::from_static(error.as_bytes()), unhandled)));
        let missing = r#"{"title":"Missing function","detail":"that function doesn't exist as a binary"}"#;
        assert_eq!(
            read(404, None, missing).unwrap_err().to_string(),
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"
        );
    }

    #[test]
    fn what_aws_answers_is_understood() {
        let error = r#"{"errorMessage":"x"}"#;
        assert_eq!(read(200, Some("Handled"), error).unwrap().1, Some(FunctionErrorKind::Handled));
        assert_eq!(read(200, Some("Unhandled"), error).unwrap().1, Some(FunctionErrorKind::Unhandled));
        let throttled = r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#;
        assert_eq!(
            read(429, None, throttled),
            Err(InvokeError::TooManyRequests {
                reason: ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded
            })
        );
        assert_eq!(read(413, None, "{}"), Err(InvokeError::RequestTooLarge));
        let refusal = read(400, None, r#"{"Type":"User","Message":"Could not parse request body into json"}"#);
        assert_eq!(refusal.unwrap_err().to_string(), "Could not parse request body into json");
        let refusal = read(503, None, "busy").unwrap_err();
        assert_eq!((refusal.code(), refusal.status()), ("ServiceException", 500));
        assert!(refusal.to_string().contains("503"), "{refusal}");
    }

    #[test]
    fn only_a_plain_http_address_is_an_endpoint() {
        let new = |url: &str| Endpoint::new(url, [], Location::default());
        assert!(new("http://127.0.0.1:9000").is_ok() && new("http://127.0.0.1:9000/").is_ok());
        for url in ["127.0.0.1:9000", "https://127.0.0.1:9000", "http://127.0.0.1:9000/x", "", "/"] {
            assert!(matches!(new(url), Err(HostError::Endpoint { .. })), "{url}");
        }
    }
}
