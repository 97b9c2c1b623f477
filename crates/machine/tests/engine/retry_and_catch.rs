//! Retry and Catch on tasks.

use serde_json::{Value, json};

use crate::door::{Reply, Script, check};

fn task(retry: &Value, catch: &Value) -> Value {
    json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Retry": retry, "Catch": catch, "End": true},
        "Caught": {"Type": "Succeed"},
        "Other": {"Type": "Succeed"}
    }})
}

fn failing(times: usize, error: &'static str) -> Script {
    (0..times).fold(Script::new(), |script, _| script.on("T", Reply::Failure(error, "why")))
}

const NOBODY: fn() -> Value =
    || json!([{"ErrorEquals": ["Nobody"], "Next": "Caught"}, {"ErrorEquals": ["Nothing"], "Next": "Other"}]);

#[test]
fn the_delay_grows_by_the_backoff_rate_up_to_its_maximum() {
    let retry = json!([{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 20, "MaxAttempts": 4}]);
    let script = failing(4, "Busy").on("T", Reply::Success(json!(1)));
    insta::assert_snapshot!(check(&task(&retry, &NOBODY()), &json!({}), script));
}

#[test]
fn the_defaults_are_three_attempts_doubling_from_one_second() {
    let retry = json!([{"ErrorEquals": ["States.ALL"]}]);
    insta::assert_snapshot!(check(&task(&retry, &NOBODY()), &json!({}), failing(4, "Busy")));
}

#[test]
fn jitter_draws_a_delay_below_the_computed_one() {
    let retry = json!([{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "BackoffRate": 1, "MaxAttempts": 3, "JitterStrategy": "FULL"}]);
    let history = check(&task(&retry, &NOBODY()), &json!({}), failing(4, "Busy"));
    let times: Vec<f64> = history
        .lines()
        .filter(|line| line.contains("LambdaFunctionScheduled"))
        .map(|line| line.split_whitespace().find_map(|word| word.strip_suffix('s')?.parse().ok()).expect("a time"))
        .collect();
    let delays: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(delays.len(), 3, "{history}");
    assert!(delays.iter().all(|delay| (0.0..=100.0).contains(delay)), "{delays:?}");
    assert!(delays.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.001), "drawn, not computed: {delays:?}");
    assert_eq!(history, check(&task(&retry, &NOBODY()), &json!({}), failing(4, "Busy")), "the seed decides");
}

#[test]
fn each_retrier_counts_its_own_attempts() {
    let retry = json!([
        {"ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 1},
        {"ErrorEquals": ["B"], "MaxAttempts": 2, "IntervalSeconds": 10}
    ]);
    let script =
        ["A", "B", "B", "A"].into_iter().fold(Script::new(), |script, error| script.on("T", Reply::Failure(error, "")));
    insta::assert_snapshot!(check(&task(&retry, &NOBODY()), &json!({}), script));
}

#[test]
fn zero_attempts_is_never() {
    let retry = json!([{"ErrorEquals": ["Busy"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]);
    insta::assert_snapshot!(check(&task(&retry, &NOBODY()), &json!({}), failing(1, "Busy")));
}

#[test]
fn a_catcher_puts_the_error_where_it_says() {
    let catch = json!([
        {"ErrorEquals": ["Other"], "Next": "Other"},
        {"ErrorEquals": ["Busy", "Idle"], "ResultPath": "$.problem", "Next": "Caught"}
    ]);
    insta::assert_snapshot!(check(&task(&json!([]), &catch), &json!({"kept": 1}), failing(1, "Idle")));
}

#[test]
fn states_task_failed_stands_for_any_error_but_a_timeout() {
    let catch = json!([{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}, {"ErrorEquals": ["States.ALL"], "Next": "Other"}]);
    let history = check(&task(&json!([]), &catch), &json!({}), failing(1, "Anything"));
    assert!(history.contains("SucceedStateEntered name=Caught"), "{history}");
    let history = check(&task(&json!([]), &catch), &json!({}), failing(1, "States.Timeout"));
    assert!(history.contains("SucceedStateEntered name=Other"), "{history}");
}
