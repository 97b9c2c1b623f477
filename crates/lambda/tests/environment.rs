//! What a process sees of the world: what Lambda defines, what the function configures, and nothing else.

mod common;

use std::collections::BTreeMap;

use common::{example, spec, succeed};
use lambda::{Host, HostOptions, Location, LogFormat};
use serde_json::{Value, json};

#[tokio::test]
async fn a_process_sees_only_what_lambda_defines() {
    let mut spec = spec();
    spec.memory_mb = 256;
    spec.handler = "price.handler".to_owned();
    spec.environment.insert("TABLE".to_owned(), "orders".to_owned());
    spec.environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), "http://127.0.0.1:2".to_owned());
    let options = HostOptions {
        location: Location { region: "sa-east-1".to_owned(), ..Location::default() },
        environment: BTreeMap::from([
            ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1".to_owned()),
            ("AWS_ENDPOINT_URL_SQS".to_owned(), "http://127.0.0.1:1".to_owned()),
        ]),
        ..HostOptions::default()
    };
    let host = Host::start([spec], options).await.unwrap();
    let told = succeed(&host, json!({ "do": "describe" })).await;

    let directory = example("test-function").parent().unwrap().to_str().unwrap().to_owned();
    assert_eq!(told["directory"], directory);
    let mut environment = told["environment"].as_object().unwrap().clone();
    let api = environment.remove("AWS_LAMBDA_RUNTIME_API").unwrap();
    let token = api.as_str().unwrap().strip_prefix("http://127.0.0.1:").unwrap().split_once('/').unwrap().1;
    assert_eq!(token.len(), 32, "{token}");
    let stream = environment.remove("AWS_LAMBDA_LOG_STREAM_NAME").unwrap();
    assert!(stream.as_str().unwrap().contains("/[$LATEST]"), "{stream}");
    assert!(environment.remove("_X_AMZN_TRACE_ID").is_some(), "the runtime sets it");
    assert_eq!(
        Value::Object(environment),
        json!({
            "_HANDLER": "price.handler",
            "AWS_REGION": "sa-east-1",
            "AWS_DEFAULT_REGION": "sa-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": "test",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/test",
            "LAMBDA_TASK_ROOT": directory,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            "TZ": ":UTC",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:2",
            "TABLE": "orders",
        })
    );
}

#[tokio::test]
async fn a_function_that_logs_json_is_told_so() {
    let mut spec = spec();
    spec.logging.format = LogFormat::Json;
    spec.logging.application_log_level = Some("DEBUG".to_owned());
    spec.logging.log_group = "/custom/group".to_owned();
    let host = common::host(spec).await;
    let environment = succeed(&host, json!({ "do": "describe" })).await["environment"].clone();
    assert_eq!(environment["AWS_LAMBDA_LOG_FORMAT"], "JSON");
    assert_eq!(environment["AWS_LAMBDA_LOG_LEVEL"], "DEBUG");
    assert_eq!(environment["AWS_LAMBDA_LOG_GROUP_NAME"], "/custom/group");
}
