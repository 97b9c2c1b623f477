//! The Lambda Runtime API, version 2018-06-01, for the processes of all functions on one port.
//!
//! A process finds its part of it under a path prefix that nobody else knows: `AWS_LAMBDA_RUNTIME_API` is
//! `http://127.0.0.1:PORT/TOKEN`. Only the process that an invocation was delivered to can answer it.
//!
//! Source: Developer Guide, "Using the Lambda runtime API for custom runtimes", and its `OpenAPI` specification for
//! status codes and error objects.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName},
};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::{
    Core,
    call::Delivery,
    environment::{Answer, Environment, Refusal},
};
use crate::{fault, limits::MAX_RESPONSE_BYTES};

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const INVOKED_FUNCTION_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");

type Reply = Response<Full<Bytes>>;

/// Accepts connections until it is aborted.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(stream, Arc::clone(&core)));
            }
            Err(error) => {
                // Out of file descriptors, most likely: some connection will end and free one.
                tracing::warn!(%error, "the Lambda Runtime API cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, core: Arc<Core>) {
    // An event's head and body leave in one write; with Nagle's algorithm, what does not fit into one segment would
    // wait for the other side's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let core = Arc::clone(&core);
        async move { Ok::<_, Infallible>(answer(&core, request).await) }
    });
    // An error means that the process has gone; its supervisor knows.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(core: &Core, request: Request<Incoming>) -> Reply {
    let path = request.uri().path();
    let (token, operation) = path.get(1..).and_then(|path| path.split_once('/')).unwrap_or_default();
    let Some(environment) = core.find(token) else {
        return error(StatusCode::FORBIDDEN, "Forbidden", "No such execution environment");
    };
    let Some(operation) = operation.strip_prefix("2018-06-01/runtime/") else {
        // The Extensions, Logs and Telemetry APIs.
        let message =
            format!("/{operation} isn't offered by the local Lambda host, only the Runtime API 2018-06-01 is");
        return error(StatusCode::NOT_FOUND, "NotImplemented", &message);
    };
    let parts = (request.method().clone(), operation.to_owned());
    match (&parts.0, parts.1.as_str()) {
        (&Method::GET, "invocation/next") => match environment.next().await {
            Ok(delivery) => event(&delivery),
            Err(refusal) => refused(&refusal),
        },
        (&Method::POST, "init/error") => init_error(&environment, request).await,
        (&Method::POST, operation) => match operation.strip_prefix("invocation/").and_then(|it| it.split_once('/')) {
            Some((request_id, "response")) => response(&environment, request_id, request).await,
            Some((request_id, "error")) => function_error(&environment, request_id, request).await,
            _ => unknown(operation),
        },
        (_, operation) => unknown(operation),
    }
}

/// The response to `next`: the invocation.
fn event(delivery: &Delivery) -> Reply {
    let call = &delivery.call;
    let mut response = Response::new(Full::new(call.payload.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(DEADLINE_MS, HeaderValue::from(delivery.deadline_ms));
    let texts = [
        (REQUEST_ID, Some(&call.request_id)),
        (INVOKED_FUNCTION_ARN, Some(&call.invoked_arn)),
        (TRACE_ID, Some(&call.trace_id)),
        (CLIENT_CONTEXT, call.client_context.as_ref()),
    ];
    for (name, text) in texts {
        // A trace ID that no header can carry is left out; the others are made of characters that it can.
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

async fn response(environment: &Arc<Environment>, request_id: &str, request: Request<Incoming>) -> Reply {
    if !environment.is_running(request_id) {
        return refused(&Refusal::InvalidRequestId);
    }
    let streams = is_streaming(request.headers());
    let body = match read(request.into_body()).await {
        Body::Whole(body) => body,
        Body::TooLarge => {
            return match environment.answer(request_id, Answer::Fault(fault::response_too_large())) {
                Ok(()) => {
                    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
                    error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
                }
                Err(refusal) => refused(&refusal),
            };
        }
        Body::Broken => return error(StatusCode::BAD_REQUEST, "InvalidRequest", "The response is incomplete"),
    };
    let answer = if streams { Answer::Fault(fault::streaming_unsupported(request_id)) } else { Answer::Response(body) };
    acknowledge(environment.answer(request_id, answer))
}

async fn function_error(environment: &Arc<Environment>, request_id: &str, request: Request<Incoming>) -> Reply {
    let answer = match read(request.into_body()).await {
        Body::Whole(body) => Answer::Error(body),
        Body::TooLarge => Answer::Fault(fault::response_too_large()),
        Body::Broken => return error(StatusCode::BAD_REQUEST, "InvalidRequest", "The error is incomplete"),
    };
    acknowledge(environment.answer(request_id, answer))
}

async fn init_error(environment: &Environment, request: Request<Incoming>) -> Reply {
    match read(request.into_body()).await {
        Body::Whole(body) => acknowledge(environment.init_failed(body)),
        Body::TooLarge | Body::Broken => error(StatusCode::BAD_REQUEST, "InvalidRequest", "The error is incomplete"),
    }
}

fn is_streaming(headers: &HeaderMap) -> bool {
    headers.get(RESPONSE_MODE).is_some_and(|mode| mode.as_bytes().eq_ignore_ascii_case(b"streaming"))
}

enum Body {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Reads a body. One that is too large is read to its end all the same, and forgotten: a process that is interrupted
/// while it writes takes that for the end of the Runtime API.
async fn read(mut body: Incoming) -> Body {
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Body::Broken };
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > MAX_RESPONSE_BYTES {
            rest = Vec::new();
        } else if total == data.len() {
            // Nearly all bodies are this one piece; it is not copied.
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    if total > MAX_RESPONSE_BYTES {
        Body::TooLarge
    } else if rest.is_empty() {
        Body::Whole(first)
    } else {
        Body::Whole(Bytes::from(rest))
    }
}

fn acknowledge(result: Result<(), Refusal>) -> Reply {
    match result {
        Ok(()) => json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}\n")),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::InvalidRequestId => error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Refusal::InvalidStateTransition(to) => {
            let message = format!("State transition to {to} isn't allowed in this state");
            error(StatusCode::FORBIDDEN, "InvalidStateTransition", &message)
        }
        Refusal::Gone => error(StatusCode::GONE, "Gone", "The execution environment has ended"),
    }
}

fn unknown(operation: &str) -> Reply {
    let message = format!("runtime/{operation} is no operation of the Runtime API 2018-06-01");
    error(StatusCode::NOT_FOUND, "NotFound", &message)
}

fn error(status: StatusCode, error_type: &str, message: &str) -> Reply {
    let body = serde_json::json!({ "errorMessage": message, "errorType": error_type });
    json(status, Bytes::from(body.to_string()))
}

fn json(status: StatusCode, body: Bytes) -> Reply {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
