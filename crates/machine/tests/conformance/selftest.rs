//! Tests of the comparison itself: each rule, and every recorded history against itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bindings::Bindings;
use crate::case::Token;
use crate::compare::Matcher;
use crate::engine_history::{differ, normalised};
use crate::known::Known;
use crate::report::{Line, Verdict};
use crate::script::{ReplyKind, Script, place};
use crate::{case, interleaving, normalise, text_diff};

/// The tests by name; the replay runs them first.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("selftest::numbers_are_strict", numbers_are_strict),
    ("selftest::order_of_members_does_not_count", order_of_members_does_not_count),
    ("selftest::a_placeholder_stands_for_one_value", a_placeholder_stands_for_one_value),
    ("selftest::wildcards_are_not_unified", wildcards_are_not_unified),
    ("selftest::placeholders_inside_texts", placeholders_inside_texts),
    ("selftest::bare_placeholders_are_whole_words", bare_placeholders_are_whole_words),
    ("selftest::placeholders_in_names", placeholders_in_names),
    ("selftest::dates", dates),
    ("selftest::texts_of_objects_are_objects", texts_of_objects_are_objects),
    ("selftest::the_first_difference_is_told", the_first_difference_is_told),
    ("selftest::strings_are_parsed_once", strings_are_parsed_once),
    ("selftest::parallel_events_lose_their_numbers", parallel_events_lose_their_numbers),
    ("selftest::interleaving_is_free_but_order_and_chain_are_not", interleaving_is_free_but_order_and_chain_are_not),
    ("selftest::replies_follow_the_chain", replies_follow_the_chain),
    ("selftest::every_recorded_answer_is_in_its_script", every_recorded_answer_is_in_its_script),
    ("selftest::the_known_list_only_shrinks", the_known_list_only_shrinks),
    ("selftest::a_diff_shows_what_differs", a_diff_shows_what_differs),
    ("selftest::recorded_histories_equal_themselves", recorded_histories_equal_themselves),
];

fn matcher(tokens: &[(&str, bool)]) -> Matcher {
    let tokens: Vec<_> =
        tokens.iter().map(|(token, unify)| Token { token: (*token).to_owned(), unify: *unify }).collect();
    Matcher::new(&tokens)
}

fn agree(expected: &Value, actual: &Value) -> bool {
    matcher(&[]).matches(expected, actual)
}

fn numbers_are_strict() {
    assert!(agree(&json!(1), &json!(1)));
    assert!(agree(&json!(1.0e3), &json!(1000.0)));
    assert!(!agree(&json!(1), &json!(1.0)));
    assert!(!agree(&json!(1.0), &json!(1)));
    assert!(!agree(&json!(1), &json!(2)));
    assert!(!agree(&json!(1), &json!(true)));
    assert!(!agree(&json!(null), &json!(false)));
    assert!(!agree(&json!(1), &json!("1")));
}

fn order_of_members_does_not_count() {
    assert!(agree(&json!({"a": 1, "b": [1, 2]}), &json!({"b": [1, 2], "a": 1})));
    assert!(!agree(&json!([1, 2]), &json!([2, 1])));
    assert!(!agree(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
    assert!(!agree(&json!({"a": 1, "b": 2}), &json!({"a": 1})));
    assert!(!agree(&json!([1]), &json!([1, 2])));
}

fn a_placeholder_stands_for_one_value() {
    assert!(agree(&json!(["<uuid:1>", "<uuid:1>"]), &json!(["x", "x"])));
    assert!(!agree(&json!(["<uuid:1>", "<uuid:1>"]), &json!(["x", "y"])));
    assert!(agree(&json!(["<uuid:1>", "<uuid:2>"]), &json!(["x", "y"])));
    assert!(agree(&json!(["<uuid:1>", "<uuid:1>"]), &json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}])));
    assert!(!agree(&json!(["<uuid:1>", "<uuid:1>"]), &json!([1, 2])));
    assert!(agree(&json!("snf_role_arn"), &json!("arn:aws:iam::123456789012:role/x")));
    assert!(!agree(&json!("plain"), &json!("other")));
}

fn wildcards_are_not_unified() {
    assert!(agree(&json!(["timestamp", "timestamp"]), &json!([1.5, "then"])));
    assert!(agree(&json!(["datetime", "date"]), &json!([1, 2])));
    let mut wild = matcher(&[("a_message_id", false)]);
    assert!(wild.matches(&json!(["a_message_id", "id a_message_id"]), &json!(["x", "id y"])));
    assert!(!matcher(&[]).matches(&json!("a_message_id"), &json!("x")));
}

