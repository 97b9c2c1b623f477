//! The Lambda API in front of the function host: `Invoke`, `ListFunctions`, `GetFunction` and `GetFunctionConfiguration`; and
//! Lambda's queue of asynchronous invocations. Functions are made by the stack alone: all other operations are refused by
//! name.

mod describe;
mod fault;
mod invocations;
mod invoke;
mod name;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(crate) use invocations::{Invocations, Kept, Surroundings, Trigger};

use self::fault::{Fault, not_emulated};
use crate::functions::FunctionSlot;
use crate::place::Place;
use crate::service::new_request_id;

/// What the API's paths begin with.
const PATH: &str = "/2015-03-31/functions";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The service.
pub(crate) struct Lambda {
    pub(crate) place: Place,
    pub(crate) functions: Arc<FunctionSlot>,
    pub(crate) invocations: Arc<Invocations>,
}

/// An operation, found by method and path.
enum Operation {
    Invoke(String),
    List,
    Get(String),
    GetConfiguration(String),
}

impl Operation {
    fn find(parts: &Parts) -> Result<Self, Fault> {
        let path = parts.uri.path();
        let refused = || not_emulated(&parts.method, path);
        let rest = path.strip_prefix(PATH).ok_or_else(refused)?;
        let mut parts_of_path = rest.split('/').filter(|part| !part.is_empty());
        let name = parts_of_path.next().map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned());
        let (action, more) = (parts_of_path.next(), parts_of_path.next());
        match (&parts.method, name, action, more) {
            (&Method::GET, None, None, None) => Ok(Self::List),
            (&Method::GET, Some(name), None, None) => Ok(Self::Get(name)),
            (&Method::GET, Some(name), Some("configuration"), None) => Ok(Self::GetConfiguration(name)),
            (&Method::POST, Some(name), Some("invocations"), None) => Ok(Self::Invoke(name)),
            _ => Err(refused()),
        }
    }
}

impl Lambda {
    /// The most bytes that the body of a request may have.
    pub(crate) fn largest_body(parts: &Parts) -> usize {
        invoke::largest_payload(&parts.headers)
    }

    /// Answers a request whose body is over [`Lambda::largest_body`].
    pub(crate) fn too_large(parts: &Parts) -> Response<Bytes> {
        fault::too_large(invoke::largest_payload(&parts.headers)).response()
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, parts: &Parts, body: Bytes) -> Response<Bytes> {
        let query = parts.uri.query().unwrap_or_default();
        let done = match Operation::find(parts) {
            Ok(Operation::Invoke(name)) => self.invoke(&name, query, &parts.headers, body).await,
            Ok(Operation::List) => self.list_functions(query).map(|output| json(&output)),
            Ok(Operation::Get(name)) => self.get_function(&name, query).map(|output| json(&output)),
            Ok(Operation::GetConfiguration(name)) => {
                self.get_function_configuration(&name, query).map(|output| json(&output))
            }
            Err(fault) => Err(fault),
        };
        done.unwrap_or_else(Fault::response)
    }
}

/// A parameter of the query, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
}

fn json(output: &Value) -> Response<Bytes> {
    reply(output.to_string().into(), &new_request_id())
}

/// A reply with status 200.
fn reply(body: Bytes, request_id: &str) -> Response<Bytes> {
    let mut reply = Response::new(body);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        reply.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    reply
}
