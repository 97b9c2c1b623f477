//! What the API answers.

use serde_json::{Value, json};

use super::common::*;

#[tokio::test]
async fn a_task_has_the_members_that_aws_recorded() {
    let cloud = cloud().await;
    let arn = register(&cloud, &[shell("main", "exit 0")]);
    assert_eq!(arn, "arn:aws:ecs:us-east-1:000000000000:task-definition/job:1");
    let task = run(&cloud, json!({"startedBy": "AWS Step Functions", "platformVersion": "1.4.0"})).await.remove(0);
    let members: Vec<&str> = task.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "attachments",
            "attributes",
            "availabilityZone",
            "clusterArn",
            "containers",
            "cpu",
            "createdAt",
            "desiredStatus",
            "enableExecuteCommand",
            "ephemeralStorage",
            "group",
            "inferenceAccelerators",
            "lastStatus",
            "launchType",
            "memory",
            "overrides",
            "platformFamily",
            "platformVersion",
            "startedBy",
            "tags",
            "taskArn",
            "taskDefinitionArn",
            "version"
        ]
    );
    assert_eq!(task["attachments"][0]["details"], json!([{"name": "subnetId", "value": "subnet-1"}]));
    assert_eq!(task["attachments"][0]["type"], "ElasticNetworkInterface");
    assert_eq!(task["attachments"][0]["status"], "PRECREATED");
    let container = &task["containers"][0];
    let members: Vec<&str> = container.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "containerArn",
            "cpu",
            "gpuIds",
            "image",
            "lastStatus",
            "managedAgents",
            "name",
            "networkBindings",
            "networkInterfaces",
            "taskArn"
        ]
    );
    assert_eq!((&container["cpu"], &container["lastStatus"]), (&json!("0"), &json!("PENDING")));
    assert_eq!(
        task["overrides"],
        json!({"containerOverrides": [{"command": [], "environment": [], "environmentFiles": [], "name": "main",
            "resourceRequirements": []}], "inferenceAcceleratorOverrides": []})
    );
    assert_eq!((&task["lastStatus"], &task["version"]), (&json!("PROVISIONING"), &json!(1)));
    assert_eq!(task["group"], "family:job");
    let id = task["taskArn"].as_str().and_then(|arn| arn.strip_prefix("arn:aws:ecs:us-east-1:000000000000:task/work/"));
    assert!(id.is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())), "{id:?}");

    let end = ended(&cloud, &task).await;
    let members: Vec<&str> = end.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "attachments",
            "attributes",
            "availabilityZone",
            "clusterArn",
            "connectivity",
            "connectivityAt",
            "containers",
            "cpu",
            "createdAt",
            "desiredStatus",
            "enableExecuteCommand",
            "ephemeralStorage",
            "executionStoppedAt",
            "group",
            "inferenceAccelerators",
            "lastStatus",
            "launchType",
            "memory",
            "overrides",
            "platformVersion",
            "pullStartedAt",
            "pullStoppedAt",
            "startedAt",
            "startedBy",
            "stopCode",
            "stoppedAt",
            "stoppedReason",
            "stoppingAt",
            "tags",
            "taskArn",
            "taskDefinitionArn",
            "version"
        ]
    );
    assert_eq!(
        (&end["lastStatus"], &end["desiredStatus"], &end["version"]),
        (&json!("STOPPED"), &json!("STOPPED"), &json!(5))
    );
    assert_eq!(end["stopCode"], "EssentialContainerExited");
    assert_eq!(end["stoppedReason"], "Essential container in task exited");
    assert_eq!((&end["attachments"][0]["type"], &end["attachments"][0]["status"]), (&json!("eni"), &json!("DELETED")));
    assert_eq!(end["attachments"][0]["details"].as_array().map(Vec::len), Some(5));
    let container = &end["containers"][0];
    assert_eq!((&container["exitCode"], &container["lastStatus"]), (&json!(0), &json!("STOPPED")));
    assert!(container["imageDigest"].as_str().is_some_and(|digest| digest.len() == 71));
    assert_eq!(container["networkInterfaces"][0]["attachmentId"], end["attachments"][0]["id"]);
    let times: Vec<f64> =
        ["createdAt", "connectivityAt", "pullStartedAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt"]
            .map(|name| end[name].as_f64().unwrap_or_else(|| panic!("{name}")))
            .into();
    assert!(times.is_sorted(), "{times:?}");
    let described = call(&cloud, "DescribeTasks", json!({"cluster": "work", "tasks": [task["taskArn"]]})).await;
    assert_eq!(described["tasks"][0]["platformFamily"], "Linux");
    cloud.shutdown().await;
}

#[tokio::test]
async fn definitions_are_revised_and_the_same_is_found_again() {
    let cloud = cloud().await;
    let first = register(&cloud, &[shell("main", "exit 1")]);
    assert_eq!(register(&cloud, &[shell("main", "exit 1")]), first);
    let second = register(&cloud, &[shell("main", "exit 2")]);
    assert!(second.ends_with("job:2"), "{second}");
    for (name, code) in [("job", 2), ("job:1", 1), (first.as_str(), 1), (second.as_str(), 2)] {
        let end = finish(&cloud, json!({"taskDefinition": name})).await;
        assert_eq!(end["containers"][0]["exitCode"], code, "{name}");
    }
    let described = call(&cloud, "DescribeTaskDefinition", json!({"taskDefinition": "job"})).await;
    let definition = &described["taskDefinition"];
    assert_eq!((&definition["revision"], &definition["status"]), (&json!(2), &json!("ACTIVE")));
    assert_eq!(definition["containerDefinitions"][0]["essential"], true);
    assert_eq!(definition["containerDefinitions"][0]["portMappings"], json!([]));
    let listed = call(&cloud, "ListTaskDefinitions", json!({"familyPrefix": "job"})).await;
    assert_eq!(listed["taskDefinitionArns"], json!([first, second]));
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_repeated_request_starts_nothing_and_several_tasks_are_started_at_once() {
    let cloud = cloud().await;
    register(&cloud, &[shell("main", "exit 0")]);
    let token = json!({"clientToken": "t", "count": 3, "tags": [{"key": "a", "value": "b"}]});
    let tasks = run(&cloud, token.clone()).await;
    assert_eq!(tasks.len(), 3);
    let again = run(&cloud, token).await;
    assert_eq!(tasks[2]["taskArn"], again[2]["taskArn"]);
    let other = cloud.call("ecs", "RunTask", request(&json!({"clientToken": "t"}))).await.expect_err("another request");
    assert_eq!(other.code, "ConflictException");
    for task in &tasks {
        assert_eq!(ended(&cloud, task).await["tags"], json!([{"key": "a", "value": "b"}]));
    }
    let arns: Vec<&Value> = tasks.iter().map(|task| &task["taskArn"]).collect();
    let plain = call(&cloud, "DescribeTasks", json!({"cluster": "work", "tasks": arns})).await;
    assert_eq!((plain["tasks"].as_array().map(Vec::len), &plain["tasks"][0]["tags"]), (Some(3), &json!([])));
    cloud.shutdown().await;
}
