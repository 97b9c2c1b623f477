//! Distributed Maps: their items, batches, children, failures, results.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{ASK, LAMBDA, SEND, chain, jsonata, pass, task, with};
use crate::replay::Case;

pub(crate) fn cases() -> Vec<Case> {
    let items = json!([1, 2, 3, 4, 5]);
    let small = |name, map| Case::new(name, chain(&[("Each", map), ("After", task(SEND))]), json!([1, 2, 3, 4, 5]));
    let stored = |case: Case, key: &str, body: &[u8]| Case {
        objects: BTreeMap::from([(format!("in/{key}"), body.to_vec())]),
        ..case
    };
    let echoes =
        || chain(&[("Echo", task(SEND)), ("Pause", json!({"Type": "Wait", "Seconds": 7})), ("Echo 2", task(LAMBDA))]);
    let fails_odd = || {
        chain(&[
            (
                "Choose",
                json!({"Type": "Choice", "Default": "Fail", "Choices": [
                {"Variable": "$", "NumericEquals": 2, "Next": "Echo"}, {"Variable": "$", "NumericEquals": 4, "Next": "Echo"}]}),
            ),
            ("Fail", with(task(SEND), json!({"End": true}))),
            ("Echo", task(SEND)),
        ])
    };
    let many: Vec<Value> = (0..300).map(|n| json!({"n": n, "text": "é".repeat(40)})).collect();
    let mut cases = vec![
        small("standard children", map("STANDARD", echoes(), json!({"MaxConcurrency": 2}))),
        small("express children", map("EXPRESS", chain(&[("Echo", task(SEND)), ("Echo 2", task(LAMBDA))]), json!({}))),
        small("children that ask", map("STANDARD", chain(&[("Ask", task(ASK))]), json!({"MaxConcurrency": 3}))),
        small(
            "children in batches",
            map("STANDARD", echoes(), json!({"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"b": 1}}})),
        ),
        small(
            "failures within tolerance",
            map("STANDARD", fails_odd(), json!({"MaxConcurrency": 1, "ToleratedFailureCount": 3})),
        ),
        small(
            "update of a map run",
            map(
                "STANDARD",
                chain(&[("Widen", task(LAMBDA)), ("Pause", json!({"Type": "Wait", "Seconds": 3}))]),
                json!({"MaxConcurrency": 1, "ToleratedFailureCount": 1}),
            ),
        ),
        stored(
            small("items of a CSV file, results to files", map("STANDARD", echoes(), with(csv(), writer()))),
            "items.csv",
            b"name\nana\nben\ncid\n",
        ),
        stored(
            small(
                "many items",
                map(
                    "EXPRESS",
                    chain(&[("Nothing", pass())]),
                    with(json_lines(), json!({"ItemBatcher": {"MaxItemsPerBatch": 100}})),
                ),
            ),
            "items.json",
            Value::Array(many).to_string().as_bytes(),
        ),
        small(
            "map in map",
            map(
                "STANDARD",
                chain(&[(
                    "Inner",
                    with(
                        map("STANDARD", chain(&[("Echo inner", task(SEND))]), json!({"Label": "Inner"})),
                        json!({"ItemsPath": "$.list"}),
                    ),
                )]),
                json!({"ItemSelector": {"list": [7, 8]}, "MaxConcurrency": 2}),
            ),
        ),
    ];
    let caught = json!({"MaxConcurrency": 2, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}]});
    let slow_or_bad = || {
        chain(&[
            (
                "Choose",
                json!({"Type": "Choice", "Default": "AskSilent", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Pause"}]}),
            ),
            ("AskSilent", with(task(ASK), json!({"End": true}))),
            ("Pause", json!({"Type": "Wait", "Seconds": 9})),
            ("Fail", task(SEND)),
        ])
    };
    cases.push(small("children that are given up", map("STANDARD", slow_or_bad(), caught)));
    let hangs_or_fails = chain(&[
        (
            "Which",
            json!({"Type": "Choice", "Default": "Hang", "Choices": [{"Variable": "$", "NumericEquals": 3, "Next": "Fail"}]}),
        ),
        ("Hang", with(task(SEND), json!({"End": true}))),
        ("Fail", task(SEND)),
    ]);
    let hangs = map("STANDARD", hangs_or_fails, json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}]}));
    cases.push(small("children that are given up at work", hangs));
    let given_up_with_files = with(writer(), json!({"MaxConcurrency": 2}));
    cases.push(Case {
        ends: "FAILED",
        ..small("results of a map run that fails", map("STANDARD", slow_or_bad(), given_up_with_files))
    });
    cases.push(Case { ends: "FAILED", ..small("items that are not there", map("STANDARD", echoes(), csv())) });
    let retried = json!({"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 2}], "MaxConcurrency": 1});
    cases.push(Case { ends: "FAILED", ..small("map run that is retried", map("EXPRESS", fails_odd(), retried)) });
    let timed = with(
        small("map run whose execution times out", map("STANDARD", slow_or_never(), json!({}))).definition,
        json!({"TimeoutSeconds": 30}),
    );
    cases.push(Case { ends: "TIMED_OUT", ..Case::new("map run whose execution times out", timed, items.clone()) });
    let branch = json!({"Type": "Parallel", "End": true, "Branches": [
        chain(&[("Each", map("STANDARD", slow_or_never(), json!({})))]),
        chain(&[("Wait", json!({"Type": "Wait", "Seconds": 5})), ("Halt", task(LAMBDA))])]});
    cases.push(Case { ends: "ABORTED", ..Case::new("stop of a map run", chain(&[("Both", branch)]), items.clone()) });
    cases.push(Case {
        redrives: 2,
        ..small("redrives of a map run", map("STANDARD", fails_until_redriven(), json!({"MaxConcurrency": 2})))
    });
    cases.push(Case {
        redrives: 1,
        ends: "FAILED",
        ..small("redrive of Express children", map("EXPRESS", fails_odd(), json!({"MaxConcurrency": 1})))
    });
    cases.push(Case::new("map run in JSONata", jsonata(chain(&[("Each", in_jsonata())])), items));
    cases
}

fn map(kind: &str, processor: Value, more: Value) -> Value {
    let processor = with(processor, json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}));
    with(json!({"Type": "Map", "Label": "Each", "ItemProcessor": processor}), more)
}

