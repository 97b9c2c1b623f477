//! The HTTP side: one port for all services.

mod guard;
mod pace;
mod route;
pub(crate) mod server;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) use guard::{Guard, host_of};
pub(crate) use pace::{Paced, TooSlow};
use route::Target;

use crate::apigateway::{self, ApiGateway, ApiRequest, Refusal};
use crate::error::ServiceError;
use crate::lambda::Lambda;
use crate::s3::S3;
use crate::service::{JsonReply, JsonService, new_request_id};
use crate::sns::{self, Sns};
use crate::sts::{self, Sts};
use crate::wire::query::{self, Dialect};

/// The largest body of a request in the Query protocol, in bytes: SNS's largest batch, 256 KiB, encoded, with room around it.
const MAX_FORM: usize = 2 * 1024 * 1024;
/// Bodies of up to so many bytes are read at once.
const SMALL_BODY: usize = 64 * 1024;
/// How many KiB of larger bodies may be on their way at the same time; further ones wait.
pub(crate) const ROOM: usize = 256 * 1024;
/// How long they wait.
const ROOM_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_mins(1);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A request's body as the services get it.
pub(crate) type RequestBody = Paced<Incoming>;
type Reply = Response<Full<Bytes>>;
/// A reply with its whole body, or one of S3, whose body may be longer than memory.
type Answer = Response<Either<Full<Bytes>, s3s::Body>>;

/// Services of the JSON protocols, by their prefix in `X-Amz-Target`.
pub(crate) type JsonServices = HashMap<&'static str, Arc<dyn JsonService>>;

/// Answers requests by the services.
pub(crate) struct Front {
    pub(crate) guard: Guard,
    /// By prefix of `X-Amz-Target`.
    pub(crate) json: Arc<RwLock<JsonServices>>,
    pub(crate) sns: Arc<Sns>,
    pub(crate) sts: Arc<Sts>,
    pub(crate) s3: Arc<S3>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) api: Arc<ApiGateway>,
    /// For bodies on their way, in KiB.
    pub(crate) room: Semaphore,
}

impl Front {
    /// Adds a service; `false` when its prefix is taken.
    pub(crate) fn register(&self, service: Arc<dyn JsonService>) -> bool {
        let mut services = self.json.write().unwrap_or_else(PoisonError::into_inner);
        match services.entry(service.target_prefix()) {
            std::collections::hash_map::Entry::Occupied(_) => false,
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(service);
                true
            }
        }
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let (parts, body) = request.into_parts();
        let body = Paced::new(body);
        if let Some(reason) = self.guard.refusal(&parts.headers) {
            tracing::warn!(reason, "a request was refused");
            return plain(StatusCode::FORBIDDEN, "AccessDeniedException", &reason).map(Either::Left);
        }
        if matches!(route::target(&parts), Target::S3) {
            return self.s3.answer(parts, body).await.map(Either::Right);
        }
        self.reply(&parts, body, peer).await.map(Either::Left)
    }

    /// Answers a request for any other service.
    async fn reply(&self, parts: &Parts, body: RequestBody, peer: IpAddr) -> Reply {
        match route::target(parts) {
            Target::Api { api_id, stage, path } => {
                let body = match self.read(parts, body, apigateway::MAX_BODY).await {
                    Ok(body) => body,
                    Err(Unread::TooLong(_)) => return api_reply(Refusal::TooLong.response()),
                    Err(unread) => return unread.reply(),
                };
                let request = ApiRequest {
                    api_id: api_id.to_owned(),
                    stage: stage.to_owned(),
                    method: parts.method.clone(),
                    path: path.to_owned(),
                    query: parts.uri.query().unwrap_or_default().to_owned(),
                    signed: false,
                    caller: None,
                    headers: parts.headers.clone(),
                    body,
                    source_ip: peer,
                };
                api_reply(self.api.invoke(request).await)
            }
            Target::Json { prefix, operation } => self.json(parts, body, prefix, operation).await,
            Target::Query { service } => self.query(parts, body, service).await,
            Target::Lambda => match self.read(parts, body, Lambda::largest_body(parts)).await {
                Ok(body) => self.lambda.answer(parts, body).await.map(Full::new),
                Err(Unread::TooLong(_)) => Lambda::too_large(parts).map(Full::new),
                Err(unread) => unread.reply(),
            },
            // Answered before, as its body may be longer than memory.
            Target::S3 => other(Some("s3")),
            Target::Other { service } => other(service),
        }
    }

    /// Reads a body of at most `limit` bytes.
    async fn read(&self, parts: &Parts, body: RequestBody, limit: usize) -> Result<Bytes, Unread> {
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Unread::TooLong(limit));
        }
        let reading = async {
            let size = announced.unwrap_or(limit);
            // Whole, so that no two bodies wait for each other's rest.
            let room = if size > SMALL_BODY { Some(self.room(size).await?) } else { None };
            let read = match Limited::new(body, limit).collect().await {
                Ok(body) => Ok(body.to_bytes()),
                Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLong(limit)),
                Err(error) if error.is::<TooSlow>() => Err(Unread::TooSlow),
                Err(error) => Err(Unread::Broken(error.to_string())),
            };
            drop(room);
            read
        };
        tokio::time::timeout(BODY_TIMEOUT, reading).await.unwrap_or(Err(Unread::TooSlow))
    }

    /// Room for a body on its way, once there is.
    async fn room(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Unread> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        tokio::time::timeout(ROOM_TIMEOUT, self.room.acquire_many(kibibytes))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(Unread::Busy)
    }

    async fn json(&self, parts: &Parts, body: RequestBody, prefix: &str, operation: &str) -> Reply {
        let service = self.json.read().unwrap_or_else(PoisonError::into_inner).get(prefix).cloned();
        let Some(service) = service else {
            let reason = format!("No service with the target prefix {prefix} is emulated here");
            let unknown = JsonReply::error(400, "com.amazon.coral.service#UnknownOperationException", &reason);
            return json_reply(unknown, "application/x-amz-json-1.0");
        };
        let body = match self.read(parts, body, service.largest_body()).await {
            Ok(body) => body,
            Err(unread) => return unread.reply(),
        };
        json_reply(service.handle(operation, body, &parts.headers).await, service.content_type())
    }

    async fn query(&self, parts: &Parts, body: RequestBody, service: Option<&str>) -> Reply {
        let body = match self.read(parts, body, MAX_FORM).await {
            Ok(body) => body,
            Err(unread) => return unread.reply(),
        };
        let form =
            if body.is_empty() { parts.uri.query().unwrap_or_default().into() } else { String::from_utf8_lossy(&body) };
        let dialect = match service {
            Some("sns") => sns::DIALECT,
            _ => sts::DIALECT,
        };
        // A browser can send forms to this port from any page, but not with this header.
        let Some(service) = service else {
            let error = ServiceError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
            return query_error(dialect, &error);
        };
        let request = match query::parse(&form) {
            Ok(request) => request,
            Err(problem) => {
                return query_error(dialect, &ServiceError::new(400, "MalformedQueryString", problem.to_string()));
            }
        };
        let operation = request.action.as_str();
        let done = match service {
            "sns" => self.sns.execute(operation, request.members).await,
            "sts" => self.sts.execute(operation),
            _ => {
                let version = &request.version;
                let sentence = format!(
                    "The operation {operation} (version {version}) of the service {service} is not emulated here in the Query protocol"
                );
                Err(ServiceError::new(400, "InvalidAction", sentence))
            }
        };
        match done {
            Ok(output) => {
                let request_id = new_request_id();
                let text = query::reply(dialect, operation, &output, &request_id);
                reply(StatusCode::OK, "text/xml", text.into(), &request_id)
            }
            Err(error) => query_error(dialect, &error),
        }
    }
}

