//! The events of triggers, read by the types that the functions read them with.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws::{
    ApiRequest, Cloud, Config, FunctionDescription, FunctionReply, Functions, FunctionsError, MappingSpec, Origin,
    QueueSpec, RouteSpec,
};
use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::sqs::SqsEvent;
use bytes::Bytes;
use http::Method;
use serde_json::json;
use tokio::sync::mpsc;

struct Capture(mpsc::UnboundedSender<(Origin, Bytes)>);

#[async_trait]
impl Functions for Capture {
    async fn invoke(&self, _function: &str, payload: Bytes, origin: Origin) -> Result<FunctionReply, FunctionsError> {
        self.0.send((origin, payload)).expect("the test listens");
        Ok(FunctionReply { payload: Bytes::from_static(b"{\"statusCode\": 204}"), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

async fn cloud() -> (Cloud, mpsc::UnboundedReceiver<(Origin, Bytes)>) {
    let (sender, events) = mpsc::unbounded_channel();
    let config = Config { functions: Some(Arc::new(Capture(sender))), ..Config::default() };
    (Cloud::start(config).await.expect("a cloud"), events)
}

#[tokio::test]
async fn a_queues_event() {
    let (cloud, mut events) = cloud().await;
    let queue = cloud.create_queue(&QueueSpec { name: "q".into(), ..QueueSpec::default() }).await.expect("a queue");
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "x"}, "raw": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let send = json!({"QueueUrl": queue.url, "MessageBody": "hello", "MessageAttributes": attributes});
    let sent = cloud.call("sqs", "SendMessage", send).await.expect("sent").output;
    let mapping = MappingSpec {
        queue_arn: queue.arn.clone(),
        function: "f".into(),
        batch_size: 10,
        window: Duration::ZERO,
        report_batch_item_failures: true,
    };
    cloud.map_queue(&mapping).await.expect("a mapping");
    let (origin, payload) = events.recv().await.expect("an event");
    assert_eq!(origin, Origin::Sqs { queue_arn: queue.arn.clone() });
    let event: SqsEvent = serde_json::from_slice(&payload).expect("an SQS event");
    let message = &event.records[0];
    assert_eq!(message.message_id.as_deref(), sent["MessageId"].as_str());
    assert_eq!(message.body.as_deref(), Some("hello"));
    assert_eq!(message.md5_of_body.as_deref(), sent["MD5OfMessageBody"].as_str());
    assert_eq!(message.md5_of_message_attributes.as_deref(), sent["MD5OfMessageAttributes"].as_str());
    assert_eq!(message.event_source_arn.as_deref(), Some(queue.arn.as_str()));
    assert_eq!(message.event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(message.aws_region.as_deref(), Some("us-east-1"));
    assert!(message.receipt_handle.is_some());
    for name in ["ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"] {
        assert!(message.attributes.contains_key(name), "{name}");
    }
    assert_eq!(message.message_attributes["kind"].string_value.as_deref(), Some("x"));
    assert_eq!(message.message_attributes["raw"].data_type.as_deref(), Some("Binary"));
    assert_eq!(
        message.message_attributes["raw"].binary_value.as_ref().map(|value| value.0.as_slice()),
        Some(&[2, 3, 4][..])
    );
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_routes_event() {
    let (cloud, mut events) = cloud().await;
    let route = RouteSpec {
        api_id: "api".into(),
        stage: "Prod".into(),
        method: "GET".into(),
        path: "/approval/{token+}".into(),
        function: "f".into(),
        iam: false,
    };
    cloud.add_route(&route).expect("a route");
    let mut request = ApiRequest::new("api", "Prod", Method::GET, "/approval/a/b");
    request.query = "answer=approve".into();
    assert_eq!(cloud.api_invoke(request).await.status, 204);
    let (origin, payload) = events.recv().await.expect("an event");
    assert_eq!(origin, Origin::ApiGateway { api_id: "api".into(), stage: "Prod".into() });
    let event: ApiGatewayProxyRequest = serde_json::from_slice(&payload).expect("a proxy event");
    assert_eq!(event.resource.as_deref(), Some("/approval/{token+}"));
    assert_eq!(event.path.as_deref(), Some("/approval/a/b"));
    assert_eq!(event.http_method, Method::GET);
    assert_eq!(event.path_parameters["token"], "a/b");
    assert_eq!(event.query_string_parameters.first("answer"), Some("approve"));
    assert_eq!(event.request_context.stage.as_deref(), Some("Prod"));
    assert_eq!(event.request_context.identity.source_ip.as_deref(), Some("127.0.0.1"));
    assert_eq!(event.body, None);
    cloud.shutdown().await;
}
