//! What one execution costs when every step is written to an SQLite journal before the next is taken: `cargo bench -p
//! journal`.
//!
//! CPU time of the execution and of the journal's writer thread together, with the time for each transition in the line
//! `thrpt`. `docs/performance.md` has the figures and their limits.

#[path = "../../machine/benches/executions/cpu.rs"]
mod cpu;
#[path = "../../machine/benches/executions/workload.rs"]
mod workload;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use asl::model::StateMachine;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use journal::{Header, HistoryPage, Journal, Record, SqliteJournal};
use machine::Command;

use cpu::Cpu;
use workload::Workload;

/// A workload with everything that is there before an execution starts.
struct Prepared {
    workload: Workload,
    machine: Arc<StateMachine>,
    definition: Arc<str>,
    text: String,
}

impl Prepared {
    fn new(workload: Workload) -> Self {
        let (machine, text) = (workload.machine(), workload.text());
        Self { machine, text, definition: workload.definition.to_string().into(), workload }
    }

    /// Runs it once as an execution of its own, and waits after each step until it is written.
    fn run(&self, journal: &SqliteJournal, number: u64) -> Arc<str> {
        let mut identity = workload::identity(self.workload.name);
        identity.execution_arn = format!("{}{number}", identity.execution_arn).into();
        let execution_arn = identity.execution_arn.clone();
        let input = workload::document(&self.text);
        let header = Header::new(&identity, self.definition.clone(), input.clone());
        let mut begin = Some(Record::Begin(Arc::new(header)));
        self.workload.run(&self.machine, input, |input, step| {
            let at = Timestamp::UNIX_EPOCH;
            let mut batch: Vec<Record> = begin.take().into_iter().collect();
            batch.push(Record::Step { execution_arn: execution_arn.clone(), input, at, events: step.events });
            for command in step.commands {
                if let Command::Finish(outcome) = command {
                    batch.push(Record::End { execution_arn: execution_arn.clone(), outcome, at });
                }
            }
            let (written, wait) = channel();
            journal.append(batch, Box::new(move |result| written.send(result).expect("somebody waits")));
            wait.recv().expect("the writer answers").expect("the file can be written");
        });
        execution_arn
    }
}

fn journalled(criterion: &mut Criterion<Cpu>) {
    let mut number = 0;
    let mut group = criterion.benchmark_group("journalled");
    for workload in workload::all() {
        // Removed after each: a few seconds of writing are some hundred megabytes.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = SqliteJournal::open(&folder.path().join(workload.name)).expect("a journal can be made");
        let prepared = Prepared::new(workload);
        group.throughput(Throughput::Elements(prepared.workload.transitions));
        group.bench_function(prepared.workload.name, |bencher| {
            bencher.iter(|| {
                number += 1;
                prepared.run(&journal, number)
            });
        });
    }
    group.finish();
}

/// The history of 12,008 events out of the file, in pages of a thousand: what `GetExecutionHistory` answers with.
fn history(criterion: &mut Criterion<Cpu>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = SqliteJournal::open(&folder.path().join("history")).expect("a journal can be made");
    let execution_arn = Prepared::new(workload::loop_jsonpath(2000)).run(&journal, 0);
    let events = journal.history(&execution_arn).expect("it was written").len();
    let mut group = criterion.benchmark_group("history");
    group.throughput(Throughput::Elements(events as u64));
    group.bench_function("sqlite-pages", |bencher| {
        bencher.iter(|| {
            let mut from = 1;
            let mut bytes = 0;
            loop {
                let page = HistoryPage { from, reverse: false, limit: 1000 };
                let events = journal.history_page(&execution_arn, page).expect("it was written");
                if events.is_empty() {
                    break bytes;
                }
                from += events.len() as u64;
                bytes += events.join(",").len();
            }
        });
    });
    group.finish();
}

criterion_group! {
    name = journal_benches;
    config = Criterion::default()
        .with_measurement(Cpu)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = journalled, history
}
criterion_main!(journal_benches);
