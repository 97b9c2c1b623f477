//! Tasks: every way in which they are answered, retried, caught, timed out.

use serde_json::{Value, json};

use super::{ASK, FUNCTION, JOB, LAMBDA, SEND, chain, jsonata, pass, task, with};
use crate::replay::Case;
use crate::world::{NO_WORK, WORK};

pub(crate) fn cases() -> Vec<Case> {
    let beats = json!({"HeartbeatSeconds": 20, "TimeoutSeconds": 300});
    let one = |name: &'static str, state: Value| {
        let definition = chain(&[("Before", task(SEND)), (name, state), ("After", task(SEND))]);
        Case::new(name, definition, json!({"n": 1}))
    };
    let fails = |name, state| Case { ends: "FAILED", ..one(name, state) };
    vec![
        one("Echo", task(FUNCTION)),
        fails("Fail", task(FUNCTION)),
        fails("Fail call", task(LAMBDA)),
        fails("Late", task(FUNCTION)),
        fails("Impossible", task(LAMBDA)),
        fails("Refused", task(LAMBDA)),
        fails("Hang", with(task(LAMBDA), json!({"TimeoutSeconds": 1}))),
        one("Ask", task(ASK)),
        one("AskBeat", with(task(ASK), beats.clone())),
        one("AskEarly", task(ASK)),
        fails("AskNo", task(ASK)),
        fails("AskFade", with(task(ASK), beats.clone())),
        fails("AskSilent", with(task(ASK), json!({"TimeoutSeconds": 300}))),
        one("Job", task(JOB)),
        fails("JobNo", task(JOB)),
        fails("JobSilent", with(task(JOB), beats.clone())),
        one("Work", task(WORK)),
        one("WorkBeat", with(task(WORK), beats.clone())),
        fails("WorkNo", task(WORK)),
        fails("WorkSilent", with(task(WORK), beats.clone())),
        fails("WorkNever", with(task(NO_WORK), json!({"TimeoutSeconds": 50}))),
        Case::new("retries", retries(), json!({"n": 1})),
        Case::new("retries in JSONata", retries_in_jsonata(), json!({"n": 1})),
        Case::new("catches", catches(), json!({"n": 1})),
        Case::new("catches in JSONata", catches_in_jsonata(), json!({"n": 1})),
        Case::new("many at once", many_at_once(), json!({"n": 1})),
        Case { ends: "FAILED", redrives: 1, ..Case::new("redriven token", redriven_token(), json!({"n": 1})) },
    ]
}

/// Backoff with jitter, retriers that count by themselves, a retry after a timeout.
fn retries() -> Value {
    let flaky = json!({"Parameters": {"n.$": "$$.State.RetryCount", "good": 3}, "Retry": [
        {"ErrorEquals": ["Other"], "MaxAttempts": 9},
        {"ErrorEquals": ["Flaky"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxDelaySeconds": 8, "JitterStrategy": "FULL", "MaxAttempts": 4}]});
    let slow = json!({"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Echo"}]});
    chain(&[("Flaky", with(task(SEND), flaky)), ("AskSilent", with(task(ASK), slow)), ("Echo", task(SEND))])
}

fn retries_in_jsonata() -> Value {
    jsonata(chain(&[(
        "Flaky",
        with(
            task(SEND),
            json!({
        "Arguments": {"n": "{% $states.context.State.RetryCount %}", "good": 2, "luck": "{% $random() %}"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "JitterStrategy": "FULL"}]}),
        ),
    )]))
}

fn catches() -> Value {
    let caught = |next: &str| {
        json!({"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": next,
        "Assign": {"why.$": "$.Cause"}}]})
    };
    chain(&[
        ("Fail", with(task(FUNCTION), caught("AskNo"))),
        ("Never", json!({"Type": "Fail"})),
        (
            "AskNo",
            with(task(ASK), with(caught("AskFade"), json!({"Parameters": {"t.$": "$$.Task.Token", "why.$": "$why"}}))),
        ),
        ("AskFade", with(task(ASK), with(caught("Note"), json!({"HeartbeatSeconds": 10})))),
        ("Note", with(pass(), json!({"Parameters": {"why.$": "$why"}}))),
    ])
}

fn catches_in_jsonata() -> Value {
    let caught = |next: &str| {
        json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": next,
        "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Output": "{% $states.errorOutput %}"}]})
    };
    jsonata(chain(&[
        ("JobNo", with(task(JOB), caught("WorkNo"))),
        ("Never", json!({"Type": "Fail"})),
        ("WorkNo", with(task(WORK), with(caught("Note"), json!({"Arguments": {"why": "{% $why %}"}})))),
        ("Note", with(pass(), json!({"Output": "{% $why %}"}))),
    ]))
}

/// Tasks of every kind in flight together.
fn many_at_once() -> Value {
    let branches: Vec<Value> =
        [("Echo", SEND), ("Ask", ASK), ("Job", JOB), ("Work", WORK), ("AskBeat", ASK), ("JobSilent", JOB)]
            .into_iter()
            .map(|(name, resource)| {
                let state = with(
                    task(resource),
                    json!({"TimeoutSeconds": 600, "HeartbeatSeconds": 30,
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught by ".to_owned() + name}]}),
                );
                let after = format!("Echo {name}");
                let mut branch = chain(&[(name, state), (&after, task(SEND))]);
                branch["States"]["Caught by ".to_owned() + name] = json!({"Type": "Pass", "End": true});
                branch
            })
            .collect();
    chain(&[("All", json!({"Type": "Parallel", "Branches": branches})), ("After", task(SEND))])
}

/// A token that timed out, and that of the redrive.
fn redriven_token() -> Value {
    chain(&[
        ("Echo", task(SEND)),
        (
            "AskSilent",
            with(
                task(ASK),
                json!({"TimeoutSeconds": 30,
        "Parameters": {"t.$": "$$.Task.Token"}}),
            ),
        ),
    ])
}
