//! Optimized integrations of services that answer a request at once: DynamoDB, SQS, SNS.

use aws::ServiceReply;
use machine::{Pattern, TaskCall};
use runtime::Answer;
use serde_json::{Map, Value};

use crate::{Integrations, failure, metadata, unsupported};

/// What an optimized integration is called where.
struct Integration {
    /// The service and its operations, as in the ARN.
    service: &'static str,
    operations: &'static [&'static str],
    /// What error names begin with.
    prefix: &'static str,
    /// The first Java SDK's name of the service, and of its errors that the service's model does not name.
    client: &'static str,
    fallback: &'static str,
    /// The parameter that takes any JSON and is sent as text.
    text_parameter: Option<&'static str>,
    /// Whether `.waitForTaskToken` is known.
    callback: bool,
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
const INTEGRATIONS: &[Integration] = &[
    Integration {
        service: "dynamodb",
        operations: &["getItem", "putItem", "updateItem", "deleteItem"],
        prefix: "DynamoDB",
        client: "AmazonDynamoDBv2",
        fallback: "AmazonDynamoDBException",
        text_parameter: None,
        callback: false,
    },
    Integration {
        service: "sqs",
        operations: &["sendMessage"],
        prefix: "SQS",
        client: "AmazonSQS",
        fallback: "AmazonSQSException",
        text_parameter: Some("MessageBody"),
        callback: true,
    },
    Integration {
        service: "sns",
        operations: &["publish"],
        prefix: "SNS",
        client: "AmazonSNS",
        fallback: "AmazonSNSException",
        text_parameter: Some("Message"),
        callback: true,
    },
];

pub(crate) async fn call(
    integrations: &Integrations,
    service: &str,
    operation: &str,
    call: &TaskCall,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    let Some(integration) = INTEGRATIONS
        .iter()
        .find(|integration| integration.service == service && integration.operations.contains(&operation))
    else {
        return unsupported(arn);
    };
    if pattern == Pattern::WaitForTaskToken && !integration.callback {
        return unsupported(arn);
    }
    let mut request = call.parameters.value().clone();
    if let Some(name) = integration.text_parameter
        && let Some(parameter) = request.get_mut(name)
        && !parameter.is_string()
    {
        *parameter = Value::String(parameter.to_string());
    }
    match integrations.cloud.call(service, &capitalized(operation), request).await {
        Err(error) => failure::optimized(&error, integration.prefix, integration.client, integration.fallback),
        Ok(reply) => {
            let output = Value::Object(output(reply));
            match pattern {
                Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
                _ => Answer::succeeded(output),
            }
        }
    }
}

fn output(reply: ServiceReply) -> Map<String, Value> {
    let mut output = match reply.output {
        Value::Object(members) => members,
        // An operation without an answer.
        _ => Map::new(),
    };
    metadata::add(&mut output, reply.status, &reply.headers, &reply.request_id);
    output
}

/// `putItem` is the API's `PutItem`.
pub(crate) fn capitalized(operation: &str) -> String {
    let mut characters = operation.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}
