//! The stack's own state machines: each role allows exactly what its definition does.

use std::collections::HashMap;
use std::path::Path;

use asl::{Features, Substitutions};
use diagnostic::Source;
use sam::Settings;
use sam::stack::{Definition, Stack, StateMachine};
use serde_json::{Value, json};
use workbench::permissions::{compare, needs};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn stack() -> Stack {
    let text = std::fs::read_to_string(root().join("template.yaml")).expect("the template is there");
    sam::read(&Source::new("template.yaml", text), &Settings::new("batuta")).stack.expect("the template can be read")
}

fn definition(machine: &StateMachine) -> Value {
    let Some(Definition::File { uri, .. }) = &machine.definition else { panic!("{} has no file", machine.logical_id) };
    let mut text = std::fs::read_to_string(root().join(uri)).expect("the definition is there");
    let values: HashMap<String, String> =
        machine.substitutions.iter().map(|(name, substitution)| (name.clone(), substitution.value.clone())).collect();
    for (name, value) in &values {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    let features = Features { jsonata: true, variables: true, distributed_map: true };
    let options = asl::Options { substitutions: Substitutions::Values(values), features, express: false };
    assert!(asl::parse(&text, &options).machine.is_some(), "{uri} is sound");
    serde_json::from_str(&text).expect("a definition is JSON")
}

#[test]
fn each_role_allows_exactly_what_its_definition_does() {
    let stack = stack();
    assert!(!stack.state_machines.is_empty());
    let mut problems = Vec::new();
    for machine in &stack.state_machines {
        let id = &machine.logical_id;
        let found = compare(&stack, machine, &definition(machine));
        problems.extend(found.missing.iter().map(|need| format!("{id} may not: {need}")));
        problems.extend(found.superfluous.iter().map(|grant| format!("{id} needs not: {grant}")));
        problems.extend(found.unread.iter().map(|sentence| format!("{id}: {sentence}")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_missing_and_a_superfluous_permission_are_found() {
    let stack = stack();
    let mut machine = stack.state_machine("StockTradingStateMachine").expect("the stock trade").clone();
    let definition = definition(&machine);
    let statements = machine.policies[0]["Statement"].as_array_mut().expect("statements");
    let ask = statements.iter().position(|statement| statement["Sid"] == "AskForApproval").expect("the queue's");
    statements.remove(ask);
    statements.push(json!({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}));
    let found = compare(&stack, &machine, &definition);
    let missing: Vec<String> = found.missing.iter().map(ToString::to_string).collect();
    assert_eq!(
        missing,
        ["sqs:SendMessage on arn:aws:sqs:us-east-1:123456789012:batuta-ApprovalQueue (state Request Human Approval)"]
    );
    let superfluous: Vec<String> = found.superfluous.iter().map(ToString::to_string).collect();
    assert_eq!(superfluous, ["s3:GetObject on *"]);

    machine.policies = vec![json!("AWSLambdaRole")];
    let found = compare(&stack, &machine, &definition);
    assert!(found.unread[0].contains("AWSLambdaRole"), "{:?}", found.unread);
    assert!(!found.is_exact());
}

#[test]
fn each_integration_has_its_actions() {
    let stack = stack();
    let machine = stack.state_machine("StockTradingStateMachine").expect("the stock trade").clone();
    let of = |resource: &str, parameters: Value| {
        let definition = json!({"States": {"A": {"Type": "Task", "Resource": resource, "Parameters": parameters}}});
        let of_state = needs(&stack, &machine, &definition).into_iter().filter(|need| need.state.is_some());
        of_state.map(|need| format!("{} {}", need.action, need.resource)).collect::<Vec<_>>()
    };
    assert_eq!(
        of("arn:aws:states:::aws-sdk:s3:putObject", json!({"Bucket": "b", "Key.$": "$.key"})),
        ["s3:PutObject arn:aws:s3:::b/*"]
    );
    assert_eq!(
        of("arn:aws:states:::dynamodb:putItem", json!({"TableName": "t"})),
        ["dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/t"]
    );
    assert_eq!(of("arn:aws:states:::sns:publish", json!({"TopicArn.$": "$.topic"})), ["sns:Publish *"]);
    assert_eq!(
        of(
            "arn:aws:states:::apigateway:invoke",
            json!({"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Stage": "v1", "Method": "POST", "Path": "/process"})
        ),
        ["execute-api:Invoke arn:aws:execute-api:us-east-1:123456789012:abc/v1/POST/process"]
    );
    assert_eq!(
        of(
            "arn:aws:states:::ecs:runTask.sync",
            json!({"TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/x:1"})
        ),
        [
            "ecs:RunTask arn:aws:ecs:us-east-1:123456789012:task-definition/x:*",
            "ecs:StopTask *",
            "ecs:DescribeTasks *",
            "events:PutTargets arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule",
            "events:PutRule arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule",
            "events:DescribeRule arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule",
        ]
    );
    assert_eq!(of("arn:aws:states:::aws-sdk:sfn:describeExecution", json!({})), ["states:DescribeExecution *"]);
}
