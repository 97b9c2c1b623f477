//! Random expressions that are sound: what definitions are made of.

use serde_json::{Map, Value, json};

use super::tape::Tape;
use super::value;

const PATHS: [&str; 19] = [
    "$",
    "$.a",
    "$.a.b",
    "$.items",
    "$.items[0]",
    "$.items[-1]",
    "$.items[*]",
    "$.items[0:2]",
    "$.n",
    "$.missing",
    "$..a",
    "$.items[?(@.a > 1)]",
    "$.items.length()",
    "$['a b']",
    "$$.State.Name",
    "$$.State.EnteredTime",
    "$$.Execution.Input",
    "$$.Execution.Id",
    "$.a['b','r']",
];

const QUERIES: [&str; 24] = [
    "$states.input",
    "$states.input.a",
    "$states.input.items",
    "$states.context.State.Name",
    "$states.context.Execution.Input.a",
    "$states.input.n + 1",
    "$states.input.n < 3",
    "true",
    "1",
    "[1..3]",
    "$sum($states.input.items)",
    "$count($states.input.items)",
    "$map($states.input.items, function($x) { $x })",
    "$filter($states.input.items, function($x) { $x > 1 })",
    "$string($states.input)",
    "$merge([$states.input, {'r': 1}])",
    "$partition([1, 2, 3], 2)",
    "$range(0, 4, 2)",
    "$hash('a', 'MD5')",
    "$parse('{\"a\": 1}')",
    "$uuid()",
    "$random()",
    "$now()",
    "$error('no')",
];

const FUNCTIONS: [&str; 16] = [
    "States.MathAdd($.n, 1)",
    "States.Format('{} {}', $.a, $.items)",
    "States.Array($.a, 1, 'x')",
    "States.ArrayLength($.items)",
    "States.ArrayGetItem($.items, 0)",
    "States.ArrayPartition($.items, 2)",
    "States.ArrayUnique($.items)",
    "States.ArrayContains($.items, 1)",
    "States.ArrayRange(1, 5, 2)",
    "States.UUID()",
    "States.MathRandom(1, 9)",
    "States.JsonToString($)",
    "States.StringToJson('[1]')",
    "States.Base64Encode('x')",
    "States.Hash('x', 'SHA-256')",
    "States.JsonMerge($.a, $.a, false)",
];

pub(crate) fn path(tape: &mut Tape<'_>) -> Value {
    json!(tape.one_of(&PATHS))
}

pub(crate) fn path_or_null(tape: &mut Tape<'_>) -> Value {
    if tape.once_in(5) { Value::Null } else { path(tape) }
}

pub(crate) fn query(tape: &mut Tape<'_>) -> Value {
    json!(format!("{{% {} %}}", tape.one_of(&QUERIES)))
}

/// What a field of a template may hold: a path or a function (for a name that ends in `.$`), a query, or a number.
pub(crate) fn template_value(tape: &mut Tape<'_>, jsonata: bool) -> Value {
    match (tape.below(4), jsonata) {
        (0, _) => json!(tape.below(10)),
        (_, true) => query(tape),
        (1, false) => json!(tape.one_of(&FUNCTIONS)),
        (_, false) => path(tape),
    }
}

/// A payload template: an object.
pub(crate) fn template(tape: &mut Tape<'_>, jsonata: bool) -> Value {
    let mut template = Map::new();
    for name in ["a", "items", "n"] {
        if tape.once_in(3) {
            continue;
        }
        match template_value(tape, jsonata) {
            Value::Number(number) if name == "items" => {
                template.insert(name.into(), json!([number, 2, {"a": 3}]));
            }
            Value::Number(number) => {
                template.insert(name.into(), number.into());
            }
            expression if jsonata => {
                template.insert(name.into(), expression);
            }
            expression => {
                template.insert(format!("{name}.$"), expression);
            }
        }
    }
    if tape.once_in(5) {
        template.insert("b".into(), value::value(tape, 1));
    }
    template.into()
}
