//! The stock trade, end to end: the project's own template and definition, the real function binaries as processes, the
//! embedded services over HTTP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use journal::MemoryJournal;
use local::{Local, Options, Override};
use machine::{Document, Outcome};
use runtime::{Pace, Settings};
use serde_json::{Value, json};

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Starts the project. `answered`: somebody answers task tokens.
async fn start(pace: Pace, answered: bool, overrides: &[(Option<&str>, &str, &str)]) -> Local {
    Local::start(Options {
        template: workspace().join("template.yaml"),
        parameters: BTreeMap::new(),
        settings: Settings { pace, attended: answered },
        journal: Arc::new(MemoryJournal::new()),
        kept: None,
        observer: None,
        log_sink: None,
        overrides: overrides
            .iter()
            .map(|(function, name, value)| Override {
                function: function.map(Into::into),
                name: (*name).into(),
                value: (*value).into(),
            })
            .collect(),
        bind: local::ANY_PORT,
        lambda_endpoint: None,
        on_build: Box::new(|_| {}),
    })
    .await
    .unwrap_or_else(|error| panic!("the project starts: {error}"))
}

fn event(name: &str) -> Document {
    let path = workspace().join("events/stock-trading").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Document::parse(&text).expect("an event is JSON")
}

/// Answers the first mail that offers this choice.
fn answer(local: &Local, label: &'static str) -> tokio::task::JoinHandle<()> {
    let mut following = local.cloud().mailbox().subscribe();
    tokio::spawn(async move {
        loop {
            let mail = following.live.recv().await.expect("a mail comes");
            if let Some(link) = local::links(&mail.body).into_iter().find(|link| link.label == label) {
                local::follow(&link.url).await.expect("the link works");
                return;
            }
        }
    })
}

struct Done {
    output: Value,
    history: Vec<Value>,
    orders: Vec<Value>,
    /// The message on the result topic.
    reported: Value,
}

impl Done {
    fn entered(&self, state: &str) -> usize {
        self.history.iter().filter(|event| event["stateEnteredEventDetails"]["name"] == state).count()
    }
}

/// Runs an execution to its end, which must be a success, and looks at what it left behind.
async fn finish(local: &Local, input: Document) -> Done {
    let execution = local.execute("stock-trading", input).await.expect("the machine is there").expect("it starts");
    let Outcome::Succeeded(output) = execution.finished().await else {
        panic!("every ending is reported: {:?}", execution.outcome())
    };
    let history = local.runtime().journal().history(&execution.identity.execution_arn).expect("readable");
    let mut orders = Vec::new();
    let project = local.project();
    let stack = project.stack.as_ref().expect("a stack");
    for table in &stack.tables {
        let scanned = local.cloud().call("dynamodb", "Scan", json!({"TableName": table.name})).await.expect("a scan");
        orders.extend(
            scanned.output["Items"]
                .as_array()
                .expect("items")
                .iter()
                .filter(|item| item.get("order_id").is_some())
                .cloned(),
        );
    }
    let published = local.cloud().published().so_far();
    let report = published.last().expect("the result is published");
    let reported = serde_json::from_str(&report.message).expect("the report is JSON");
    Done { output: output.into_value(), history, orders, reported }
}

