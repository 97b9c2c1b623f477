//! JSONata queries: whatever they are, an answer comes in time.

use std::time::{Duration, Instant};

use asl::expression::Jsonata;

use crate::expressions::World;
use crate::pieces::pieces;
use crate::tape::{Tape, check};

/// An evaluation is stopped after five seconds; the rest is for a machine that does other work.
const LONGEST: Duration = Duration::from_secs(30);

const PIECES: [&str; 88] = [
    "$states",
    "$states.input",
    "$states.input.a",
    "$states.input.items",
    "$states.context",
    "$v",
    "$x",
    "$",
    "$$",
    "a",
    "`a b`",
    "1",
    "-1",
    "1.5",
    "1e308",
    "'x'",
    "\"y\\u0041\"",
    "true",
    "null",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ",",
    ":",
    ";",
    ".",
    "..",
    "*",
    "**",
    "%",
    "+",
    "-",
    "/",
    "&",
    " = ",
    " != ",
    " < ",
    " in ",
    " and ",
    " or ",
    " ? ",
    " : ",
    " ?: ",
    " ?? ",
    " := ",
    " ~> ",
    "[0]",
    "[-1]",
    "[$ > 1]",
    "^(a)",
    "^(>b)",
    "#$i",
    "@$j",
    "|$|{'a':1}|",
    "|$|{},['a']|",
    "/a+/i",
    "[1..3]",
    "[1..9999999]",
    "function($x) { ",
    "function($x, $y) { $x + $y }",
    " }",
    "$map(",
    "$filter(",
    "$reduce(",
    "$sum(",
    "$string(",
    "$number(",
    "$join(",
    "$split(",
    "$replace(",
    "$match(",
    "$sort(",
    "$each(",
    "$merge(",
    "$partition(",
    "$range(",
    "$hash(",
    "$parse(",
    "$eval(",
    "$formatNumber(",
    "$toMillis(",
    "$fromMillis(",
    "$pad(",
    "$substring(",
    "$error(",
];

fn answers(tape: &mut Tape<'_>, source: &str) -> Result<(), String> {
    let query = match Jsonata::compile(source) {
        Err(error) if error.offset > source.len() => return Err(format!("{source}: offset {}", error.offset)),
        Err(_) => return Ok(()),
        Ok(query) => query,
    };
    let world = World::new(tape);
    let begun = Instant::now();
    let _ = query.evaluate(&world, "Output");
    if begun.elapsed() > LONGEST {
        return Err(format!("{source} took {:?}", begun.elapsed()));
    }
    Ok(())
}

#[test]
fn queries_are_compiled_or_refused_and_evaluated() {
    check(2_000, 60, |tape| {
        let source = pieces(tape, 14, &PIECES);
        answers(tape, &source)
    });
}

/// The same with a sound form, so that more of them are evaluated.
#[test]
fn functions_take_any_arguments() {
    check(1_500, 60, |tape| {
        let source = sound(tape, 3);
        answers(tape, &source)
    });
}

fn sound(tape: &mut Tape<'_>, depth: usize) -> String {
    const ATOMS: [&str; 16] = [
        "$states.input",
        "$states.input.a",
        "$states.input.items",
        "$v",
        "1",
        "-1",
        "0.5",
        "'a,b'",
        "''",
        "null",
        "true",
        "[1, 2]",
        "{'a': 1}",
        "function($x) { $x }",
        "/a/",
        "[]",
    ];
    const CALLS: [&str; 50] = [
        "$sum",
        "$count",
        "$max",
        "$min",
        "$average",
        "$string",
        "$length",
        "$substring",
        "$substringBefore",
        "$uppercase",
        "$trim",
        "$pad",
        "$contains",
        "$split",
        "$join",
        "$match",
        "$replace",
        "$number",
        "$abs",
        "$round",
        "$power",
        "$sqrt",
        "$formatNumber",
        "$formatBase",
        "$formatInteger",
        "$parseInteger",
        "$boolean",
        "$not",
        "$exists",
        "$append",
        "$sort",
        "$reverse",
        "$distinct",
        "$zip",
        "$keys",
        "$lookup",
        "$spread",
        "$merge",
        "$sift",
        "$each",
        "$map",
        "$filter",
        "$reduce",
        "$single",
        "$toMillis",
        "$fromMillis",
        "$partition",
        "$range",
        "$base64decode",
        "$parse",
    ];
    if depth == 0 || tape.once_in(3) {
        return tape.one_of(&ATOMS).to_owned();
    }
    let below = |tape: &mut Tape<'_>| sound(tape, depth - 1);
    match tape.below(6) {
        0 => {
            format!("({} {} {})", below(tape), tape.one_of(&["+", "&", "<", "=", "in", "and", "~>", "?:"]), below(tape))
        }
        1 => format!("{}[{}]", below(tape), below(tape)),
        2 => format!("[{}, {}]", below(tape), below(tape)),
        _ => {
            let function = tape.one_of(&CALLS);
            let arguments: Vec<String> = (0..tape.below(4)).map(|_| below(tape)).collect();
            format!("{function}({})", arguments.join(", "))
        }
    }
}
