//! What one execution costs in memory: `cargo bench -p machine`.
//!
//! CPU time, with the time for each transition in the line `thrpt`. `docs/performance.md` has the figures and their
//! limits. Under `cargo test --benches` everything runs once, to see that it still works.

mod cpu;
mod workload;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use machine::HistoryEvent;

use cpu::Cpu;

fn executions(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("memory");
    for workload in workload::all() {
        let (machine, text) = (workload.machine(), workload.text());
        group.throughput(Throughput::Elements(workload.transitions));
        group.bench_function(workload.name, |bencher| {
            bencher.iter(|| {
                workload.run(&machine, workload::document(&text), |_, step| {
                    black_box(step);
                })
            });
        });
    }
    group.finish();
}

/// What a transition costs after a tenth and after ten times as many others: it must be the same.
fn growth(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("growth");
    for rounds in [200, 2_000, 20_000] {
        for workload in [workload::loop_jsonpath(rounds), workload::loop_jsonata(rounds)] {
            let (machine, text) = (workload.machine(), workload.text());
            // Without their numbers.
            let name = workload.name.trim_end_matches(|end: char| end == '-' || end.is_ascii_digit());
            group.throughput(Throughput::Elements(workload.transitions));
            group.bench_function(BenchmarkId::new(name, rounds), |bencher| {
                bencher.iter(|| workload.run(&machine, workload::document(&text), |_, step| drop(black_box(step))));
            });
        }
    }
    group.finish();
}

/// The events of an execution in AWS's form, as text: what `GetExecutionHistory` answers with.
fn history(criterion: &mut Criterion<Cpu>) {
    let workload = workload::loop_jsonpath(2000);
    let mut events: Vec<HistoryEvent> = Vec::new();
    let input = workload::document(&workload.text());
    workload.run(&workload.machine(), input, |_, step| events.extend(step.events));
    let mut group = criterion.benchmark_group("history");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("to-json", |bencher| {
        bencher.iter(|| serde_json::to_string(&events).expect("JSON can be written"));
    });
    group.finish();
}

/// A definition's text to a machine that can run.
fn definitions(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("parse");
    for workload in [workload::loop_jsonpath(2000), workload::loop_jsonata(1000), workload::parallel(50)] {
        let text = workload.definition.to_string();
        group.bench_function(workload.name, |bencher| bencher.iter(|| asl::parse(&text, &asl::Options::default())));
    }
    group.finish();
}

criterion_group! {
    name = machine;
    config = Criterion::default()
        .with_measurement(Cpu)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = executions, growth, history, definitions
}
criterion_main!(machine);
