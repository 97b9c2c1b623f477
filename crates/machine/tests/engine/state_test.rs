//! States by themselves: what is seen of one on its way, and how its test ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::{Options, parse, parse_state};
use jiff::{SignedDuration, Timestamp};
use machine::{
    Command, Document, ErrorCause, Execution, Identity, Input, Inspection, Mock, Outcome, Retried, StateTest,
    TaskOutcome, find_state,
};
use serde_json::{Value, json};

/// A test of a single state, with nothing around it.
fn alone(state: &Value) -> (Arc<asl::model::StateMachine>, StateTest) {
    let parsed = parse_state("StateName", &state.to_string(), &Options::default());
    let machine = parsed.machine.unwrap_or_else(|| panic!("the definition is sound: {:#?}", parsed.diagnostics));
    let test = StateTest {
        flow: machine.flow.clone(),
        state: machine.flow.start_at,
        variables: BTreeMap::new(),
        context: None,
        mock: None,
        retry_count: 0,
        failed_iterations: 0,
        item_reader_data: None,
    };
    (machine, test)
}

fn identity() -> Arc<Identity> {
    Arc::new(Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:express:machine:name".into(),
        execution_name: "name".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: true,
        seed: [7; 32],
    })
}

/// Runs the test to its end; a task ends with that.
fn run(
    (machine, test): (Arc<asl::model::StateMachine>, StateTest),
    input: &Value,
    task: Option<TaskOutcome>,
) -> (Outcome, Inspection) {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let mut execution = Execution::of_state(machine, identity(), Document::new(input.clone()), test);
    let mut step = execution.apply(Input::Start, at);
    let call = step.commands.iter().find_map(|command| match command {
        Command::Call(call) => Some(call.task),
        _ => None,
    });
    if let (Some(task), Some(outcome)) = (call, task) {
        step = execution.apply(Input::TaskEnded { task, outcome }, at);
    }
    let started =
        step.commands.iter().filter(|command| matches!(command, Command::StartChild(_) | Command::ReadItems(_)));
    assert_eq!(started.count(), 0, "nothing is started beside the state");
    let outcome = execution.outcome().cloned().expect("the test ends with the state");
    (outcome, execution.inspection().expect("a test is looked at"))
}

fn failed(error: &str, cause: &str) -> TaskOutcome {
    TaskOutcome::Failed { error: Some(error.into()), cause: Some(cause.into()) }
}

fn value(document: Option<Document>) -> Value {
    document.map_or(Value::Null, Document::into_value)
}

fn task(more: &Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "After"});
    for (name, field) in more.as_object().expect("fields") {
        state[name] = field.clone();
    }
    state
}

#[test]
fn every_step_of_the_data_is_seen() {
    let state = task(&json!({
        "InputPath": "$.order", "Parameters": {"Id.$": "$.id"}, "ResultSelector": {"Message.$": "$.MessageId"},
        "ResultPath": "$.sent", "OutputPath": "$.sent", "Assign": {"message.$": "$.Message"}
    }));
    let mut test = alone(&state);
    test.1.variables.insert("before".into(), Document::new(json!(1)));
    let result = TaskOutcome::Succeeded(Document::new(json!({"MessageId": "m"})));
    let (outcome, seen) = run(test, &json!({"order": {"id": 7}}), Some(result));
    assert_eq!(outcome, Outcome::Succeeded(Document::new(json!({"Message": "m"}))));
    assert_eq!(seen.next_state.as_deref(), Some("After"));
    assert_eq!(value(seen.after_input_path), json!({"id": 7}));
    assert_eq!(value(seen.after_parameters), json!({"Id": 7}));
    assert_eq!(value(seen.result), json!({"MessageId": "m"}));
    assert_eq!(value(seen.after_result_selector), json!({"Message": "m"}));
    assert_eq!(value(seen.after_result_path), json!({"order": {"id": 7}, "sent": {"Message": "m"}}));
    let names: Vec<_> = seen.variables.keys().map(|name| &**name).collect();
    assert_eq!(names, ["before", "message"]);
    assert_eq!((seen.retry, seen.caught), (None, None));
}

#[test]
fn a_retrier_ends_the_test_and_tells_its_delay() {
    let state = task(&json!({"Retry": [
        {"ErrorEquals": ["Other"]},
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3}
    ]}));
    for (retry_count, delay) in [(0, Some(2)), (2, Some(18)), (3, None)] {
        let mut test = alone(&state);
        test.1.retry_count = retry_count;
        let (outcome, seen) = run(test, &json!({}), Some(failed("Broken", "why")));
        let error = ErrorCause { error: Some("Broken".into()), cause: Some("why".into()) };
        assert_eq!(outcome, Outcome::Failed(error));
        assert_eq!(seen.retry, Some(Retried { index: 1, delay: delay.map(SignedDuration::from_secs) }));
    }
}

#[test]
fn a_catcher_hands_on_to_its_state() {
    let state = task(&json!({"Catch": [
        {"ErrorEquals": ["Other"], "Next": "No"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Cure"}
    ]}));
    let (outcome, seen) = run(alone(&state), &json!({"a": 1}), Some(failed("Broken", "why")));
    let output = json!({"a": 1, "error": {"Error": "Broken", "Cause": "why"}});
    assert_eq!(outcome, Outcome::Succeeded(Document::new(output)));
    assert_eq!(seen.next_state.as_deref(), Some("Cure"));
    let (index, error) = seen.caught.expect("it was caught");
    assert_eq!((index, error.error.as_deref()), (1, Some("Broken")));
}

fn distributed(more: &Value) -> Value {
    let mut state = json!({
        "Type": "Map", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": true}}
        }
    });
    for (name, field) in more.as_object().expect("fields") {
        state[name] = field.clone();
    }
    state
}

