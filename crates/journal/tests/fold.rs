//! What was written down of any execution, up to any point, gives the same execution back, owed the same.

#[path = "../../asl/tests/random/definition.rs"]
mod definition;
#[path = "../../asl/tests/random/expression.rs"]
mod expression;
#[path = "../../asl/tests/random/tape.rs"]
mod tape;
#[path = "../../asl/tests/random/value.rs"]
mod value;
#[path = "../../machine/tests/random/world.rs"]
mod world;

use std::sync::Arc;
use std::sync::mpsc::channel;

use asl::{Options, parse};
use journal::{Header, Journal, Record, Recovered, SqliteJournal, machine_of, recover};
use machine::{Document, Execution, Input};
use serde_json::json;

use tape::{Tape, check};
use world::World;

/// The execution that a tape begins, or none when its definition is not sound.
fn begun(tape: &mut Tape<'_>) -> Option<(Execution, Header)> {
    let express = tape.once_in(4);
    let definition = definition::definition(tape).to_string();
    let machine = parse(&definition, &Options { express, ..Options::default() }).machine?;
    // Large documents are written elsewhere.
    let text = "large\n".repeat(if tape.once_in(2) { 500 } else { 0 });
    let a = value::value(tape, 2);
    let input = Document::new(json!({"a": a, "items": [1, {"a": 2}, "x"], "n": tape.below(4), "text": text}));
    let identity = world::identity(express);
    let header = Header::new(&identity, definition.into(), input.clone());
    Some((Execution::new(machine, Arc::new(identity), input), header))
}

fn write(journal: &SqliteJournal, header: &Header, world: &World) {
    let execution_arn = header.execution_arn.clone();
    let mut records = vec![Record::Begin(Arc::new(header.clone()))];
    records.extend(world.taken.iter().map(|(input, at, step)| Record::Step {
        execution_arn: execution_arn.clone(),
        input: input.clone(),
        at: *at,
        events: step.events.clone(),
    }));
    let (written, wait) = channel();
    journal.append(records, Box::new(move |result| written.send(result).expect("somebody waits")));
    wait.recv().expect("the writer answers").expect("the file can be written");
}

/// Whether what is owed is what the world knows of.
fn same(recovered: &Recovered, world: &World) -> Result<(), String> {
    let differs = |what: &str| Err(format!("other {what}: {recovered:?}"));
    if recovered.owed.timers != world.timers {
        return differs("timers");
    }
    if !recovered.owed.calls.keys().eq(world.calls.keys()) {
        return differs("calls");
    }
    if !recovered.owed.children.keys().eq(world.children.iter()) {
        return differs("children");
    }
    if !recovered.owed.reads.keys().eq(world.reads.iter()) || !recovered.owed.writes.keys().eq(world.writes.iter()) {
        return differs("reads or writes");
    }
    if recovered.owed.to_continue != world.to_continue {
        return differs("wish to go on");
    }
    Ok(())
}

#[test]
fn what_was_written_gives_the_execution_back() {
    check(150, 400, |tape| {
        let most = 1 + tape.below(30);
        let Some((mut execution, header)) = begun(tape) else { return Ok(()) };
        let mut world = World::new();
        world.run(&mut execution, tape, most)?;
        // One file for each, so that a long run does not fill the disk.
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let journal = SqliteJournal::open(&folder.path().join("journal")).map_err(|error| error.to_string())?;
        write(&journal, &header, &world);
        let header = journal.header(&header.execution_arn).map_err(|error| error.to_string())?.ok_or("no header")?;
        let entries = journal.entries(&header.execution_arn).map_err(|error| error.to_string())?;
        let machine = machine_of(&journal, &header).map_err(|error| error.to_string())?;
        let mut recovered = recover(machine, &header, &entries).map_err(|error| error.to_string())?;
        if world.outcome.is_none() {
            same(&recovered, &world)?;
        }
        // Both go on alike.
        let stop = Input::Stop { error: None, cause: None };
        if execution.apply(stop.clone(), world.now) != recovered.execution.apply(stop, world.now) {
            return Err("it ends otherwise".to_owned());
        }
        Ok(())
    });
}
