//! `batuta test` as its users meet it: on the project's own template, and on a small project of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

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

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A project without functions, with these files in `events/flow`.
fn project(events: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("written");
    write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Flow:\n    Type: AWS::Serverless::StateMachine\n    \
         Properties:\n      DefinitionUri: flow.asl.json\n",
    );
    write(
        "flow.asl.json",
        r#"{"StartAt": "Which", "States": {
            "Which": {"Type": "Choice", "Default": "No",
                "Choices": [{"Variable": "$", "NumericGreaterThan": 0, "Next": "Wait"}]},
            "Wait": {"Type": "Wait", "Seconds": 86400, "Next": "Yes"},
            "Yes": {"Type": "Succeed"}, "No": {"Type": "Fail", "Error": "No"}}}"#,
    );
    std::fs::create_dir_all(folder.path().join("events/flow")).expect("made");
    for (file, text) in events {
        write(&format!("events/flow/{file}"), text);
    }
    folder
}

const YES: &str = r#"{"status": "SUCCEEDED", "output": 1}"#;
const NO: &str = r#"{"status": "FAILED", "error": "No", "default": true}"#;

#[test]
fn the_stock_trading_passes_on_every_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let junit = folder.path().join("deep/junit.xml");
    let junit_text = junit.display().to_string();
    let output = batuta(&workspace(), &["test", "stock-trading", "--json", "--junit", &junit_text]);
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).expect("one JSON value");
    assert_eq!(report["passed"], true);
    let machine = &report["machines"][0];
    let cases = machine["cases"].as_array().expect("cases").len();
    assert!(cases >= 20, "{cases}");
    for kind in ["states", "arms", "catches"] {
        assert_eq!(machine["coverage"][kind]["reached"], machine["coverage"][kind]["total"], "{kind}");
        assert_eq!(machine["coverage"][kind]["missed"], serde_json::json!([]));
    }
    let junit = std::fs::read_to_string(junit).expect("written");
    // And one for the coverage.
    assert!(junit.contains(&format!("tests=\"{}\" failures=\"0\"", cases + 1)), "{junit}");
}

#[test]
fn what_is_reached_is_shown_and_what_is_not_fails() {
    let folder = project(&[("yes.json", "1"), ("yes.expect.json", YES), ("no.json", "0"), ("no.expect.json", NO)]);
    let output = batuta(folder.path(), &["test"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let told = stdout(&output);
    assert!(told.contains("flow       2/2  4/4 100 %  2/2 100 %        –"), "{told}");
    assert!(told.contains("2 of 2 cases passed"), "{told}");

    let folder = project(&[("yes.json", "1"), ("yes.expect.json", YES), ("no.json", "0")]);
    let output = batuta(folder.path(), &["test"]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    assert!(told.contains("arm   Which Default → No") && told.contains("state No"), "{told}");
    assert!(told.contains("flow reached 3 of 4 states, 1 of 2 arms, and 100 % of each is demanded"), "{told}");
    assert!(told.contains("of flow: nothing is expected of no.json"), "{told}");
    for relaxed in [&["test", "--coverage-minimum", "50"][..], &["test", "--no-coverage-check"], &["test", "flow/yes"]]
    {
        assert_eq!(batuta(folder.path(), relaxed).status.code(), Some(0), "{relaxed:?}");
    }
}

#[test]
fn a_machine_without_cases_fails() {
    let output = batuta(project(&[]).path(), &["test"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("flow has no cases"), "{}", stdout(&output));
}

#[test]
fn a_case_that_fails_says_everything() {
    let wrong = r#"{"comment": "Why.", "status": "SUCCEEDED", "output": {"a": 1}}"#;
    let folder = project(&[("yes.json", "1"), ("yes.expect.json", wrong)]);
    let output = batuta(folder.path(), &["test", "--no-coverage-check"]);
    assert_eq!(output.status.code(), Some(1));
    let told = stdout(&output);
    for line in [
        "✗ flow/yes",
        "# Why.",
        "$: expected {\"a\":1}, got 1",
        "it ended as SUCCEEDED",
        "states: Which → Wait → Yes",
        "by hand: batuta run flow --input events/flow/yes.json --time skip --answer approve",
        "0 of 1 cases passed",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
}

#[test]
fn a_mistake_in_a_case_is_shown_at_its_place() {
    let folder =
        project(&[("yes.json", "1"), ("yes.expect.json", "{\n  \"status\": \"SUCCEEDED\",\n  \"sates\": []\n}\n")]);
    let output = batuta(folder.path(), &["test"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("CASE_UNKNOWN_FIELD") && told.contains("yes.expect.json:3:"), "{told}");
    assert!(told.contains("Did you mean states?") && told.contains("1 mistake in 1 file"), "{told}");
}

#[test]
fn what_is_not_there_is_named() {
    let folder = project(&[("yes.json", "1"), ("yes.expect.json", YES)]);
    let output = batuta(folder.path(), &["test", "flows"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean flow?"), "{}", stderr(&output));
}

#[test]
fn the_default_input_is_the_one_that_says_so() {
    let folder = project(&[("a.json", "1"), ("a.expect.json", YES), ("b.json", "0"), ("b.expect.json", NO)]);
    let output = batuta(folder.path(), &["run", "flow"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("b.json"), "{}", stderr(&output));
    let list: Value = serde_json::from_str(&stdout(&batuta(folder.path(), &["list", "--json"]))).expect("JSON");
    assert_eq!(list["stateMachines"][0]["events"], serde_json::json!(["events/flow/a.json", "events/flow/b.json"]));
}
