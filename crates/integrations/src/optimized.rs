//! Optimized integrations of services that answer a request at once: DynamoDB, SQS, SNS.

use aws::ServiceReply;
use machine::{Document, Pattern, TaskCall};
use runtime::Answer;
use serde_json::{Map, Value};

use crate::letter_case::pascal;
use crate::parameters::{Parameters, Refusal};
use crate::{Integrations, failure, metadata, unsupported};

/// What an optimized integration is called where.
struct Integration {
    /// The service, as in the ARN.
    service: &'static str,
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
        prefix: "DynamoDB",
        client: "AmazonDynamoDBv2",
        fallback: "AmazonDynamoDBException",
        text_parameter: None,
        callback: false,
    },
    Integration {
        service: "sqs",
        prefix: "SQS",
        client: "AmazonSQS",
        fallback: "AmazonSQSException",
        text_parameter: Some("MessageBody"),
        callback: true,
    },
    Integration {
        service: "sns",
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
    let Some((integration, members)) = find(service, operation) else {
        return unsupported(arn);
    };
    if pattern == Pattern::Sync || (pattern == Pattern::WaitForTaskToken && !integration.callback) {
        return unsupported(arn);
    }
    if let Err(refusal) = Parameters::read(&call.parameters, members) {
        return refusal.into();
    }
    let mut request = call.parameters.value().clone();
    if let Some(name) = integration.text_parameter
        && let Some(parameter) = request.get_mut(name)
        && !parameter.is_string()
    {
        *parameter = Value::String(parameter.to_string());
    }
    match integrations.services.call(service, &pascal(operation), request).await {
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

fn find(service: &str, operation: &str) -> Option<(&'static Integration, &'static [&'static str])> {
    let integration = INTEGRATIONS.iter().find(|integration| integration.service == service)?;
    Some((integration, asl::integration::parameters(service, operation)?))
}

/// Whether the parameters can be used; those of an integration that isn't known here are not looked at.
pub(crate) fn check(service: &str, operation: &str, parameters: &Document) -> Result<(), Refusal> {
    find(service, operation).map_or(Ok(()), |(_, members)| Parameters::read(parameters, members).map(drop))
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
