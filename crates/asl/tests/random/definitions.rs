//! The parser, with definitions that are sound, nearly sound, and nothing of the kind.

use std::time::{Duration, Instant};

use asl::{Options, Parsed, Substitutions, parse, parse_state, span_of};
use serde_json::{Value, json};

use crate::definition::definition;
use crate::pieces::pieces;
use crate::tape::{Tape, check};
use crate::value;

/// What one definition may take in a build without optimisation, on a machine that does other work.
const LONGEST: Duration = Duration::from_secs(5);

/// What must hold whatever was parsed.
fn holds(text: &str, options: &Options) -> Result<Parsed, String> {
    let begun = Instant::now();
    let parsed = parse(text, options);
    if begun.elapsed() > LONGEST {
        return Err(format!("it took {:?}", begun.elapsed()));
    }
    let is_refused = parsed.diagnostics.iter().any(diagnostic::Diagnostic::is_error);
    if parsed.machine.is_some() == is_refused {
        return Err(format!("a model and an error, or neither: {:?}", parsed.diagnostics));
    }
    for problem in &parsed.diagnostics {
        let span = &problem.span;
        if text.get(span.clone()).is_none() {
            return Err(format!("a span outside of the text: {problem:?}"));
        }
        span_of(text, &problem.pointer, None);
        asl::aws::location(problem);
    }
    Ok(parsed)
}

fn options(tape: &mut Tape<'_>) -> Options {
    let mut options = Options { express: tape.once_in(2), ..Options::default() };
    if tape.once_in(2) {
        options.substitutions = Substitutions::Values([("Name".to_owned(), "a \"text\"".to_owned())].into());
    }
    options
}

#[test]
fn most_of_the_random_definitions_are_sound() {
    let sound = std::cell::Cell::new(0_u32);
    let all = std::cell::Cell::new(0_u32);
    check(200, 200, |tape| {
        let parsed = holds(&definition(tape).to_string(), &Options::default())?;
        all.set(all.get() + 1);
        sound.set(sound.get() + u32::from(parsed.machine.is_some()));
        Ok(())
    });
    // Else the tests that run them would prove little.
    assert!(sound.get() * 4 >= all.get(), "{} of {}", sound.get(), all.get());
}

#[test]
fn definitions_with_a_few_changes_are_parsed_or_refused() {
    check(300, 300, |tape| {
        let mut changed = definition(tape);
        for _ in 0..=tape.below(3) {
            change(tape, &mut changed);
        }
        holds(&changed.to_string(), &options(tape))?;
        Ok(())
    });
}

#[test]
fn texts_with_a_few_changes_are_parsed_or_refused() {
    const PIECES: [&str; 16] =
        ["{", "}", "[", "]", "\"", ",", ":", "\\", "\\u", "\\ud800", "null", "1e999", "-", "\n", "${", "\u{feff}"];
    check(300, 300, |tape| {
        let mut text = definition(tape).to_string();
        for _ in 0..=tape.below(4) {
            let mut at = tape.below(65_536) % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match tape.below(3) {
                0 => text.insert_str(at, &pieces(tape, 3, &PIECES)),
                1 => text.truncate(at),
                _ => text.replace_range(at..text[at..].chars().next().map_or(at, |next| at + next.len_utf8()), ""),
            }
        }
        holds(&text, &options(tape))?;
        Ok(())
    });
}

#[test]
fn single_states_are_parsed_or_refused() {
    check(200, 200, |tape| {
        let mut machine = definition(tape);
        change(tape, &mut machine);
        let state = machine["States"].as_object().and_then(|states| states.values().next()).cloned();
        parse_state("S", &state.unwrap_or_default().to_string(), &options(tape));
        Ok(())
    });
}

/// Depth is where a recursive parser fails.
#[test]
fn deep_definitions_are_refused_not_overflowed() {
    for depth in [100, 1_000, 20_000] {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        for deep in [&arrays, &objects] {
            let inside = format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Result":{deep},"End":true}}}}}}"#);
            for text in [deep, &inside] {
                holds(text, &Options::default()).expect("whatever it is");
            }
        }
        let mut flow = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#.to_owned();
        for at in 0..depth.min(1_000) {
            flow = format!(
                r#"{{"StartAt":"P{at}","States":{{"P{at}":{{"Type":"Parallel","Branches":[{flow}],"End":true}}}}}}"#
            );
        }
        holds(&flow, &Options::default()).expect("whatever it is");
        let nots = format!(
            r#"{{"StartAt":"C","States":{{"C":{{"Type":"Choice","Choices":[{}{{"Variable":"$","IsNull":true}}{}]}}}}}}"#,
            r#"{"Not":"#.repeat(depth),
            "}".repeat(depth)
        );
        holds(&nots, &Options::default()).expect("whatever it is");
    }
}

/// One change somewhere: a member removed, renamed, given another value, or put in.
fn change(tape: &mut Tape<'_>, place: &mut Value) {
    const FIELDS: [&str; 20] = [
        "Type",
        "Next",
        "End",
        "Choices",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "QueryLanguage",
        "Parameters",
        "Output",
        "Assign",
        "Catch",
        "Retry",
        "Default",
        "Seconds",
        "ItemReader",
        "ResultPath",
        "StartAt",
        "States",
        "Condition",
    ];
    match place {
        Value::Object(fields) if !fields.is_empty() => {
            let at = tape.below(fields.len());
            let name = fields.keys().nth(at).expect("it has as many").clone();
            match tape.below(8) {
                0 => {
                    fields.shift_remove(&name);
                }
                1 => {
                    let value = value::value(tape, 2);
                    fields.insert(name, value);
                }
                2 => {
                    let value = fields.shift_remove(&name).unwrap_or_default();
                    fields.insert(tape.one_of(&FIELDS).to_owned(), value);
                }
                3 => {
                    fields.insert(tape.one_of(&FIELDS).to_owned(), json!(value::text(tape)));
                }
                _ => change(tape, &mut fields[&name]),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = tape.below(items.len());
            match tape.below(4) {
                0 => {
                    items.remove(at);
                }
                1 => items.push(value::value(tape, 2)),
                _ => change(tape, &mut items[at]),
            }
        }
        other => *other = value::value(tape, 2),
    }
}
