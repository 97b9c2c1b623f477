//! `batuta start` as its users meet it: what is killed goes on, what is changed is taken up, what is wrong is said.

mod process;

use serde_json::{Value, json};

use process::{Server, command, project, write_definition};

const FLOW: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:flow";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn wait_a_day() -> Value {
    json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 86_400, "Next": "V"}, "V": {"Type": "Wait", "Seconds": 86_400, "End": true}
    }})
}

fn stderr_of(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(folder, arguments).output().expect("batuta starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn start(server: &Server, machine: &str, name: &str) -> String {
    let request = json!({"stateMachineArn": machine, "name": name, "input": "{\"n\": 1}"});
    server.call("StartExecution", &request)["executionArn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn a_server_that_is_killed_loses_nothing() {
    let folder = project(&wait_a_day());
    let server = Server::start(folder.path(), &[]);
    // Made through the API: it is in no template.
    let activity = server.call("CreateActivity", &json!({"name": "work"}))["activityArn"].clone();
    let definition =
        json!({"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": activity, "End": true}}});
    let request = json!({"name": "working", "definition": definition.to_string(), "roleArn": ROLE});
    let machine = server.call("CreateStateMachine", &request)["stateMachineArn"].as_str().expect("an ARN").to_owned();
    let (waiting, working) = (start(&server, FLOW, "waits"), start(&server, &machine, "works"));
    let task = server.call("GetActivityTask", &json!({"activityArn": activity, "workerName": "w"}));
    server.kill();

    let server = Server::start(folder.path(), &[]);
    server.line_with("2 executions go on");
    let answer = json!({"taskToken": task["taskToken"], "output": "{\"done\": true}"});
    server.call("SendTaskSuccess", &answer);
    assert_eq!(server.ended(&working)["output"], "{\"done\": true}");
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(server.history(&working), expected);
    let (status, refused) = server.post("AWSStepFunctions.SendTaskSuccess", &answer);
    assert_eq!(status, 400, "a token is good once: {refused}");
    assert_eq!(server.call("DescribeExecution", &json!({"executionArn": waiting}))["status"], "RUNNING");

    // Half of the time before the next end, half after it.
    let moved = |by: &str| {
        stderr_of(folder.path(), &["time", "--endpoint", &format!("http://{}", server.address), "advance", by])
    };
    assert_eq!(moved("36h").0, Some(0));
    assert!(server.history(&waiting).iter().filter(|kind| *kind == "WaitStateExited").count() == 1);
    let (status, wrong) = moved("soon");
    assert!(status == Some(2) && wrong.contains("write it like 2d"), "{wrong}");
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start(folder.path(), &[]);
    let (status, clock) = server.post("Batuta.AdvanceClock", &json!({"by": "12h"}));
    assert_eq!(status, 200, "{clock}");
    let described = server.ended(&waiting);
    assert_eq!(described["status"], "SUCCEEDED");
    let days =
        (described["stopDate"].as_f64().expect("a time") - described["startDate"].as_f64().expect("a time")) / 86_400.0;
    assert!((days - 2.0).abs() < 0.01, "it waited {days} days by its own history");
}

