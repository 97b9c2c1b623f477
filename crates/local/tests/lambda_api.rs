//! The Lambda API of a running stack, in front of the real function binaries.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use journal::MemoryJournal;
use local::{Local, Options};
use runtime::{Pace, Settings};
use serde_json::{Value, json};
use tokio::net::TcpStream;

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn send(local: &Local, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let authority = local.cloud().endpoint().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", authority);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(bytes::Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stacks_functions_are_listed_described_and_invoked() {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let local = Local::start(Options {
        template: workspace.join("template.yaml"),
        parameters: BTreeMap::new(),
        settings: Settings { pace: Pace::Real, attended: false },
        journal: Arc::new(MemoryJournal::new()),
        kept: None,
        observer: None,
        log_sink: None,
        overrides: Vec::new(),
        bind: local::ANY_PORT,
        lambda_endpoint: None,
        on_build: Box::new(|_| {}),
    })
    .await
    .unwrap_or_else(|error| panic!("the project starts: {error}"));
    let project = local.project();
    let stack = project.stack.as_ref().unwrap();
    let function = stack.functions.iter().find(|function| function.binary == "check-price").unwrap();

    let listed = send(&local, "GET", "/2015-03-31/functions?MaxItems=50", &[], "").await.body;
    assert_eq!(listed["Functions"].as_array().unwrap().len(), stack.functions.len().min(50));
    let described = send(&local, "GET", &format!("/2015-03-31/functions/{}", function.arn), &[], "").await.body;
    let configuration = &described["Configuration"];
    assert_eq!(configuration["FunctionArn"], function.arn);
    assert_eq!(configuration["Role"], function.role_arn);
    assert_eq!(configuration["Timeout"], function.timeout_seconds);
    assert!(configuration["CodeSize"].as_u64() > Some(0));

    let event = std::fs::read_to_string(workspace.join("events/functions/check-price.json")).unwrap();
    let path = format!("/2015-03-31/functions/{}/invocations", function.name);
    let reply = send(&local, "POST", &path, &[("x-amz-log-type", "Tail")], &event).await;
    assert_eq!((reply.status, reply.headers.get("x-amz-function-error")), (200, None), "{}", reply.body);
    assert_eq!(reply.headers["x-amz-executed-version"], "$LATEST");
    assert!(reply.headers.contains_key("x-amz-log-result"));
    assert!(reply.body.is_object(), "{}", reply.body);
    let reply = send(&local, "POST", &path, &[], "[]").await;
    assert_eq!(reply.headers["x-amz-function-error"], "Unhandled");
    assert!(reply.body["errorType"].is_string(), "{}", reply.body);
    let reply = send(&local, "POST", &path, &[], "no json").await;
    assert_eq!(reply.headers["x-amzn-errortype"], "InvalidRequestContentException");
    let reply = send(&local, "POST", "/2015-03-31/functions/nobody/invocations", &[], "{}").await;
    let sentence = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody";
    assert_eq!((reply.status, reply.body), (404, json!({"Type": "User", "Message": sentence})));
    local.shut_down().await;
}
