//! The Lambda function that the tests of this crate run: it does what its event says, and starts as `TEST_INIT` says.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a test orders.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Order {
    /// Answer with the value and the ID of this process.
    Echo { value: Value },
    /// Answer with all that the function knows of itself.
    Describe,
    /// Connect to the test, tell it this process's ID, and wait until it says something or hangs up.
    Meet { address: String },
    /// The same, and never answer.
    Hang { address: String },
    /// The same, in a process that this one has started; answer when it is there.
    Fork { address: String },
    /// Fail with this error object.
    Fail { error_type: String, message: String },
    /// Panic with this message.
    Panic { message: String },
    /// Exit with this status.
    Exit { code: i32 },
    /// End by `SIGABRT`.
    Abort,
    /// Answer with a string that makes the response this long.
    Large { bytes: usize },
    /// Write these lines, to standard output and standard error in turn.
    Log { lines: Vec<String> },
    /// Answer, then exit before asking for the next event.
    AnswerAndExit,
    /// Answer, and ask for the next event only after the test has been met.
    AnswerAndDawdle { address: String },
}

#[derive(Serialize)]
struct Description {
    pid: u32,
    request_id: String,
    deadline: u64,
    invoked_function_arn: String,
    trace_id: Option<String>,
    client_context: Option<Value>,
    environment: BTreeMap<String, String>,
    directory: String,
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    match std::env::var("TEST_INIT").unwrap_or_default().as_str() {
        "" => {}
        "exit" => {
            eprintln!("no configuration");
            std::process::exit(3);
        }
        "hang" => loop {
            std::thread::park();
        },
        "report" => {
            let error = r#"{"errorType":"Config.Missing","errorMessage":"no table"}"#;
            raw("POST", "init/error", "Lambda-Runtime-Function-Error-Type: Config.Missing\r\n", error);
            std::process::exit(1);
        }
        "stream" => stream(),
        "meddle" => meddle(),
        // A file that is there only the second time.
        file => {
            if std::fs::File::create_new(file).is_ok() {
                std::process::exit(3);
            }
        }
    }
    println!("initialised");
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Order>) -> Result<Value, Diagnostic> {
    let pid = std::process::id();
    match event.payload {
        Order::Echo { value } => return Ok(json!({ "pid": pid, "value": value })),
        Order::Describe => {
            let context = event.context;
            let description = Description {
                pid,
                request_id: context.request_id,
                deadline: context.deadline,
                invoked_function_arn: context.invoked_function_arn,
                trace_id: context.xray_trace_id,
                client_context: context.client_context.map(|client| json!(client)),
                environment: std::env::vars().collect(),
                directory: std::env::current_dir().unwrap_or_default().display().to_string(),
            };
            return Ok(json!(description));
        }
        Order::Meet { address } => meet(&address),
        Order::Hang { address } => {
            meet(&address);
            loop {
                std::thread::park();
            }
        }
        Order::Fork { address } => {
            // No process of its own can be easier to have than a shell that does what `meet` does.
            let (host, port) = address.rsplit_once(':').unwrap_or_default();
            let script = format!("exec 3<>/dev/tcp/{host}/{port}; echo $$ >&3; read -r _ <&3");
            let mut shell =
                std::process::Command::new("/bin/bash").args(["-c", &script]).spawn().expect("bash is there");
            std::thread::spawn(move || shell.wait());
        }
        Order::Fail { error_type, message } => return Err(Diagnostic { error_type, error_message: message }),
        Order::Panic { message } => panic!("{message}"),
        Order::Exit { code } => std::process::exit(code),
        Order::Abort => std::process::abort(),
        Order::Large { bytes } => return Ok(Value::String("x".repeat(bytes.saturating_sub(2)))),
        Order::Log { lines } => {
            for (index, line) in lines.iter().enumerate() {
                if index % 2 == 0 { println!("{line}") } else { eprintln!("{line}") }
            }
        }
        Order::AnswerAndExit => {
            let id = event.context.request_id;
            raw("POST", &format!("invocation/{id}/response"), "", "\"bye\"");
            std::process::exit(0);
        }
        Order::AnswerAndDawdle { address } => {
            let id = event.context.request_id;
            raw("POST", &format!("invocation/{id}/response"), "", &pid.to_string());
            meet(&address);
        }
    }
    Ok(json!({ "pid": pid }))
}

fn meet(address: &str) {
    let mut test = TcpStream::connect(address).expect("the test listens");
    writeln!(test, "{}", std::process::id()).expect("the test reads");
    let _ = test.read(&mut [0]);
}

/// Sends a request to the Runtime API by hand and returns the whole response.
fn raw(method: &str, path: &str, headers: &str, body: &str) -> String {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it");
    let (address, prefix) = api.trim_start_matches("http://").split_once('/').expect("an address and a token");
    let mut connection = TcpStream::connect(address).expect("the Runtime API listens");
    let length = body.len();
    write!(
        connection,
        "{method} /{prefix}/2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("the Runtime API reads");
    let mut response = String::new();
    let _ = connection.read_to_string(&mut response);
    response
}

/// Waits for one event and returns its request ID.
fn next() -> String {
    let event = raw("GET", "invocation/next", "", "");
    let id = event.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "));
    id.expect("an event has a request ID").to_owned()
}

/// A function that streams its response.
fn stream() -> ! {
    loop {
        let path = format!("invocation/{}/response", next());
        raw("POST", &path, "Lambda-Runtime-Function-Response-Mode: streaming\r\n", "{}");
    }
}

/// A function that tries what the Runtime API refuses, and answers with the refusals.
fn meddle() -> ! {
    let status = |response: String| response.lines().next().unwrap_or_default().to_owned();
    loop {
        let id = next();
        let refusals = json!({
            "another request": status(raw("POST", "invocation/8cc0c0d4-0000-0000-0000-000000000000/response", "", "1")),
            "next without an answer": status(raw("GET", "invocation/next", "", "")),
            "init error after init": status(raw("POST", "init/error", "", "{}")),
            "no operation": status(raw("GET", "nothing", "", "")),
        });
        raw("POST", &format!("invocation/{id}/response"), "", &refusals.to_string());
        let again = status(raw("POST", &format!("invocation/{id}/response"), "", "2"));
        println!("again: {again}");
    }
}
