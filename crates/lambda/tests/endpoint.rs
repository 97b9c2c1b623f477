//! Handing invocations to another server, in the place of which the test answers.

use std::time::Duration;

use bytes::Bytes;
use lambda::{Endpoint, Executor, FunctionErrorKind, FunctionSpec, InvokeContext, InvokeError, Location};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:stock-CheckPrice";

/// An endpoint, and the server behind it.
async fn endpoint(timeout: Duration) -> (Executor, TcpListener) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let spec = FunctionSpec { timeout, ..FunctionSpec::new("stock-CheckPrice", ARN, "target/debug/check-price") };
    (Endpoint::new(&url, [spec], Location::default()).unwrap().into(), server)
}

/// Answers one request and returns it. The connection is closed, so that the next request makes its own.
async fn answer(server: &TcpListener, status: &str, body: &str) -> String {
    let (mut connection, _) = server.accept().await.unwrap();
    let mut request = String::new();
    while !request.ends_with('}') {
        let mut chunk = [0; 1024];
        let count = connection.read(&mut chunk).await.unwrap();
        request.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    let length = body.len();
    let response = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    connection.write_all(response.as_bytes()).await.unwrap();
    request
}

#[tokio::test]
async fn an_invocation_goes_to_the_binarys_name_and_its_answer_comes_back() {
    let (executor, server) = endpoint(Duration::from_secs(3)).await;
    let context = InvokeContext {
        trace_id: Some("Root=1-2-3".to_owned()),
        client_context: Some("e30=".to_owned()),
        ..InvokeContext::default()
    };
    let invoke = executor.invoke(ARN, Bytes::from_static(b"{\"symbol\":\"VALE3\"}"), context);
    let (invocation, request) = tokio::join!(invoke, answer(&server, "200 OK", "{\"price\":\"61.20\"}"));
    let invocation = invocation.unwrap();
    assert_eq!(invocation.payload, "{\"price\":\"61.20\"}");
    assert_eq!((invocation.function_error, invocation.executed_version.as_str()), (None, "$LATEST"));
    assert!(request.starts_with("POST /2015-03-31/functions/check-price/invocations HTTP/1.1\r\n"), "{request}");
    let request = request.to_ascii_lowercase();
    assert!(request.contains("\r\nx-amzn-trace-id: root=1-2-3\r\n"), "{request}");
    assert!(request.contains("\r\nx-amz-client-context: e30=\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"symbol\":\"vale3\"}"), "{request}");
}

#[tokio::test]
async fn a_functions_error_and_an_unknown_function_are_told_apart() {
    let (executor, server) = endpoint(Duration::from_secs(3)).await;
    let invoke = || executor.invoke("stock-CheckPrice", Bytes::new(), InvokeContext::default());
    let error = r#"{"errorType":"PriceSourceDown","errorMessage":"503"}"#;
    let (invocation, _) = tokio::join!(invoke(), answer(&server, "500 Internal Server Error", error));
    let invocation = invocation.unwrap();
    assert_eq!(
        (invocation.payload.as_ref(), invocation.function_error),
        (error.as_bytes(), Some(FunctionErrorKind::Unhandled))
    );

    let missing = r#"{"title":"Missing function","detail":"no such binary"}"#;
    let (refusal, _) = tokio::join!(invoke(), answer(&server, "404 Not Found", missing));
    assert_eq!(refusal.unwrap_err().to_string(), format!("Function not found: {ARN}:$LATEST"));

    let refusal = executor.invoke("sell", Bytes::new(), InvokeContext::default()).await.unwrap_err();
    assert_eq!(refusal.code(), "ResourceNotFoundException");
}

#[tokio::test]
async fn the_timeout_holds_once_the_function_is_compiled() {
    let timeout = Duration::from_millis(20);
    let (executor, server) = endpoint(timeout).await;
    let invoke = || executor.invoke("stock-CheckPrice", Bytes::new(), InvokeContext::default());
    let compiling = async {
        // As long as the compiler takes.
        tokio::time::sleep(timeout * 2).await;
        answer(&server, "200 OK", "1").await
    };
    let (first, _) = tokio::join!(invoke(), compiling);
    assert_eq!(first.unwrap().payload, "1");

    let second = invoke().await.unwrap();
    assert_eq!(second.function_error, Some(FunctionErrorKind::Unhandled));
    let object: serde_json::Value = serde_json::from_slice(&second.payload).unwrap();
    assert_eq!(object["errorType"], "Sandbox.Timedout");
    assert!(object["errorMessage"].as_str().unwrap().ends_with("Error: Task timed out after 0.02 seconds"), "{object}");
    assert_eq!(second.duration, timeout);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_named() {
    let (executor, server) = endpoint(Duration::from_secs(3)).await;
    let address = server.local_addr().unwrap();
    drop(server);
    let refusal = executor.invoke("stock-CheckPrice", Bytes::new(), InvokeContext::default()).await.unwrap_err();
    assert!(matches!(refusal, InvokeError::Service { .. }));
    let text = refusal.to_string();
    assert!(text.contains(&address.to_string()) && text.contains("Connection refused"), "{text}");
}
