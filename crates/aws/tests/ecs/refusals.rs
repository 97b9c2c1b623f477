//! What is refused, and what fails to start.

use std::collections::BTreeMap;

use serde_json::json;

use super::common::*;

#[tokio::test]
async fn a_container_without_a_program_fails_its_task_and_says_what_to_do() {
    let cloud = cloud().await;
    cloud.register_task_definition(definition(&[shell("main", "exit 0")]), BTreeMap::new()).expect("a definition");
    let end = finish(&cloud, json!({})).await;
    assert_eq!((&end["stopCode"], &end["version"]), (&json!("TaskFailedToStart"), &json!(4)));
    let reason = end["stoppedReason"].as_str().expect("a reason");
    assert!(reason.starts_with("CannotPullContainerError: "), "{reason}");
    assert!(reason.contains("Metadata: {Batuta: {Containers: {main: {Binary:"), "{reason}");
    for member in ["startedAt", "pullStartedAt", "pullStoppedAt"] {
        assert_eq!(end.get(member), None, "{member}");
    }
    assert_eq!(end["containers"][0].get("exitCode"), None);
    assert_eq!(end["containers"][0].get("imageDigest"), None);

    let no_such_group = json!({"logDriver": "awslogs", "options": {"awslogs-group": "/none"}});
    for (member, value, words) in [
        ("secrets", json!([{"name": "A", "valueFrom": "arn"}]), "secrets, which is not emulated here"),
        ("dependsOn", json!([{"containerName": "x", "condition": "START"}]), "dependsOn, which is not emulated here"),
        ("logConfiguration", no_such_group, "The specified log group does not exist."),
        ("environment", json!([{"name": "a=b", "value": "c"}]), "can't be an environment variable"),
    ] {
        let mut container = shell("main", "exit 0");
        container[member] = value;
        register(&cloud, &[container]);
        let end = finish(&cloud, json!({})).await;
        assert_eq!(end["stopCode"], "TaskFailedToStart", "{member}");
        assert!(end["stoppedReason"].as_str().is_some_and(|reason| reason.contains(words)), "{end}");
    }
    cloud.shutdown().await;
}

#[tokio::test]
async fn requests_are_refused_as_aws_does() {
    let cloud = cloud().await;
    register(&cloud, &[shell("main", "exit 0")]);
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    for (action, request, code, words) in [
        (
            "RunTask",
            json!({"cluster": "none", "taskDefinition": "job"}),
            "ClusterNotFoundException",
            "Cluster not found.",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "none"}),
            "ClientException",
            "TaskDefinition not found.",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "job:2"}),
            "ClientException",
            "TaskDefinition not found.",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "job"}),
            "InvalidParameterException",
            "No Container Instances",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "job", "launchType": "FARGATE"}),
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "job", "launchType": "FARGATE", "networkConfiguration": network, "count": 11}),
            "InvalidParameterException",
            "between 1 and 10",
        ),
        (
            "RunTask",
            json!({"cluster": "work", "taskDefinition": "job", "launchType": "FARGATE", "networkConfiguration": network,
            "overrides": {"containerOverrides": [{"name": "other"}]}}),
            "InvalidParameterException",
            "Override for container named other is not a container in the TaskDefinition.",
        ),
        (
            "StopTask",
            json!({"cluster": "work", "task": "none"}),
            "InvalidParameterException",
            "The referenced task was not found.",
        ),
        (
            "DescribeTaskDefinition",
            json!({"taskDefinition": "none"}),
            "ClientException",
            "Unable to describe task definition.",
        ),
        (
            "RegisterTaskDefinition",
            json!({"family": "x", "containerDefinitions": [{"name": "a", "image": "b", "essential": false}]}),
            "ClientException",
            "at least one essential",
        ),
        (
            "RegisterTaskDefinition",
            json!({"family": "x", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "a", "image": "b"}]}),
            "ClientException",
            "Fargate requires that 'cpu'",
        ),
        ("CreateService", json!({}), "UnknownOperationException", "CreateService is not emulated here"),
    ] {
        let error = cloud.call("ecs", action, request.clone()).await.expect_err(action);
        assert_eq!(error.code, code, "{action} {request}");
        assert!(error.message.contains(words), "{action} {request}: {}", error.message);
    }
    let missing = call(&cloud, "DescribeTasks", json!({"cluster": "work", "tasks": ["none"]})).await;
    assert_eq!(
        missing["failures"],
        json!([{"arn": "arn:aws:ecs:us-east-1:000000000000:task/work/none", "reason": "MISSING"}])
    );
    assert!(cloud.wait_for_task("work", "none").await.is_err());
    let wrong = cloud.register_task_definition(definition(&[shell("main", "exit 0")]), shells(&["other"]));
    assert!(wrong.expect_err("no such container").to_string().contains("the container other"));
    cloud.shutdown().await;
}