fn placeholders_inside_texts() {
    let arn = json!("arn:<partition>:states:<region>:111111111111:execution:<ArnPart_0idx>:<ExecArnPart_0idx>");
    assert!(agree(&arn, &json!("arn:aws:states:us-east-1:123456789012:execution:m:e")));
    assert!(agree(&arn, &json!("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:m:e")));
    assert!(!agree(&arn, &json!("arn:aws:states:nowhere:123456789012:execution:m:e")));
    assert!(!agree(&arn, &json!("arn:aws:states:us-east-1:1234:execution:m:e")));
    assert!(!agree(&json!(["<uuid:1>", "id <uuid:1>"]), &json!(["x", "id y"])));
    assert!(agree(&json!(["<uuid:1>", "id <uuid:1>."]), &json!(["x.y", "id x.y."])));
    assert!(agree(&json!("a (b) <uuid:1>\nc"), &json!("a (b) line\nline\nc")));
    assert!(!agree(&json!("a<uuid:1>"), &json!("a")));
    assert!(agree(&json!(["<<task_token>:1>", "t=<<task_token>:1>"]), &json!(["x", "t=x"])));
    assert!(!agree(&json!("<1>"), &json!("x")));
}

fn bare_placeholders_are_whole_words() {
    let tokens = [("lambda_function_name", true)];
    assert!(matcher(&tokens).matches(&json!("x:lambda_function_name:$LATEST"), &json!("x:f1:$LATEST")));
    assert!(!matcher(&tokens).matches(&json!("my_lambda_function_name"), &json!("my_f1")));
    assert!(!matcher(&tokens).matches(&json!("lambda_function_name2"), &json!("f12")));
    // The longest placeholder counts.
    let tokens = [("queue", true), ("queue-name", true)];
    let mut both = matcher(&tokens);
    assert!(both.matches(&json!(["queue-name", "queue"]), &json!(["a", "b"])));
    assert_eq!(both.bindings()["queue-name"], "a");
}

fn placeholders_in_names() {
    assert!(agree(&json!({"<uuid:1>": 1, "b": "<uuid:1>"}), &json!({"b": "x", "x": 1})));
    assert!(!agree(&json!({"<uuid:1>": 1, "b": "<uuid:1>"}), &json!({"b": "x", "y": 1})));
    assert!(!agree(&json!({"a": 1}), &json!({"x": 1})));
}

fn dates() {
    assert!(agree(&json!("at date, not up to date"), &json!("at 2024-01-02T03:04:05.678Z, not up to date")));
    assert!(agree(&json!("at date"), &json!("at 2024-01-02T03:04:05+02:00")));
    assert!(!agree(&json!("at date"), &json!("at noon")));
    assert!(!agree(&json!("update"), &json!("up2024-01-02T03:04:05Z")));
}

fn texts_of_objects_are_objects() {
    assert!(agree(&json!({"a": "{\"b\": 1}"}), &json!({"a": {"b": 1}})));
    assert!(agree(&json!({"a": {"b": 1}}), &json!({"a": "{\"b\": 1}"})));
    assert!(agree(&json!("[1, 2]"), &json!("[1,2]")));
    assert!(!agree(&json!("[1, 2]"), &json!("[1,3]")));
    assert!(!agree(&json!("[1, 2.0]"), &json!("[1,2]")));
    assert!(agree(&json!("\"caf\\u00e9\""), &json!("\"café\"")));
    assert!(!agree(&json!("1.0"), &json!("1")));
    let output = |value: Value| json!({"stateExitedEventDetails": {"output": value}});
    assert!(agree(&output(json!(1)), &output(json!("1"))));
    assert!(!agree(&output(json!(1)), &output(json!("1.0"))));
    assert!(!agree(&output(json!({"output": 1})), &output(json!({"output": "1"}))));
}

fn the_first_difference_is_told() {
    let mut matcher = matcher(&[]);
    assert!(!matcher.matches(&json!({"a": [{"b": 1}]}), &json!({"a": [{"b": 2}]})));
    let difference = matcher.difference().expect("there is one");
    assert_eq!((&*difference.path, &difference.expected), ("$.a[0].b", &Some(json!(1))));
    assert_eq!(difference.actual, Some(json!(2)));
}

