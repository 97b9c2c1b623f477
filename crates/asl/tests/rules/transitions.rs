//! Where transitions lead, and what can be reached.

use crate::common::{check, state, states};

#[test]
fn a_transition_to_nowhere() {
    assert_eq!(
        states(r#""A": {"Type": "Pass", "Next": "Buyy"}, "Buy": {"Type": "Succeed"}"#),
        [
            "MISSING_TRANSITION_TARGET 1:59 /States/A/Next Missing 'Next' target: Buyy (did you mean 'Buy'?)",
            "MISSING_TRANSITION_TARGET 1:68 /States/Buy State \"Buy\" is not reachable. (no transition that can be taken \
             leads here: point one at it, or remove it)",
        ]
    );
    assert_eq!(
        states(r#""A": {"Type": "Pass", "Next": "NOPE"}"#),
        [
            "MISSING_TRANSITION_TARGET 1:59 /States/A/Next Missing 'Next' target: NOPE",
            "MISSING_END_STATE 1:28 - Workflow has no terminal state (end a state with 'End': true, or add a Succeed or \
             Fail state)",
        ]
    );
}

#[test]
fn every_kind_of_transition_is_looked_at() {
    let problems = states(
        r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "G1"}], "Default": "G2"},
           "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                 "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "G3"}]}"#,
    );
    let missing: Vec<&str> = problems.iter().filter(|p| p.contains("Missing")).map(String::as_str).collect();
    assert_eq!(
        missing,
        [
            "MISSING_TRANSITION_TARGET 1:109 /States/A/Choices/0/Next Missing 'Next' target: G1",
            "MISSING_TRANSITION_TARGET 1:128 /States/A/Default Missing 'Next' target: G2",
            "MISSING_TRANSITION_TARGET 3:68 /States/T/Catch/0/Next Missing 'Next' target: G3",
        ]
    );
}

#[test]
fn a_start_that_is_not_there() {
    assert_eq!(
        check(r#"{"StartAt": "Nope", "States": {"A": {"Type": "Pass", "End": true}}}"#),
        [
            "MISSING_TRANSITION_TARGET 1:13 /StartAt Missing 'Next' target: Nope",
            "MISSING_TRANSITION_TARGET 1:32 /States/A State \"A\" is not reachable. (no transition that can be taken leads \
             here: point one at it, or remove it)",
        ]
    );
}

#[test]
fn a_loop_without_an_end() {
    let looping = r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}"#;
    let end = "MISSING_END_STATE 1:28 - Workflow has no terminal state (end a state with 'End': true, or add a Succeed or \
               Fail state)";
    assert_eq!(states(looping), [end]);
    assert_eq!(states(&format!(r#"{looping}, "C": {{"Type": "Pass", "Next": "A"}}"#)), [end]);
    let problems = states(&format!(r#"{looping}, "C": {{"Type": "Pass", "End": true}}"#));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("/States/C State \"C\" is not reachable."), "{problems:?}");
}

#[test]
fn a_branch_is_a_world_of_its_own() {
    let problems = states(
        r#""A": {"Type": "Parallel", "Next": "Z", "Branches": [
             {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "Z"}}}]},
           "Z": {"Type": "Succeed"}"#,
    );
    assert_eq!(
        problems,
        [
            "MISSING_TRANSITION_TARGET 2:72 /States/A/Branches/0/States/B/Next Missing 'Next' target: Z (a state of that \
             name is at /States/Z, but a transition can't leave its own branch or processor, nor enter another)",
            "warning MISSING_END_STATE 2:41 /States/A/Branches/0/States Workflow has no terminal state (end a state with \
             'End': true, or add a Succeed or Fail state)",
        ]
    );
}

#[test]
fn unreachable_states_inside_are_found() {
    let problems = state(
        r#""Type": "Map", "End": true, "ItemProcessor": {"StartAt": "W", "States": {
            "W": {"Type": "Succeed"}, "Ghost": {"Type": "Succeed"}}}"#,
    );
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("/States/A/ItemProcessor/States/Ghost State \"Ghost\" is not reachable."));
}
