//! Every state type, in both query languages.

use serde_json::{Value, json};

use super::{LAMBDA, SEND, chain, jsonata, pass, task, with};
use crate::replay::Case;

pub(crate) fn cases() -> Vec<Case> {
    // To the second, as people write times.
    let tomorrow = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 86_400).expect("in range");
    let mut cases = vec![
        Case::new("flow", flow(), json!({"n": 1, "until": tomorrow.to_string()})),
        Case::new("flow in JSONata", flow_in_jsonata(), json!({"n": 1, "until": tomorrow.to_string()})),
        Case::new("parallel", parallel(), json!({"n": 1})),
        Case::new("waits that end together", waits(), json!({})),
        Case::new("map", map(), json!({"items": [3, 1, 5, 2]})),
        Case::new("map in JSONata", map_in_jsonata(), json!({"items": [3, 1, 5, 2]})),
        Case::new("long loop", long_loop(), json!({"n": 0})),
        Case::new("wide map", wide_map(), json!({"items": vec![0; 2100]})),
    ];
    let fails = |name, definition| Case { ends: "FAILED", ..Case::new(name, definition, json!({"n": 1})) };
    cases.push(fails(
        "fail",
        chain(&[("Echo", task(SEND)), ("End", json!({"Type": "Fail", "Error": "E", "Cause": "c"}))]),
    ));
    cases.push(fails("parallel that fails", parallel_that_fails(false)));
    cases.push(fails(
        "query that fails",
        jsonata(chain(&[("Echo", task(SEND)), ("Q", json!({"Type": "Pass", "Output": "{% $error('no') %}"}))])),
    ));
    cases.push(Case::new("parallel that fails and is caught", parallel_that_fails(true), json!({"n": 1})));
    let times_out = with(
        chain(&[("Echo", task(SEND)), ("Wait", json!({"Type": "Wait", "Seconds": 900}))]),
        json!({"TimeoutSeconds": 600}),
    );
    cases.push(Case { ends: "TIMED_OUT", ..Case::new("time of the execution", times_out, json!({})) });
    let halts = chain(&[
        ("Echo", task(SEND)),
        (
            "Both",
            json!({"Type": "Parallel", "Branches": [
        chain(&[("Wait", json!({"Type": "Wait", "Seconds": 900}))]), chain(&[("Halt", task(LAMBDA))])]}),
        ),
    ]);
    cases.push(Case { ends: "ABORTED", ..Case::new("stop", halts, json!({})) });
    cases
        .push(Case { express: true, ..Case::new("express", flow(), json!({"n": 1, "until": "2001-01-01T00:00:00Z"})) });
    cases.push(Case { redrives: 2, ..fails("redrives that fail again", parallel_that_fails(false)) });
    cases.push(Case { redrives: 2, ..Case::new("redrives", redriven(), json!({"n": 1})) });
    cases
}

/// Pass, Choice, Wait, Task, Succeed, variables, the context object, UUIDs.
fn flow() -> Value {
    chain(&[
        (
            "First",
            with(
                pass(),
                json!({"Assign": {"kept.$": "$.n", "id.$": "States.UUID()"},
            "Parameters": {"n.$": "$.n", "until.$": "$.until", "name.$": "$$.Execution.Name", "at.$": "$$.Execution.StartTime"},
            "ResultPath": "$.first"}),
            ),
        ),
        (
            "Choose",
            json!({"Type": "Choice", "Default": "No", "Choices": [
            {"Variable": "$.n", "NumericEquals": 1, "Next": "Soon", "Assign": {"chosen": true}}]}),
        ),
        ("No", json!({"Type": "Fail"})),
        ("Soon", json!({"Type": "Wait", "Seconds": 60})),
        (
            "Echo 1",
            with(
                task(SEND),
                json!({"Parameters": {"n.$": "$kept", "id.$": "$id"},
            "ResultSelector": {"id.$": "$.id"}, "ResultPath": "$.sent"}),
            ),
        ),
        ("Then", json!({"Type": "Wait", "TimestampPath": "$.until"})),
        ("Echo 2", with(task(LAMBDA), json!({"Assign": {"again.$": "$.n"}, "OutputPath": "$.sent"}))),
        ("Last", with(pass(), json!({"Parameters": {"id.$": "$id", "again.$": "$again", "sent.$": "$"}}))),
        ("Done", json!({"Type": "Succeed"})),
    ])
}

fn flow_in_jsonata() -> Value {
    jsonata(chain(&[
        (
            "First",
            with(
                pass(),
                json!({"Assign": {"kept": "{% $states.input.n %}", "id": "{% $uuid() %}",
            "luck": "{% $random() %}"}}),
            ),
        ),
        (
            "Choose",
            json!({"Type": "Choice", "Default": "No", "Choices": [{"Condition": "{% $kept = 1 %}", "Next": "Soon"}]}),
        ),
        ("No", json!({"Type": "Fail"})),
        ("Soon", json!({"Type": "Wait", "Seconds": "{% $kept * 60 %}"})),
        (
            "Echo 1",
            with(
                task(SEND),
                json!({"Arguments": {"n": "{% $kept %}", "id": "{% $id %}", "luck": "{% $luck %}"},
            "Output": {"sent": "{% $states.result %}", "until": "{% $states.input.until %}"}}),
            ),
        ),
        ("Then", json!({"Type": "Wait", "Timestamp": "{% $states.input.until %}"})),
        ("Echo 2", with(task(LAMBDA), json!({"Assign": {"again": "{% $states.result %}"}}))),
        ("Done", json!({"Type": "Succeed", "Output": {"again": "{% $again %}", "id": "{% $id %}"}})),
    ]))
}

