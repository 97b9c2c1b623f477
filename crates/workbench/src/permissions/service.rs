//! Which actions an integration needs, on which resources.

use sam::stack::Stack;
use serde_json::Value;

/// What delivery of logs needs; none of these knows resources
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>).
pub(super) const LOG_DELIVERY: &[&str] = &[
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// A call that a definition makes.
pub(super) struct Call<'a> {
    /// `Resource`.
    pub(super) resource: &'a str,
    /// `Parameters` or `Arguments`, as written.
    pub(super) parameters: &'a Value,
}

impl Call<'_> {
    /// A parameter that is written down; none for one that a run decides.
    fn literal(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str).filter(|text| !text.trim_start().starts_with("{%"))
    }
}

/// The actions with their resources.
pub(super) fn permissions(stack: &Stack, call: &Call<'_>) -> Vec<(String, String)> {
    let need = |action: &str, resource: String| vec![(action.to_owned(), resource)];
    let Some(integration) = call.resource.strip_prefix("arn:aws:states:::") else {
        // Activities need nothing of the role.
        return if call.resource.contains(":lambda:") {
            need("lambda:InvokeFunction", call.resource.to_owned())
        } else {
            Vec::new()
        };
    };
    let (integration, pattern) = integration.split_once('.').unwrap_or((integration, ""));
    let sync = pattern.starts_with("sync");
    match integration {
        "lambda:invoke" => need("lambda:InvokeFunction", function(stack, call)),
        "sqs:sendMessage" | "aws-sdk:sqs:sendMessage" => need("sqs:SendMessage", queue(stack, call)),
        "sns:publish" | "aws-sdk:sns:publish" => {
            need("sns:Publish", call.literal("TopicArn").unwrap_or("*").to_owned())
        }
        "apigateway:invoke" => need("execute-api:Invoke", api_method(stack, call)),
        "ecs:runTask" => run_task(stack, call, sync),
        "events:putEvents" => need("events:PutEvents", arn(stack, "events", "event-bus/*")),
        "states:startExecution" => start_execution(stack, call, sync),
        _ => match integration.strip_prefix("aws-sdk:").unwrap_or(integration).split_once(':') {
            Some(("dynamodb", action)) => need(&format!("dynamodb:{}", capitalized(action)), table(stack, call)),
            Some(("s3", action)) => s3(action, call),
            Some((service, action)) => need(&format!("{}:{}", prefix(service), capitalized(action)), "*".to_owned()),
            None => Vec::new(),
        },
    }
}

/// What a distributed Map's reader or writer needs.
pub(super) fn permissions_of_map(part: &Value) -> Vec<(String, String)> {
    let resource = part.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let parameters = part.get("Parameters").or_else(|| part.get("Arguments")).unwrap_or(&Value::Null);
    let call = Call { resource, parameters };
    let Some(action) = resource.strip_prefix("arn:aws:states:::s3:") else { return Vec::new() };
    let mut needs = s3(action, &call);
    if action == "putObject" {
        // Big result files are written in parts.
        // https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        for action in ["s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"] {
            needs.push((action.to_owned(), object(&call)));
        }
    }
    needs
}

fn arn(stack: &Stack, service: &str, rest: &str) -> String {
    format!("arn:{}:{service}:{}:{}:{rest}", stack.partition, stack.region, stack.account_id)
}

fn function(stack: &Stack, call: &Call<'_>) -> String {
    match call.literal("FunctionName") {
        Some(name) if name.starts_with("arn:") => name.to_owned(),
        Some(name) => arn(stack, "lambda", &format!("function:{name}")),
        None => "*".to_owned(),
    }
}

fn queue(stack: &Stack, call: &Call<'_>) -> String {
    // …/<account>/<name>
    match call.literal("QueueUrl").and_then(|url| url.rsplit('/').next()) {
        Some(name) => arn(stack, "sqs", name),
        None => "*".to_owned(),
    }
}

fn table(stack: &Stack, call: &Call<'_>) -> String {
    match call.literal("TableName") {
        Some(name) if name.starts_with("arn:") => name.to_owned(),
        Some(name) => arn(stack, "dynamodb", &format!("table/{name}")),
        None => "*".to_owned(),
    }
}

