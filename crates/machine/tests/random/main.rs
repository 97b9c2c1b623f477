//! Random definitions with random inputs in random order: executions never panic, always come to an end, tell of it once,
//! leave nothing behind, and are the same when they are replayed.
//!
//! A bounded number of random cases; `docs/fuzzing.md` says how to have more of them and what they found.

#[path = "../../../asl/tests/random/definition.rs"]
mod definition;
#[path = "../../../asl/tests/random/expression.rs"]
mod expression;
#[path = "../../../asl/tests/random/tape.rs"]
mod tape;
#[path = "../../../asl/tests/random/value.rs"]
mod value;
mod world;

use std::sync::Arc;

use asl::model::StateMachine;
use asl::{Options, parse};
use machine::{Document, Execution};
use serde_json::{Value, json};

use tape::{Tape, check};
use world::{World, identity};

/// A sound definition, unless chance has it otherwise, and an input.
fn sound(tape: &mut Tape<'_>) -> Option<(Arc<StateMachine>, Value, bool)> {
    let express = tape.once_in(4);
    let definition = definition::definition(tape);
    let machine = parse(&definition.to_string(), &Options { express, ..Options::default() }).machine?;
    Some((machine, input(tape), express))
}

fn input(tape: &mut Tape<'_>) -> Value {
    if tape.once_in(4) {
        return value::value(tape, 3);
    }
    json!({"a": value::value(tape, 2), "items": [1, {"a": tape.below(4)}, "x"], "n": tape.below(4)})
}

#[test]
fn executions_come_to_one_end_and_replay_to_the_same() {
    check(400, 500, |tape| {
        let Some((machine, input, express)) = sound(tape) else { return Ok(()) };
        let begin = || Execution::new(machine.clone(), Arc::new(identity(express)), Document::new(input.clone()));
        let mut execution = begin();
        let mut world = World::new();
        world.run(&mut execution, tape, usize::MAX)?;
        let mut again = begin();
        for (input, at, step) in &world.taken {
            if again.apply(input.clone(), *at) != *step {
                return Err(format!("the replay differs at {input:?}"));
            }
        }
        if again.outcome() != execution.outcome() {
            return Err("the replay ends otherwise".to_owned());
        }
        Ok(())
    });
}

/// What the wire form says is what the journal reads back.
#[test]
fn events_are_written_as_text_and_as_values_alike() {
    check(100, 300, |tape| {
        let Some((machine, input, express)) = sound(tape) else { return Ok(()) };
        let mut execution = Execution::new(machine, Arc::new(identity(express)), Document::new(input));
        let mut world = World::new();
        world.run(&mut execution, tape, 60)?;
        for event in world.taken.iter().flat_map(|(_, _, step)| &step.events) {
            let text = serde_json::to_string(event).map_err(|error| error.to_string())?;
            let value = event.to_wire();
            if serde_json::from_str::<Value>(&text).map_err(|error| error.to_string())? != value {
                return Err(format!("{text} is not {value}"));
            }
        }
        Ok(())
    });
}
