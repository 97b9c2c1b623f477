//! The embedded services, and integrations that call them.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{Cloud, Config, FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
use bytes::Bytes;
use integrations::Integrations;
use lambda::{Endpoint, Location};
use machine::{Identity, Resource, TaskCall, TaskOutcome};
use runtime::{Answer, TaskContext, TaskHandler};
use serde_json::{Value, json};

/// A function host whose only function echoes its event's method, body and caller.
struct Echo;

#[async_trait]
impl Functions for Echo {
    async fn invoke(&self, _function: &str, payload: Bytes, _origin: Origin) -> Result<FunctionReply, FunctionsError> {
        let event: Value = serde_json::from_slice(&payload).expect("an event");
        let custom = event["multiValueHeaders"].as_object().and_then(|headers| {
            headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("custom")).map(|(_, values)| values.clone())
        });
        let body = json!({
            "method": event["httpMethod"], "body": event["body"], "query": event["multiValueQueryStringParameters"],
            "custom": custom, "signed": !event["requestContext"]["identity"]["userArn"].is_null()
        });
        let reply = json!({"statusCode": 201, "body": body.to_string()});
        Ok(FunctionReply { payload: reply.to_string().into(), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        Ok(FunctionDescription { name: function.to_owned(), ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

pub(crate) struct World {
    pub(crate) cloud: Cloud,
    integrations: Integrations,
}

pub(crate) async fn world() -> World {
    let config = Config { functions: Some(Arc::new(Echo)), ..Config::default() };
    let cloud = Cloud::start(config).await.expect("it starts");
    let functions = Endpoint::new("http://127.0.0.1:9", Vec::new(), Location::default()).expect("an endpoint");
    let integrations = Integrations::new(Arc::new(functions.into()), Arc::new(cloud.clone()));
    World { cloud, integrations }
}

impl World {
    pub(crate) async fn ask(&self, resource: &str, parameters: Value) -> Answer {
        let resource = Resource::parse(&format!("arn:aws:states:::{resource}").into()).expect("a resource");
        let call = TaskCall {
            task: 5,
            state: "State".into(),
            resource,
            parameters: parameters.into(),
            token: None,
            credentials: None,
            heartbeat_seconds: None,
            deadline: None,
        };
        let identity = Identity {
            execution_arn: "arn:aws:states:us-east-1:000000000000:execution:machine:one".into(),
            execution_name: "one".into(),
            state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:machine".into(),
            state_machine_name: "machine".into(),
            role_arn: "arn:aws:iam::000000000000:role/machine".into(),
            region: "us-east-1".into(),
            redrive_count: 0,
            express: false,
            seed: [0; 32],
        };
        self.integrations
            .handle(call, TaskContext { identity: Arc::new(identity), started_at_millis: 0, again: false })
            .await
    }

    pub(crate) async fn output(&self, resource: &str, parameters: Value) -> Value {
        match self.ask(resource, parameters).await {
            Answer::Ended(TaskOutcome::Succeeded(output)) => output.into_value(),
            other => panic!("{resource} succeeds, not {other:?}"),
        }
    }

    pub(crate) async fn failure(&self, resource: &str, parameters: Value) -> (String, String) {
        match self.ask(resource, parameters).await {
            Answer::Ended(TaskOutcome::Failed { error: Some(error), cause: Some(cause) }) => {
                (error.to_string(), cause.to_string())
            }
            other => panic!("{resource} fails, not {other:?}"),
        }
    }
}
