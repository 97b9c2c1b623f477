//! Executions in the log groups of their state machines: over the Step Functions API and `CloudWatch` Logs.

#[path = "../../../api/tests/conformance/door.rs"]
mod door;
mod recorded;
mod world;

use serde_json::{Value, json};

use world::World;

const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a": 1}, "End": true}}}"#;
const FAIL: &str = r#"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}"#;

/// Members of the records, in the order of the events.
fn column<'r>(records: &'r [Value], name: &str) -> Vec<&'r str> {
    records.iter().map(|record| record[name].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_level_decides_what_is_logged_and_data_is_left_out_unless_asked_for() {
    let world = World::start().await;
    for (name, level, data, definition, expected) in [
        ("all", "ALL", true, FAIL, vec!["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("error", "ERROR", true, FAIL, vec!["FailStateEntered", "ExecutionFailed"]),
        ("fatal", "FATAL", true, FAIL, vec!["ExecutionFailed"]),
        ("fatal-pass", "FATAL", true, PASS, vec![]),
        ("off", "OFF", true, FAIL, vec![]),
        (
            "no-data",
            "ALL",
            false,
            PASS,
            vec!["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"],
        ),
    ] {
        let machine = world.machine(name, "STANDARD", definition, level, data).await;
        world.run(&machine, &json!({"secret": 1})).await;
        let records = world.records(name).await;
        assert_eq!(column(&records, "type"), expected, "{name}");
        let text = serde_json::to_string(&records).unwrap();
        assert_eq!(text.contains("secret"), name == "all" || name == "error", "{name}: {text}");
    }
    world.shut_down().await;
}

#[tokio::test]
async fn express_executions_are_logged_whether_somebody_waits_or_not() {
    let world = World::start().await;
    let machine = world.machine("express", "EXPRESS", PASS, "ALL", true).await;
    world.run(&machine, &json!({})).await;
    let sync = world.call("AWSStepFunctions.StartSyncExecution", &json!({"stateMachineArn": machine})).await;
    assert_eq!(sync["status"], "SUCCEEDED");
    let records = world.records("express").await;
    let arns: std::collections::BTreeSet<_> = column(&records, "execution_arn").into_iter().collect();
    assert!(arns.len() == 2 && arns.iter().all(|arn| arn.contains(":express:express:")), "{arns:?}");
    assert!(arns.contains(sync["executionArn"].as_str().unwrap()));
    assert_eq!(records.len(), 8);
    world.shut_down().await;
}

#[tokio::test]
async fn children_of_a_map_run_are_logged_as_their_parent_says() {
    let world = World::start().await;
    let definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": true, "ItemsPath": "$.items", "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}
        }
    }}});
    let machine = world.machine("map", "STANDARD", &definition.to_string(), "ALL", false).await;
    let parent = world.run(&machine, &json!({"items": [1, 2]})).await;
    let records = world.records("map").await;
    let of = |arn: &str| {
        let own: Vec<_> = records.iter().filter(|record| record["execution_arn"] == arn).cloned().collect();
        column(&own, "type").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(of(&parent).contains(&"MapRunSucceeded".to_owned()), "{:?}", of(&parent));
    let mut children: Vec<&str> = column(&records, "execution_arn");
    children.retain(|arn| *arn != parent);
    children.dedup();
    assert_eq!(children.len(), 2, "{children:?}");
    for child in children {
        let expected = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];
        assert_eq!(of(child), expected, "{child}");
    }
    world.shut_down().await;
}

#[tokio::test]
async fn a_redriven_execution_says_how_often() {
    let world = World::start().await;
    let machine = world.machine("redriven", "STANDARD", FAIL, "ALL", false).await;
    let execution = world.run(&machine, &json!({})).await;
    world.call("AWSStepFunctions.RedriveExecution", &json!({"executionArn": execution})).await;
    world.finished(&execution).await;
    let records = world.records("redriven").await;
    let told: Vec<_> = column(&records, "type").into_iter().zip(column(&records, "redrive_count")).collect();
    assert_eq!(told[2..4], [("ExecutionFailed", "0"), ("ExecutionRedriven", "1")]);
    assert_eq!(told.last(), Some(&("ExecutionFailed", "1")));
    world.shut_down().await;
}

#[tokio::test]
async fn the_recorded_cases_are_logged_as_on_aws() {
    let Some(cases) = recorded::cases() else {
        eprintln!("WARNING: the cases recorded from AWS were NOT replayed: there is no folder of them");
        return;
    };
    assert!(!cases.is_empty(), "no case is of this class");
    for (file, case) in cases {
        recorded::replay(&file, &case).await;
    }
}
