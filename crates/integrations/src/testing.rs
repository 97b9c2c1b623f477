//! What the tests of this crate share.

use std::sync::Arc;

use machine::{Identity, Resource, TaskCall, TaskOutcome};
use runtime::{Answer, TaskContext};
use serde_json::Value;

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
    TaskContext { identity: Arc::new(identity), started_at_millis: 0 }
}

/// How a task ended at once.
pub(crate) fn outcome(answer: Answer) -> TaskOutcome {
    match answer {
        Answer::Ended(outcome) => outcome,
        other => panic!("the task is over, not {other:?}"),
    }
}
