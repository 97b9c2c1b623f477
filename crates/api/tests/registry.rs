//! What was made through the API is there again after a restart.

use std::path::Path;
use std::sync::Arc;

use api::{Deployment, Registry, RegistryError, SqliteRegistry, StepFunctions};
use async_trait::async_trait;
use aws::JsonService as _;
use http::HeaderMap;
use jiff::Timestamp;
use journal::MemoryJournal;
use machine::TaskCall;
use runtime::{Answer, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

struct Nobody;

#[async_trait]
impl TaskHandler for Nobody {
    async fn handle(&self, _: TaskCall, _: TaskContext) -> Answer {
        Answer::Queued
    }
}

fn open(path: &Path) -> Result<Arc<Registry>, RegistryError> {
    let store = Box::new(SqliteRegistry::open(path)?);
    Ok(Arc::new(Registry::open("us-east-1", "123456789012", store)?))
}

fn serve(registry: Arc<Registry>) -> StepFunctions {
    let runtime = Runtime::new(Settings::default(), Arc::new(MemoryJournal::new()), Arc::new(Nobody), None);
    StepFunctions::new(runtime, registry)
}

async fn call(api: &StepFunctions, operation: &str, request: Value) -> Value {
    let reply = api.handle(operation, request.to_string().into(), &HeaderMap::new()).await;
    serde_json::from_slice(&reply.body).unwrap()
}

fn definition(comment: &str) -> String {
    json!({"Comment": comment, "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}).to_string()
}

/// Everything that can be asked about what is registered.
async fn everything(api: &StepFunctions, arn: &str) -> Vec<Value> {
    let mut told = vec![
        call(api, "ListStateMachines", json!({})).await,
        call(api, "ListActivities", json!({})).await,
        call(api, "ListStateMachineVersions", json!({"stateMachineArn": arn})).await,
        call(api, "ListStateMachineAliases", json!({"stateMachineArn": arn})).await,
        call(api, "ListTagsForResource", json!({"resourceArn": arn})).await,
        call(api, "DescribeStateMachineAlias", json!({"stateMachineAliasArn": format!("{arn}:live")})).await,
    ];
    for qualifier in ["", ":1", ":2", ":3"] {
        let arn = format!("{arn}{qualifier}");
        told.push(call(api, "DescribeStateMachine", json!({"stateMachineArn": arn})).await);
    }
    told
}

#[tokio::test]
async fn everything_is_there_again_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.sqlite");
    let api = serve(open(&path).unwrap());
    let role = "arn:aws:iam::123456789012:role/r";
    let made = json!({"name": "m", "definition": definition("one"), "roleArn": role, "publish": true,
        "versionDescription": "first", "tags": [{"key": "a", "value": "b"}]});
    let arn = call(&api, "CreateStateMachine", made).await["stateMachineArn"].as_str().unwrap().to_owned();
    for comment in ["two", "three"] {
        let update = json!({"stateMachineArn": arn, "definition": definition(comment), "publish": true});
        assert!(call(&api, "UpdateStateMachine", update).await["revisionId"].is_string());
    }
    call(&api, "UpdateStateMachine", json!({"stateMachineArn": arn, "tracingConfiguration": {"enabled": true}})).await;
    let routes = json!([{"stateMachineVersionArn": format!("{arn}:1"), "weight": 20},
        {"stateMachineVersionArn": format!("{arn}:3"), "weight": 80}]);
    call(&api, "CreateStateMachineAlias", json!({"name": "live", "routingConfiguration": routes})).await;
    call(&api, "DeleteStateMachineVersion", json!({"stateMachineVersionArn": format!("{arn}:2")})).await;
    call(&api, "CreateActivity", json!({"name": "approve", "tags": [{"key": "c", "value": "d"}]})).await;
    for name in ["gone", "stays"] {
        call(&api, "CreateStateMachine", json!({"name": name, "definition": definition("x"), "roleArn": role})).await;
    }
    call(&api, "DeleteStateMachine", json!({"stateMachineArn": arn.replace(":m", ":gone")})).await;

    let before = everything(&api, &arn).await;
    drop(api);
    let api = serve(open(&path).unwrap());
    assert_eq!(everything(&api, &arn).await, before);
    assert_eq!(before[8]["__type"], "StateMachineDoesNotExist", "version 2 was deleted");

    // Numbers and ARNs go on where they were, and what is there can be started.
    let update = json!({"stateMachineArn": arn, "definition": definition("four"), "publish": true});
    assert_eq!(call(&api, "UpdateStateMachine", update).await["stateMachineVersionArn"], format!("{arn}:4"));
    let started = call(&api, "StartExecution", json!({"stateMachineArn": format!("{arn}:live")})).await;
    let described = call(&api, "DescribeExecution", json!({"executionArn": started["executionArn"]})).await;
    assert_eq!(described["stateMachineAliasArn"], format!("{arn}:live"));
}

#[tokio::test]
async fn what_is_deployed_again_unchanged_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.sqlite");
    let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
    let deploy = async |comment: &str, at: i64| {
        let registry = open(&path).unwrap();
        let definition = definition(comment);
        let deployment = Deployment {
            arn: arn.into(),
            name: "m".into(),
            express: false,
            compiled: asl::parse(&definition, &asl::Options::default()).machine.unwrap(),
            definition: definition.into(),
            role_arn: "arn:aws:iam::123456789012:role/r".into(),
            logging: None,
            tracing: false,
            tags: [("a".to_owned(), "b".to_owned())].into(),
            alias: Some("live".into()),
        };
        registry.deploy(deployment, Timestamp::from_second(at).unwrap()).unwrap();
        everything(&serve(registry), arn).await
    };
    let live = |version: u64| json!([{"stateMachineVersionArn": format!("{arn}:{version}"), "weight": 100}]);
    let first = deploy("one", 1).await;
    assert_eq!(first[5]["routingConfiguration"], live(1));
    assert_eq!(deploy("one", 2).await, first);
    let second = deploy("two", 3).await;
    assert_eq!(second[5]["routingConfiguration"], live(2));
    assert_eq!((&second[5]["creationDate"], &second[5]["updateDate"]), (&json!(1.0), &json!(3.0)));
    assert_eq!(deploy("two", 4).await, second);
}

#[test]
fn a_foreign_or_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    drop(journal::SqliteJournal::open(&path).unwrap());
    let error = open(&path).expect_err("it is a journal");
    assert!(matches!(&error, RegistryError::ForeignFormat { found, .. } if found == "unknown"), "{error}");

    let path = folder.path().join("registry.sqlite");
    drop(SqliteRegistry::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("INSERT INTO registry VALUES ('version', 'a:1', '{}')", []).unwrap();
    let error = open(&path).expect_err("a version without members");
    assert!(matches!(&error, RegistryError::Damaged { kind: "version", .. }), "{error}");
    connection.execute("UPDATE meta SET value = '7'", []).unwrap();
    let error = open(&path).expect_err("a later format");
    assert!(error.to_string().contains("has format 7, and this batuta reads format 1"), "{error}");

    let path = folder.path().join("empty.sqlite");
    std::fs::write(&path, "").unwrap();
    let error = open(&path).expect_err("something was there");
    assert!(error.to_string().contains("empty.sqlite") && error.to_string().contains("it is empty"), "{error}");
}
