//! Every mistake in a case is told at its place, with its cure.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use testkit::{Answer, Status, codes};

use crate::fixture::{Fixture, way};

/// The mistakes in an expectation, as `code pointer: message help`.
fn mistakes(expectation: &str) -> Vec<String> {
    let fixture = Fixture::new();
    fixture.write("events/flow/one.json", &way("wait").to_string());
    fixture.write("events/flow/one.expect.json", expectation);
    let cases = fixture.read();
    assert_eq!(cases.cases.len() + cases.problems.len(), 1, "sound, or with mistakes");
    cases
        .problems
        .into_iter()
        .flat_map(|(_, problems)| problems)
        .map(|problem| {
            let help = problem.help.unwrap_or_default();
            format!("{} {}: {} {help}", problem.code, problem.pointer, problem.message)
        })
        .collect()
}

#[test]
fn a_mistake_is_told_with_its_place_and_cure() {
    for (expectation, told) in [
        ("{", "CASE_JSON_SYNTAX : This is not sound JSON: EOF while parsing an object at line 1 column 1."),
        (
            r#"{"status": "FAILED", "status": "SUCCEEDED"}"#,
            "CASE_JSON_SYNTAX : This is not sound JSON: the name status stands twice",
        ),
        ("[]", "CASE_INVALID_VALUE : It is an array, and an object is wanted."),
        ("{}", "CASE_INVALID_VALUE : The status is missing. Add \"status\""),
        (
            r#"{"status": "SUCCEEDED", "outptu": 1}"#,
            "CASE_UNKNOWN_FIELD /outptu: There is no field outptu. Did you mean output?",
        ),
        (
            r#"{"status": "SUCEEDED"}"#,
            "CASE_INVALID_VALUE /status: \"SUCEEDED\" is none of the values there are. Did you mean SUCCEEDED?",
        ),
        (r#"{"status": 1}"#, "CASE_INVALID_VALUE /status: It is a number, and a string is wanted."),
        (r#"{"status": "FAILED"}"#, "CASE_INVALID_VALUE /status: A failure is expected, but not which. Add \"error\""),
        (
            r#"{"status": "FAILED", "error": "E", "output": {}}"#,
            "CASE_CONFLICT /output: An execution that ends as FAILED has no output.",
        ),
        (
            r#"{"status": "SUCCEEDED", "error": "E"}"#,
            "CASE_CONFLICT /error: An execution that ends as SUCCEEDED has no error.",
        ),
        (
            r#"{"status": "SUCCEEDED", "default": "yes"}"#,
            "CASE_INVALID_VALUE /default: It is a string, and true or false is wanted.",
        ),
        (
            r#"{"status": "SUCCEEDED", "answer": "aprove"}"#,
            "CASE_INVALID_VALUE /answer: \"aprove\" is none of the values there are. Did you mean approve?",
        ),
        (
            r#"{"status": "SUCCEEDED", "time": "fast"}"#,
            "CASE_INVALID_VALUE /time: \"fast\" is none of the values there are. There are: skip, real.",
        ),
        (
            r#"{"status": "SUCCEEDED", "states": ["Which", "Dune"]}"#,
            "CASE_UNKNOWN_NAME /states/1: There is no state Dune. Did you mean Done?",
        ),
        (
            r#"{"status": "SUCCEEDED", "environment": {"buy": {"A": "1"}}}"#,
            "CASE_UNKNOWN_NAME /environment/buy: There is no function or container buy. There is none at all.",
        ),
        (
            r#"{"status": "SUCCEEDED", "parameters": {"Greating": "x"}}"#,
            "CASE_UNKNOWN_NAME /parameters/Greating: There is no parameter Greating. Did you mean Greeting?",
        ),
        (
            r#"{"status": "SUCCEEDED", "parameters": {"Greeting": 7}}"#,
            "CASE_INVALID_VALUE /parameters/Greeting: It is a number, and a string is wanted.",
        ),
        (
            r#"{"status": "SUCCEEDED", "before": ["two.json"]}"#,
            "CASE_FILE_MISSING /before/0: There is no input two.json of this machine. ",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Which": {}}}"#,
            "CASE_UNKNOWN_NAME /mock/Which: There is no Task state Which.",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Store": {"first": {"Return": 1}}}}"#,
            "CASE_INVALID_VALUE /mock/Store/first: \"first\" is neither an attempt nor a range of attempts.",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Store": {"0-2": {"Return": 1}, "2": {"Return": 1}}}}"#,
            "CASE_CONFLICT /mock/Store/2: \"2\" and \"0-2\" speak of the same attempt.",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Store": {"0": {"Thrwo": {}}}}}"#,
            "CASE_UNKNOWN_FIELD /mock/Store/0/Thrwo: There is no field Thrwo. ",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Store": {"0": {"Return": 1, "Throw": {"Error": "E"}}}}}"#,
            "CASE_INVALID_VALUE /mock/Store/0: An attempt comes to exactly one thing.",
        ),
        (
            r#"{"status": "SUCCEEDED", "mock": {"Store": {"0": {"Throw": {"Cause": "c"}}}}}"#,
            "CASE_INVALID_VALUE /mock/Store/0/Throw: The Error is missing.",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"item": {}}}"#,
            "CASE_UNKNOWN_FIELD /then/item: There is no field item. Did you mean items?",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"items": {"Note": [{}]}}}"#,
            "CASE_UNKNOWN_NAME /then/items/Note: There is no table Note. Did you mean Notes?",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"items": {"Notes": [{"pk": "a"}]}}}"#,
            "CASE_INVALID_VALUE /then/items/Notes/0/pk: It is not an attribute value as DynamoDB writes it.",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"objects": {"Box": {}}}}"#,
            "CASE_UNKNOWN_NAME /then/objects/Box: There is no bucket Box.",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"published": [{"subject": "s"}]}}"#,
            "CASE_INVALID_VALUE /then/published/0: The topic is missing.",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"published": [{"topic": "Newz"}]}}"#,
            "CASE_UNKNOWN_NAME /then/published/0/topic: There is no topic Newz. Did you mean News?",
        ),
        (
            r#"{"status": "SUCCEEDED", "then": {"invocations": {"buy": 1}}}"#,
            "CASE_UNKNOWN_NAME /then/invocations/buy: There is no function buy.",
        ),
    ] {
        let found = mistakes(expectation);
        assert_eq!(found.len(), 1, "{expectation}: {found:#?}");
        assert!(found[0].starts_with(told), "{expectation}\n  {}\nis not\n  {told}", found[0]);
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let found =
        mistakes(r#"{"stauts": "FAILED", "answer": 1, "states": ["A"], "then": {"items": [], "published": {}}}"#);
    let pointers: BTreeSet<&str> = found.iter().filter_map(|told| told.split([' ', ':']).nth(1)).collect();
    assert_eq!(pointers, ["", "/answer", "/states/0", "/stauts", "/then/items", "/then/published"].into());
}

#[test]
fn the_files_have_to_be_there() {
    let fixture = Fixture::new();
    fixture.write("events/flow/one.expect.json", r#"{"status": "SUCCEEDED"}"#);
    fixture.write("events/flow/two.json", "{,}");
    fixture.write("events/flow/two.expect.json", r#"{"status": "SUCCEEDED"}"#);
    let cases = fixture.read();
    let found: Vec<_> = cases.problems.iter().map(|(source, found)| (source.name.clone(), found[0].code)).collect();
    assert!(found[0].0.ends_with("one.expect.json") && found[0].1 == codes::FILE_MISSING, "{found:?}");
    assert!(found[1].0.ends_with("two.expect.json") && found[1].1 == codes::JSON_SYNTAX, "{found:?}");
}

#[test]
fn only_one_case_is_the_default() {
    let expected = json!({"status": "SUCCEEDED", "default": true});
    let fixture = Fixture::new().with("a", &way("wait"), &expected).with("b", &way("wait"), &expected);
    let cases = fixture.read();
    assert_eq!(cases.cases.len(), 1);
    let (source, problems) = &cases.problems[0];
    assert!(source.name.ends_with("b.expect.json"), "{}", source.name);
    assert_eq!((problems[0].code, problems[0].pointer.as_str()), (codes::CONFLICT, "/default"));
}

#[test]
fn a_sound_case_is_read_whole() {
    let fixture = Fixture::new().with("b", &way("wait"), &json!({"status": "SUCCEEDED"})).with(
        "a",
        &way("store"),
        &json!({
            "comment": "Why.", "status": "TIMED_OUT", "answer": "reject", "time": "real", "before": ["b.json"],
            "parameters": {"Greeting": "x"}, "mock": {"Store": {"0": {"Return": null}}}
        }),
    );
    fixture.write("events/flow/free.json", "{}");
    let cases = fixture.read();
    assert!(cases.problems.is_empty(), "{:?}", cases.problems);
    let names: Vec<_> = cases.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let (a, b) = (&cases.cases[0].expected, &cases.cases[1].expected);
    assert_eq!((a.status, a.answer, a.before.len()), (Status::TimedOut, Answer::Reject, 1));
    assert!(a.mock.as_ref().is_some_and(|table| table.response("Store", 0).is_some()));
    assert_eq!((b.status, b.answer), (Status::Succeeded, Answer::Approve));
    assert!(b.mock.is_none());
    assert_eq!(cases.without.len(), 1, "an input of which nothing is expected");
}

#[test]
fn the_default_event_is_the_one_that_says_so() {
    let fixture = Fixture::new().with("a", &way("wait"), &json!({"status": "SUCCEEDED"})).with(
        "b",
        &way("wait"),
        &json!({"status": "SUCCEEDED", "default": true}),
    );
    let project = fixture.project();
    let name = |path: &Path| path.file_name().expect("a file").to_string_lossy().into_owned();
    let machine = &project.machines[0];
    assert_eq!(project.default_event(machine).as_deref().map(name), Some("b.json".into()));
    let events: Vec<_> = project.events(machine).iter().map(|path| name(path)).collect();
    assert_eq!(events, ["a.json", "b.json"], "expectations are no inputs");
}

#[test]
fn every_code_has_its_page_with_an_example_that_shows_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for code in codes::ALL {
        let page = folder.join(format!("{code}.md"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.starts_with(&format!("# {code}\n")), "the page of {code} begins with its code");
        let mut examples = text.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        let example = examples.next().unwrap_or_else(|| panic!("the page of {code} has an example"));
        let found = mistakes(example);
        assert!(found.iter().any(|told| told.starts_with(code)), "the example of {code} shows {found:?}");
        let cured = examples.next().unwrap_or_else(|| panic!("the page of {code} has the cure"));
        assert_eq!(mistakes(cured), Vec::<String>::new(), "the cured example of {code}");
    }
}
