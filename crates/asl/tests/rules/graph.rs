//! The edges of a flow.

use asl::graph::{Edge, EdgeKind, edges, edges_from, is_terminal, reachable};
use asl::model::StateKind;
use asl::{Options, parse};

const TEXT: &str = r#"{"StartAt": "Decide", "States": {
    "Decide": {"Type": "Choice", "Default": "Work", "Choices": [
        {"Variable": "$.a", "IsNull": true, "Next": "Done"},
        {"Variable": "$.b", "IsNull": true, "Next": "Work"}]},
    "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "All", "Catch": [
        {"ErrorEquals": ["A"], "Next": "Decide"}, {"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
    "All": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}}}]},
    "Done": {"Type": "Succeed"},
    "Failed": {"Type": "Fail"}}}"#;

#[test]
fn the_edges_are_those_of_the_definition() {
    let machine = parse(TEXT, &Options::default()).machine.expect("the definition is sound");
    let flow = &machine.flow;
    let name = |state: usize| &*flow.states[state].name;
    let found: Vec<(&str, &str, EdgeKind)> =
        edges(flow).into_iter().map(|Edge { from, to, kind }| (name(from), name(to), kind)).collect();
    assert_eq!(
        found,
        [
            ("Decide", "Done", EdgeKind::Choice(0)),
            ("Decide", "Work", EdgeKind::Choice(1)),
            ("Decide", "Work", EdgeKind::Default),
            ("Work", "All", EdgeKind::Next),
            ("Work", "Decide", EdgeKind::Catch(0)),
            ("Work", "Failed", EdgeKind::Catch(1)),
        ]
    );
    assert_eq!(edges_from(flow, 99), []);
    assert_eq!(reachable(flow), [true; 5]);
    let terminal: Vec<bool> = (0..5).map(|state| is_terminal(flow, state)).collect();
    assert_eq!(terminal, [false, false, true, true, true]);
    let StateKind::Parallel(parallel) = &flow.states[2].kind else { panic!("All is a Parallel state") };
    assert_eq!(edges(&parallel.branches[0]), [Edge { from: 0, to: 1, kind: EdgeKind::Next }]);
}
