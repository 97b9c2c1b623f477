//! Random JSON.

use serde_json::{Map, Value, json};

use super::tape::Tape;

/// Names that paths and queries of these tests ask for, and some that nobody expects.
const NAMES: [&str; 12] = ["a", "b", "items", "n", "r", "", "a.b", "a b", "'", "é", "\u{1F980}", "$"];

const TEXTS: [&str; 14] = [
    "",
    "x",
    "$.a",
    "{% $states.input.a %}",
    "2026-01-01T00:00:00Z",
    "12",
    "{}",
    "[1, 2]",
    "\\",
    "'\"\u{7}",
    "é\u{301}\u{1F980}",
    "aGVsbG8=",
    "${Name}",
    "a*b\\*",
];

/// A value, nested up to that deep.
pub(crate) fn value(tape: &mut Tape<'_>, depth: usize) -> Value {
    match tape.below(if depth == 0 { 6 } else { 9 }) {
        0 => json!(tape.below(7)),
        1 => Value::Null,
        2 => Value::Bool(tape.once_in(2)),
        3 | 4 => text(tape).into(),
        5 => number(tape),
        6 => (0..tape.below(5)).map(|_| value(tape, depth - 1)).collect(),
        _ => (0..tape.below(5)).map(|_| (name(tape), value(tape, depth - 1))).collect::<Map<_, _>>().into(),
    }
}

pub(crate) fn number(tape: &mut Tape<'_>) -> Value {
    match tape.below(8) {
        0 => json!(-1),
        1 => json!(1.5),
        2 => json!(i64::MAX),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        5 => json!(1e300),
        6 => json!(-0.0),
        _ => json!(tape.below(65_536)),
    }
}

pub(crate) fn name(tape: &mut Tape<'_>) -> String {
    tape.one_of(&NAMES).to_owned()
}

pub(crate) fn text(tape: &mut Tape<'_>) -> String {
    tape.one_of(&TEXTS).to_owned()
}