fn strings_are_parsed_once() {
    let raw =
        json!({"input": "{\"a\":\"{\\\"b\\\":1}\"}", "output": "[1]", "cause": "{broken", "l": ["{}", {"x": "{}"}]});
    let parsed = json!({"input": {"a": "{\"b\":1}"}, "output": "[1]", "cause": "{broken", "l": ["{}", {"x": {}}]});
    assert_eq!(normalise::parse_strings(raw), parsed);
}

fn parallel_events_lose_their_numbers() {
    let event = |id: u64, kind: &str| json!({"id": id, "previousEventId": id - 1, "type": kind});
    let kinds =
        ["ParallelStateEntered", "ParallelStateStarted", "B", "A", "ParallelStateSucceeded", "ParallelStateExited"];
    let events = kinds.iter().enumerate().map(|(index, kind)| event(index as u64 + 1, kind)).collect();
    let unordered = normalise::parallel_unordered(events, normalise::sort_key);
    let kinds: Vec<_> = unordered.iter().map(|event| event["type"].as_str().unwrap_or("")).collect();
    assert_eq!(kinds, ["ParallelStateEntered", "ParallelStateStarted", "A", "B", "ParallelStateExited"]);
    assert_eq!(unordered[2], json!({"id": [0], "previousEventId": 0, "type": "A"}));
    assert_eq!(unordered[4]["id"], 6);
}

/// A Map of two iterations with one Pass state each; `order` says which events come when.
fn map_history(order: [usize; 6]) -> Vec<Value> {
    let details = |index: u64| json!({"index": index, "name": "M"});
    let mut events = vec![
        json!({"id": 1, "previousEventId": 0, "type": "ExecutionStarted"}),
        json!({"id": 2, "previousEventId": 0, "type": "MapStateEntered"}),
        json!({"id": 3, "previousEventId": 2, "type": "MapStateStarted"}),
    ];
    let mut last = [3, 3];
    for step in order {
        let strand = step % 2;
        let mut event = match step / 2 {
            0 => json!({"type": "MapIterationStarted", "mapIterationStartedEventDetails": details(strand as u64)}),
            1 => json!({"type": "PassStateEntered", "stateEnteredEventDetails": {"name": "P", "input": strand}}),
            _ => json!({"type": "MapIterationSucceeded", "mapIterationSucceededEventDetails": details(strand as u64)}),
        };
        event["id"] = json!(events.len() + 1);
        event["previousEventId"] = json!(last[strand]);
        last[strand] = events.len() + 1;
        events.push(event);
    }
    let end = events.len();
    events.push(json!({"id": end + 1, "previousEventId": end, "type": "MapStateExited",
        "stateExitedEventDetails": {"name": "M"}}));
    events.push(json!({"id": end + 2, "previousEventId": end + 1, "type": "ExecutionSucceeded"}));
    events
}

fn interleaving_is_free_but_order_and_chain_are_not() {
    let one = map_history([0, 1, 2, 3, 4, 5]);
    let other = map_history([0, 2, 4, 1, 3, 5]);
    let reversed_end = map_history([0, 1, 2, 3, 5, 4]);
    let strands = |events: &[Value]| interleaving::by_strand(events).expect("two iterations");
    assert_ne!(one, other);
    assert!(agree(&strands(&one).into(), &strands(&other).into()));
    assert!(agree(&strands(&one).into(), &strands(&reversed_end).into()));
    let mut wrong_chain = one.clone();
    wrong_chain[6]["previousEventId"] = json!(4);
    assert!(!agree(&strands(&one).into(), &strands(&wrong_chain).into()));
    let mut wrong_input = other.clone();
    wrong_input[4]["stateEnteredEventDetails"]["input"] = json!(7);
    assert!(!agree(&strands(&one).into(), &strands(&wrong_input).into()));
    let mut wrong_join = other;
    wrong_join[9]["previousEventId"] = json!(4);
    assert!(!agree(&strands(&one).into(), &strands(&wrong_join).into()));
    let sequential = &one[..3];
    assert!(interleaving::by_strand(sequential).is_none());
}