/// The ending was reported as that, and nothing was traded.
fn assert_not_traded(done: &Done, outcome: &str) {
    assert_eq!(done.output["outcome"], outcome, "{:#}", done.output);
    assert_eq!(done.reported["outcome"], outcome, "{:#}", done.reported);
    assert!(done.output.get("order").is_none(), "{:#}", done.output);
    assert!(done.orders.is_empty(), "nothing is traded: {:?}", done.orders);
    assert_eq!(done.entered("Report Result"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_purchase_is_traded_once() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Approve");
    let done = finish(&local, event("buy.json")).await;
    answered.await.expect("no panic");
    assert_eq!(done.output["outcome"], "executed", "{:#}", done.output);
    assert_eq!(done.output["order"]["side"], "buy");
    assert_eq!(done.reported["order"]["order_id"], done.output["order"]["order_id"]);
    assert_eq!(done.orders.len(), 1, "{:?}", done.orders);
    assert_eq!((done.entered("Buy Stock"), done.entered("Sell Stock")), (1, 0));
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_sale_is_traded_once() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Approve");
    let done = finish(&local, event("sell.json")).await;
    answered.await.expect("no panic");
    assert_eq!(done.output["order"]["side"], "sell", "{:#}", done.output);
    assert_eq!(done.orders.len(), 1, "{:?}", done.orders);
    assert_eq!((done.entered("Buy Stock"), done.entered("Sell Stock")), (0, 1));
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_is_reported_and_nothing_is_traded() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Reject");
    let done = finish(&local, event("buy.json")).await;
    answered.await.expect("no panic");
    assert_not_traded(&done, "rejected");
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nobody_gives_expires() {
    let local = start(Pace::Skip, false, &[]).await;
    let done = finish(&local, event("buy.json")).await;
    assert_not_traded(&done, "expired");
    let timed_out = done.history.iter().filter(|event| event["type"] == "TaskTimedOut").count();
    assert_eq!(timed_out, 1);
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_source_that_is_down_is_asked_again_and_then_reported() {
    // Port 9 of this machine refuses; nothing listens there.
    let down = [(Some("check-price"), "QUOTE_API_URL", "http://127.0.0.1:9/quotes")];
    let local = start(Pace::Skip, false, &down).await;
    let done = finish(&local, event("buy.json")).await;
    assert_not_traded(&done, "price_unavailable");
    let asked = done.history.iter().filter(|event| event["type"] == "TaskFailed").count();
    assert_eq!(asked, 4, "once and three times again");
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_is_reported() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Approve");
    let done = finish(&local, event("insufficient-funds.json")).await;
    answered.await.expect("no panic");
    assert_not_traded(&done, "insufficient_funds");
    assert_eq!(done.entered("Buy Stock"), 1);
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_shares_are_reported() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Approve");
    let done = finish(&local, event("insufficient-shares.json")).await;
    answered.await.expect("no panic");
    assert_not_traded(&done, "insufficient_shares");
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_reported() {
    let local = start(Pace::Skip, false, &[]).await;
    for (input, outcome) in [
        (event("unknown-symbol.json"), "unknown_symbol"),
        (event("invalid-input.json"), "invalid_input"),
        (Document::new(json!({})), "invalid_input"),
        (Document::new(json!("; DROP TABLE orders")), "invalid_input"),
        (Document::new(json!({"symbol": "<script>", "quantity": 1})), "invalid_input"),
    ] {
        let done = finish(&local, input).await;
        assert_not_traded(&done, outcome);
    }
    local.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_step_run_twice_trades_once() {
    let local = start(Pace::Real, true, &[]).await;
    let answered = answer(&local, "Approve");
    let done = finish(&local, event("buy.json")).await;
    answered.await.expect("no panic");
    // The very payload that the step sent, sent again: what a retry after a lost answer does.
    let scheduled = done
        .history
        .iter()
        .find(|event| {
            let parameters = event["taskScheduledEventDetails"]["parameters"].as_str().unwrap_or_default();
            parameters.contains("BuyFunction")
        })
        .expect("the step was scheduled");
    let parameters: Value =
        serde_json::from_str(scheduled["taskScheduledEventDetails"]["parameters"].as_str().expect("text"))
            .expect("JSON");
    let again = local.invoke("buy", &parameters["Payload"]).await.expect("the function runs");
    assert_eq!(again["order"]["order_id"], done.output["order"]["order_id"], "{again:#}");
    let project = local.project();
    let stack = project.stack.as_ref().expect("a stack");
    let mut orders = 0;
    for table in &stack.tables {
        let scanned = local.cloud().call("dynamodb", "Scan", json!({"TableName": table.name})).await.expect("a scan");
        orders += scanned.output["Items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|item| item.get("order_id").is_some())
            .count();
    }
    assert_eq!(orders, 1, "traded once");
    local.shut_down().await;
}
