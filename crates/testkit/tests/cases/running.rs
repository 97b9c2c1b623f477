//! Cases that pass, and cases that fail and say why.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{CaseReport, Point};

use crate::fixture::{Fixture, way};

/// Runs one case, which must fail; everything it says, without what comes after the failures.
async fn failures(input: &Value, expected: &Value) -> Vec<String> {
    let report = Fixture::new().with("one", input, expected).run_one().await;
    assert!(!report.passed(), "{report:?}");
    let mut lines = Vec::new();
    for failure in report.failures {
        lines.push(failure.summary);
        lines.extend(failure.details);
    }
    lines
}

/// Runs one case, which must pass.
async fn passes(input: &Value, expected: &Value) -> CaseReport {
    let report = Fixture::new().with("one", input, expected).run_one().await;
    assert!(report.passed(), "{:#?}", report.explanation());
    report
}

fn missed(points: &[Point]) -> Vec<&str> {
    points.iter().filter(|point| point.reached == 0).map(|point| point.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_run_side_by_side_and_don_t_see_each_other() {
    let mut fixture = Fixture::new();
    let stored = json!({
        "status": "SUCCEEDED",
        "output": {"told": {"message_id": "*"}},
        "states": ["Which", "Store", "Tell"],
        "then": {
            "items": {"Notes": [{"pk": {"S": "a"}, "greeting": {"S": "hello"}}]},
            "no_items": {"Notes": [{"pk": {"S": "b"}}]},
            "published": [{"topic": "News", "subject": "Stored", "message": {"id": "a"}}]
        }
    });
    // The same key each time: a second one in the same table would fail.
    for name in ["a", "b", "c", "d", "e"] {
        fixture = fixture.with(name, &way("store"), &stored);
    }
    fixture = fixture
        .with("f", &way("sleep"), &json!({"status": "SUCCEEDED", "states": ["Which", "Pause", "Done"]}))
        .with("g", &way("ask"), &json!({"status": "SUCCEEDED", "answer": "nobody", "states": ["Which", "Ask", "Done"]}))
        .with("h", &way("?"), &json!({"status": "FAILED", "error": "NoWay"}));
    let began = Instant::now();
    let (reports, coverage) = fixture.run(Duration::from_mins(1)).await;
    assert!(began.elapsed() < Duration::from_secs(50), "a day's wait is skipped");
    let names: Vec<_> = reports.iter().map(|report| report.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g", "h"], "in the order of the list");
    for report in &reports {
        assert!(report.passed(), "{:#?}", report.explanation());
    }
    assert_eq!(missed(&coverage.states), ["Twice"]);
    // Two rules lead to one state; the one that wasn't taken is known all the same.
    assert_eq!(missed(&coverage.arms), ["Which rule 2 → Pause"]);
    assert_eq!(missed(&coverage.catches), ["Store catches DynamoDB.ConditionalCheckFailedException → Twice"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_runs_share_the_services_and_count_for_the_coverage() {
    let fixture = Fixture::new().with("first", &way("store"), &json!({"status": "SUCCEEDED"})).with(
        "again",
        &way("store"),
        &json!({
            "status": "FAILED", "error": "Twice", "cause": "It was stored before.", "before": ["first.json"],
            // The mock is not for the run before.
            "mock": {"Tell": {"0": {"Throw": {"Error": "never reached"}}}},
            "then": {"published": [{"topic": "News"}]}
        }),
    );
    let (reports, coverage) = fixture.run(Duration::from_mins(1)).await;
    assert!(reports.iter().all(CaseReport::passed), "{reports:#?}");
    assert!(missed(&coverage.catches).contains(&"Ask catches States.Timeout → Done"));
    let tell = coverage.states.iter().find(|state| state.name == "Tell").expect("a state");
    assert_eq!(tell.reached, 2, "by `first`, and before `again`");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_answer_what_is_mocked() {
    let throttled =
        json!({"Throw": {"Error": "DynamoDB.ProvisionedThroughputExceededException", "Cause": "slow down"}});
    // Retried twice, and the third attempt is real.
    passes(
        &way("store"),
        &json!({
            "status": "SUCCEEDED",
            "mock": {"Store": {"0-1": throttled}},
            "then": {"items": {"Notes": [{"pk": {"S": "a"}}]}}
        }),
    )
    .await;
    passes(
        &way("store"),
        &json!({
            "status": "FAILED",
            "error": "DynamoDB.ProvisionedThroughputExceededException",
            "cause": "slow down",
            "mock": {"Store": {"0-2": throttled}},
            "then": {"no_items": {"Notes": [{}]}}
        }),
    )
    .await;
    // The item is stored although the answer is lost, and the retry finds it.
    passes(
        &way("store"),
        &json!({
            "status": "FAILED",
            "error": "Twice",
            "mock": {"Store": {"0": {"CallThenThrow": {"Error": "DynamoDB.ProvisionedThroughputExceededException"}}}},
            "then": {"items": {"Notes": [{"pk": {"S": "a"}}]}}
        }),
    )
    .await;
    passes(&way("ask"), &json!({"status": "SUCCEEDED", "mock": {"Ask": {"0": {"Return": {"yes": true}}}}})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_the_template_can_be_set() {
    passes(
        &way("store"),
        &json!({
            "status": "SUCCEEDED",
            "parameters": {"Greeting": "olá"},
            "then": {"items": {"Notes": [{"greeting": {"S": "olá"}}]}}
        }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_difference_is_told() {
    let told = failures(
        &way("store"),
        &json!({
            "comment": "Why.",
            "status": "SUCCEEDED",
            "output": {"id": "b", "told": {"message": "*"}},
            "states": ["Which", "Store", "Tell", "Done"],
            "then": {
                "items": {"Notes": [{"pk": {"S": "a"}, "greeting": {"S": "hi"}}]},
                "no_items": {"Notes": [{"pk": {"S": "a"}}]},
                "published": [{"topic": "News", "subject": "Sold"}, {"topic": "News"}]
            }
        }),
    )
    .await;
    assert_eq!(
        told,
        [
            "the output is not as expected",
            r#"$.id: expected "b", got "a""#,
            r#"$.told.message: expected "*", but it is not there"#,
            "it went another way",
            r#"state 4 after "Tell": expected "Done", got the end"#,
            "expected Which → Store → Tell → Done",
            "entered  Which → Store → Tell",
            r#"no item of Notes contains {"pk":{"S":"a"},"greeting":{"S":"hi"}}"#,
            r#"the item {"greeting":{"S":"hello"},"pk":{"S":"a"}}"#,
            r#"  $.greeting.S: expected "hi", got "hello""#,
            r#"Notes holds 1 item that must not be there: {"pk":{"S":"a"}}"#,
            r#"{"greeting":{"S":"hello"},"pk":{"S":"a"}}"#,
            r#"no message was published like {"topic":"News","subject":"Sold"}"#,
            r#"the message {"topic":"News","subject":"Stored","message":{"way":"store","id":"a"}}"#,
            r#"  $.subject: expected "Sold", got "Stored""#,
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_ending_is_told_with_its_error() {
    let told = failures(&way("?"), &json!({"status": "SUCCEEDED", "output": {"a": 1}})).await;
    assert_eq!(told, ["expected SUCCEEDED, got FAILED"]);
    let told = failures(&way("?"), &json!({"status": "FAILED", "error": "Noway", "cause": "?"})).await;
    assert_eq!(
        told,
        [
            "the error is another",
            r#"expected "Noway""#,
            r#"got      "NoWay""#,
            "the cause is another",
            r#"expected "?""#,
            "got      no cause",
        ]
    );
    let told = failures(&way("wait"), &json!({"status": "FAILED", "error": null})).await;
    assert_eq!(told, ["expected FAILED, got SUCCEEDED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_says_how_to_run_it_by_hand() {
    let report = Fixture::new()
        .with(
            "one",
            &way("?"),
            &json!({
                "comment": "Why.", "status": "SUCCEEDED", "parameters": {"Greeting": "a b"}, "answer": "reject"
            }),
        )
        .run_one()
        .await;
    let told = report.explanation();
    assert_eq!(
        told[..4],
        ["# Why.", "expected SUCCEEDED, got FAILED", "it ended as FAILED: NoWay", "states: Which → No"]
    );
    assert!(told[4].starts_with("by hand: batuta run flow --input "), "{told:?}");
    assert!(
        told[4].ends_with("events/flow/one.json --time skip --answer reject --parameter 'Greeting=a b'"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_does_not_end_is_given_up() {
    // Somebody is said to answer, so time is not skipped; but nobody reads the queue.
    let fixture = Fixture::new().with("one", &way("ask"), &json!({"status": "SUCCEEDED", "answer": "approve"}));
    let (reports, _) = fixture.run(Duration::from_secs(1)).await;
    assert_eq!(reports[0].failures[0].summary, "the execution did not end within 1 s");
    assert_eq!(reports[0].entered, ["Which", "Ask"], "what it came to is told");
    assert_eq!(reports[0].status, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reports_say_the_same() {
    let fixture = Fixture::new().with("good", &way("wait"), &json!({"status": "SUCCEEDED"})).with(
        "bad",
        &way("?"),
        &json!({"status": "SUCCEEDED"}),
    );
    let (cases, coverage) = fixture.run(Duration::from_mins(1)).await;
    let machine = testkit::MachineReport { name: "flow".into(), cases, coverage, ..Default::default() };
    let report = testkit::Report { machines: vec![machine], minimum: Some(50.0), ..Default::default() };
    assert!(!report.passed());
    let json = report.to_json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["machines"][0]["cases"][0]["name"], "bad");
    assert_eq!(json["machines"][0]["cases"][0]["error"], "NoWay");
    assert_eq!(json["machines"][0]["cases"][0]["states"], json!(["Which", "No"]));
    assert_eq!(json["machines"][0]["cases"][1]["passed"], true);
    assert_eq!(json["machines"][0]["coverage"]["arms"]["reached"], 2);
    let junit = testkit::to_junit(&report);
    assert!(junit.contains(r#"<testsuite name="flow" tests="3" failures="2" errors="0""#), "{junit}");
    assert!(junit.contains(r#"message="expected SUCCEEDED, got FAILED""#), "{junit}");
    assert!(junit.contains("flow reached 2 of 5 arms, 0 of 2 catches, and 50 % of each is demanded"), "{junit}");
}
