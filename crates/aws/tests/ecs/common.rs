//! A cloud with ECS, and a way to meet its containers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use aws::{Cloud, Config};
use serde_json::{Value, json};

/// A cloud with the cluster `work` and the log group `/ecs/work`.
pub(crate) async fn cloud() -> Cloud {
    let cloud = Cloud::start(Config::default()).await.expect("it starts");
    cloud.create_cluster("work").expect("a cluster");
    cloud.create_log_group("/ecs/work", None).await.expect("a log group");
    cloud
}

/// A container whose program is a shell that runs `script`.
pub(crate) fn shell(name: &str, script: &str) -> Value {
    json!({"name": name, "image": "shell:1", "entryPoint": ["sh", "-c"], "command": [script]})
}

pub(crate) fn definition(containers: &[Value]) -> Value {
    json!({
        "family": "job", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": containers
    })
}

pub(crate) fn shells(names: &[&str]) -> BTreeMap<String, PathBuf> {
    names.iter().map(|name| ((*name).to_owned(), PathBuf::from("/bin/sh"))).collect()
}

pub(crate) fn register(cloud: &Cloud, containers: &[Value]) -> String {
    let names: Vec<&str> = containers.iter().map(|container| container["name"].as_str().expect("a name")).collect();
    cloud.register_task_definition(definition(containers), shells(&names)).expect("a definition")
}

pub(crate) fn request(more: &Value) -> Value {
    let mut request = json!({
        "cluster": "work", "taskDefinition": "job", "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    request.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    request
}

pub(crate) async fn call(cloud: &Cloud, action: &str, request: Value) -> Value {
    cloud.call("ecs", action, request).await.unwrap_or_else(|error| panic!("{action}: {error}")).output
}

pub(crate) async fn run(cloud: &Cloud, more: Value) -> Vec<Value> {
    let output = call(cloud, "RunTask", request(&more)).await;
    assert_eq!(output["failures"], json!([]));
    output["tasks"].as_array().expect("tasks").clone()
}

/// Runs one task to its end.
pub(crate) async fn finish(cloud: &Cloud, more: Value) -> Value {
    let task = run(cloud, more).await.remove(0);
    ended(cloud, &task).await
}

pub(crate) async fn ended(cloud: &Cloud, task: &Value) -> Value {
    cloud.wait_for_task("work", task["taskArn"].as_str().expect("an ARN")).await.expect("the task")
}

pub(crate) async fn lines(cloud: &Cloud) -> Vec<String> {
    let output =
        cloud.call("logs", "FilterLogEvents", json!({"logGroupName": "/ecs/work"})).await.expect("events").output;
    let events = output["events"].as_array().expect("events");
    events.iter().map(|event| event["message"].as_str().expect("text").to_owned()).collect()
}

pub(crate) fn with_log(mut container: Value) -> Value {
    container["logConfiguration"] =
        json!({"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/work", "awslogs-stream-prefix": "job"}});
    container
}

/// A meeting point: the container writes `here` to it, and what lives of the container holds it open.
pub(crate) struct Meeting {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Meeting {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("meeting");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        Self { path, _folder: folder }
    }

    pub(crate) fn script(&self, rest: &str) -> String {
        format!("exec 3>{}; echo here >&3; {rest}", self.path.display())
    }

    /// Waits for the container.
    pub(crate) async fn guest(&self) -> Guest {
        use tokio::io::AsyncBufReadExt;
        let file = tokio::fs::File::open(&self.path).await.expect("the meeting point");
        let mut guest = Guest(tokio::io::BufReader::new(file));
        let mut line = String::new();
        guest.0.read_line(&mut line).await.expect("a line");
        assert_eq!(line, "here\n");
        guest
    }
}

pub(crate) struct Guest(tokio::io::BufReader<tokio::fs::File>);

impl Guest {
    /// Waits until nothing of the container lives.
    pub(crate) async fn goes(mut self) {
        let mut rest = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut self.0, &mut rest).await.expect("the end");
        assert_eq!(rest, "");
    }
}
