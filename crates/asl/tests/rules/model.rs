//! What the model holds.

use asl::model::{
    Condition, Jitter, Operand, Operator, PathField, QueryLanguage, Relation, ResultPath, Seconds, StateKind, Subject,
    Text, Transition, WaitUntil,
};
use asl::{Options, Substitutions, parse, parse_state, span_of};

fn machine(text: &str) -> std::sync::Arc<asl::model::StateMachine> {
    let parsed = parse(text, &Options::default());
    parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

#[test]
fn a_machine_with_everything_resolved() {
    let machine = machine(
        r#"{"Comment": "c", "Version": "1.0", "TimeoutSeconds": 60, "StartAt": "W", "States": {
        "T": {"Type": "Task", "Comment": "t", "Resource": "arn:aws:states:::lambda:invoke", "InputPath": null,
              "OutputPath": "$.o", "ResultPath": null, "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 3, "End": true,
              "Retry": [{"ErrorEquals": ["A"]},
                        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 1.5,
                         "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}],
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F", "ResultPath": "$.e"}]},
        "W": {"Type": "Wait", "Seconds": 4, "Next": "C"},
        "C": {"Type": "Choice", "Default": "F", "Choices": [
              {"Variable": "$.x", "TimestampLessThanEqualsPath": "$.y", "Next": "T", "Comment": "r"}]},
        "F": {"Type": "Fail", "Error": "E", "CausePath": "$.c"}}}"#,
    );
    assert_eq!(machine.comment.as_deref(), Some("c"));
    assert_eq!(machine.timeout_seconds, Some(60));
    assert_eq!(machine.query_language, QueryLanguage::JsonPath);
    let flow = &machine.flow;
    assert_eq!(flow.states.iter().map(|state| &*state.name).collect::<Vec<_>>(), ["T", "W", "C", "F"]);
    assert_eq!(flow.start_at, 1);
    assert_eq!(flow.by_name["C"], 2);
    assert_eq!(flow.states[0].pointer, "/States/T");
    assert_eq!(flow.states[1].transition, Some(Transition::Next(2)));
    assert_eq!(flow.states[2].transition, None);
    assert_eq!(flow.states[0].input_path, PathField::Null);
    assert!(matches!(&flow.states[0].output_path, PathField::Path(path) if path.source() == "$.o"));

    let StateKind::Task(task) = &flow.states[0].kind else { panic!("T is a Task state") };
    assert_eq!(task.result_path, ResultPath::Discard);
    assert!(matches!(&task.timeout, Some(Seconds::Path(path)) if path.source() == "$.t"));
    assert!(matches!(task.heartbeat, Some(Seconds::Literal(3))));
    let first = &task.retry[0];
    assert_eq!(
        (first.interval_seconds, first.max_attempts, first.max_delay_seconds, first.jitter),
        (1, 3, None, Jitter::None)
    );
    assert!((first.backoff_rate - 2.0).abs() < f64::EPSILON);
    let second = &task.retry[1];
    assert_eq!(
        (second.interval_seconds, second.max_attempts, second.max_delay_seconds, second.jitter),
        (2, 5, Some(9), Jitter::Full)
    );
    assert_eq!(task.catch[0].next, 3);
    assert!(matches!(&task.catch[0].result_path, ResultPath::At(path) if path.source() == "$.e"));

    assert!(
        matches!(&flow.states[1].kind, StateKind::Wait(wait) if matches!(wait.until, WaitUntil::Seconds(Seconds::Literal(4))))
    );
    let StateKind::Choice(choice) = &flow.states[2].kind else { panic!("C is a Choice state") };
    assert_eq!((choice.default, choice.rules[0].next, choice.rules[0].comment.as_deref()), (Some(3), 0, Some("r")));
    let Condition::Compare(comparison) = &choice.rules[0].condition else { panic!("the rule compares") };
    assert!(matches!(
        &comparison.operator,
        Operator::Relation {
            subject: Subject::Timestamp,
            relation: Relation::LessThanEquals,
            operand: Operand::Path(path),
        } if path.source() == "$.y"
    ));
    let StateKind::Fail(fail) = &flow.states[3].kind else { panic!("F is a Fail state") };
    assert!(matches!(&fail.error, Text::Literal(error) if &**error == "E"));
    assert!(matches!(&fail.cause, Text::Path(path) if path.source() == "$.c"));
}

#[test]
fn a_distributed_map_keeps_its_parts() {
    let machine = machine(
        r#"{"QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "Label": "L",
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b"},
            "ReaderConfig": {"InputType": "JSON", "MaxItems": 7, "ItemsPointer": "{% $p %}"}},
        "ItemBatcher": {"MaxInputBytesPerBatch": 1000}, "ToleratedFailurePercentage": 12.5,
        "ResultWriter": {"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "P", "States": {"P": {"Type": "Succeed"}}}}}}"#,
    );
    let StateKind::Map(map) = &machine.flow.states[0].kind else { panic!("M is a Map state") };
    assert_eq!(map.processor.states[0].pointer, "/States/M/ItemProcessor/States/P");
    let distributed = map.distributed.as_ref().expect("the map is distributed");
    assert!(distributed.express);
    assert_eq!(distributed.label.as_deref(), Some("L"));
    let reader = distributed.item_reader.as_ref().expect("there is a reader");
    assert_eq!(reader.config, serde_json::json!({"InputType": "JSON"}));
    assert!(reader.parameters.is_some() && reader.max_items.is_some());
    assert!(matches!(reader.items_pointer, Text::Query(_)));
    assert!(distributed.item_batcher.as_ref().is_some_and(|batcher| batcher.max_bytes.is_some()));
    assert!(distributed.tolerated_failure_percentage.is_some() && distributed.tolerated_failure_count.is_none());
}

#[test]
fn substitutions_are_in_the_model() {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Buy}", "End": true}}}"#;
    let resource = |options: &Options| {
        let machine = parse(text, options).machine.expect("the definition is sound");
        match &machine.flow.states[0].kind {
            StateKind::Task(task) => task.resource.to_string(),
            other => panic!("{}", other.type_name()),
        }
    };
    assert_eq!(resource(&Options::default()), "${Buy}");
    let values = Substitutions::Values([("Buy".to_owned(), "arn:aws:states:::lambda:invoke".to_owned())].into());
    assert_eq!(resource(&Options { substitutions: values, ..Options::default() }), "arn:aws:states:::lambda:invoke");
}

