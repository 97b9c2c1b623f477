//! Paths and intrinsic functions, on data that they may or may not fit.

use std::collections::BTreeMap;

use asl::expression::{Environment, Intrinsic, JsonPath, PathExpr, ReferencePath, StringExpr, Template};
use serde_json::{Value, json};

use crate::pieces::pieces;
use crate::tape::{Tape, check};
use crate::value;

/// What expressions see.
pub(crate) struct World {
    input: Value,
    context: Value,
    variables: BTreeMap<String, Value>,
}

impl World {
    pub(crate) fn new(tape: &mut Tape<'_>) -> Self {
        let mut input = value::value(tape, 3);
        if !input.is_object() {
            input = json!({"a": input, "items": [1, {"a": 2}, "x"], "n": 1});
        }
        let context = json!({"Execution": {"Id": "arn", "Input": value::value(tape, 1)}, "State": {"Name": "S"}});
        Self { input, context, variables: BTreeMap::from([("v".to_owned(), value::value(tape, 2))]) }
    }
}

impl Environment for World {
    fn input(&self) -> &Value {
        &self.input
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn states(&self) -> Value {
        json!({"input": self.input, "context": self.context})
    }

    fn random_bits(&self) -> u64 {
        0x9E37_79B9_7F4A_7C15
    }

    fn now_millis(&self) -> i64 {
        1_700_000_000_000
    }
}

const PATH_PIECES: [&str; 44] = [
    "$",
    ".",
    "..",
    "a",
    "b",
    "items",
    "[",
    "]",
    "*",
    "[*]",
    "[0]",
    "[-1]",
    "[0,1]",
    "[0:2]",
    "[:1]",
    "[::2]",
    "[-9223372036854775808]",
    "[9223372036854775807:]",
    "'",
    "\"",
    "['a']",
    "['a','b']",
    "[\"a b\"]",
    "[?(",
    ")]",
    "@",
    "@.a",
    " > ",
    " == ",
    " && ",
    " || ",
    "!",
    " in ",
    " =~ /a.*/i",
    "1",
    "1e99",
    "null",
    ".length()",
    ".sum()",
    ".min()",
    ".concat(",
    ",",
    "$.a",
    "\\",
];

#[test]
fn paths_are_compiled_or_refused_and_evaluated() {
    check(3_000, 60, |tape| {
        let source = format!("${}", pieces(tape, 12, &PATH_PIECES));
        let world = World::new(tape);
        match JsonPath::parse(&source) {
            Err(error) if error.offset > source.len() => return Err(format!("{source}: offset {}", error.offset)),
            Err(_) => {}
            Ok(path) => {
                let found = path.find(&world.input);
                if let (Ok(found), false) = (&found, path.is_definite())
                    && !found.is_array()
                {
                    return Err(format!("{source} is indefinite and gives {found}"));
                }
                if path.find(&world.input) != found {
                    return Err(format!("{source} gives two answers"));
                }
            }
        }
        if let Ok(path) = PathExpr::parse(&source) {
            let _ = path.evaluate(&world);
        }
        if let Ok(text) = StringExpr::parse(&source) {
            let _ = text.evaluate(&world, "ErrorPath");
        }
        Ok(())
    });
}

#[test]
fn what_a_reference_path_puts_is_found_there() {
    const PIECES: [&str; 12] =
        [".a", ".b", ".items", "[0]", "[1]", "['a b']", "[\"a\"]", "['a.b']", "['\\'']", ".é", "['']", "[2]"];
    check(3_000, 60, |tape| {
        let source = format!("${}", pieces(tape, 4, &PIECES));
        let (world, result) = (World::new(tape), value::value(tape, 1));
        let Ok(path) = ReferencePath::parse(&source) else { return Ok(()) };
        let Ok(put) = path.put(world.input.clone(), result.clone()) else { return Ok(()) };
        let again = JsonPath::parse(&source).map_err(|error| format!("{source} is no path: {error}"))?;
        match again.find(&put) {
            Ok(found) if *found == result => Ok(()),
            other => Err(format!("{source} put {result} into {} and {other:?} is there", world.input)),
        }
    });
}

const CALL_PIECES: [&str; 40] = [
    "States.Format(",
    "States.Array(",
    "States.ArrayPartition(",
    "States.ArrayContains(",
    "States.ArrayRange(",
    "States.ArrayGetItem(",
    "States.ArrayLength(",
    "States.ArrayUnique(",
    "States.Base64Encode(",
    "States.Base64Decode(",
    "States.Hash(",
    "States.JsonMerge(",
    "States.StringToJson(",
    "States.JsonToString(",
    "States.MathRandom(",
    "States.MathAdd(",
    "States.StringSplit(",
    "States.UUID(",
    ")",
    ")",
    ")",
    ",",
    ", ",
    "'",
    "'a {} b'",
    "'{'",
    "'\\'",
    "'x'",
    "$",
    "$.a",
    "$.items",
    "$$.Execution.Input",
    "$v",
    "1",
    "-1",
    "9223372036854775807",
    "1.5",
    "true",
    "null",
    " ",
];

#[test]
fn intrinsic_functions_are_compiled_or_refused_and_evaluated() {
    check(4_000, 60, |tape| {
        let source = pieces(tape, 10, &CALL_PIECES);
        call(tape, &source)
    });
}

/// The same with a sound form, so that more of them are evaluated.
#[test]
fn intrinsic_functions_take_any_arguments() {
    check(3_000, 80, |tape| {
        let source = sound_call(tape, 3);
        call(tape, &source)
    });
}

fn sound_call(tape: &mut Tape<'_>, depth: usize) -> String {
    const ARGUMENTS: [&str; 16] = [
        "$",
        "$.a",
        "$.items",
        "$.n",
        "$.missing",
        "$$.Execution.Input",
        "$v",
        "0",
        "-1",
        "3",
        "9223372036854775807",
        "1.5",
        "'a,b{}'",
        "'SHA-1'",
        "false",
        "null",
    ];
    let function = CALL_PIECES[tape.below(18)];
    let mut arguments = Vec::new();
    for _ in 0..tape.below(4) {
        arguments.push(if depth > 0 && tape.once_in(4) {
            sound_call(tape, depth - 1)
        } else {
            tape.one_of(&ARGUMENTS).to_owned()
        });
    }
    format!("{function}{})", arguments.join(", "))
}

fn call(tape: &mut Tape<'_>, source: &str) -> Result<(), String> {
    match Intrinsic::parse(source) {
        Err(error) if error.offset > source.len() => return Err(format!("{source}: offset {}", error.offset)),
        Err(_) => {}
        Ok(call) => {
            let world = World::new(tape);
            if call.evaluate(&world) != call.evaluate(&world) {
                return Err(format!("{source} gives two answers"));
            }
        }
    }
    Ok(())
}

#[test]
fn templates_are_compiled_or_refused_and_evaluated() {
    check(1_500, 120, |tape| {
        let mut source = value::value(tape, 2);
        if let Some(fields) = source.as_object_mut() {
            let path = format!("${}", pieces(tape, 5, &PATH_PIECES));
            fields.insert("x.$".into(), json!(path));
            fields.insert("y.$".into(), json!(sound_call(tape, 1)));
        }
        let world = World::new(tape);
        for template in [Template::compile_jsonpath(&source), Template::compile_jsonata(&source)].into_iter().flatten()
        {
            let _ = template.evaluate(&world, "Parameters");
        }
        Ok(())
    });
}
