use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::*;
use crate::functions::{FunctionDescription, FunctionReply, Functions};

/// A function that shows its events and answers by its name.
struct Stub(mpsc::UnboundedSender<Value>);

#[async_trait]
impl Functions for Stub {
    async fn invoke(&self, function: &str, payload: Bytes, _origin: Origin) -> Result<FunctionReply, FunctionsError> {
        let _ = self.0.send(serde_json::from_slice(&payload).expect("JSON"));
        let reply = |payload: &'static str, error: Option<&str>| {
            Ok(FunctionReply {
                payload: Bytes::from_static(payload.as_bytes()),
                function_error: error.map(Into::into),
                ..FunctionReply::default()
            })
        };
        match function {
            "works" => reply("{\"statusCode\": 200, \"body\": \"hello\"}", None),
            "malformed" => reply("{\"answer\": 42}", None),
            "fails" => reply("{\"errorType\": \"E\"}", Some("Unhandled")),
            "hangs" => std::future::pending().await,
            _ => Err(FunctionsError::NotFound(function.to_owned())),
        }
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

fn gateway() -> (ApiGateway, mpsc::UnboundedReceiver<Value>) {
    let (sender, events) = mpsc::unbounded_channel();
    let functions = Arc::new(FunctionSlot::default());
    assert!(functions.attach(Arc::new(Stub(sender))));
    let place = Place { region: "us-east-1".into(), account: "123456789012".into() };
    (ApiGateway::new(place, "http://127.0.0.1:4566".into(), functions, TaskTracker::new()), events)
}

fn route(method: &str, path: &str, function: &str, iam: bool) -> RouteSpec {
    RouteSpec {
        api_id: "api".into(),
        stage: "Prod".into(),
        method: method.into(),
        path: path.into(),
        function: function.into(),
        iam,
    }
}

fn request(method: &str, path: &str) -> ApiRequest {
    ApiRequest::new("api", "Prod", method.parse().expect("a method"), path)
}

fn body(response: &ApiResponse) -> Value {
    serde_json::from_slice(&response.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&response.body).into()))
}

#[tokio::test]
async fn a_function_receives_the_recorded_event() {
    let (gateway, mut events) = gateway();
    let url = gateway.add(&route("ANY", "/{proxy+}", "works", false)).expect("a route");
    assert_eq!(url, "http://127.0.0.1:4566/_aws/execute-api/api/Prod/{proxy+}");
    let mut call = request("POST", "/test-path/test%2Balias@x.org/");
    call.query = "category=electronics&category=books&plus=a+b&date=%2B00".into();
    call.headers.insert("host", HeaderValue::from_static("127.0.0.1:4566"));
    call.headers.insert("user-agent", HeaderValue::from_static("test/1"));
    call.headers.append("x-many", HeaderValue::from_static("1"));
    call.headers.append("x-many", HeaderValue::from_static("2"));
    call.headers.insert("content-length", HeaderValue::from_static("7"));
    call.body = Bytes::from_static(b"{\"a\":1}");
    let response = gateway.invoke(call).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.body, "hello");
    for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "date", "content-type", "content-length"] {
        assert!(response.headers.contains_key(name), "{name}");
    }
    let event = events.recv().await.expect("an event");
    let members: Vec<&str> = event.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "resource",
            "path",
            "httpMethod",
            "headers",
            "multiValueHeaders",
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "pathParameters",
            "stageVariables",
            "requestContext",
            "body",
            "isBase64Encoded"
        ]
    );
    assert_eq!(event["resource"], "/{proxy+}");
    assert_eq!(event["path"], "/test-path/test%2Balias@x.org/");
    assert_eq!(event["pathParameters"], json!({"proxy": "test-path/test%2Balias@x.org"}));
    assert_eq!(event["queryStringParameters"], json!({"category": "books", "plus": "a b", "date": "+00"}));
    assert_eq!(event["multiValueQueryStringParameters"]["category"], json!(["electronics", "books"]));
    assert_eq!(event["headers"]["X-Many"], "2");
    assert_eq!(event["multiValueHeaders"]["X-Many"], json!(["1", "2"]));
    assert_eq!(event["headers"]["X-Forwarded-Port"], "4566");
    assert_eq!(event["headers"].get("Content-Length"), None);
    assert_eq!(event["body"], "{\"a\":1}");
    assert_eq!(event["isBase64Encoded"], false);
    let context = &event["requestContext"];
    assert_eq!(context["path"], "/Prod/test-path/test%2Balias@x.org/");
    assert_eq!(context["accountId"], "123456789012");
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["identity"]["userAgent"], "test/1");
    assert_eq!(context["identity"]["userArn"], Value::Null);
    assert!(context["requestTimeEpoch"].is_i64());
    assert_eq!(context["requestTime"].as_str().map(str::len), Some("21/Nov/2026:11:28:41 +0000".len()));
    assert_eq!(response.headers["x-amzn-requestid"], context["requestId"].as_str().expect("text"));
}

