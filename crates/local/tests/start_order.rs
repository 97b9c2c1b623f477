//! An order from outside: the function behind `POST /orders` starts the delivery over the Step Functions API.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use journal::MemoryJournal;
use local::{Local, Options};
use machine::Outcome;
use runtime::{Pace, Settings};
use serde_json::{Value, json};

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The status and the body of the function's answer to a request with this order, or with the sample's.
async fn place(local: &Local, order: Option<&Value>) -> (u64, Value) {
    let sample = std::fs::read_to_string(workspace().join("events/functions/start-order.json")).unwrap();
    let mut request: Value = serde_json::from_str(&sample).unwrap();
    if let Some(order) = order {
        request["body"] = json!(order.to_string());
    }
    let answer = local.invoke("start-order", &request).await.expect("the function answers");
    (answer["statusCode"].as_u64().unwrap(), serde_json::from_str(answer["body"].as_str().unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_delivered_in_an_execution_of_its_name_and_only_once() {
    let local = Local::start(Options {
        template: workspace().join("template.yaml"),
        parameters: BTreeMap::new(),
        settings: Settings { pace: Pace::Skip, attended: false },
        journal: Arc::new(MemoryJournal::new()),
        kept: None,
        observer: None,
        log_sink: None,
        overrides: Vec::new(),
        bind: local::ANY_PORT,
        lambda_endpoint: None,
        on_build: Box::new(|_| {}),
    })
    .await
    .unwrap_or_else(|error| panic!("the project starts: {error}"));

    let (status, answer) = place(&local, None).await;
    let arn = "arn:aws:states:us-east-1:123456789012:execution:batuta-delivery:pedido-1001";
    let expected = json!({"status": "started", "order_id": "pedido-1001", "execution_arn": arn});
    assert_eq!((status, answer), (202, expected));
    let execution = local.runtime().execution(arn).expect("it was started");
    let Outcome::Succeeded(output) = execution.finished().await else { panic!("it is delivered") };
    assert_eq!(output.value()["status"], "pedido_enviado");
    assert_eq!(output.value()["order"]["execution"], arn);

    let message = "The order pedido-1001 was placed before; a new order needs a new order_id.";
    assert_eq!(place(&local, None).await, (409, json!({"message": message})));
    let (status, _) = place(&local, Some(&json!({"order_id": "pedido-1002"}))).await;
    assert_eq!(status, 422);
    assert_eq!(local.runtime().journal().summaries().unwrap().len(), 1);
    local.shut_down().await;
}