fn parallel() -> Value {
    let tasks =
        |name: &str| chain(&[(&*format!("Echo {name}1"), task(SEND)), (&*format!("Echo {name}2"), task(LAMBDA))]);
    chain(&[
        (
            "All",
            json!({"Type": "Parallel", "ResultPath": "$.all", "Branches": [
                tasks("a"),
                chain(&[("Pause", json!({"Type": "Wait", "Seconds": 5})), ("Echo b", task(SEND))]),
                chain(&[("Nothing", pass())]),
                chain(&[("Inner", json!({"Type": "Parallel", "Branches": [tasks("c"), tasks("d")]}))]),
            ]}),
        ),
        ("Echo", task(SEND)),
    ])
}

/// Timers that are due at one instant, and some that never fire.
fn waits() -> Value {
    let wait = |name: &str, seconds: u32| {
        chain(&[
            (&*format!("Wait {name}"), json!({"Type": "Wait", "Seconds": seconds})),
            (&*format!("Echo {name}"), with(task(SEND), json!({"TimeoutSeconds": 70, "HeartbeatSeconds": 20}))),
        ])
    };
    chain(&[(
        "All",
        json!({"Type": "Parallel", "Branches": [wait("a", 60), wait("b", 30), wait("c", 60), wait("d", 60)]}),
    )])
}

fn parallel_that_fails(caught: bool) -> Value {
    let mut all = json!({"Type": "Parallel", "Next": "Echo end", "Branches": [
        chain(&[("Pause", json!({"Type": "Wait", "Seconds": 5})), ("Fail", task(SEND))]),
        chain(&[("Long", json!({"Type": "Wait", "Seconds": 50})), ("Echo never", task(SEND))]),
        chain(&[("AskSilent", task(super::ASK))]),
        chain(&[("Echo done", task(SEND))]),
    ]});
    if caught {
        all["Catch"] = json!([{"ErrorEquals": ["Bad"], "ResultPath": "$.error", "Next": "Echo end"}]);
    }
    chain(&[("Echo start", task(SEND)), ("All", all), ("Echo end", task(SEND))])
}

fn map() -> Value {
    chain(&[(
        "Each",
        json!({"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2,
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
        "ItemProcessor": chain(&[("Echo", task(SEND)), ("Pause", json!({"Type": "Wait", "SecondsPath": "$.v"})),
            ("Echo again", task(LAMBDA))])}),
    )])
}

fn map_in_jsonata() -> Value {
    jsonata(chain(&[(
        "Each",
        json!({"Type": "Map", "Items": "{% $states.input.items %}", "ToleratedFailurePercentage": 0,
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "id": "{% $uuid() %}"},
        "ItemProcessor": chain(&[("Note", json!({"Type": "Pass", "Assign": {"mine": "{% $states.input.v %}"}})),
            ("Pause", json!({"Type": "Wait", "Seconds": "{% $mine %}"})),
            ("Echo", with(task(SEND), json!({"Arguments": {"v": "{% $mine %}", "id": "{% $states.input.id %}"}})))]),
        "Output": {"all": "{% $states.result %}"}}),
    )]))
}

/// More turns than one step takes.
fn long_loop() -> Value {
    chain(&[
        ("Add", with(pass(), json!({"Parameters": {"n.$": "States.MathAdd($.n, 1)"}}))),
        (
            "Enough",
            json!({"Type": "Choice", "Default": "Add", "Choices": [
            {"Variable": "$.n", "NumericGreaterThan": 2100, "Next": "Echo"}]}),
        ),
        ("Echo", task(SEND)),
    ])
}

/// More iterations than one step begins.
fn wide_map() -> Value {
    chain(&[
        (
            "Each",
            json!({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": chain(&[("Nothing", pass())]),
        "ResultPath": null}),
        ),
        ("Echo", task(SEND)),
    ])
}

/// Fails until it was redriven often enough; what succeeded before is not done again.
fn redriven() -> Value {
    let flaky = |good: u32| with(task(SEND), json!({"Parameters": {"n.$": "$$.Execution.RedriveCount", "good": good}}));
    chain(&[
        ("Echo first", task(SEND)),
        (
            "All",
            json!({"Type": "Parallel", "Branches": [
                chain(&[("Echo done", task(SEND)), ("Pause", json!({"Type": "Wait", "Seconds": 1}))]),
                chain(&[("Wait", json!({"Type": "Wait", "Seconds": 5})), ("Flaky", flaky(1))]),
            ]}),
        ),
        ("Flaky too", flaky(2)),
    ])
}
