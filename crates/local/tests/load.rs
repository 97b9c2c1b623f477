//! A thousand executions of the six machines at the same time, on the definitions of the template and mocked tasks: each
//! comes to its own right end, and its history is whole.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use journal::{Journal, SqliteJournal};
use local::Project;
use machine::{Document, ErrorCause, Outcome, Resource, TaskCall, TaskOutcome};
use runtime::{Answer, Job, Pace, Runtime, Settings, StartExecution, TaskContext, TaskHandler};
use sam::stack::StateMachineType;
use serde_json::{Value, json};

const EXECUTIONS: usize = 1_000;

/// Answers every task of the six machines. What an execution gets has its number in it, so that nobody's is another's.
#[derive(Default)]
struct World {
    runtime: OnceLock<Runtime>,
    /// The tasks that have failed once, by execution and state.
    failed: Mutex<HashSet<(Arc<str>, Arc<str>)>>,
}

/// The number in an execution's name.
fn number(name: &str) -> usize {
    name.rsplit('-').next().and_then(|number| number.parse().ok()).expect("the name ends in a number")
}

/// What the task of a state gives back, `Payload` of a function's aside.
fn result(state: &str, n: usize, parameters: &Value) -> Value {
    let part = |part: &str| json!({"Body": json!({"part": part, "n": n}).to_string()});
    match state {
        "Check Stock Price" => {
            json!({"symbol": format!("S{n}"), "price": "1.50", "reference": "2.00", "source": "test"})
        }
        "Generate Buy/Sell Recommendation" => json!({"symbol": format!("S{n}"), "quantity": n, "price": "1.50",
            "recommended_type": if n.is_multiple_of(2) { "buy" } else { "sell" }}),
        "Buy Stock" | "Sell Stock" => {
            json!({"order": {"order_id": n, "side": state.split(' ').next()}, "message": format!("traded {n}")})
        }
        "ReceberPedido" => json!({"n": n, "status": "pedido_recebido"}),
        "VerificarDisponibilidade" => {
            json!({"n": n, "status": if n % 3 == 1 { "item_indisponivel" } else { "item_disponivel" }})
        }
        "ProcessarPagamento" => {
            json!({"n": n, "status": if n % 3 == 2 { "pagamento_recusado" } else { "pagamento_confirmado" }})
        }
        "LiberarReserva" => json!({"released": n}),
        "EnviarParaEntrega" => json!({"n": n, "status": "pedido_enviado"}),
        "ProcessData" => json!({"id": format!("id{n}")}),
        "CallApiGateway" => json!({"StatusCode": 200, "ResponseBody": {"n": n}}),
        "WriteToS3" => json!({"ETag": n.to_string(), "VersionId": "v"}),
        // What came out of the branches, in their order.
        "Finalize" => json!({"n": n, "status": "done", "branches": parameters["Payload"]["input"]}),
        "Início" => json!({"n": n, "status": if n.is_multiple_of(2) { "sucesso" } else { "falha" }}),
        "Lambda Invoke" => {
            let parts = ["1", "2", "3"].map(|part| json!({"part": part, "numbers": "[]", "drill": "none"}));
            json!({"batch_id": format!("b{n}"), "mode": "containers", "message": "m", "status": "done",
                "result": {"n": n}, "conditions": {"use_containers": n.is_multiple_of(2)}, "parts": parts})
        }
        "Read Result 1" => part("1"),
        "Read Result 2" => part("2"),
        "Read Result 3" => part("3"),
        "Combine Results" => {
            json!({"batch_id": format!("b{n}"), "mode": "containers", "message": "m", "status": "done",
            "result": {"n": n, "parts": parameters["Payload"]["input"]["results"]}})
        }
        "DynamoDB PutItem" | "WriteToDynamoDB" => json!({"SdkHttpMetadata": {"HttpStatusCode": 200}}),
        "SNS Publish" | "Notify" | "Report Result" | "Send SNS Message" => json!({"MessageId": format!("m{n}")}),
        other => panic!("no task is expected in the state {other}"),
    }
}

#[async_trait]
impl TaskHandler for World {
    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        let n = number(&context.identity.execution_name);
        // In every fifth execution each function is busy at first.
        let is_function = matches!(&call.resource, Resource::Service { service, .. } if &**service == "lambda");
        let task = (context.identity.execution_arn.clone(), call.state.clone());
        if n.is_multiple_of(5) && is_function && self.failed.lock().expect("whole").insert(task) {
            return Answer::failed("Lambda.TooManyRequestsException", "busy");
        }
        if let Some(token) = call.token {
            self.decide(n, token);
            return Answer::Submitted(json!({"MessageId": n.to_string()}).into());
        }
        if call.state.starts_with("Run Container") {
            let end = async move {
                tokio::task::yield_now().await;
                (TaskOutcome::Succeeded(json!({"TaskArn": format!("t{n}")}).into()), None)
            };
            return Answer::Job(Job { submitted: json!({"Tasks": []}).into(), end: Box::pin(end), works: true });
        }
        let result = result(&call.state, n, call.parameters.value());
        Answer::succeeded(if is_function { json!({"Payload": result, "StatusCode": 200}) } else { result })
    }
}

impl World {
    /// A person approves, rejects, or never answers.
    fn decide(&self, n: usize, token: Arc<str>) {
        let runtime = self.runtime.get().expect("it runs").clone();
        let busy = runtime.busy();
        tokio::spawn(async move {
            match n % 3 {
                0 => runtime.send_task_success(&token, json!({"by": n}).into()).await,
                1 => runtime.send_task_failure(&token, Some("Rejected"), Some(&n.to_string())).await,
                _ => Ok(()),
            }
            .expect("the token is good");
            drop(busy);
        });
    }
}

