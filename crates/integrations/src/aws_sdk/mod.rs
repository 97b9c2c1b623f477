//! AWS SDK integrations: any operation of a service by its name in the SDK
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>).
//!
//! Step Functions calls the service with the second Java SDK: its names of members, errors and services are what
//! definitions use and executions see.

mod s3;
mod time;

use aws::{ServiceError, ServiceReply};
use machine::{Document, Pattern, TaskCall};
use runtime::{Answer, TaskContext};
use serde_json::Value;

use crate::letter_case::{camel, pascal, renamed};
use crate::parameters::Refusal;
use crate::{Integrations, failure, states, unsupported};

/// A service that is embedded.
struct Service {
    /// Its name in the ARN.
    name: &'static str,
    /// Its name among the embedded services; Step Functions itself is none of them.
    embedded: &'static str,
    /// The SDK's name, which its errors carry.
    sdk: &'static str,
    /// Whether its API spells members in camel case.
    camel_case: bool,
    /// Members of the request, at any depth, that are texts, and for which any JSON is taken (recorded case
    /// `services/aws_sdk_task_service--sfn_start_execution_implicit_json_serialisation.json`).
    texts: &'static [&'static str],
    /// Whether a member of the answer is a time in seconds since 1970.
    is_time: fn(&str) -> bool,
}

const SERVICES: &[Service] = &[
    Service { name: "dynamodb", embedded: "dynamodb", sdk: "DynamoDb", camel_case: false, texts: &[], is_time: never },
    Service { name: "sqs", embedded: "sqs", sdk: "Sqs", camel_case: false, texts: &["MessageBody"], is_time: never },
    Service { name: "sns", embedded: "sns", sdk: "Sns", camel_case: false, texts: &["Message"], is_time: never },
    Service { name: "sts", embedded: "sts", sdk: "Sts", camel_case: false, texts: &[], is_time: never },
    Service { name: "s3", embedded: "s3", sdk: "S3", camel_case: false, texts: &[], is_time: never },
    Service {
        name: "ecs",
        embedded: "ecs",
        sdk: "Ecs",
        camel_case: true,
        texts: &[],
        is_time: |member| member.ends_with("At"),
    },
    Service {
        name: "eventbridge",
        embedded: "events",
        sdk: "EventBridge",
        camel_case: false,
        texts: &["Detail"],
        is_time: |member| member.ends_with("Time"),
    },
    Service {
        name: "cloudwatchlogs",
        embedded: "logs",
        sdk: "CloudWatchLogs",
        camel_case: true,
        texts: &["Message"],
        // Its times are numbers of milliseconds in the SDK, too.
        is_time: never,
    },
    Service {
        name: "sfn",
        embedded: "states",
        sdk: "Sfn",
        camel_case: true,
        texts: &["Input", "Output"],
        is_time: |member| member.ends_with("Date"),
    },
];

fn never(_member: &str) -> bool {
    false
}

pub(crate) async fn call(
    integrations: &Integrations,
    service: &str,
    operation: &str,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    let Some(service) = SERVICES.iter().find(|known| known.name == service) else {
        return unsupported(arn);
    };
    if pattern == Pattern::Sync {
        return unsupported(arn);
    }
    if let Err(refusal) = check(&call.parameters) {
        return refusal.into();
    }
    let mut request = call.parameters.value().clone();
    if !service.texts.is_empty() {
        make_texts(&mut request, service.texts);
    }
    if service.name == "s3" {
        request = s3::request(request);
    }
    if service.camel_case {
        request = renamed(request, camel);
    }
    match send(integrations, service, &pascal(operation), request, call, context).await {
        Err(error) => failure::aws_sdk(&error, service.sdk),
        Ok(reply) => {
            let mut output = reply.output;
            time::as_texts(&mut output, service.is_time);
            if service.camel_case {
                output = renamed(output, pascal);
            }
            if service.name == "s3" {
                output = s3::output(output);
            }
            if output.is_null() {
                output = Value::Object(serde_json::Map::new());
            }
            match pattern {
                Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
                _ => Answer::succeeded(output),
            }
        }
    }
}

/// Whether the parameters can be used.
pub(crate) fn check(parameters: &Document) -> Result<(), Refusal> {
    if parameters.value().is_object() { Ok(()) } else { Err(Refusal::new(parameters, "The value must be an object")) }
}

