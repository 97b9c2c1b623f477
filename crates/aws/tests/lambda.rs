//! The Lambda API over HTTP, in front of a host that the tests play.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{Cloud, Config, FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:buy";

/// The functions `buy` with its alias `live`, `sell`, and some that only stand in lists; `buy` answers by what it is told.
struct Host(mpsc::UnboundedSender<(String, Bytes, Origin)>);

#[async_trait]
impl Functions for Host {
    async fn invoke(&self, function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError> {
        self.describe(function)?;
        self.0.send((function.to_owned(), payload.clone(), origin)).expect("the test listens");
        match &payload[..] {
            b"\"throttle\"" => {
                let reason = "ReservedFunctionConcurrentInvocationLimitExceeded".into();
                Err(FunctionsError::Throttled { function: function.into(), reason })
            }
            b"no json" => Err(FunctionsError::InvalidRequest("Could not parse request body into json: no".into())),
            b"\"break\"" => Err(FunctionsError::Host { function: function.into(), reason: "no processes left".into() }),
            b"\"fail\"" => Ok(FunctionReply {
                payload: Bytes::from_static(b"{\"errorType\":\"E\",\"errorMessage\":\"m\"}"),
                function_error: Some("Unhandled".into()),
                ..FunctionReply::default()
            }),
            _ => Ok(FunctionReply {
                payload,
                request_id: "5b0b4a0e-0000-4000-8000-000000000000".into(),
                executed_version: "7".into(),
                log_tail: Some("END".into()),
                ..FunctionReply::default()
            }),
        }
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        let (name, qualifier) = function.split_once(':').map_or((function, None), |(name, q)| (name, Some(q)));
        let known = ["buy", "sell"].contains(&name) && qualifier.is_none_or(|q| ["$LATEST", "live"].contains(&q));
        if !known {
            return Err(FunctionsError::NotFound(function.into()));
        }
        Ok(FunctionDescription {
            name: name.into(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{function}"),
            version: "$LATEST".into(),
            runtime: "provided.al2023".into(),
            architecture: "x86_64".into(),
            handler: "bootstrap".into(),
            role_arn: "arn:aws:iam::000000000000:role/buy".into(),
            memory_mb: 128,
            timeout_seconds: 3,
            ephemeral_storage_mb: 512,
            environment: [("TABLE".to_owned(), "orders".to_owned())].into(),
            log_group: "/aws/lambda/buy".into(),
            log_format: "JSON".into(),
            application_log_level: Some("INFO".into()),
            reserved_concurrency: Some(5),
            binary: "/bin/true".into(),
            ..FunctionDescription::default()
        })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        let named = |number| FunctionDescription { name: format!("f{number:03}"), ..FunctionDescription::default() };
        (0..120).rev().map(named).collect()
    }
}

struct World {
    cloud: Cloud,
    calls: mpsc::UnboundedReceiver<(String, Bytes, Origin)>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// Status, name and sentence of an error.
    fn error(&self) -> (u16, &str, String) {
        let body = self.json();
        let sentence = body.get("Message").or_else(|| body.get("message")).and_then(Value::as_str).expect("a sentence");
        (self.status, self.header("x-amzn-errortype").expect("a type"), sentence.to_owned())
    }
}

async fn world() -> World {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    let (sender, calls) = mpsc::unbounded_channel();
    cloud.attach_functions(Arc::new(Host(sender))).expect("the first host");
    World { cloud, calls }
}

impl World {
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        let authority = self.cloud.endpoint().strip_prefix("http://").expect("an HTTP endpoint");
        let stream = TcpStream::connect(authority).await.expect("a connection");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let (parts, body) = sender.send_request(request).await.expect("a reply").into_parts();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await.expect("a body").to_bytes(),
        }
    }

    async fn invoke(&self, function: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, &format!("/2015-03-31/functions/{function}/invocations"), headers, body).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, &format!("/2015-03-31/functions{path}"), &[], "").await
    }
}

