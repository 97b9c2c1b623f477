//! The cases of the class `execution-log`, recorded from AWS (see `docs/testing.md` for where they lie).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World};

/// The cases with their files; none when there is no folder of them.
pub(crate) fn cases() -> Option<Vec<(String, Value)>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var("CONFORMANCE_CASES").ok().filter(|folder| !folder.is_empty());
    let folder = workspace.join(named.as_deref().unwrap_or("../shared/conformance/cases"));
    let groups = std::fs::read_dir(&folder).ok()?;
    let mut cases = Vec::new();
    for group in groups.filter_map(Result::ok).filter(|group| group.path().is_dir()) {
        let files = std::fs::read_dir(group.path()).expect("a readable folder");
        let mut files: Vec<PathBuf> = files.filter_map(Result::ok).map(|file| file.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "json")) {
            let text = std::fs::read_to_string(file).expect("a readable case");
            if text.contains("\"execution-log\"") {
                let case: Value = serde_json::from_str(&text).expect("a case is JSON");
                if case["flags"]["replay"] == "execution-log" {
                    cases.push((file.display().to_string(), case));
                }
            }
        }
    }
    Some(cases)
}

/// A text with its placeholders for partition and region filled in.
fn filled(text: &str) -> String {
    text.replace("<partition>", "aws").replace("<region>", REGION)
}

/// Runs a case's executions and compares what is logged with what was recorded: all records, or the last.
pub(crate) async fn replay(file: &str, case: &Value) {
    let world = World::start().await;
    let machine = &case["state_machines"][0];
    let logging = &machine["loggingConfiguration"];
    let level = logging["level"].as_str().expect("a level");
    let data = logging["includeExecutionData"].as_bool().unwrap_or(false);
    let definition = filled(&machine["definition"].to_string());
    let kind = machine["type"].as_str().unwrap_or("STANDARD");
    let expected = &case["expected"];
    let last = &expected["end_event"];
    // Every task of a case failed, and the catcher's output tells with what.
    if let (Some(error), Some(cause)) =
        (last["details"]["output"]["Error"].as_str(), last["details"]["output"]["Cause"].as_str())
    {
        world.fail_with(error, cause);
    }
    let arn = world.machine("case", kind, &definition, level, data).await;
    let mut executions = Vec::new();
    for execution in case["executions"].as_array().expect("executions") {
        executions.push(world.run(&arn, &execution["input"]).await);
    }
    let records = world.records("case").await;
    if last.is_object() {
        let record = records.last().unwrap_or_else(|| panic!("{file}: nothing was logged"));
        compare(file, record, last);
    } else {
        let wanted = expected["logged_execution_events"].as_array().expect("records");
        assert_eq!(records.len(), wanted.len(), "{file}");
        for (record, wanted) in records.iter().zip(wanted) {
            compare(file, record, wanted);
        }
    }
    let logged: std::collections::BTreeSet<&str> =
        records.iter().map(|record| record["execution_arn"].as_str().expect("an ARN")).collect();
    assert_eq!(logged, executions.iter().map(String::as_str).collect(), "{file}");
    world.shut_down().await;
}

/// Compares a record but for what differs from run to run. Texts that are JSON were recorded parsed.
fn compare(file: &str, record: &Value, wanted: &Value) {
    let mut record = record.clone();
    assert!(record["event_timestamp"].as_str().is_some_and(|at| at.parse::<u64>().is_ok()), "{file}: {record}");
    record["event_timestamp"] = "timestamp".into();
    record["execution_arn"] = wanted["execution_arn"].clone();
    let details = record["details"].as_object_mut().expect("details");
    if let Some(role) = details.get_mut("roleArn") {
        assert_eq!(*role, format!("arn:aws:iam::{ACCOUNT}:role/r"), "{file}");
        *role = json!("snf_role_arn");
    }
    if let Some(Value::String(output)) = details.get("output") {
        let parsed = serde_json::from_str(output).expect("an output is JSON");
        details.insert("output".into(), parsed);
    }
    assert_eq!(record, *wanted, "{file}");
}
