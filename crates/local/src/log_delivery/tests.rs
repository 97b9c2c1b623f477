use jiff::Timestamp;
use journal::Origin;
use machine::{Document, ErrorCause, StateType, TaskResource};
use serde_json::json;

use super::*;

const ARN: &str = "arn:aws:states:ap-south-1:123456789012:execution:arh-langgraph-state-machine:report-1787541941";

fn event(id: u64, previous: u64, millis: i64, kind: EventKind) -> HistoryEvent {
    let timestamp = Timestamp::from_millisecond(millis).unwrap();
    HistoryEvent { id, previous_event_id: previous, timestamp, kind }
}

fn document(value: serde_json::Value) -> Document {
    Document::new(value)
}

fn entered(state_type: StateType) -> EventKind {
    EventKind::StateEntered { state_type, name: "S".into(), input: document(json!({})) }
}

#[test]
fn records_without_data_are_those_of_aws_to_the_letter() {
    let task = TaskResource { resource_type: "lambda".into(), resource: "invoke.waitForTaskToken".into() };
    let role_arn = "arn:aws:iam::123456789012:role/arh-langgraph-sfn-role";
    for (event, expected) in [
        (
            event(
                1,
                0,
                1_787_541_942_883,
                EventKind::ExecutionStarted { input: document(json!({"secret": true})), role_arn: role_arn.into() },
            ),
            r#"{"details":{"roleArn":"arn:aws:iam::123456789012:role/arh-langgraph-sfn-role"},"redrive_count":"0","id":"1","type":"ExecutionStarted","previous_event_id":"0","event_timestamp":"1787541942883","execution_arn":"ARN"}"#,
        ),
        (
            event(
                2,
                0,
                1_787_541_942_901,
                EventKind::StateEntered {
                    state_type: StateType::Task,
                    name: "Intake".into(),
                    input: document(json!({})),
                },
            ),
            r#"{"details":{"name":"Intake"},"redrive_count":"0","id":"2","type":"TaskStateEntered","previous_event_id":"0","event_timestamp":"1787541942901","execution_arn":"ARN"}"#,
        ),
        (
            event(
                3,
                2,
                1_787_541_942_901,
                EventKind::TaskScheduled {
                    task: task.clone(),
                    parameters: document(json!({"Payload": {}})),
                    region: "ap-south-1".into(),
                    timeout_in_seconds: None,
                    heartbeat_in_seconds: None,
                    credentials: None,
                },
            ),
            r#"{"details":{"region":"ap-south-1","resource":"invoke.waitForTaskToken","resourceType":"lambda"},"redrive_count":"0","id":"3","type":"TaskScheduled","previous_event_id":"2","event_timestamp":"1787541942901","execution_arn":"ARN"}"#,
        ),
        (
            event(6, 5, 1_787_542_293_030, EventKind::TaskSucceeded { task, output: document(json!({})) }),
            r#"{"details":{"resource":"invoke.waitForTaskToken","resourceType":"lambda"},"redrive_count":"0","id":"6","type":"TaskSucceeded","previous_event_id":"5","event_timestamp":"1787542293030","execution_arn":"ARN"}"#,
        ),
        (
            event(13, 12, 1_787_542_294_559, EventKind::ExecutionSucceeded { output: document(json!({})) }),
            r#"{"details":{},"redrive_count":"0","id":"13","type":"ExecutionSucceeded","previous_event_id":"12","event_timestamp":"1787542294559","execution_arn":"ARN"}"#,
        ),
    ] {
        assert_eq!(record::of(&event, ARN, 0, false), expected.replace("ARN\"}", &format!("{ARN}\"}}")));
        assert_eq!(
            record::stream("arh-langgraph-state-machine", event.timestamp),
            "states/arh-langgraph-state-machine/2026-08-24-03/00000000"
        );
    }
}