fn input(machine: &str, n: usize) -> Value {
    match machine {
        "task-timer" => {
            let topic = "arn:aws:sns:us-east-1:123456789012:batuta-TimerTopic";
            json!({"topic": topic, "message": format!("n{n}"), "timer_seconds": n % 100})
        }
        _ => json!({"n": n, "id": format!("id{n}"), "batch_id": format!("b{n}")}),
    }
}

/// What an execution must come to: a part of its output, or an error.
fn expected(machine: &str, n: usize) -> Result<Value, &'static str> {
    let notified = json!({"message_id": format!("m{n}")});
    match (machine, n % 3) {
        ("stock-trading", 0) => {
            Ok(json!({"outcome": "executed", "message": format!("traded {n}"), "approval": {"by": n},
            "order": {"order_id": n, "side": if n.is_multiple_of(2) { "Buy" } else { "Sell" }}, "notification": notified}))
        }
        ("stock-trading", 1) => {
            Ok(json!({"outcome": "rejected", "error": {"Error": "Rejected", "Cause": n.to_string()}}))
        }
        ("stock-trading", _) => Ok(json!({"outcome": "expired", "notification": notified})),
        ("task-timer", _) => Ok(json!({"message": format!("n{n}"), "notification": notified})),
        ("delivery", 0) => Ok(json!({"n": n, "status": "pedido_enviado"})),
        ("delivery", 1) => Err("Item não está disponível"),
        ("delivery", _) => Err("Erro de pagamento"),
        ("simple-flow", _) if n.is_multiple_of(2) => Ok(json!({"n": n, "status": "sucesso"})),
        ("simple-flow", _) => Err("Processo Falhou"),
        ("orchestration", _) => Ok(json!({"n": n, "notification": notified, "branches": [
            {"state": "WriteToS3", "etag": n.to_string(), "key": format!("output/id{n}.json")},
            {"state": "WriteToDynamoDB", "id": format!("id{n}")},
            {"state": "CallApiGateway", "response": {"n": n}}]})),
        ("batch-processing", _) if n.is_multiple_of(2) => {
            let part = |part: u8| json!({"part": part.to_string(), "status": "succeeded", "result": {"n": n}});
            let parts = [part(1), part(2), part(3)];
            Ok(json!({"batch_id": format!("b{n}"), "result": {"n": n, "parts": parts}, "notification": notified}))
        }
        ("batch-processing", _) => {
            Ok(json!({"batch_id": format!("b{n}"), "result": {"n": n}, "notification": notified}))
        }
        (other, _) => panic!("nothing is known of {other}"),
    }
}

/// Whether a value has all that is expected of it.
fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, value)| contains(found, value))
        }
        _ => found == expected,
    }
}

fn machines() -> Vec<local::Machine> {
    let template = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let project = Project::read(&template, &BTreeMap::new(), None).expect("the template can be read");
    assert!(project.is_sound(), "{:#?}", project.problems);
    assert_eq!(project.machines.len(), 6);
    project.machines
}

fn request(machine: &local::Machine, n: usize) -> StartExecution {
    let resource = &machine.resource;
    let name = format!("{}-{n}", machine.name);
    let express = resource.kind == StateMachineType::Express;
    let kind = if express { ":express:" } else { ":execution:" };
    StartExecution {
        machine: machine.compiled.clone().expect("it is sound"),
        definition: machine.substituted.clone(),
        execution_arn: format!("{}:{name}", resource.arn.replacen(":stateMachine:", kind, 1)).into(),
        execution_name: name.into(),
        state_machine_arn: resource.arn.as_str().into(),
        state_machine_name: resource.name.as_str().into(),
        role_arn: resource.role_arn.as_str().into(),
        region: "us-east-1".into(),
        express,
        origin: Arc::default(),
        input: Document::new(input(&machine.name, n)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_executions_of_the_six_machines_come_to_their_right_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(&folder.path().join("journal")).expect("opens"));
    let world = Arc::new(World::default());
    let settings = Settings { pace: Pace::Skip, attended: false };
    let runtime = Runtime::new(settings, journal.clone(), world.clone(), None);
    assert!(world.runtime.set(runtime.clone()).is_ok());
    let machines = machines();
    // Time stands still until all have begun.
    let busy = runtime.busy();
    let mut executions = Vec::with_capacity(EXECUTIONS);
    for n in 0..EXECUTIONS {
        let machine = &machines[n % machines.len()];
        executions.push((n, machine, runtime.start_named(request(machine, n)).await.expect("it starts")));
    }
    drop(busy);
    for (n, machine, execution) in executions {
        let (arn, outcome) = (&execution.identity.execution_arn, execution.finished().await);
        match (&outcome, expected(&machine.name, n)) {
            (Outcome::Succeeded(output), Ok(expected)) => {
                assert!(contains(output.value(), &expected), "{arn}: {output} has not {expected}");
            }
            (Outcome::Failed(ErrorCause { error, .. }), Err(expected)) => {
                assert_eq!(error.as_deref(), Some(expected), "{arn}");
            }
            (_, expected) => panic!("{arn} came to {outcome:?}, not {expected:?}"),
        }
        let history = journal.history(arn).expect("readable");
        assert!(history.iter().zip(1..).all(|(event, id)| event["id"] == json!(id)), "{arn}");
        let last = if matches!(outcome, Outcome::Succeeded(_)) { "ExecutionSucceeded" } else { "ExecutionFailed" };
        assert_eq!(history.last().expect("events")["type"], last, "{arn}");
    }
    assert!(journal.running().expect("readable").is_empty());
    assert_eq!(journal.summaries().expect("readable").len(), EXECUTIONS);
}