#[test]
fn one_folder_has_one_server() {
    let folder = project(&wait_a_day());
    let server = Server::start(folder.path(), &[]);
    let (status, said) = stderr_of(folder.path(), &["start", "--port", "0"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("in use by another batuta") && said.contains(&server.address), "{said}");
    // Its history can be read meanwhile, whatever lies beside it, and others can run.
    let runs = folder.path().join(".batuta/runs.db");
    std::fs::write(&runs, "of another program").expect("written");
    let execution = start(&server, FLOW, "seen");
    let (status, said) = stderr_of(folder.path(), &["history", "seen"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("not looked at") && said.contains("runs.db"), "{said}");
    std::fs::remove_file(runs).expect("removed");
    server.call("StopExecution", &json!({"executionArn": execution, "error": "E", "cause": "c"}));
    let ran = stderr_of(folder.path(), &["run", "flow", "--input", "{}", "--time", "skip", "--json"]);
    assert_eq!(ran.0, Some(0), "{}", ran.1);
    let beside = Server::start(folder.path(), &["--ephemeral"]);
    assert_eq!(beside.call("ListExecutions", &json!({"stateMachineArn": FLOW}))["executions"], json!([]));
}

#[test]
fn what_is_not_a_data_folder_is_left_alone() {
    let folder = project(&wait_a_day());
    let foreign = folder.path().join("photos");
    std::fs::create_dir(&foreign).expect("made");
    std::fs::write(foreign.join("holiday.jpg"), "x").expect("written");
    let (status, said) = stderr_of(folder.path(), &["start", "--port", "0", "--data", "photos"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("photos is not a data folder of batuta") && said.contains("holiday.jpg"), "{said}");
    assert!(!foreign.join("lock").exists());

    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).expect("made");
    for name in ["journal.db", "registry.db"] {
        let text =
            "this is no database, though it is as long as the head of one, a hundred bytes and some more to be sure";
        std::fs::write(damaged.join(name), text).expect("written");
        let (status, said) = stderr_of(folder.path(), &["start", "--port", "0", "--data", "damaged"]);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(name), "the file is named: {said}");
        assert_eq!(std::fs::read_to_string(damaged.join(name)).expect("there"), text, "nothing is reset");
        std::fs::remove_file(damaged.join(name)).expect("there");
    }
}

#[test]
fn other_machines_are_let_in_only_when_that_was_said() {
    let folder = project(&wait_a_day());
    let (status, said) = stderr_of(folder.path(), &["start", "--port", "0", "--host", "0.0.0.0"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("can be reached from other machines") && said.contains("--expose"), "{said}");
    assert!(!folder.path().join(".batuta").exists(), "nothing was begun");
}

#[test]
fn a_change_is_taken_up_and_a_wrong_one_is_told() {
    let folder = project(&wait_a_day());
    let server = Server::start(folder.path(), &["--ephemeral", "--watch"]);
    let running = start(&server, FLOW, "before");
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "new", "End": true}}});
    write_definition(folder.path(), &definition);
    server.line_with("↻ flow");
    assert_eq!(server.ended(&start(&server, FLOW, "after"))["output"], "\"new\"");
    assert_eq!(server.call("DescribeExecution", &json!({"executionArn": running}))["status"], "RUNNING");
    let of_running =
        server.call("DescribeStateMachineForExecution", &json!({"stateMachineArn": FLOW, "executionArn": running}));
    assert!(of_running["definition"].as_str().expect("a definition").contains("Wait"), "it keeps its own");

    write_definition(folder.path(), &json!({"StartAt": "Nowhere", "States": {"P": {"Type": "Succeed"}}}));
    server.line_with("what was there before goes on");
    assert_eq!(server.ended(&start(&server, FLOW, "still"))["output"], "\"new\"");
}

#[test]
fn who_stops_reading_what_it_says_does_not_stop_it() {
    use std::io::BufRead as _;
    use std::process::Stdio;
    let folder = project(&wait_a_day());
    let mut server =
        command(folder.path(), &["start", "--port", "0"]).stderr(Stdio::piped()).spawn().expect("batuta starts");
    let mut first = String::new();
    let mut errors = std::io::BufReader::new(server.stderr.take().expect("it is piped"));
    errors.read_line(&mut first).expect("it says something");
    drop(errors);
    assert!(first.contains("is served"), "{first}");
    // It says that it ends, too.
    std::process::Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
    assert_eq!(server.wait().expect("it ends").code(), Some(0));

    let mut list = command(folder.path(), &["list", "--json"]).stdout(Stdio::piped()).spawn().expect("batuta starts");
    drop(list.stdout.take());
    assert_eq!(list.wait().expect("it ends").code(), Some(0), "a pipe that is closed is no failure");
}

#[test]
fn time_that_may_skip_does_not_wait() {
    let folder = project(&wait_a_day());
    let server = Server::start(folder.path(), &["--ephemeral", "--time", "skip"]);
    let execution = start(&server, FLOW, "quick");
    assert_eq!(server.ended(&execution)["status"], "SUCCEEDED");
}
