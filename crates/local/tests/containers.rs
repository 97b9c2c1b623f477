//! Containers and functions of the project's stack, and where their lines go.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use journal::MemoryJournal;
use lambda::LogRecord;
use local::{Local, Options, Override};
use runtime::{Pace, Settings};
use serde_json::{Value, json};

/// What `run --logs` would show.
type Heard = Arc<Mutex<Vec<String>>>;

async fn start(overrides: &[(&str, &str, &str)], heard: &Heard) -> Local {
    let heard = Arc::clone(heard);
    Local::start(Options {
        template: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml"),
        parameters: BTreeMap::new(),
        settings: Settings { pace: Pace::Skip, attended: false },
        journal: Arc::new(MemoryJournal::new()),
        kept: None,
        observer: None,
        log_sink: Some(Arc::new(move |record: &LogRecord<'_>| {
            heard.lock().unwrap().push(format!("[{}] {}", record.function_name, record.message));
        })),
        overrides: overrides
            .iter()
            .map(|(function, name, value)| Override {
                function: Some((*function).to_owned()),
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        bind: local::ANY_PORT,
        lambda_endpoint: None,
        on_build: Box::new(|_| {}),
    })
    .await
    .unwrap_or_else(|error| panic!("the project starts: {error}"))
}

async fn call(local: &Local, service: &str, action: &str, request: Value) -> Value {
    let answer = local.cloud().call(service, action, request).await;
    answer.unwrap_or_else(|error| panic!("{action}: {error}")).output
}

async fn lines(local: &Local, group: &str) -> Vec<(String, String)> {
    let output = call(local, "logs", "FilterLogEvents", json!({"logGroupName": group})).await;
    let text = |event: &Value, member: &str| event[member].as_str().unwrap().to_owned();
    let events = output["events"].as_array().unwrap();
    events.iter().map(|event| (text(event, "logStreamName"), text(event, "message"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_of_the_template_runs_as_its_program() {
    let heard = Heard::default();
    // Its own name for the part is none of ours: the program refuses it and says so.
    let local = start(&[("batch-worker", "BATCH_ID", "../hostile")], &heard).await;
    let definitions = call(&local, "ecs", "ListTaskDefinitions", json!({})).await;
    let definition = definitions["taskDefinitionArns"][0].as_str().unwrap().to_owned();
    assert!(definition.ends_with("-batch-worker:1"), "{definition}");
    let clusters = call(&local, "ecs", "ListClusters", json!({})).await;
    let cluster = clusters["clusterArns"][0].as_str().unwrap();
    let request = json!({
        "cluster": cluster, "taskDefinition": definition, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    let task = call(&local, "ecs", "RunTask", request).await["tasks"][0].take();
    let end = local.cloud().wait_for_task(cluster, task["taskArn"].as_str().unwrap()).await.unwrap();
    assert_eq!(end["stopCode"], "EssentialContainerExited", "{end:#}");
    assert!(end["containers"][0]["exitCode"].as_i64().is_some_and(|code| code > 0), "{end:#}");
    let lines = lines(&local, "/aws/ecs/batuta-batch-worker").await;
    let (stream, line) = &lines[0];
    let id = end["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).unwrap();
    assert_eq!(*stream, format!("batch/batch-worker/{id}"));
    assert!(line.contains("container failed"), "{line}");
    assert!(heard.lock().unwrap().contains(&format!("[batch-worker] {line}")));
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_functions_lines_go_to_its_log_group() {
    let heard = Heard::default();
    let local = start(&[], &heard).await;
    // Whether it takes the event is its own affair.
    let _ = local.invoke("check-price", &json!({})).await;
    let lines = lines(&local, "/aws/lambda/batuta").await;
    assert!(lines[0].1.contains("platform.start"), "the template asks for JSON: {lines:?}");
    let (stream, _) = &lines[0];
    assert!(stream.as_bytes()[4] == b'/' && stream.contains("/[$LATEST]"), "{stream}");
    assert!(heard.lock().unwrap().contains(&format!("[batuta-CheckPriceFunction] {}", lines[0].1)), "{heard:?}");
    let groups = call(&local, "logs", "DescribeLogGroups", json!({"logGroupNamePrefix": "/aws/lambda/batuta"})).await;
    assert!(groups["logGroups"][0]["retentionInDays"].is_u64());
    local.shut_down().await;
}