#[test]
fn the_items_of_a_map_are_read_selected_and_batched_but_never_run() {
    let state = distributed(&json!({
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": "b", "Key": "k"}
        },
        "ItemSelector": {"n.$": "$$.Map.Item.Value.n", "i.$": "$$.Map.Item.Index"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x": 1}},
        "MaxConcurrency": 5, "ToleratedFailurePercentage": 50
    }));
    let mut test = alone(&state);
    test.1.item_reader_data = Some("n\n1\n2\n3\n".into());
    test.1.mock = Some(Mock::Result(Document::new(json!(["x"]))));
    // Half of three items is one and a half.
    test.1.failed_iterations = 1;
    let (outcome, seen) = run(test, &json!({}), None);
    assert_eq!(outcome, Outcome::Succeeded(Document::new(json!(["x"]))));
    assert_eq!(value(seen.after_item_selector), json!([{"n": "1", "i": 0}, {"n": "2", "i": 1}, {"n": "3", "i": 2}]));
    assert_eq!(
        value(seen.after_item_batcher),
        json!([
            {"BatchInput": {"x": 1}, "Items": [{"n": "1", "i": 0}, {"n": "2", "i": 1}]},
            {"BatchInput": {"x": 1}, "Items": [{"n": "3", "i": 2}]}
        ])
    );
    assert_eq!((seen.iterations, seen.max_concurrency), (Some(2), Some(5)));
    assert_eq!((seen.tolerated_failure_count, seen.tolerated_failure_percentage), (None, Some(50.0)));
}

#[test]
fn more_failures_than_are_tolerated_fail_the_map() {
    for (tolerated, failures, fails) in [(json!({"ToleratedFailureCount": 1}), 2, true), (json!({}), 2, false)] {
        let mut test = alone(&distributed(&tolerated));
        test.1.mock = Some(Mock::Result(Document::new(json!([1, 2, 3]))));
        test.1.failed_iterations = failures;
        let (outcome, _) = run(test, &json!([1, 2, 3]), None);
        let error = match &outcome {
            Outcome::Failed(error) => error.error.as_deref(),
            _ => None,
        };
        assert_eq!(error, fails.then_some("States.ExceedToleratedFailureThreshold"), "{outcome:?}");
    }
}

#[test]
fn a_failure_in_a_branch_meets_the_handlers_of_the_parallel_state() {
    let state = json!({
        "Type": "Parallel", "End": true,
        "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}],
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Cure"}]
    });
    for of_task in [true, false] {
        let mut test = alone(&state);
        let error = ErrorCause { error: Some("Broken".into()), cause: None };
        test.1.mock = Some(Mock::Error { error, of_task });
        let (_, seen) = run(test, &json!({}), None);
        assert_eq!(seen.caught.is_some(), of_task);
    }
}

#[test]
fn a_state_is_found_wherever_it_is_and_sees_the_context_that_is_given() {
    let inner = json!({"Type": "Pass", "Parameters": {"Name.$": "$$.State.Name", "All.$": "$$"}, "End": true});
    let definition = json!({
        "StartAt": "Each",
        "States": {"Each": {
            "Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "Deep", "States": {"Deep": {
                "Type": "Parallel", "End": true, "Branches": [{"StartAt": "Inner", "States": {"Inner": inner}}]
            }}}
        }}
    });
    let parsed = parse(&definition.to_string(), &Options::default());
    let machine = parsed.machine.unwrap_or_else(|| panic!("the definition is sound: {:#?}", parsed.diagnostics));
    assert!(find_state(&machine.flow, "Nowhere").is_none());
    let run_with = |context: Option<Value>| {
        let (flow, state) = find_state(&machine.flow, "Inner").expect("it is inside");
        let (_, test) = alone(&json!({"Type": "Succeed"}));
        let context = context.and_then(|context| context.as_object().cloned());
        let test = StateTest { flow, state, context, ..test };
        run((machine.clone(), test), &json!({}), None)
    };
    let given = json!({"State": {"Name": "Mine"}});
    let (outcome, _) = run_with(Some(given.clone()));
    assert_eq!(outcome, Outcome::Succeeded(Document::new(json!({"Name": "Mine", "All": given}))));
    let (outcome, seen) = run_with(None);
    let Outcome::Succeeded(output) = outcome else { panic!("it succeeds: {outcome:?}") };
    // As recorded of AWS: no name of its own, no role, and nothing to redrive.
    assert_eq!(output.value()["Name"], "StateName");
    assert_eq!(output.value()["All"]["Execution"]["RoleArn"], Value::Null);
    assert_eq!(output.value()["All"]["Execution"].get("RedriveCount"), None);
    assert_eq!(seen.next_state, None);
}

#[test]
fn a_failure_of_the_state_itself_is_told_without_its_place() {
    let state = json!({
        "Type": "Map", "ItemsPath": "$$.Execution.Input", "End": true,
        "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": true}}}
    });
    let mut test = alone(&state);
    test.1.mock = Some(Mock::Result(Document::new(json!([]))));
    let (outcome, seen) = run(test, &json!({}), None);
    let error = ErrorCause {
        error: Some("States.Runtime".into()),
        cause: Some("Reference path \"$.Execution.Input\" must point to array.".into()),
    };
    assert_eq!(outcome, Outcome::Failed(error));
    assert_eq!((seen.iterations, seen.max_concurrency), (None, None));
}
