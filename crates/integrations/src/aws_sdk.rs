//! AWS SDK integrations: any operation of a service by its name in the SDK
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>).

use machine::{Pattern, TaskCall};
use runtime::Answer;

use crate::optimized::capitalized;
use crate::{Integrations, failure, unsupported};

/// The services that are embedded, by their name in the ARN, with the second Java SDK's name of each, which its errors
/// carry.
const SERVICES: &[(&str, &str)] = &[("dynamodb", "DynamoDb"), ("sqs", "Sqs"), ("sns", "Sns"), ("sts", "Sts")];

pub(crate) async fn call(
    integrations: &Integrations,
    service: &str,
    operation: &str,
    call: &TaskCall,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    let Some((_, name)) = SERVICES.iter().find(|(known, _)| *known == service) else {
        return unsupported(arn);
    };
    let request = call.parameters.value().clone();
    match integrations.cloud.call(service, &capitalized(operation), request).await {
        Err(error) => failure::aws_sdk(&error, name),
        Ok(reply) => match pattern {
            Pattern::WaitForTaskToken => Answer::Submitted(reply.output.into()),
            _ => Answer::succeeded(reply.output),
        },
    }
}
