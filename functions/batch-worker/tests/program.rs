//! The program as a container runs it: environment in; exit status, log lines and a request to S3 out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

/// A request as S3 gets it.
struct Request {
    line: String,
    headers: Vec<String>,
    body: Value,
}

/// A bucket that answers one request with this status.
fn bucket(status: &'static str, body: &'static str) -> (String, JoinHandle<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_lowercase());
        }
        let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut sent = vec![0; length];
        reader.read_exact(&mut sent).unwrap();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).unwrap();
        Request { line: lines.remove(0), headers: lines, body: serde_json::from_slice(&sent).unwrap() }
    });
    (address, thread)
}

fn program(endpoint: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batch-worker"));
    command.env_clear().envs([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("RESULTS_BUCKET", "results-bucket"),
        ("EXECUTION_NAME", "Demo"),
        ("STATE_NAME", "Run Container 2"),
        ("BATCH_ID", "demo-1"),
        ("PART", "2"),
        ("NUMBERS", "0.1,0.2,-5"),
        ("DRILL", ""),
    ]);
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The log lines.
fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn a_result_is_written_once_where_the_workflow_reads_it() {
    let (endpoint, thread) = bucket("200 OK", "");
    let output = program(&endpoint, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let request = thread.join().unwrap();
    assert!(request.line.starts_with("put /results-bucket/results/demo/2.json"), "{}", request.line);
    assert!(request.headers.contains(&"if-none-match: *".to_owned()), "{:?}", request.headers);
    assert!(request.headers.contains(&"content-type: application/json".to_owned()), "{:?}", request.headers);
    let mut stored = request.body;
    assert_eq!(stored["checksum"].as_str().map(str::len), Some(64));
    stored.as_object_mut().unwrap().remove("checksum");
    let expected = json!({
        "execution": "Demo", "batch_id": "demo-1", "part": "2",
        "totals": {"count": 3, "sum": "-4.7", "min": "-5", "max": "0.2"},
    });
    assert_eq!(stored, expected);

    let lines = lines(&output);
    assert_eq!(lines.last().unwrap()["message"], "part done");
    for line in lines {
        let span = &line["span"];
        assert_eq!(
            (&span["execution"], &span["state"], &span["batch_id"], &span["part"]),
            (&json!("Demo"), &json!("Run Container 2"), &json!("demo-1"), &json!("2")),
            "{line}"
        );
    }
}

#[test]
fn a_result_that_is_there_is_success() {
    let body = "<Error><Code>PreconditionFailed</Code><Message>It is there.</Message></Error>";
    let (endpoint, thread) = bucket("412 Precondition Failed", body);
    let output = program(&endpoint, &[]);
    thread.join().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(lines(&output).last().unwrap()["stored"], "There");
}

#[test]
fn a_result_that_can_t_be_stored_is_exit_status_1_and_the_log_says_why() {
    let body = "<Error><Code>AccessDenied</Code><Message>Not yours.</Message></Error>";
    let (endpoint, thread) = bucket("403 Forbidden", body);
    let output = program(&endpoint, &[]);
    thread.join().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["level"], "ERROR");
    let error = last["error"].as_str().unwrap();
    assert!(error.contains("AccessDenied") && error.contains("Not yours."), "{error}");
}

#[test]
fn no_work_is_exit_status_2() {
    for (name, value) in [("NUMBERS", "1,2,three"), ("NUMBERS", ""), ("PART", "x"), ("RESULTS_BUCKET", "")] {
        let output = program(NOWHERE, &[(name, value)]);
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {output:?}");
        let error = lines(&output).pop().unwrap()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_drill_ends_as_it_is_told_and_stores_nothing() {
    let output = program(NOWHERE, &[("DRILL", "exit")]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = program(NOWHERE, &[("DRILL", "abort")]);
    assert_eq!((output.status.code(), output.status.signal()), (None, Some(6)), "{output:?}");
    assert!(lines(&output).iter().all(|line| line["message"] != "part done"));
}
