//! Two values line by line, with what differs marked.

use std::fmt::Write as _;

use serde_json::Value;

use crate::compare::{Matcher, sorted};

/// How many equal lines are shown around a difference.
const CONTEXT: usize = 4;

/// The expected and the actual value as a unified diff. Where the actual value agrees with a placeholder, the
/// placeholder is shown.
pub(crate) fn values(matcher: &mut Matcher, expected: &Value, actual: &Value) -> String {
    let rendered = rendered(matcher, expected, actual);
    let pretty = |value: &Value| serde_json::to_string_pretty(&sorted(value)).expect("a value is always JSON");
    let (expected, rendered) = (pretty(expected), pretty(&rendered));
    lines(&expected.lines().collect::<Vec<_>>(), &rendered.lines().collect::<Vec<_>>())
}

fn rendered(matcher: &mut Matcher, expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => actual
            .iter()
            .map(|(name, given)| {
                let shown = expected.get(name).map_or_else(|| given.clone(), |wanted| rendered(matcher, wanted, given));
                (name.clone(), shown)
            })
            .collect(),
        (Value::Array(expected), Value::Array(actual)) => actual
            .iter()
            .enumerate()
            .map(|(index, given)| {
                expected.get(index).map_or_else(|| given.clone(), |wanted| rendered(matcher, wanted, given))
            })
            .collect(),
        _ if matcher.agrees(expected, actual) => expected.clone(),
        _ => actual.clone(),
    }
}

/// A unified diff of lines.
pub(crate) fn lines(expected: &[&str], actual: &[&str]) -> String {
    let same = expected.iter().zip(actual).take_while(|(a, b)| a == b).count();
    let (left, right) = (&expected[same..], &actual[same..]);
    let after = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[..left.len() - after], &right[..right.len() - after]);
    let mut marked: Vec<(char, &str)> = expected[..same].iter().map(|line| (' ', *line)).collect();
    marked.extend(changed(left, right));
    marked.extend(expected[expected.len() - after..].iter().map(|line| (' ', *line)));
    let mut text = String::from("--- expected (AWS)\n+++ actual\n");
    let mut skipping = false;
    for (index, (mark, line)) in marked.iter().enumerate() {
        let around = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(marked.len());
        if marked[around].iter().any(|(mark, _)| *mark != ' ') {
            writeln!(text, "{mark}{line}").expect("a string takes every text");
            skipping = false;
        } else if !std::mem::replace(&mut skipping, true) {
            text.push_str("...\n");
        }
    }
    text
}

/// The lines of both, with those that only one side has marked, by their longest common subsequence.
fn changed<'t>(left: &[&'t str], right: &[&'t str]) -> Vec<(char, &'t str)> {
    let width = right.len() + 1;
    // Beyond this the table would take longer than anybody reads.
    if left.len().saturating_mul(width) > 20_000_000 {
        return left.iter().map(|line| ('-', *line)).chain(right.iter().map(|line| ('+', *line))).collect();
    }
    let mut common = vec![0_u32; (left.len() + 1) * width];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i * width + j] = if left[i] == right[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut marked) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            marked.push((' ', left[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            marked.push(('-', left[i]));
            i += 1;
        } else {
            marked.push(('+', right[j]));
            j += 1;
        }
    }
    marked
}
