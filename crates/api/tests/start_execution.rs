//! `StartExecution`, as a function's SDK sends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Deployment, Registry, StepFunctions};
use async_trait::async_trait;
use aws::JsonService as _;
use http::HeaderMap;
use jiff::Timestamp;
use journal::{Journal, MemoryJournal};
use machine::{Document, Outcome, TaskCall, TaskOutcome};
use runtime::{Answer, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

const ARN: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
const EXPRESS: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:quick";

fn two(now: Timestamp) -> Arc<Registry> {
    let registry = Registry::ephemeral("us-east-1", "123456789012");
    let definition = json!({
        "StartAt": "Work",
        "States": {"Work": {
            "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "End": true,
        }},
    });
    for arn in [ARN, EXPRESS] {
        let deployment = Deployment {
            arn: arn.into(),
            name: arn.rsplit(':').next().unwrap().into(),
            express: arn == EXPRESS,
            definition: definition.to_string().into(),
            compiled: asl::parse(&definition.to_string(), &asl::Options::default()).machine.expect("it is sound"),
            role_arn: "arn:aws:iam::123456789012:role/orders".into(),
            logging: None,
            tracing: false,
            tags: BTreeMap::new(),
            alias: (arn == ARN).then(|| "live".into()),
        };
        registry.deploy(deployment, now).unwrap();
    }
    Arc::new(registry)
}

/// Works until it is let go, so that a test decides whether an execution runs.
struct Worker {
    go: Semaphore,
    begun: watch::Sender<usize>,
}

#[async_trait]
impl TaskHandler for Worker {
    async fn handle(&self, call: TaskCall, _: TaskContext) -> Answer {
        self.begun.send_modify(|begun| *begun += 1);
        self.go.acquire().await.expect("nobody closes it").forget();
        Answer::Ended(TaskOutcome::Succeeded(call.parameters))
    }
}

struct Stage {
    api: StepFunctions,
    runtime: Runtime,
    worker: Arc<Worker>,
    journal: Arc<MemoryJournal>,
}

struct Shared(Arc<Worker>);

#[async_trait]
impl TaskHandler for Shared {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        self.0.handle(call, context).await
    }
}

fn stage() -> Stage {
    let worker = Arc::new(Worker { go: Semaphore::new(0), begun: watch::Sender::new(0) });
    let journal = Arc::new(MemoryJournal::new());
    let runtime = Runtime::new(Settings::default(), journal.clone(), Arc::new(Shared(worker.clone())), None);
    Stage { api: StepFunctions::new(runtime.clone(), two(runtime.now())), runtime, worker, journal }
}

