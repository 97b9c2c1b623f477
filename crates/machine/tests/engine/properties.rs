//! What holds for every execution: replay gives the same, endless loops end, late answers change nothing.

use std::sync::Arc;

use asl::{Options, parse};
use jiff::Timestamp;
use machine::{Command, Document, Execution, Input, Outcome, TaskOutcome};
use serde_json::{Value, json};

use crate::door::{Reply, Script, identity, run};

fn machine(definition: &Value) -> Arc<asl::model::StateMachine> {
    parse(&definition.to_string(), &Options::default()).machine.expect("the definition is sound")
}

fn everything() -> Value {
    json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [
            {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"token.$": "$$.Task.Token", "uuid.$": "States.UUID()"}, "HeartbeatSeconds": 100,
                "Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}], "End": true}}},
            {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
                "ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3, "End": true}}}}}},
            {"StartAt": "D", "States": {"D": {"Type": "Map", "Label": "D", "MaxConcurrency": 2, "End": true,
                "ToleratedFailurePercentage": 50, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                    "Parameters": {"Bucket": "in", "Key": "k"}, "ReaderConfig": {"InputType": "JSON"}},
                "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"}},
                "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "X", "States": {"X": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1,
                        "Next": "F"}], "Default": "S"}, "F": {"Type": "Fail"}, "S": {"Type": "Succeed"}}}}}}
        ], "End": true}
    }})
}

#[test]
fn replaying_the_inputs_gives_the_same_events_and_commands() {
    let input = json!({"items": [1, 2, 3]});
    let script = Script::new()
        .object("in/k", "[1, 2, 3]")
        .on("T", Reply::Failure("Busy", "once"))
        .on("T", Reply::Submitted(json!({}), Box::new(Reply::After(7, Box::new(Reply::Success(json!("ok")))))));
    let (_, inputs) = run(&everything(), &input, script);
    let machine = machine(&everything());
    let replay = || {
        let mut execution = Execution::new(machine.clone(), Arc::new(identity()), Document::new(input.clone()));
        inputs.iter().map(|(input, at)| execution.apply(input.clone(), *at)).collect::<Vec<_>>()
    };
    let steps = replay();
    assert_eq!(steps, replay());
    assert!(matches!(steps.last().and_then(|step| step.commands.last()), Some(Command::Finish(Outcome::Succeeded(_)))));
}

#[test]
fn inputs_survive_being_written_down() {
    let script = Script::new()
        .object("in/k", r#"{"a": 1, "é": 2.50}"#)
        .on("T", Reply::Submitted(json!({"é": [1.0]}), Box::new(Reply::Success(json!(1)))));
    let (_, inputs) = run(&everything(), &json!({"items": []}), script);
    for (input, _) in inputs {
        let text = serde_json::to_string(&input).expect("an input can be written");
        assert_eq!(serde_json::from_str::<Input>(&text).expect("and read back"), input);
    }
}

#[test]
fn an_endless_loop_yields_and_ends_at_25_000_events() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": false, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}
    }});
    let mut execution = Execution::new(machine(&definition), Arc::new(identity()), Document::new(json!({})));
    let mut step = execution.apply(Input::Start, Timestamp::UNIX_EPOCH);
    let mut rounds = 0;
    while step.commands == [Command::Continue] {
        rounds += 1;
        step = execution.apply(Input::Continue, Timestamp::UNIX_EPOCH);
    }
    assert!(rounds >= 2, "others had their turn");
    let Some(Outcome::Failed(failure)) = execution.outcome() else { panic!("it ends: {step:?}") };
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    assert!((24_990..=25_000).contains(&execution.events()), "{}", execution.events());
}

#[test]
fn what_comes_too_late_changes_nothing() {
    let definition = json!({"StartAt": "T", "States": {"T": {"Type": "Task", "TimeoutSeconds": 5,
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}});
    let mut execution = Execution::new(machine(&definition), Arc::new(identity()), Document::new(json!({})));
    let step = execution.apply(Input::Start, Timestamp::UNIX_EPOCH);
    let (mut task, mut timer) = (None, None);
    for command in step.commands {
        match command {
            Command::Call(call) => task = Some(call.task),
            Command::Arm { timer: armed, .. } => timer = Some(armed),
            _ => {}
        }
    }
    let (task, timer) = (task.expect("a call"), timer.expect("a timer"));
    let nobody = Input::TaskEnded { task: task + 100, outcome: TaskOutcome::Succeeded(Document::new(json!(1))) };
    assert_eq!(execution.apply(nobody, Timestamp::UNIX_EPOCH), machine::Step::default());
    let ended = Input::TaskEnded { task, outcome: TaskOutcome::Succeeded(Document::new(json!(1))) };
    assert!(!execution.apply(ended.clone(), Timestamp::UNIX_EPOCH).events.is_empty());
    for late in
        [ended, Input::TimerFired { timer }, Input::Heartbeat { task }, Input::Stop { error: None, cause: None }]
    {
        assert_eq!(execution.apply(late, Timestamp::UNIX_EPOCH), machine::Step::default());
    }
}

fn express(definition: &Value, input: Value) -> Execution {
    let identity = machine::Identity { express: true, ..identity() };
    Execution::new(machine(definition), Arc::new(identity), Document::new(input))
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>: an Express execution's history is unlimited.
#[test]
fn an_express_execution_may_have_more_than_25_000_events() {
    let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}});
    let items: Vec<u64> = (0..7_000).collect();
    let mut execution = express(&definition, json!(items));
    let mut step = execution.apply(Input::Start, Timestamp::UNIX_EPOCH);
    while step.commands.contains(&Command::Continue) {
        step = execution.apply(Input::Continue, Timestamp::UNIX_EPOCH);
    }
    assert_eq!(execution.outcome(), Some(&Outcome::Succeeded(Document::new(json!(items)))));
    assert_eq!(execution.events(), 4 * 7_000 + 6);
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>: it runs for five minutes at the most,
/// and a longer `TimeoutSeconds` changes nothing about that.
#[test]
fn an_express_execution_has_five_minutes() {
    for (timeout, seconds) in [(None, 300), (Some(3_000), 300), (Some(20), 20)] {
        let mut definition = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1_000, "End": true}}});
        if let Some(timeout) = timeout {
            definition["TimeoutSeconds"] = json!(timeout);
        }
        let mut execution = express(&definition, json!({}));
        let step = execution.apply(Input::Start, Timestamp::UNIX_EPOCH);
        let end = Timestamp::from_second(seconds).expect("a time");
        let timer = step.commands.iter().find_map(|command| match command {
            Command::Arm { timer, at } if *at == end => Some(*timer),
            _ => None,
        });
        let timer = timer.unwrap_or_else(|| panic!("a timer for {end}: {:?}", step.commands));
        execution.apply(Input::TimerFired { timer }, end);
        assert!(matches!(execution.outcome(), Some(Outcome::TimedOut(_))), "{:?}", execution.outcome());
    }
}

/// Whatever comes in between, it asks once to go on.
#[test]
fn a_long_step_asks_once_to_go_on() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": false, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}
    }});
    let mut execution = Execution::new(machine(&definition), Arc::new(identity()), Document::new(json!({})));
    assert_eq!(execution.apply(Input::Start, Timestamp::UNIX_EPOCH).commands, [Command::Continue]);
    assert_eq!(execution.apply(Input::Heartbeat { task: 7 }, Timestamp::UNIX_EPOCH).commands, []);
    assert_eq!(execution.apply(Input::Continue, Timestamp::UNIX_EPOCH).commands, [Command::Continue]);
}
