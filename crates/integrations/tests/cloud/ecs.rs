//! `ecs:runTask`, whose containers are processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use machine::TaskOutcome;
use runtime::Answer;
use serde_json::{Value, json};

use crate::world::{World, world};

fn run_task(script: &str) -> Value {
    json!({
        "Cluster": "work", "TaskDefinition": "job", "LaunchType": "FARGATE", "PlatformVersion": "1.4.0",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]}},
        "Overrides": {"ContainerOverrides": [{"Name": "worker", "Command": [script]}]}
    })
}

async fn with_containers() -> World {
    let world = world().await;
    world.cloud.create_cluster("work").expect("a cluster");
    let definition = json!({
        "family": "job", "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "worker", "image": "shell:1", "entryPoint": ["sh", "-c"], "command": ["exit 0"]}]
    });
    let programs = BTreeMap::from([("worker".to_owned(), PathBuf::from("/bin/sh"))]);
    world.cloud.register_task_definition(definition, programs).expect("a definition");
    world
}

async fn job(world: &World, script: &str) -> runtime::Job {
    match world.ask("ecs:runTask.sync", run_task(script)).await {
        Answer::Job(job) => job,
        other => panic!("a job is waited for, not {other:?}"),
    }
}

#[tokio::test]
async fn a_container_runs_to_its_end() {
    let world = with_containers().await;
    let job = job(&world, "exit 0").await;
    let submitted = job.submitted.into_value();
    assert_eq!(submitted["Tasks"][0]["StartedBy"], "AWS Step Functions");
    assert_eq!(submitted["Tasks"][0]["LastStatus"], "PROVISIONING");
    assert_eq!(submitted["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let (TaskOutcome::Succeeded(task), _) = job.end.await else { panic!("it ends well") };
    let task = task.into_value();
    assert_eq!((&task["LastStatus"], &task["StopCode"]), (&json!("STOPPED"), &json!("EssentialContainerExited")));
    assert_eq!(task["Containers"][0]["ExitCode"], 0);
    assert_eq!(task["Overrides"]["ContainerOverrides"][0]["Command"], json!(["exit 0"]));
    assert_eq!(task["TaskArn"], submitted["Tasks"][0]["TaskArn"]);
    let (started, stopped) = (task["StartedAt"].as_i64(), task["StoppedAt"].as_i64());
    assert!(started.is_some() && started <= stopped, "milliseconds: {started:?}, {stopped:?}");
}

#[tokio::test]
async fn a_container_that_fails_is_the_cause() {
    let world = with_containers().await;
    let (TaskOutcome::Failed { error, cause }, _) = job(&world, "exit 3").await.end.await else { panic!("it fails") };
    assert_eq!(error.as_deref(), Some("States.TaskFailed"));
    let task: Value = serde_json::from_str(&cause.expect("a cause")).expect("JSON");
    assert_eq!((&task["Containers"][0]["ExitCode"], &task["LastStatus"]), (&json!(3), &json!("STOPPED")));
}

#[tokio::test]
async fn a_container_whose_task_is_given_up_is_stopped() {
    let world = with_containers().await;
    let job = job(&world, "sleep 600").await;
    let arn = job.submitted.value()["Tasks"][0]["TaskArn"].as_str().expect("an ARN").to_owned();
    drop(job);
    let task = world.cloud.wait_for_task("work", &arn).await.expect("the task");
    assert_eq!((&task["stopCode"], &task["lastStatus"]), (&json!("UserInitiated"), &json!("STOPPED")));
}

#[tokio::test]
async fn errors_of_ecs_are_those_of_the_first_java_sdk() {
    let world = with_containers().await;
    let parameters = json!({"Cluster": "nobodys", "TaskDefinition": "job", "LaunchType": "FARGATE"});
    for pattern in ["", ".sync", ".waitForTaskToken"] {
        let (error, cause) = world.failure(&format!("ecs:runTask{pattern}"), parameters.clone()).await;
        assert_eq!(error, "ECS.ClusterNotFoundException");
        assert!(
            cause.contains("(Service: AmazonECS; Status Code: 400; Error Code: ClusterNotFoundException;"),
            "{cause}"
        );
    }
}