#[tokio::test]
async fn a_plain_request_has_nulls_where_there_is_nothing() {
    let (gateway, mut events) = gateway();
    gateway.add(&route("GET", "/", "works", false)).expect("a route");
    assert_eq!(gateway.invoke(request("GET", "/")).await.status, 200);
    let event = events.recv().await.expect("an event");
    for member in
        ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"]
    {
        assert_eq!(event[member], Value::Null, "{member}");
    }
}

#[tokio::test]
async fn the_gateway_answers_itself_in_awss_words() {
    let (gateway, _events) = gateway();
    for spec in [
        route("POST", "/works", "works", false),
        route("GET", "/signed", "works", true),
        route("GET", "/malformed", "malformed", false),
        route("GET", "/fails", "fails", false),
        route("GET", "/absent", "absent", false),
    ] {
        gateway.add(&spec).expect("a route");
    }
    for (method, path, status, message) in [
        ("GET", "/works", 403, "Missing Authentication Token"),
        ("POST", "/nowhere", 403, "Missing Authentication Token"),
        ("GET", "/signed", 403, "Missing Authentication Token"),
        ("GET", "/malformed", 502, "Internal server error"),
        ("GET", "/fails", 502, "Internal server error"),
        ("GET", "/absent", 500, "Internal server error"),
    ] {
        let response = gateway.invoke(request(method, path)).await;
        assert_eq!(response.status, status, "{method} {path}");
        assert_eq!(body(&response), json!({"message": message}), "{method} {path}");
    }
    let mut malformed = request("GET", "/signed");
    malformed.headers.insert("authorization", HeaderValue::from_static("Bearer abc"));
    let response = gateway.invoke(malformed.clone()).await;
    assert_eq!(response.status, 403);
    assert_eq!(response.headers["x-amzn-errortype"], "IncompleteSignatureException");
    malformed.path = "/fails".into();
    assert_eq!(gateway.invoke(malformed).await.status, 502, "a route that wants no signature looks at none");
    let mut elsewhere = request("GET", "/works");
    elsewhere.stage = "Dev".into();
    assert_eq!(body(&gateway.invoke(elsewhere).await), json!({"message": "Forbidden"}));
    let mut long = request("POST", "/works");
    long.body = vec![b'x'; MAX_BODY + 1].into();
    let response = gateway.invoke(long).await;
    assert_eq!((response.status.as_u16(), body(&response)), (413, json!({"message": "Request Too Long"})));
}