#[tokio::test]
async fn a_function_is_invoked_by_every_name_and_its_answer_told_in_headers() {
    let mut world = world().await;
    let escaped = ARN.replace(':', "%3A");
    for (name, query, asked) in [
        ("buy", "", "buy"),
        ("buy", "?Qualifier=live", "buy:live"),
        ("buy:live", "", "buy:live"),
        ("buy", "?Qualifier=%24LATEST", "buy:$LATEST"),
        ("000000000000:function:buy", "", "buy"),
        (ARN, "", "buy"),
        (&format!("{ARN}:live"), "", "buy:live"),
        (&escaped, "", "buy"),
    ] {
        let path = format!("/2015-03-31/functions/{name}/invocations{query}");
        let reply = world.send(Method::POST, &path, &[], "{\"a\": 1}").await;
        assert_eq!((reply.status, &reply.body[..]), (200, b"{\"a\": 1}".as_slice()), "{name}{query}");
        assert_eq!(world.calls.recv().await.expect("a call").0, asked, "{name}{query}");
    }
    let context = "eyJjdXN0b20iOnt9fQ==";
    let headers = [
        ("x-amz-invocation-type", "RequestResponse"),
        ("x-amz-log-type", "Tail"),
        ("x-amz-client-context", context),
        ("x-amzn-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
    ];
    let reply = world.invoke("buy", &headers, "[]").await;
    assert_eq!(reply.header("x-amz-executed-version"), Some("7"));
    assert_eq!(reply.header("x-amz-log-result"), Some("RU5E"));
    assert_eq!(reply.header("x-amzn-requestid"), Some("5b0b4a0e-0000-4000-8000-000000000000"));
    assert_eq!(reply.header("x-amz-function-error"), None);
    let origin = Origin::Api {
        client_context: Some(context.into()),
        trace_id: Some("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".into()),
        log_tail: true,
    };
    assert_eq!(world.calls.recv().await.expect("a call").2, origin);
    let reply = world.invoke("buy", &[], "\"fail\"").await;
    assert_eq!((reply.status, reply.header("x-amz-function-error")), (200, Some("Unhandled")));
    assert_eq!(reply.json()["errorType"], "E");
    world.cloud.shutdown().await;
}

#[tokio::test]
async fn an_event_is_accepted_at_once_and_a_dry_run_runs_nothing() {
    let mut world = world().await;
    let event = [("x-amz-invocation-type", "Event")];
    let reply = world.invoke("buy:live", &event, "{\"a\": 1}").await;
    assert_eq!((reply.status, &reply.body[..], reply.header("x-amz-executed-version")), (202, b"".as_slice(), None));
    let (function, payload, origin) = world.calls.recv().await.expect("a call");
    assert_eq!((function.as_str(), &payload[..]), ("buy:live", b"{\"a\": 1}".as_slice()));
    assert!(matches!(origin, Origin::Api { log_tail: false, .. }));
    world.invoke("buy", &event, "").await;
    assert_eq!(&world.calls.recv().await.expect("a call").1[..], b"{}");

    let dry = [("x-amz-invocation-type", "DryRun")];
    assert_eq!(world.invoke("buy", &dry, "{}").await.status, 204);
    assert_eq!(world.invoke("absent", &dry, "{}").await.error().1, "ResourceNotFoundException");
    assert!(world.calls.try_recv().is_err());
    world.cloud.shutdown().await;
}

#[tokio::test]
async fn errors_are_those_of_lambda() {
    let world = world().await;
    let event = ("x-amz-invocation-type", "Event");
    let not_found = |of: &str| format!("Function not found: arn:aws:lambda:us-east-1:000000000000:function:{of}");
    for (function, headers, body, status, code, sentence) in [
        ("absent", vec![], "{}", 404, "ResourceNotFoundException", not_found("absent")),
        ("buy:old", vec![], "{}", 404, "ResourceNotFoundException", not_found("buy:old")),
        ("absent", vec![event], "{}", 404, "ResourceNotFoundException", not_found("absent")),
        ("buy", vec![], "\"throttle\"", 429, "TooManyRequestsException", "Rate Exceeded.".into()),
        (
            "buy",
            vec![],
            "no json",
            400,
            "InvalidRequestContentException",
            "Could not parse request body into json: no".into(),
        ),
        (
            "buy",
            vec![("x-amz-invocation-type", "Later")],
            "{}",
            400,
            "ValidationException",
            "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must \
             satisfy enum value set: [Event, RequestResponse, DryRun]"
                .into(),
        ),
        (
            "buy:live?Qualifier=other",
            vec![],
            "{}",
            400,
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.".into(),
        ),
        (
            "arn:aws:lambda:eu-west-1:000000000000:function:buy",
            vec![],
            "{}",
            404,
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".into(),
        ),
    ] {
        let (name, query) = function.split_once('?').map_or((function, ""), |(name, query)| (name, query));
        let path = format!("/2015-03-31/functions/{name}/invocations?{query}");
        let reply = world.send(Method::POST, &path, &headers, body).await;
        assert_eq!(reply.error(), (status, code, sentence), "{function}");
    }
    let reply = world.invoke("buy", &[], "\"throttle\"").await;
    assert_eq!(
        reply.json(),
        json!({"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded."})
    );
    assert_eq!(world.invoke("buy", &[], "\"break\"").await.error().1, "ServiceException");
    let reply = world.invoke("buy", &[event], "no json").await;
    let (status, code, sentence) = reply.error();
    assert_eq!((status, code), (400, "InvalidRequestContentException"));
    assert!(sentence.starts_with("Could not parse request body into json: "), "{sentence}");
    world.cloud.shutdown().await;
}

#[tokio::test]
async fn events_have_their_largest_size() {
    let mut world = world().await;
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let event = [("x-amz-invocation-type", "Event")];
    for (headers, limit, accepted) in [(&[][..], 6_291_456, 200), (&event[..], 1_048_576, 202)] {
        assert_eq!(world.invoke("buy", headers, text(limit)).await.status, accepted);
        world.calls.recv().await.expect("a call");
        let (status, code, sentence) = {
            let reply = world.invoke("buy", headers, text(limit + 1)).await;
            let (status, code, sentence) = reply.error();
            (status, code.to_owned(), sentence)
        };
        assert_eq!((status, code.as_str()), (413, "RequestEntityTooLargeException"));
        assert_eq!(sentence, format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"));
    }
    world.cloud.shutdown().await;
}

#[tokio::test]
async fn functions_are_described_and_listed_in_pages() {
    let world = world().await;
    let reply = world.get("/buy").await;
    let output = reply.json();
    let configuration = &output["Configuration"];
    for (member, value) in [
        ("FunctionName", json!("buy")),
        ("FunctionArn", json!(ARN)),
        ("Runtime", json!("provided.al2023")),
        ("Role", json!("arn:aws:iam::000000000000:role/buy")),
        ("Handler", json!("bootstrap")),
        ("Timeout", json!(3)),
        ("MemorySize", json!(128)),
        ("Version", json!("$LATEST")),
        ("Environment", json!({"Variables": {"TABLE": "orders"}})),
        ("TracingConfig", json!({"Mode": "PassThrough"})),
        ("State", json!("Active")),
        ("LastUpdateStatus", json!("Successful")),
        ("PackageType", json!("Zip")),
        ("Architectures", json!(["x86_64"])),
        ("EphemeralStorage", json!({"Size": 512})),
        ("LoggingConfig", json!({"LogFormat": "JSON", "LogGroup": "/aws/lambda/buy", "ApplicationLogLevel": "INFO"})),
    ] {
        assert_eq!(configuration[member], value, "{member}");
    }
    assert!(configuration["CodeSize"].as_u64() > Some(0));
    let modified = configuration["LastModified"].as_str().expect("text");
    assert!(modified.len() == 28 && modified.ends_with("+0000"), "{modified}");
    assert_eq!(output["Concurrency"], json!({"ReservedConcurrentExecutions": 5}));
    assert_eq!(world.get("/buy/configuration").await.json(), *configuration);
    let of_alias = world.get("/buy?Qualifier=live").await.json();
    assert_eq!(of_alias["Configuration"]["FunctionArn"], format!("{ARN}:live"));
    assert_eq!(world.get("/absent/configuration").await.error().1, "ResourceNotFoundException");

    let (mut names, mut marker) = (Vec::new(), String::new());
    for size in [50, 50, 20] {
        let page = world.get(&format!("?MaxItems=10000{marker}")).await.json();
        let functions = page["Functions"].as_array().expect("a list");
        assert_eq!(functions.len(), size);
        names.extend(functions.iter().map(|function| function["FunctionName"].as_str().expect("text").to_owned()));
        marker = page["NextMarker"].as_str().map_or(String::new(), |marker| format!("&Marker={marker}"));
    }
    assert_eq!((names.len(), names.is_sorted(), marker.as_str()), (120, true, ""));
    assert_eq!(world.get("?MaxItems=0").await.error().1, "ValidationException");
    world.cloud.shutdown().await;
}

#[tokio::test]
async fn other_operations_and_other_paths_are_refused_by_name() {
    let world = world().await;
    for (method, path) in [
        (Method::POST, "/2015-03-31/functions"),
        (Method::DELETE, "/2015-03-31/functions/buy"),
        (Method::GET, "/2015-03-31/functions/buy/policy"),
        (Method::GET, "/2015-03-31/event-source-mappings"),
        (Method::POST, "/2015-03-31/functions/buy/invocations/more"),
    ] {
        let (status, code, sentence) = {
            let reply = world.send(method.clone(), path, &[], "{}").await;
            let (status, code, sentence) = reply.error();
            (status, code.to_owned(), sentence)
        };
        assert_eq!((status, code.as_str()), (501, "NotImplementedException"), "{method} {path}");
        assert!(sentence.contains(path), "{sentence}");
    }
    for name in ["..%2F..%2Fetc%2Fpasswd", "a%20b", "%00", "a%2Fb"] {
        assert_eq!(world.invoke(name, &[], "{}").await.error().1, "ValidationException", "{name}");
    }
    world.cloud.shutdown().await;
}
