//! A cloud in a process of its own, so that a test can kill it: runs an ECS task whose container is a shell with the script
//! given as its argument, and never ends by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

#[tokio::main]
async fn main() {
    let script = std::env::args().nth(1).expect("the script is the first argument");
    let cloud = aws::Cloud::start(aws::Config::default()).await.expect("it starts");
    cloud.create_cluster("work").expect("a cluster");
    let definition = json!({
        "family": "job", "cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "main", "image": "shell:1", "entryPoint": ["sh", "-c"], "command": [script]}]
    });
    let programs = BTreeMap::from([("main".to_owned(), PathBuf::from("/bin/sh"))]);
    cloud.register_task_definition(definition, programs).expect("a definition");
    let request = json!({
        "cluster": "work", "taskDefinition": "job", "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    cloud.call("ecs", "RunTask", request).await.expect("a task");
    std::future::pending::<()>().await;
}
