//! Calls of the embedded services over HTTP, as an SDK makes them.

use aws::Cloud;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Speaks AWS JSON to a cloud's port.
pub(crate) struct Door {
    endpoint: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Door {
    pub(crate) fn of(cloud: &Cloud) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { endpoint: cloud.endpoint().to_owned(), client }
    }

    /// Calls an operation, `AWSStepFunctions.TestState` say; gives status and body.
    pub(crate) async fn call(&self, target: &str, request: &Value) -> (u16, Value) {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .body(Full::new(Bytes::from(request.to_string())))
            .expect("a request");
        let reply = self.client.request(request).await.expect("the server answers");
        let status = reply.status().as_u16();
        let body = reply.into_body().collect().await.expect("a whole body").to_bytes();
        (status, serde_json::from_slice(&body).expect("JSON"))
    }
}
