//! What the tests of this crate share.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws::{ApiRequest, ApiResponse, ServiceError, ServiceReply};
use lambda::{Endpoint, Location};
use machine::{Identity, Resource, TaskCall, TaskOutcome};
use runtime::{Answer, TaskContext};
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use crate::{Integrations, Services};

/// A call of that resource, with a task token if its pattern has one.
pub(crate) fn call(resource: &str, parameters: Value) -> TaskCall {
    let resource = Resource::parse(&resource.into()).expect("a resource");
    TaskCall {
        task: 5,
        state: "State".into(),
        token: resource.has_token().then(|| "token".into()),
        resource,
        parameters: parameters.into(),
        credentials: None,
        heartbeat_seconds: None,
        deadline: None,
    }
}

/// On behalf of the execution `one` of the state machine `machine`.
pub(crate) fn context() -> TaskContext {
    context_of("one")
}

/// On behalf of that execution of the state machine `machine`.
pub(crate) fn context_of(execution: &str) -> TaskContext {
    let identity = Identity {
        execution_arn: format!("arn:aws:states:us-east-1:123456789012:execution:machine:{execution}").into(),
        execution_name: execution.into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::123456789012:role/machine".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: false,
        seed: [0; 32],
    };
    TaskContext { identity: Arc::new(identity), started_at_millis: 0, again: false }
}

/// How a task ended at once.
pub(crate) fn outcome(answer: Answer) -> TaskOutcome {
    match answer {
        Answer::Ended(outcome) => outcome,
        other => panic!("the task is over, not {other:?}"),
    }
}

/// Services that answer every call with the same reply, and remember what was asked.
#[derive(Default)]
pub(crate) struct Fake {
    reply: Option<Result<Value, ServiceError>>,
    api: Option<ApiResponse>,
    task: Mutex<Option<oneshot::Receiver<Value>>>,
    calls: Mutex<Vec<(String, Value)>>,
    requests: Mutex<Vec<ApiRequest>>,
    /// Told of every call.
    pub(crate) called: Notify,
}

impl Fake {
    /// Calls are answered with this.
    pub(crate) fn reply(self, output: Value) -> Self {
        Self { reply: Some(Ok(output)), ..self }
    }

    /// Calls fail with this.
    pub(crate) fn error(self, error: ServiceError) -> Self {
        Self { reply: Some(Err(error)), ..self }
    }

    /// REST APIs answer with this.
    pub(crate) fn api(self, response: ApiResponse) -> Self {
        Self { api: Some(response), ..self }
    }

    /// An ECS task ends when this says how.
    pub(crate) fn task(self, end: oneshot::Receiver<Value>) -> Self {
        Self { task: Mutex::new(Some(end)), ..self }
    }

    /// The calls so far: `service Operation`, and the request.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.calls.lock().expect("not poisoned").clone()
    }

    /// The requests to REST APIs so far.
    pub(crate) fn requests(&self) -> Vec<ApiRequest> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl Services for Fake {
    async fn call(&self, service: &str, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        self.calls.lock().expect("not poisoned").push((format!("{service} {operation}"), request));
        self.called.notify_one();
        let output = self.reply.clone().unwrap_or(Ok(Value::Null))?;
        Ok(ServiceReply {
            output,
            request_id: "r".into(),
            status: 200,
            headers: vec![("x-amzn-RequestId", "r".into()), ("Content-Length", "2".into())],
        })
    }

    async fn api_invoke(&self, request: ApiRequest) -> ApiResponse {
        self.requests.lock().expect("not poisoned").push(request);
        self.api.clone().expect("a response is prepared")
    }

    async fn wait_for_task(&self, _cluster: &str, _task_arn: &str) -> Result<Value, ServiceError> {
        let end = self.task.lock().expect("not poisoned").take().expect("an end is prepared");
        Ok(end.await.expect("somebody ends the task"))
    }
}

/// Integrations that call that fake.
pub(crate) fn integrations(fake: Fake) -> (Arc<Fake>, Integrations) {
    let fake = Arc::new(fake);
    let functions = Endpoint::new("http://127.0.0.1:9", Vec::new(), Location::default()).expect("an endpoint");
    (fake.clone(), Integrations::new(Arc::new(functions.into()), fake))
}