fn csv() -> Value {
    json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "items.csv"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}}})
}

fn json_lines() -> Value {
    json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "items.json"},
        "ReaderConfig": {"InputType": "JSON"}}})
}

fn writer() -> Value {
    json!({"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"}}})
}

fn slow_or_never() -> Value {
    chain(&[("Long", json!({"Type": "Wait", "Seconds": 500})), ("Echo never", task(SEND))])
}

fn in_jsonata() -> Value {
    let processor = chain(&[
        ("Echo", with(task(SEND), json!({"Arguments": {"v": "{% $states.input.v %}", "id": "{% $uuid() %}"}}))),
        ("Pause", json!({"Type": "Wait", "Seconds": "{% $states.input.v %}"})),
    ]);
    map(
        "STANDARD",
        processor,
        json!({"Items": "{% $states.input %}", "MaxConcurrency": "{% 1 + 1 %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"}, "Output": "{% $states.result %}"}),
    )
}

/// Children that wait, and some of which fail until they were redriven twice.
fn fails_until_redriven() -> Value {
    let flaky = json!({"Parameters": {"n.$": "$$.Execution.RedriveCount", "good": 2}});
    chain(&[
        ("Echo", task(SEND)),
        (
            "Which",
            json!({"Type": "Choice", "Default": "Pause", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Flaky"}]}),
        ),
        ("Flaky", with(task(SEND), flaky)),
        ("Pause", json!({"Type": "Wait", "Seconds": 5})),
    ])
}