#[test]
fn a_single_state_is_a_machine_of_its_own() {
    let parsed = parse_state(
        "Only",
        r#"{"Type": "Choice", "Default": "B", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "C"}]}"#,
        &Options::default(),
    );
    let machine = parsed.machine.expect("the state is sound");
    assert_eq!(machine.flow.states.iter().map(|state| &*state.name).collect::<Vec<_>>(), ["Only", "C", "B"]);
    assert_eq!(machine.flow.state("B").map(|state| state.kind.type_name()), Some("Succeed"));
    let parsed = parse_state("Only", r#"{"Type": "Nope"}"#, &Options::default());
    assert!(parsed.machine.is_none());
    assert_eq!(parsed.diagnostics[0].pointer, "/Type");
}

#[test]
fn a_pointer_leads_back_to_the_text() {
    let text = r#"{"a/b": [1, {"c": "x\ny"}]}"#;
    let at = |pointer, offset| span_of(text, pointer, offset).map(|span| &text[span]);
    assert_eq!(at("", None), Some(text));
    assert_eq!(at("/a~1b/0", None), Some("1"));
    assert_eq!(at("/a~1b/1/c", None), Some(r#""x\ny""#));
    assert_eq!(at("/a~1b/1/c", Some(1)), Some(r"\n"));
    assert_eq!(at("/a~1b/1/c", Some(2)), Some("y"));
    assert_eq!(at("/a~1b/7", None), None);
    assert_eq!(span_of("{", "", None), None);
}
