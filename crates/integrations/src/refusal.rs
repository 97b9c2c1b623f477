//! What can be told of a task before it is scheduled.

use std::sync::Arc;

use machine::{Document, Resource};

use crate::parameters::Refusal;
use crate::{apigateway, aws_sdk, ecs, events, lambda_invoke, optimized, states};

/// Why parameters can't be used to start a task of that resource; none where they can, or where the integration isn't
/// known here.
pub(crate) fn of(resource: &Resource, parameters: &Document) -> Option<Arc<str>> {
    let Resource::Service { service, action, .. } = resource else { return None };
    let operation = action.split_once('.').map_or(&**action, |(operation, _)| operation);
    let checked = match (&**service, operation) {
        ("apigateway", "invoke") => apigateway::request(parameters).map(drop),
        ("ecs", "runTask") => ecs::cluster(parameters).map(drop),
        ("events", "putEvents") => events::entries(parameters).map(drop),
        ("lambda", "invoke") => lambda_invoke::function(parameters).map(drop),
        ("states", "startExecution") => states::request(parameters).map(drop),
        (service, _) if service.starts_with("aws-sdk:") => aws_sdk::check(parameters),
        (service, operation) => optimized::check(service, operation, parameters),
    };
    checked.err().map(|Refusal(cause)| cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of_parameters(resource: &str, parameters: Value) -> Option<Arc<str>> {
        let resource = Resource::parse(&format!("arn:aws:states:::{resource}").into()).expect("a resource");
        of(&resource, &parameters.into())
    }

    #[test]
    fn parameters_that_no_integration_could_use_are_refused() {
        for (resource, sound, unsound) in [
            (
                "apigateway:invoke",
                json!({"ApiEndpoint": "a.execute-api.us-east-1.amazonaws.com", "Method": "GET", "Headers": {"a": ["b"]}}),
                json!({"ApiEndpoint": "a.execute-api.us-east-1.amazonaws.com", "Method": "GET", "Headers": {"a": "b"}}),
            ),
            ("ecs:runTask.sync", json!({"TaskDefinition": "t"}), json!({"TaskDefinition": "t", "Count": 1})),
            ("events:putEvents", json!({"Entries": [{}]}), json!({"Entries": [{"Resources": "r"}]})),
            ("lambda:invoke.waitForTaskToken", json!({"FunctionName": "f"}), json!({"Payload": {}})),
            ("states:startExecution.sync:2", json!({"StateMachineArn": "a"}), json!({"StateMachineArn": 1})),
            ("sqs:sendMessage", json!({"QueueUrl": "q"}), json!({"QueueUrl": "q", "MessageSystemAttribute": {}})),
            ("aws-sdk:s3:putObject", json!({}), json!([])),
        ] {
            assert_eq!(of_parameters(resource, sound), None, "{resource}");
            let refusal = of_parameters(resource, unsound.clone()).expect("it is refused");
            let beginning = format!("The Parameters '{unsound}' could not be used to start the Task: [");
            assert!(refusal.starts_with(&beginning) && refusal.ends_with(']'), "{refusal}");
        }
        assert_eq!(of_parameters("glue:startJobRun", json!([])), None);
    }
}