#[tokio::test]
async fn a_signed_request_tells_its_function_who_calls() {
    let (gateway, mut events) = gateway();
    gateway.add(&route("GET", "/signed", "works", true)).expect("a route");
    gateway.add(&route("GET", "/open", "works", false)).expect("a route");
    let mut by_header = request("GET", "/signed");
    let authorization = "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/execute-api/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=ab12";
    by_header.headers.insert("authorization", HeaderValue::from_static(authorization));
    by_header.headers.insert("x-amz-date", HeaderValue::from_static("20261121T112841Z"));
    let mut open = by_header.clone();
    open.path = "/open".into();
    let mut by_word = request("GET", "/signed");
    by_word.signed = true;
    let mut by_role = by_word.clone();
    by_role.caller = Caller::assumed_role("arn:aws:iam::123456789012:role/machine", "session");
    let role_id = by_role.caller.as_ref().map(|caller| caller.principal_id.clone());
    for (call, key, arn, caller) in [
        (by_header, json!("AKID"), json!("arn:aws:iam::123456789012:root"), json!("123456789012")),
        (by_word, json!("local"), json!("arn:aws:iam::123456789012:root"), json!("123456789012")),
        (by_role, json!("*"), json!("arn:aws:sts::123456789012:assumed-role/machine/session"), json!(role_id)),
        (open, Value::Null, Value::Null, Value::Null),
    ] {
        assert_eq!(gateway.invoke(call).await.status, 200);
        let identity = &events.recv().await.expect("an event")["requestContext"]["identity"];
        assert!(key == "*" && identity["accessKey"].is_string() || identity["accessKey"] == key, "{identity}");
        assert_eq!((&identity["userArn"], &identity["caller"], &identity["user"]), (&arn, &caller, &caller));
        assert_eq!(identity["accountId"].is_null(), arn.is_null());
    }
}

#[test]
fn an_api_is_found_by_its_host() {
    for host in [
        "abc.execute-api.us-east-1.amazonaws.com",
        "abc.execute-api.localhost:4566",
        "abc.execute-api.eu-west-1.localhost",
    ] {
        assert_eq!(api_id_of_host(host), Some("abc"), "{host}");
    }
    for host in [
        "execute-api.us-east-1.amazonaws.com",
        ".execute-api.localhost",
        "abc.execute-api.evil.example",
        "abc.s3.amazonaws.com",
    ] {
        assert_eq!(api_id_of_host(host), None, "{host}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_too_long_is_given_up_after_29_seconds() {
    let (gateway, _events) = gateway();
    gateway.add(&route("GET", "/hangs", "hangs", false)).expect("a route");
    let before = tokio::time::Instant::now();
    let response = gateway.invoke(request("GET", "/hangs")).await;
    assert_eq!((response.status.as_u16(), body(&response)), (504, json!({"message": "Endpoint request timed out"})));
    assert_eq!(before.elapsed().as_secs(), 29);
}

#[tokio::test]
async fn the_most_literal_route_and_the_named_method_win() {
    let (gateway, mut events) = gateway();
    for path in ["/{proxy+}", "/orders/{id}", "/orders/new"] {
        gateway.add(&route("ANY", path, "works", false)).expect("a route");
    }
    gateway.add(&route("DELETE", "/orders/new", "fails", false)).expect("a route");
    for (path, resource) in
        [("/orders/new", "/orders/new"), ("/orders/7", "/orders/{id}"), ("/orders/7/lines", "/{proxy+}")]
    {
        gateway.invoke(request("GET", path)).await;
        assert_eq!(events.recv().await.expect("an event")["resource"], resource);
    }
    assert_eq!(gateway.invoke(request("DELETE", "/orders/new")).await.status, 502);
}

#[test]
fn routes_are_added_once_and_impossible_ones_refused() {
    let (gateway, _events) = gateway();
    gateway.add(&route("GET", "/a", "works", false)).expect("a route");
    gateway.add(&route("GET", "/a", "works", false)).expect("the same");
    let conflict = gateway.add(&route("GET", "/a", "fails", false)).expect_err("another function");
    assert!(conflict.to_string().contains("route GET /a of API api exists already"), "{conflict}");
    for (method, path) in [("FETCH", "/a"), ("GET", "a"), ("GET", "/{a+}/b")] {
        assert!(
            matches!(gateway.add(&route(method, path, "works", false)), Err(Error::Invalid { .. })),
            "{method} {path}"
        );
    }
}