#[test]
fn data_is_there_when_it_is_asked_for_and_cut_where_it_is_too_long() {
    let details = |input: serde_json::Value| -> Value {
        let started = EventKind::ExecutionStarted { input: document(input), role_arn: "r".into() };
        let record = record::of(&event(1, 0, 0, started), ARN, 2, true);
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["redrive_count"], "2");
        record["details"].clone()
    };
    let short = json!({"a": "\"quoted\""});
    assert_eq!(
        details(short.clone()),
        json!({"input": short.to_string(), "inputDetails": {"truncated": false}, "roleArn": "r"})
    );
    // Of 248 KiB, the quotes around the text take four bytes when they are escaped.
    for (bytes, truncated) in [(248 * 1024 - 4, false), (248 * 1024 - 3, true)] {
        let told = details(json!("x".repeat(bytes)));
        assert_eq!(told["inputDetails"], json!({"truncated": truncated}));
        assert!(told["input"].to_string().len() <= 248 * 1024 + 2, "without its own quotes");
    }
    let wide = details(json!("\u{1}é".repeat(40_000)));
    assert_eq!(wide["inputDetails"], json!({"truncated": true}));
}

#[test]
fn a_level_takes_what_the_table_says() {
    let failure = ErrorCause::default;
    for (kind, error, fatal) in [
        (EventKind::ExecutionFailed(failure()), true, true),
        (EventKind::ExecutionTimedOut(failure()), true, true),
        (EventKind::ExecutionAborted(failure()), true, true),
        (EventKind::ExecutionSucceeded { output: document(json!({})) }, false, false),
        (EventKind::ExecutionRedriven { redrive_count: 1 }, false, false),
        (entered(StateType::Fail), true, false),
        (entered(StateType::Pass), false, false),
        (EventKind::StateAborted { state_type: StateType::Wait }, true, false),
        (EventKind::LambdaFunctionFailed(failure()), true, false),
        (EventKind::LambdaFunctionTimedOut(failure()), true, false),
        (EventKind::LambdaFunctionStarted, false, false),
        (EventKind::MapStateFailed, true, false),
        (EventKind::MapRunFailed(failure()), true, false),
        (EventKind::MapRunAborted, true, false),
        (EventKind::ParallelStateFailed, true, false),
        (EventKind::ParallelStateStarted, false, false),
        (EventKind::MapIterationFailed { name: "m".into(), index: 0 }, true, false),
        (EventKind::MapIterationStarted { name: "m".into(), index: 0 }, false, false),
    ] {
        let name = kind.type_name();
        assert!(Level::All.takes(&kind), "{name}");
        assert_eq!((Level::Error.takes(&kind), Level::Fatal.takes(&kind)), (error, fatal), "{name}");
    }
}

#[test]
fn a_configuration_is_read_from_what_an_execution_was_started_with() {
    let configuration = |logging: Option<Value>| {
        let origin = Origin { logging: logging.map(Arc::new), ..Origin::default() };
        let header = Header { origin: Arc::new(origin), ..header() };
        Configuration::of(&header).map(|found| (found.level, found.include_execution_data, found.group.to_owned()))
    };
    let destination = |arn: &str| json!([{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]);
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/x:*";
    assert_eq!(configuration(None), None);
    assert_eq!(configuration(Some(json!({"level": "OFF", "destinations": destination(arn)}))), None);
    assert_eq!(configuration(Some(json!({"level": "ALL"}))), None, "nowhere to write to");
    assert_eq!(
        configuration(Some(json!({"level": "ERROR", "includeExecutionData": true, "destinations": destination(arn)}))),
        Some((Level::Error, true, "/aws/vendedlogs/states/x".to_owned()))
    );
    assert_eq!(
        configuration(Some(json!({"level": "FATAL", "destinations": destination(arn.trim_end_matches(":*"))}))),
        Some((Level::Fatal, false, "/aws/vendedlogs/states/x".to_owned()))
    );
}

fn header() -> Header {
    let identity = machine::Identity {
        execution_arn: ARN.into(),
        execution_name: "e".into(),
        state_machine_arn: "m".into(),
        state_machine_name: "m".into(),
        role_arn: "r".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: false,
        seed: [0; 32],
    };
    Header::new(&identity, "{}".into(), document(json!({})))
}