fn s3(action: &str, call: &Call<'_>) -> Vec<(String, String)> {
    let bucket = || format!("arn:aws:s3:::{}", call.literal("Bucket").unwrap_or("*"));
    let need = |action: &str, resource: String| vec![(action.to_owned(), resource)];
    match action {
        "listObjectsV2" | "listObjects" | "headBucket" => need("s3:ListBucket", bucket()),
        "headObject" => need("s3:GetObject", object(call)),
        "getObject" if call.literal("VersionId").is_some() => need("s3:GetObjectVersion", object(call)),
        "copyObject" => {
            let source = call.literal("CopySource").map_or("*", |source| source.trim_start_matches('/'));
            vec![
                ("s3:PutObject".to_owned(), object(call)),
                ("s3:GetObject".to_owned(), format!("arn:aws:s3:::{source}")),
            ]
        }
        action => need(&format!("s3:{}", capitalized(action)), object(call)),
    }
}

fn object(call: &Call<'_>) -> String {
    let bucket = call.literal("Bucket").unwrap_or("*");
    // A result writer has a prefix in place of a key.
    let key = call.literal("Key").map_or_else(
        || format!("{}*", call.literal("Prefix").map(|prefix| format!("{prefix}/")).unwrap_or_default()),
        str::to_owned,
    );
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`
fn api_method(stack: &Stack, call: &Call<'_>) -> String {
    let api = call.literal("ApiEndpoint").map_or("*", |endpoint| {
        let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
        // A local run knows an API by a path of the one port.
        match endpoint.split_once("/_aws/execute-api/") {
            Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
            None => host.split('.').next().unwrap_or(host),
        }
    });
    let stage = call.literal("Stage").unwrap_or("*");
    let method = call.literal("Method").unwrap_or("*");
    let path = call.literal("Path").map_or("*", |path| path.trim_start_matches('/'));
    arn(stack, "execute-api", &format!("{api}/{stage}/{method}/{path}"))
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>
fn run_task(stack: &Stack, call: &Call<'_>, sync: bool) -> Vec<(String, String)> {
    let name = call.literal("TaskDefinition");
    let family = name.map(|name| {
        let name = name.rsplit('/').next().unwrap_or(name);
        name.split_once(':').map_or(name, |(family, _)| family)
    });
    let definition = family.map_or("*".to_owned(), |family| arn(stack, "ecs", &format!("task-definition/{family}:*")));
    let mut needs = vec![("ecs:RunTask".to_owned(), definition)];
    if sync {
        needs.push(("ecs:StopTask".to_owned(), "*".to_owned()));
        needs.push(("ecs:DescribeTasks".to_owned(), "*".to_owned()));
        needs.extend(managed_rule(stack, "StepFunctionsGetEventsForECSTaskRule"));
    }
    let task = stack.task_definitions.iter().find(|task| Some(task.family.as_str()) == family);
    for role in task.into_iter().flat_map(|task| [&task.execution_role_arn, &task.task_role_arn]).flatten() {
        needs.push(("iam:PassRole".to_owned(), role.clone()));
    }
    needs
}

fn start_execution(stack: &Stack, call: &Call<'_>, sync: bool) -> Vec<(String, String)> {
    let machine = call.literal("StateMachineArn").unwrap_or("*").to_owned();
    let execution = format!("{}:*", machine.replacen(":stateMachine:", ":execution:", 1));
    let mut needs = vec![("states:StartExecution".to_owned(), machine)];
    if sync {
        needs.push(("states:DescribeExecution".to_owned(), execution.clone()));
        needs.push(("states:StopExecution".to_owned(), execution));
        needs.extend(managed_rule(stack, "StepFunctionsGetEventsForStepFunctionsExecutionRule"));
    }
    needs
}

/// The rule by which Step Functions hears of the end of a job.
fn managed_rule(stack: &Stack, rule: &str) -> Vec<(String, String)> {
    ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
        .map(|action| (action.to_owned(), arn(stack, "events", &format!("rule/{rule}"))))
        .into()
}

/// A service's prefix in IAM, where it is not its name in the SDK.
fn prefix(service: &str) -> &str {
    match service {
        "sfn" => "states",
        "cloudwatchlogs" => "logs",
        "eventbridge" => "events",
        "cloudwatch" => "cloudwatch",
        other => other,
    }
}

fn capitalized(action: &str) -> String {
    let mut characters = action.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
