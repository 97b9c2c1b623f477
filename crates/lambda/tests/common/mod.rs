//! What the tests share: the test function's binary, a host for it, and a place to meet its processes.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use lambda::{
    FunctionErrorKind, FunctionSpec, Host, HostOptions, Invocation, InvokeContext, InvokeError, LogRecord, LogSource,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub(crate) const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:test";

/// `cargo test` builds the examples of the package beside its test binaries.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let debug = test.parent().and_then(|deps| deps.parent()).expect("a test is in target/PROFILE/deps");
    let path = debug.join("examples").join(name);
    assert!(path.is_file(), "{} is missing: `cargo test -p lambda` builds it", path.display());
    path
}

/// The test function, with a timeout that no test means to reach.
pub(crate) fn spec() -> FunctionSpec {
    FunctionSpec { timeout: Duration::from_mins(1), ..FunctionSpec::new("test", ARN, example("test-function")) }
}

pub(crate) async fn host(spec: FunctionSpec) -> Host {
    Host::start([spec], HostOptions::default()).await.expect("the host starts")
}

/// Invokes the test function.
pub(crate) async fn order(host: &Host, event: Value) -> Result<Invocation, InvokeError> {
    host.invoke("test", Bytes::from(event.to_string()), InvokeContext::default()).await
}

/// Invokes the test function, which must succeed, and returns its answer.
pub(crate) async fn succeed(host: &Host, event: Value) -> Value {
    let invocation = order(host, event).await.expect("the function is reached");
    assert_eq!(invocation.function_error, None, "{:?}", invocation.payload);
    json_of(&invocation.payload)
}

/// Invokes the test function, which must fail, and returns its error object.
pub(crate) async fn fail(host: &Host, event: Value) -> (Value, Invocation) {
    let invocation = order(host, event).await.expect("the function is reached");
    assert_eq!(invocation.function_error, Some(FunctionErrorKind::Unhandled), "{:?}", invocation.payload);
    (json_of(&invocation.payload), invocation)
}

pub(crate) fn json_of(payload: &Bytes) -> Value {
    serde_json::from_slice(payload).expect("the payload is JSON")
}

pub(crate) fn echo() -> Value {
    json!({ "do": "echo", "value": null })
}

/// Where a process comes to be met; it is known to be running then, and to be dead when it hangs up.
pub(crate) struct Meeting {
    listener: TcpListener,
    pub(crate) address: String,
}

/// A process that has come.
pub(crate) struct Guest {
    stream: BufReader<TcpStream>,
    pub(crate) pid: u64,
}

impl Meeting {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { listener, address }
    }

    pub(crate) async fn guest(&self) -> Guest {
        let mut stream = BufReader::new(self.listener.accept().await.unwrap().0);
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        Guest { pid: line.trim().parse().unwrap(), stream }
    }
}

impl Guest {
    /// Lets the process go on.
    pub(crate) async fn release(mut self) {
        self.stream.write_all(b"\n").await.unwrap();
    }

    /// Waits until the process is dead: the kernel closes its connection then.
    pub(crate) async fn dies(mut self) {
        let left = self.stream.read(&mut [0]).await;
        // A killed process may leave unread bytes behind, which the kernel tells as a reset.
        assert!(matches!(left, Ok(0) | Err(_)), "the process has said something: {left:?}");
    }
}

/// A line of a log: who wrote it, for which request, under which tag, and what.
pub(crate) type Line = (LogSource, Option<String>, Option<String>, String);

/// Keeps all lines.
#[derive(Clone, Default)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Log {
    pub(crate) fn options(&self) -> HostOptions {
        let lines = Arc::clone(&self.lines);
        HostOptions {
            log_sink: Some(Arc::new(move |record: &LogRecord<'_>| {
                lines.lock().unwrap().push((
                    record.source,
                    record.request_id.map(str::to_owned),
                    record.tag.map(ToString::to_string),
                    record.message.to_owned(),
                ));
            })),
            ..HostOptions::default()
        }
    }

    pub(crate) fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.take().into_iter().map(|(.., message)| message).collect()
    }
}