impl Stage {
    async fn call(&self, body: &Value) -> (u16, Value) {
        let reply = self.api.handle("StartExecution", body.to_string().into(), &HeaderMap::new()).await;
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    async fn start(&self, name: &str, input: &str) -> (u16, Value) {
        self.call(&json!({"stateMachineArn": ARN, "name": name, "input": input})).await
    }

    /// Asserts that the call is refused so.
    async fn refused(&self, body: Value, kind: &str, message: &str) {
        let expected = json!({"__type": kind, "message": message});
        assert_eq!(self.call(&body).await, (400, expected), "{body}");
    }
}

fn execution(name: &str) -> String {
    format!("arn:aws:states:us-east-1:123456789012:execution:orders:{name}")
}

#[tokio::test]
async fn an_execution_gets_its_input_its_name_and_a_date() {
    let stage = stage();
    let (status, answer) = stage.start("pedido-1", r#"{"a": 1}"#).await;
    assert_eq!((status, &answer["executionArn"]), (200, &json!(execution("pedido-1"))));
    assert!(answer["startDate"].as_f64().unwrap() > 1.6e9, "{answer}");
    stage.worker.go.add_permits(1);
    let handle = stage.runtime.execution(&execution("pedido-1")).unwrap();
    let Outcome::Succeeded(output) = handle.finished().await else { panic!("it succeeds") };
    assert_eq!(output.value(), &json!({"a": 1}));
}

#[tokio::test]
async fn without_a_name_every_call_starts_another_and_without_an_input_it_is_empty() {
    let stage = stage();
    let mut arns = Vec::new();
    for _ in 0..2 {
        let (status, answer) = stage.call(&json!({"stateMachineArn": ARN})).await;
        assert_eq!(status, 200);
        let arn = answer["executionArn"].as_str().unwrap().to_owned();
        assert_eq!(stage.journal.header(&arn).unwrap().unwrap().input, Document::parse("{}").unwrap());
        arns.push(arn);
    }
    assert_ne!(arns[0], arns[1]);
}

#[tokio::test]
async fn the_same_name_and_input_is_the_same_execution_while_it_runs() {
    let stage = stage();
    let first = stage.start("pedido-1", r#"{"a": 1, "b": [2]}"#).await;
    assert_eq!(first.0, 200);
    // Blanks and the order of members are no difference.
    assert_eq!(stage.start("pedido-1", r#"{"b":[2],"a":1}"#).await, first);
    let exists = json!({
        "__type": "ExecutionAlreadyExists",
        "message": format!("Execution Already Exists: '{}'", execution("pedido-1")),
    });
    assert_eq!(stage.start("pedido-1", r#"{"a": 2}"#).await, (400, exists.clone()));

    stage.worker.go.add_permits(1);
    stage.runtime.execution(&execution("pedido-1")).unwrap().finished().await;
    assert_eq!(stage.start("pedido-1", r#"{"a": 1, "b": [2]}"#).await, (400, exists));
    assert_eq!(*stage.worker.begun.borrow(), 1, "it ran once");
}

#[tokio::test]
async fn of_calls_at_the_same_time_one_starts_it() {
    let stage = stage();
    let (one, two, other) =
        tokio::join!(stage.start("pedido-1", "{}"), stage.start("pedido-1", "{}"), stage.start("pedido-2", "{}"));
    assert_eq!((one.0, other.0), (200, 200));
    assert_eq!(one, two);
    assert_eq!(stage.journal.summaries().unwrap().len(), 2);
}

#[tokio::test]
async fn express_executions_may_share_a_name() {
    let stage = stage();
    let body = json!({"stateMachineArn": EXPRESS, "name": "pedido-1"});
    let prefix = "arn:aws:states:us-east-1:123456789012:express:quick:pedido-1:";
    let (one, two) = (stage.call(&body).await.1, stage.call(&body).await.1);
    assert!(one["executionArn"].as_str().unwrap().starts_with(prefix), "{one}");
    assert_ne!(one["executionArn"], two["executionArn"]);
}

#[tokio::test]
async fn a_version_or_an_alias_is_told_of_with_the_execution() {
    let stage = stage();
    for (qualifier, alias) in [("1", None), ("live", Some(format!("{ARN}:live")))] {
        let (status, answer) = stage.call(&json!({"stateMachineArn": format!("{ARN}:{qualifier}")})).await;
        let header = stage.journal.header(answer["executionArn"].as_str().unwrap()).unwrap().unwrap();
        assert_eq!((status, &*header.state_machine_arn), (200, ARN));
        assert_eq!(header.origin.version_arn.as_deref(), Some(&*format!("{ARN}:1")));
        assert_eq!(header.origin.alias_arn.as_deref(), alias.as_deref());
    }
}

#[tokio::test]
async fn what_is_no_input_is_refused_in_the_words_of_aws() {
    let stage = stage();
    for (input, reason) in [
        (
            "not some json",
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        ),
        ("{'not': 'json'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("", "Invalid execution input."),
    ] {
        let message = format!("Invalid State Machine Execution Input: '{reason}'");
        stage.refused(json!({"stateMachineArn": ARN, "input": input}), "InvalidExecutionInput", &message).await;
    }
    for input in ["{", "[1,]", "nul", "true false", "1 2"] {
        let (status, answer) = stage.call(&json!({"stateMachineArn": ARN, "input": input})).await;
        assert_eq!((status, &answer["__type"]), (400, &json!("InvalidExecutionInput")), "{input}");
    }
    for input in ["2", "\"some text\"", "null"] {
        assert_eq!(stage.call(&json!({"stateMachineArn": ARN, "input": input})).await.0, 200, "{input}");
    }
    let long = format!("\"{}\"", "x".repeat(262_143));
    assert_eq!(stage.call(&json!({"stateMachineArn": ARN, "input": long})).await.1["__type"], "ValidationException");
}

#[tokio::test]
async fn what_is_no_name_is_refused() {
    let stage = stage();
    for name in
        ["a b", "a<b", "a{b", "a]b", "a?b", "a*b", "a\"b", "a#b", "a%b", "a\\b", "a:b", "a/b", "a\u{7f}b", "a\tb"]
    {
        let body = json!({"stateMachineArn": ARN, "name": name});
        stage.refused(body, "InvalidName", &format!("Invalid Name: '{name}'")).await;
    }
    for name in [String::new(), "x".repeat(81)] {
        let (status, answer) = stage.call(&json!({"stateMachineArn": ARN, "name": name})).await;
        assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")), "{name}");
    }
    assert_eq!(stage.start(&"x".repeat(80), "{}").await.0, 200);
    assert_eq!(stage.start("pedido-ação_1.a", "{}").await.0, 200);
}

#[tokio::test]
async fn what_is_no_state_machine_is_refused() {
    let stage = stage();
    let nobody = "arn:aws:states:us-east-1:123456789012:stateMachine:nobody";
    for (arn, kind, message) in [
        (nobody, "StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{nobody}'")),
        ("orders", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: orders'".to_owned()),
        (&execution("a"), "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: execution'".to_owned()),
        ("arn:aws:sqs:us-east-1:1:q", "InvalidArn", "Invalid Arn: 'Invalid ARN: arn:aws:sqs:us-east-1:1:q'".to_owned()),
    ] {
        stage.refused(json!({"stateMachineArn": arn}), kind, &message).await;
    }
    for qualifier in ["7", "dead"] {
        let arn = format!("{ARN}:{qualifier}");
        let message = format!("State Machine Does Not Exist: '{arn}'");
        stage.refused(json!({"stateMachineArn": arn}), "StateMachineDoesNotExist", &message).await;
    }
    let (status, answer) = stage.call(&json!({"stateMachineArn": format!("{ARN}/label")})).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")));
    let missing = "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member must \
                   not be null";
    stage.refused(json!({}), "ValidationException", missing).await;
    assert!(stage.journal.summaries().unwrap().is_empty());
}
