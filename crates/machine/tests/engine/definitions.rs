//! The definitions in `statemachine/`, event for event: one way through each that reaches its end, and one that doesn't.
//! What the real functions and services make of them is in `events/`, which `batuta test` runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn definition(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachine").join(format!("{name}.asl.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("a definition is JSON")
}

/// What `lambda:invoke` answers with.
fn payload(value: &Value) -> Reply {
    Reply::Success(json!({"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}))
}

fn fails(error: &'static str) -> Reply {
    Reply::Failure(error, r#"{"errorMessage":"it says so","errorType":"E"}"#)
}

fn published() -> Reply {
    Reply::Success(json!({"MessageId": "m-1"}))
}

#[test]
fn every_definition_is_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachine");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    let here = ["batch-processing", "delivery", "orchestration", "simple-flow", "stock-trading", "task-timer"];
    assert_eq!(names, here.map(|name| format!("{name}.asl.json")));
}

#[test]
fn simple_flow() {
    let run = |reply| check(&definition("simple-flow"), &json!({"valor": 7}), Script::new().on("Início", reply));
    let good = run(payload(&json!({"status": "sucesso"})));
    let bad = run(payload(&json!({"status": "falha"})));
    insta::assert_snapshot!(format!("{good}\n{bad}"));
}

#[test]
fn task_timer() {
    let run = |seconds: Value| {
        let input = json!({"topic": "${TimerTopicArn}", "message": "hello", "timer_seconds": seconds});
        check(&definition("task-timer"), &input, Script::new().on("Send SNS Message", published()))
    };
    insta::assert_snapshot!(format!("{}\n{}", run(json!(2.6)), run(json!("soon"))));
}

#[test]
fn delivery() {
    let order = json!({"pedido": {"id": "p-1"}});
    let status = |status: &str| payload(&json!({"pedido": {"id": "p-1"}, "status": status}));
    let script =
        || Script::new().on("ReceberPedido", payload(&order)).on("VerificarDisponibilidade", status("item_disponivel"));
    let delivered = script()
        .on("ProcessarPagamento", status("pagamento_confirmado"))
        .on("EnviarParaEntrega", status("pedido_enviado"));
    let refused = script()
        .on("ProcessarPagamento", status("pagamento_recusado"))
        .on("LiberarReserva", payload(&json!({"released": true})));
    let run = |script| check(&definition("delivery"), &order, script);
    insta::assert_snapshot!(format!("{}\n{}", run(delivered), run(refused)));
}

#[test]
fn orchestration() {
    let record = json!({"id": "demo-123", "source": "s", "value": 42});
    let script = || {
        Script::new()
            .on("ProcessData", payload(&record))
            .on("WriteToS3", Reply::Success(json!({"ETag": "\"e\"", "VersionId": "v"})))
    };
    let good = script()
        .on("WriteToDynamoDB", Reply::Success(json!({})))
        .on("CallApiGateway", Reply::Success(json!({"StatusCode": 200, "ResponseBody": {"ok": true}})))
        .on("Finalize", payload(&json!({"status": "completed"})))
        .on("Notify", published());
    let bad = script()
        .on("WriteToDynamoDB", fails("DynamoDB.ResourceNotFoundException"))
        .on("CallApiGateway", Reply::Silence)
        .on("HandleError", payload(&json!({"status": "failed"})))
        .on("Notify", published());
    let run = |script| check(&definition("orchestration"), &record, script);
    insta::assert_snapshot!(format!("{}\n{}", run(good), run(bad)));
}

#[test]
fn stock_trading() {
    let input = json!({"symbol": "AMZN", "quantity": 2});
    let quote = json!({"symbol": "AMZN", "price": "12.50", "reference": "13.00", "source": "test"});
    let advised = json!({"symbol": "AMZN", "quantity": 2, "quote": quote, "price": "12.50", "recommended_type": "buy"});
    let script = || {
        Script::new()
            .on("Check Stock Price", payload(&quote))
            .on("Generate Buy/Sell Recommendation", payload(&advised))
            .on("Report Result", published())
    };
    let asked = |answer| Reply::Submitted(json!({"MessageId": "q-1"}), Box::new(Reply::After(60, Box::new(answer))));
    let bought = script()
        .on("Request Human Approval", asked(Reply::Success(json!({"approved_by": "ana"}))))
        .on("Buy Stock", payload(&json!({"order": {"id": "o-1"}, "message": "bought"})));
    let rejected = script().on("Request Human Approval", asked(Reply::Failure("Rejected", "not today")));
    let run = |script| check(&definition("stock-trading"), &input, script);
    insta::assert_snapshot!(format!("{}\n{}", run(bought), run(rejected)));
}

#[test]
fn batch_processing() {
    let prepared = |use_containers: bool| {
        let part = |number: u32| json!({"part": number.to_string(), "numbers": "[1]", "drill": ""});
        payload(&json!({
            "batch_id": "b-1", "conditions": {"use_containers": use_containers}, "parts": [part(1), part(2), part(3)],
            "status": "completed", "mode": "direct", "message": "done", "result": {"sum": 3}
        }))
    };
    let stored =
        |script: Script| script.on("DynamoDB PutItem", Reply::Success(json!({}))).on("SNS Publish", published());
    let direct = stored(Script::new().on("Lambda Invoke", prepared(false)));
    let mut parts = Script::new().on("Lambda Invoke", prepared(true));
    for (container, object) in [
        ("Run Container 1", "Read Result 1"),
        ("Run Container 2", "Read Result 2"),
        ("Run Container 3", "Read Result 3"),
    ] {
        let stopped = Reply::Submitted(json!({"Tasks": []}), Box::new(Reply::Success(json!({"TaskArn": "arn:task"}))));
        parts = parts.on(container, stopped).on(object, Reply::Success(json!({"Body": "{\"sum\":1}"})));
    }
    let refused = stored(parts.on("Combine Results", fails("InconsistentResults")));
    let run = |script| check(&definition("batch-processing"), &json!({"numbers": [1, 2]}), script);
    insta::assert_snapshot!(format!("{}\n{}", run(direct), run(refused)));
}
