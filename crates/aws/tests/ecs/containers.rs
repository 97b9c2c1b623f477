//! What a container sees, writes and leaves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws::{Cloud, Config, ContainerLine};
use serde_json::json;

use super::common::*;

#[tokio::test]
async fn a_container_sees_its_environment_and_its_lines_are_logged() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&seen);
    let log: aws::ContainerLog = Arc::new(move |line: &ContainerLine<'_>| {
        heard.lock().expect("unpoisoned").push(format!("{} {}", line.container, line.message));
    });
    let cloud = Cloud::start(Config { container_log: Some(log), ..Config::default() }).await.expect("it starts");
    cloud.create_cluster("work").expect("a cluster");
    cloud.create_log_group("/ecs/work", Some(7)).await.expect("a log group");
    let container = with_log(json!({"name": "main", "image": "env", "environment": [
        {"name": "FROM", "value": "definition"}, {"name": "BOTH", "value": "definition"}]}));
    let programs = BTreeMap::from([("main".to_owned(), PathBuf::from("/usr/bin/env"))]);
    cloud.register_task_definition(definition(&[container]), programs).expect("a definition");
    let over = json!({"overrides": {"containerOverrides": [{"name": "main", "cpu": 128, "memory": 256, "environment": [
        {"name": "BOTH", "value": "override"}, {"name": "a.b", "value": "x = 'y'\t"}]}]}});
    let end = finish(&cloud, over.clone()).await;
    assert_eq!(end["containers"][0]["exitCode"], 0);
    assert_eq!((&end["containers"][0]["cpu"], &end["containers"][0]["memory"]), (&json!("128"), &json!("256")));
    let shown = &end["overrides"]["containerOverrides"][0];
    assert_eq!(shown["environment"], over["overrides"]["containerOverrides"][0]["environment"]);
    assert_eq!(shown["cpu"], 128);
    let mut environment = lines(&cloud).await;
    environment.sort();
    let endpoint = format!("AWS_ENDPOINT_URL={}", cloud.endpoint());
    assert_eq!(
        environment,
        [
            "AWS_ACCESS_KEY_ID=local",
            "AWS_DEFAULT_REGION=us-east-1",
            endpoint.as_str(),
            "AWS_EXECUTION_ENV=AWS_ECS_FARGATE",
            "AWS_REGION=us-east-1",
            "AWS_SECRET_ACCESS_KEY=local",
            "BOTH=override",
            "FROM=definition",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "a.b=x = 'y'\t"
        ]
    );
    assert!(seen.lock().expect("unpoisoned").contains(&"main FROM=definition".to_owned()));
    let streams =
        cloud.call("logs", "DescribeLogStreams", json!({"logGroupName": "/ecs/work"})).await.expect("streams").output;
    let id = end["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).expect("an ID");
    assert_eq!(streams["logStreams"][0]["logStreamName"], format!("job/main/{id}"));
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_command_can_be_overridden_and_an_exit_code_tells_how_it_ended() {
    let cloud = cloud().await;
    register(&cloud, &[with_log(shell("main", "exit 1"))]);
    for (script, code) in [("echo $0 $1; exit 3", 3), ("kill -9 $$", 137), ("kill -TERM $$", 143)] {
        let over = json!({"overrides": {"containerOverrides": [{"name": "main", "command": [script, "one", "two"]}]}});
        let end = finish(&cloud, over).await;
        assert_eq!(end["containers"][0]["exitCode"], code, "{script}");
        assert_eq!(end["stopCode"], "EssentialContainerExited");
    }
    assert!(lines(&cloud).await.contains(&"one two".to_owned()));
    cloud.shutdown().await;
}

#[tokio::test]
async fn the_task_ends_with_an_essential_container_alone() {
    let cloud = cloud().await;
    let (side, go) = (Meeting::new(), Meeting::new());
    let mut helper = shell("helper", "exit 5");
    helper["essential"] = json!(false);
    let waits = format!("read -r line <{}; exit 7", go.path.display());
    register(&cloud, &[helper, shell("side", &side.script("sleep 600 & wait")), shell("main", &waits)]);
    let task = run(&cloud, json!({})).await.remove(0);
    let guest = side.guest().await;
    let now = call(&cloud, "DescribeTasks", json!({"cluster": "work", "tasks": [task["taskArn"]]})).await;
    assert_eq!(now["tasks"][0]["lastStatus"], "RUNNING");
    tokio::fs::write(&go.path, "go\n").await.expect("it is read");
    let end = ended(&cloud, &task).await;
    let codes: Vec<i64> = end["containers"]
        .as_array()
        .expect("containers")
        .iter()
        .map(|one| one["exitCode"].as_i64().expect("a code"))
        .collect();
    assert_eq!(codes, [5, 143, 7]);
    guest.goes().await;
    cloud.shutdown().await;
}