async fn send(
    integrations: &Integrations,
    service: &Service,
    operation: &str,
    request: Value,
    call: &TaskCall,
    context: &TaskContext,
) -> Result<ServiceReply, ServiceError> {
    if service.name == "sfn" {
        let executions = integrations.executions()?;
        return match operation {
            "StartExecution" => states::once::start(&*executions, request, call, context, false).await,
            "SendTaskSuccess" | "SendTaskFailure" => {
                states::once::answer(&*executions, operation, request, context).await
            }
            _ => executions.call(operation, request).await,
        };
    }
    integrations.services.call(service.embedded, operation, request).await
}

/// Makes the members of these names texts.
fn make_texts(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if !names.contains(&name.as_str()) {
                    make_texts(value, names);
                } else if !value.is_string() && !value.is_null() {
                    *value = Value::String(value.to_string());
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_texts(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, call as task, context, integrations, outcome};
    use machine::TaskOutcome;
    use runtime::TaskHandler as _;
    use serde_json::json;

    async fn sent(resource: &str, parameters: Value, reply: Value) -> (Vec<(String, Value)>, Value) {
        let (fake, integrations) = integrations(Fake::default().reply(reply));
        let answer = integrations.handle(task(resource, parameters), context()).await;
        let TaskOutcome::Succeeded(output) = outcome(answer) else { panic!("it succeeds") };
        (fake.calls(), output.into_value())
    }

    #[tokio::test]
    async fn what_is_put_into_s3_is_json() {
        let cases = [
            (json!({"Dict": "Value"}), r#"{"Dict":"Value"}"#),
            (json!(false), "false"),
            (json!(0), "0"),
            (json!("text data"), "\"text data\""),
        ];
        for (body, text) in cases {
            let parameters = json!({"Bucket": "b", "Key": "k", "Body": body});
            let (calls, output) =
                sent("arn:aws:states:::aws-sdk:s3:putObject", parameters, json!({"ETag": "\"e\""})).await;
            assert_eq!((calls[0].0.as_str(), &calls[0].1["Body"]), ("s3 PutObject", &json!(text)));
            assert_eq!(output, json!({"ETag": "\"e\""}));
        }
    }

    #[tokio::test]
    async fn members_are_spelled_in_pascal_case_and_times_are_texts() {
        let reply = json!({"tasks": [{"taskArn": "t", "createdAt": 1_732_190_000.5}], "failures": []});
        let (calls, output) =
            sent("arn:aws:states:::aws-sdk:ecs:describeTasks", json!({"Cluster": "c", "Tasks": ["t"]}), reply).await;
        assert_eq!(calls, [("ecs DescribeTasks".to_owned(), json!({"cluster": "c", "tasks": ["t"]}))]);
        assert_eq!(
            output,
            json!({"Tasks": [{"TaskArn": "t", "CreatedAt": "2024-11-21T11:53:20.500Z"}], "Failures": []})
        );
    }

    #[tokio::test]
    async fn services_are_called_by_their_embedded_names() {
        let entries = json!({"Entries": [{"Detail": {"a": 1}, "Source": "s"}]});
        let (calls, _) = sent("arn:aws:states:::aws-sdk:eventbridge:putEvents", entries, json!({})).await;
        let expected = json!({"Entries": [{"Detail": "{\"a\":1}", "Source": "s"}]});
        assert_eq!(calls, [("events PutEvents".to_owned(), expected)]);
        let events = json!({"LogGroupName": "g", "LogEvents": [{"Timestamp": 1, "Message": {"a": 1}}]});
        let (calls, output) = sent("arn:aws:states:::aws-sdk:cloudwatchlogs:putLogEvents", events, Value::Null).await;
        let expected = json!({"logGroupName": "g", "logEvents": [{"timestamp": 1, "message": "{\"a\":1}"}]});
        assert_eq!(calls, [("logs PutLogEvents".to_owned(), expected)]);
        assert_eq!(output, json!({}));
    }

    #[tokio::test]
    async fn unknown_services_and_patterns_are_refused() {
        let (fake, integrations) = integrations(Fake::default());
        for resource in ["arn:aws:states:::aws-sdk:bedrock:invokeModel", "arn:aws:states:::aws-sdk:ecs:runTask.sync"] {
            let answer = integrations.handle(task(resource, json!({})), context()).await;
            let TaskOutcome::Failed { error, cause } = outcome(answer) else { panic!("it is refused") };
            assert_eq!(error.as_deref(), Some("Batuta.UnsupportedIntegration"));
            assert!(cause.is_some_and(|cause| cause.contains(resource)));
        }
        let answer = integrations.handle(task("arn:aws:states:::aws-sdk:s3:listBuckets", json!([])), context()).await;
        assert!(matches!(outcome(answer), TaskOutcome::Impossible { .. }));
        assert_eq!(fake.calls(), []);
    }
}
