//! The best that a server of the Step Functions API can look: it reads each request and answers at once, without running,
//! keeping or checking anything. `scripts/bench-api` measures it beside real ones:
//! `cargo build --release -p lambda --example floor`, then `--start 'floor=target/release/examples/floor {port}'`.
//!
//! Its executions of one Pass state, or of many in a row, come to the right output; there are no others. It lives in this crate
//! because it needs an HTTP server and little else.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: Option<String>,
    definition: Option<String>,
    state_machine_arn: Option<String>,
    execution_arn: Option<String>,
    input: Option<String>,
}

/// What the last state puts into its input, by state machine; and the input of each execution.
#[derive(Default)]
struct Floor {
    machines: HashMap<String, Option<(String, Value)>>,
    executions: HashMap<String, (String, String)>,
}

const STARTED: f64 = 1_700_000_000.0;

impl Floor {
    fn answer(&mut self, operation: &str, body: Body) -> Value {
        match operation {
            "CreateStateMachine" => {
                let arn =
                    format!("arn:aws:states:us-east-1:123456789012:stateMachine:{}", body.name.unwrap_or_default());
                let definition: Value = serde_json::from_str(&body.definition.unwrap_or_default()).unwrap_or_default();
                let states = definition["States"].as_object();
                let last = states.and_then(|states| states.values().next_back()).cloned().unwrap_or_default();
                let path = last["ResultPath"].as_str().and_then(|path| path.strip_prefix("$."));
                self.machines.insert(arn.clone(), path.map(|path| (path.to_owned(), last["Result"].clone())));
                json!({"stateMachineArn": arn, "creationDate": STARTED})
            }
            "StartExecution" => {
                let arn = format!("arn:execution:{}", body.name.unwrap_or_default());
                let of = (body.state_machine_arn.unwrap_or_default(), body.input.unwrap_or_default());
                self.executions.insert(arn.clone(), of);
                json!({"executionArn": arn, "startDate": STARTED})
            }
            "DescribeExecution" => {
                let arn = body.execution_arn.unwrap_or_default();
                let Some((machine, input)) = self.executions.remove(&arn) else { return json!({}) };
                json!({"executionArn": arn, "status": "SUCCEEDED", "startDate": STARTED, "stopDate": STARTED,
                    "output": self.output(&machine, &input), "input": input})
            }
            "StartSyncExecution" => {
                let (machine, input) = (body.state_machine_arn.unwrap_or_default(), body.input.unwrap_or_default());
                json!({"executionArn": "arn:execution", "status": "SUCCEEDED", "startDate": STARTED, "stopDate": STARTED,
                    "output": self.output(&machine, &input), "input": input})
            }
            "ListStateMachines" => json!({"stateMachines": []}),
            "ListActivities" => json!({"activities": []}),
            _ => json!({}),
        }
    }

    fn output(&self, machine: &str, input: &str) -> String {
        let Some(Some((name, result))) = self.machines.get(machine) else { return input.to_owned() };
        let mut output: Value = serde_json::from_str(input).unwrap_or_default();
        output[name] = result.clone();
        output.to_string()
    }
}

async fn serve(floor: Arc<Mutex<Floor>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let answer = match serde_json::from_slice(&body) {
        Ok(body) => floor.lock().expect("no answer panics").answer(operation, body),
        Err(_) => json!({}),
    };
    let mut response = Response::new(Full::new(Bytes::from(answer.to_string())));
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
    Ok(response)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)).await?;
    println!("http://{}", listener.local_addr()?);
    let floor = Arc::new(Mutex::new(Floor::default()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let floor = floor.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| serve(floor.clone(), request));
            // A client that goes away is no trouble.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