/// Why a body was not read.
enum Unread {
    /// It is over so many bytes.
    TooLong(usize),
    TooSlow,
    /// There is no room for it.
    Busy,
    Broken(String),
}

impl Unread {
    fn reply(self) -> Reply {
        match self {
            Self::TooLong(limit) => {
                let reason = format!("The request's body is over {limit} bytes");
                plain(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &reason)
            }
            Self::TooSlow => {
                plain(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", "The request's body came too slowly")
            }
            Self::Busy => {
                let reason = "Too many large requests are on their way; try again later";
                plain(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", reason)
            }
            Self::Broken(reason) => plain(StatusCode::BAD_REQUEST, "IncompleteBodyException", &reason),
        }
    }
}

/// A request for a service that isn't there, or for none.
fn other(service: Option<&str>) -> Reply {
    match service {
        Some(service) => {
            let reason = format!("The service {service} is not emulated here, or not by its REST protocol");
            plain(StatusCode::NOT_IMPLEMENTED, "NotImplementedException", &reason)
        }
        None => plain(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "This port speaks the AWS APIs: point an SDK or the AWS CLI here with AWS_ENDPOINT_URL",
        ),
    }
}

fn json_reply(answer: JsonReply, content_type: &'static str) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = reply(status, content_type, answer.body, &answer.request_id);
    reply.headers_mut().extend(answer.headers);
    reply
}

fn query_error(dialect: Dialect, error: &ServiceError) -> Reply {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply(status, "text/xml", query::error_reply(dialect, error).into(), &error.request_id)
}

fn api_reply(response: apigateway::ApiResponse) -> Reply {
    let mut reply = Response::new(Full::new(response.body));
    *reply.status_mut() = response.status;
    *reply.headers_mut() = response.headers;
    reply
}

/// An error of the port itself, in the form of the REST and JSON protocols.
fn plain(status: StatusCode, kind: &'static str, reason: &str) -> Reply {
    let body: Value = json!({"__type": kind, "message": reason});
    let mut reply = reply(status, "application/json", body.to_string().into(), &new_request_id());
    reply.headers_mut().insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(kind));
    reply
}

fn reply(status: StatusCode, content_type: &'static str, body: Bytes, request_id: &str) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    reply
}

#[cfg(test)]
mod tests;
