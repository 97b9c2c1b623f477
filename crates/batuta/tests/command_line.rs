//! The command line as its users meet it: exit statuses, messages, and what stands on which stream.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn batuta(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_batuta"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("batuta starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A project without functions, so that nothing has to be built.
fn project(definition: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Flow:\n    Type: AWS::Serverless::StateMachine\n    \
                    Properties:\n      DefinitionUri: flow.asl.json\n";
    std::fs::write(folder.path().join("template.yaml"), template).expect("written");
    std::fs::write(folder.path().join("flow.asl.json"), definition).expect("written");
    folder
}

const WAIT_AND_FAIL: &str = r#"{"StartAt": "W", "States": {
    "W": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Which"},
    "Which": {"Type": "Choice", "Choices": [{"Variable": "$.fail", "BooleanEquals": true, "Next": "No"}], "Default": "Yes"},
    "Yes": {"Type": "Succeed"},
    "No": {"Type": "Fail", "Error": "Erro", "Cause": "porque não"}}}"#;

#[test]
fn json_output_is_the_executions_output_and_nothing_else() {
    let folder = project(WAIT_AND_FAIL);
    let input = r#"{"seconds": 86400, "fail": false}"#;
    let output = batuta(folder.path(), &["run", "flow", "--input", input, "--time", "skip", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let value: Value = serde_json::from_str(&stdout(&output)).expect("one JSON value");
    assert_eq!(value["seconds"], 86400);
    assert!(stderr(&output).contains("✓ W  1 d 0 h"), "{}", stderr(&output));

    let history = batuta(folder.path(), &["history", "--json"]);
    let history: Value = serde_json::from_str(&stdout(&history)).expect("JSON");
    let types: Vec<_> =
        history["events"].as_array().expect("events").iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types.first(), Some(&Value::from("ExecutionStarted")));
    assert_eq!(types.last(), Some(&Value::from("ExecutionSucceeded")));
    let table = stdout(&batuta(folder.path(), &["history"]));
    assert!(table.contains("SUCCEEDED") && table.contains("WaitStateEntered"), "{table}");
}

#[test]
fn a_failed_execution_exits_with_1_and_its_error() {
    let folder = project(WAIT_AND_FAIL);
    let output = batuta(folder.path(), &["run", "flow", "--input", r#"{"seconds": 0, "fail": true}"#, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("Erro") && stderr(&output).contains("porque não"), "{}", stderr(&output));
}

#[test]
fn an_unknown_machine_is_named_with_what_there_is() {
    let output = batuta(&workspace(), &["run", "nope"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no state machine nope"), "{}", stderr(&output));
    assert!(stderr(&output).contains("stock-trading"), "{}", stderr(&output));
    let output = batuta(&workspace(), &["run", "stock-tradin"]);
    assert!(stderr(&output).contains("did you mean stock-trading?"), "{}", stderr(&output));
}

#[test]
fn a_typo_in_a_definition_is_shown_at_its_place() {
    let folder = project(
        "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"Bee\"},\n    \"Be\": {\"Type\": \"Succeed\"}\n  }\n}\n",
    );
    for arguments in [&["check"][..], &["run", "flow"]] {
        let output = batuta(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        let told = stderr(&output);
        assert!(told.contains("MISSING_TRANSITION_TARGET") && told.contains("flow.asl.json:4:"), "{told}");
        assert!(told.contains("Be"), "the cure is named: {told}");
    }
}

#[test]
fn jsonata_and_variables_run() {
    let folder = project(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Pass", "Assign": {"total": "{% $sum($states.input.prices) %}"}, "Next": "B"},
            "B": {"Type": "Succeed", "Output": {"total": "{% $total %}"}}}}"#,
    );
    let output = batuta(folder.path(), &["run", "flow", "--json", "--input", r#"{"prices": [1, 2.5]}"#]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let got: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!(got, serde_json::json!({"total": 3.5}));
}

#[test]
fn bad_input_is_told_with_its_place() {
    let folder = project(WAIT_AND_FAIL);
    for (input, told) in [("{\"a\": }", "not JSON"), ("missing.json", "can't be read")] {
        let output = batuta(folder.path(), &["run", "flow", "--input", input]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

#[test]
fn a_folder_without_a_template_is_told_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = batuta(folder.path(), &["list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--template"), "{}", stderr(&output));
    let output = batuta(folder.path(), &["run", "x", "--template", "gone.yaml"]);
    assert!(stderr(&output).contains("gone.yaml"), "{}", stderr(&output));
}

#[test]
fn the_projects_own_files_are_sound_and_listed() {
    let output = batuta(&workspace(), &["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let list: Value = serde_json::from_str(&stdout(&batuta(&workspace(), &["list", "--json"]))).expect("JSON");
    let machines = list["stateMachines"].as_array().expect("state machines").iter().map(|machine| &machine["name"]);
    assert_eq!(
        machines.collect::<Vec<_>>(),
        ["stock-trading", "orchestration", "simple-flow", "task-timer", "delivery", "batch-processing"]
    );
    let functions = list["functions"].as_array().expect("functions");
    assert!(functions.iter().any(|function| function["name"] == "check-price"), "{functions:#?}");
}
