//! Which machines and cases a command line means.

use serde_json::json;
use testkit::Selection;

use crate::fixture::{Fixture, way};

fn selection(patterns: &[&str]) -> Result<Selection, String> {
    let expected = json!({"status": "SUCCEEDED"});
    let fixture = Fixture::new().with("wait-long", &way("wait"), &expected).with("store", &way("store"), &expected);
    let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    Selection::parse(&patterns, &fixture.project()).map_err(|error| format!("{error}; {:?}", error.near))
}

#[test]
fn nothing_means_everything() {
    let all = selection(&[]).expect("sound");
    assert!(all.has_machine(0) && all.has_case(0, "store") && all.is_of_whole_machines());
}

#[test]
fn a_machine_is_meant_as_a_whole() {
    for name in ["flow", "Flow", "f*"] {
        let machine = selection(&[name]).expect("sound");
        assert!(machine.has_machine(0) && machine.has_case(0, "store") && machine.is_of_whole_machines(), "{name}");
    }
}

#[test]
fn cases_are_meant_by_name_or_pattern() {
    for patterns in [&["wait*"][..], &["flow", "wait-long"], &["flow/wait*"], &["*/wait-long"]] {
        let cases = selection(patterns).expect("sound");
        assert!(cases.has_machine(0) && cases.has_case(0, "wait-long") && !cases.has_case(0, "store"), "{patterns:?}");
        assert!(!cases.is_of_whole_machines());
    }
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    assert_eq!(selection(&["flwo"]).expect_err("unknown"), "there is no state machine or case flwo; None");
    assert_eq!(selection(&["flows"]).expect_err("unknown"), r#"there is no state machine or case flows; Some("flow")"#);
    assert_eq!(
        selection(&["stroe-"]).expect_err("unknown").split(';').next(),
        Some("there is no state machine or case stroe-")
    );
    assert_eq!(selection(&["flo/store"]).expect_err("unknown"), r#"there is no state machine flo/store; Some("flow")"#);
}
