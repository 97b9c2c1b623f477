//! A server as a process of its own, and plain HTTP to talk to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running `batuta start`. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    lines: Receiver<String>,
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batuta"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env_remove("AWS_ENDPOINT_URL")
        .stdin(Stdio::null());
    command
}

impl Server {
    /// Starts one on any free port and waits until it serves.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["start", "--port", "0"];
        all.extend(arguments);
        let mut child =
            command(folder, &all).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("batuta starts");
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, address: String::new(), lines };
        let line = server.line_with(" is served at http://");
        let (_, address) = line.split_once("http://").expect("it was looked for");
        address.split_whitespace().next().expect("an address").clone_into(&mut server.address);
        server
    }

    /// Waits until it says something with these words on standard error.
    pub(crate) fn line_with(&self, words: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => seen.push(line),
                Err(reason) => panic!("it never said {words:?} ({reason}), but:\n{}", seen.join("\n")),
            }
        }
    }

    /// Carries out an operation of Step Functions.
    pub(crate) fn call(&self, operation: &str, request: &Value) -> Value {
        let (status, answer) = self.post(&format!("AWSStepFunctions.{operation}"), request);
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// Status and answer.
    pub(crate) fn post(&self, target: &str, request: &Value) -> (u16, Value) {
        let body = request.to_string();
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answered");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Waits until an execution is over, and describes it.
    pub(crate) fn ended(&self, execution_arn: &str) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let described = self.call("DescribeExecution", &json!({"executionArn": execution_arn}));
            if described["status"] != "RUNNING" {
                return described;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {described}");
            std::thread::yield_now();
        }
    }

    /// The types of an execution's events.
    pub(crate) fn history(&self, execution_arn: &str) -> Vec<String> {
        let history = self.call("GetExecutionHistory", &json!({"executionArn": execution_arn}));
        let events = history["events"].as_array().expect("events");
        events.iter().map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    }

    /// As the power button does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// As a service manager does; gives the exit status.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A project without functions, so that nothing has to be built.
pub(crate) fn project(definition: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Flow:\n    Type: AWS::Serverless::StateMachine\n    \
                    Properties:\n      Name: flow\n      DefinitionUri: flow.asl.json\n";
    std::fs::write(folder.path().join("template.yaml"), template).expect("written");
    write_definition(folder.path(), definition);
    folder
}

pub(crate) fn write_definition(folder: &Path, definition: &Value) {
    std::fs::write(folder.join("flow.asl.json"), definition.to_string()).expect("written");
}