fn replies_follow_the_chain() {
    let history = [
        json!({"id": 1, "previousEventId": 0, "type": "ExecutionStarted"}),
        json!({"id": 2, "previousEventId": 0, "type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "T"}}),
        json!({"id": 3, "previousEventId": 2, "type": "TaskScheduled"}),
        json!({"id": 4, "previousEventId": 3, "type": "TaskStarted"}),
        json!({"id": 5, "previousEventId": 4, "type": "TaskSubmitted", "taskSubmittedEventDetails": {"output": {}}}),
        json!({"id": 6, "previousEventId": 5, "type": "TaskTimedOut"}),
        json!({"id": 7, "previousEventId": 6, "type": "TaskScheduled"}),
        json!({"id": 8, "previousEventId": 7, "type": "TaskStarted"}),
        json!({"id": 9, "previousEventId": 8, "type": "TaskFailed", "taskFailedEventDetails": {"error": "E", "cause": {"a": "<x>"}}}),
    ];
    let mut script = Script::of(&history, 0);
    assert_eq!(place(&history, 2), ["T"]);
    let kinds = |visit: crate::script::Visit| visit.replies.iter().map(|reply| reply.kind).collect::<Vec<_>>();
    assert_eq!(kinds(script.visit(&place(&history, 2), None)), [ReplyKind::Submitted, ReplyKind::TimedOut]);
    let retried = script.visit(&place(&history, 6), None);
    let bindings = Bindings::from(BTreeMap::from([("<x>".to_owned(), "y".to_owned())]));
    assert_eq!(retried.replies[0].text("error", &bindings).as_deref(), Some("E"));
    assert_eq!(retried.replies[0].text("cause", &bindings).as_deref(), Some("{\"a\":\"y\"}"));
    assert_eq!(kinds(retried), [ReplyKind::Failed]);
    assert!(script.visit(&place(&history, 6), None).replies.is_empty());
    assert_eq!(script.next_tick(4), Some(6));
    assert_eq!(script.next_tick(6), Some(7));
    assert_eq!(script.next_tick(7), None);
}

/// Only where the recorded cases are.
fn every_recorded_answer_is_in_its_script() {
    for case in recorded_cases() {
        for recorded in case.case.recorded_histories() {
            let (held, shown) = Script::of(recorded, 0).answers(recorded);
            assert_eq!(held, shown, "{}", case.file);
        }
    }
}

fn recorded_cases() -> Vec<case::CaseFile> {
    let folder = crate::Request::read().folder;
    if folder.is_dir() { case::load(&folder).expect("the cases can be read") } else { Vec::new() }
}

fn the_known_list_only_shrinks() {
    let line = |file: &str, verdict: Verdict| Line { file: file.to_owned(), class: "mine".to_owned(), verdict };
    let failed = |reason: &str| Verdict::Failed(reason.to_owned().into());
    let known = Known::parse("# heading\na.json\t# why\nb.json\t# why\n");
    let lines = [line("a.json", failed("x")), line("b.json", Verdict::Passed(None)), line("c.json", failed("y"))];
    let wrong = known.check(&lines, &["mine"], true);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with("b.json passes") && wrong[1].starts_with("c.json fails: y"), "{wrong:?}");
    assert_eq!(known.shrunk(&lines).text(), "# heading\na.json\t# why\n");
    assert_eq!(known.check(&lines[1..2], &["mine"], false).len(), 1);
    assert_eq!(known.check(&[], &["mine"], true).len(), 2);
    // Cases of other classes are for other targets.
    assert_eq!(known.check(&lines[..2], &["another"], true).len(), 0);
}

fn a_diff_shows_what_differs() {
    let diff = text_diff::lines(&["a", "b", "c"], &["a", "x", "c"]);
    assert_eq!(diff, "--- expected (AWS)\n+++ actual\n a\n-b\n+x\n c\n");
    let shown = text_diff::values(&mut matcher(&[]), &json!(["<uuid:1>", 1]), &json!(["u", 2]));
    assert_eq!(shown, "--- expected (AWS)\n+++ actual\n [\n   \"<uuid:1>\",\n-  1\n+  2\n ]\n");
}

/// Only where the recorded cases are.
fn recorded_histories_equal_themselves() {
    for case in recorded_cases() {
        for recorded in case.case.recorded_histories() {
            let (expected, actual) = normalised(&case.case, recorded, recorded);
            assert_eq!(differ(&case.case, &expected, &actual), None, "{}", case.file);
            let Some(last) = recorded.len().checked_sub(1) else { continue };
            let mut changed = recorded.to_vec();
            changed[last]["type"] = "SomethingElse".into();
            let (expected, actual) = normalised(&case.case, recorded, &changed);
            assert!(differ(&case.case, &expected, &actual).is_some(), "{}", case.file);
            let strands = (interleaving::by_strand(&expected), interleaving::by_strand(&actual));
            if let (Some(expected), Some(actual)) = strands {
                assert!(differ(&case.case, &expected, &actual).is_some(), "{} by strand", case.file);
            }
        }
    }
}
