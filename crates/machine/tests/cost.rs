//! What a transition costs does not depend on how many there were before, nor on how many items there are.
//!
//! Memory is counted, which is the same in every run. Time is only compared with a wide margin: it has to notice what
//! grows with the square, whatever else the machine does.

#[path = "../benches/executions/workload.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest of it")]
mod workload;

use std::alloc::System;
use std::time::Duration;

use cpu_time::ProcessTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use workload::Workload;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What one transition costs.
#[derive(Debug)]
struct Cost {
    allocations: f64,
    bytes: f64,
    time: Duration,
}

fn cost(workload: &Workload) -> Cost {
    let (machine, text) = (workload.machine(), workload.text());
    let region = Region::new(ALLOCATOR);
    workload.run(&machine, workload::document(&text), |_, _| {});
    let stats = region.change();
    let time = (0..5).map(|_| {
        let begun = ProcessTime::now();
        workload.run(&machine, workload::document(&text), |_, _| {});
        begun.elapsed()
    });
    let transitions = workload.transitions as f64;
    Cost {
        allocations: stats.allocations as f64 / transitions,
        // What a vector has before it is made larger counts as well.
        bytes: (stats.bytes_allocated as f64 + stats.bytes_reallocated.unsigned_abs() as f64) / transitions,
        time: time.min().unwrap_or_default().div_f64(transitions),
    }
}

/// One test alone: another one's memory would be counted, too.
#[test]
fn a_transition_costs_the_same_after_many_and_among_many() {
    for (few, many) in [
        (workload::loop_jsonpath(400), workload::loop_jsonpath(4_000)),
        (workload::loop_jsonata(200), workload::loop_jsonata(2_000)),
        (workload::map("few", 400), workload::map("many", 8_000)),
        (workload::map_selector("few", 200, false), workload::map_selector("many", 2_000, false)),
        (workload::map_selector("few", 200, true), workload::map_selector("many", 2_000, true)),
        (workload::parallel(20), workload::parallel(400)),
        (workload::tasks(100), workload::tasks(2_000)),
    ] {
        let (name, few, many) = (few.name, cost(&few), cost(&many));
        assert!(many.allocations < few.allocations * 1.1 + 1.0, "{name}: {few:?}, {many:?}");
        assert!(many.bytes < few.bytes * 2.0, "{name}: {few:?}, {many:?}");
        assert!(many.time < few.time * 4, "{name}: {few:?}, {many:?}");
    }
}
