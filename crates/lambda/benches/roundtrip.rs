//! Measures what the host adds to a function: a warm round trip, many at once, and a cold start.
//!
//! `cargo bench -p lambda` after `cargo build -p lambda --examples`; the function is `examples/test-function.rs` in the
//! dev profile. Under `cargo test` it runs a few rounds only, to see that it still works.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use bytes::Bytes;
use lambda::{FunctionSpec, Host, HostOptions, InvokeContext};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:test";

fn main() {
    let thorough = std::env::args().any(|argument| argument == "--bench");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(run(if thorough { 5_000 } else { 10 }));
}

async fn run(rounds: usize) {
    let Some(binary) = function() else {
        println!("no test function: run `cargo build -p lambda --examples` first");
        return;
    };
    println!("function: {}", binary.display());
    let spec = FunctionSpec::new("test", ARN, binary);
    warm(spec.clone(), rounds, 0).await;
    warm(spec.clone(), rounds / 5, 100_000).await;
    parallel(spec.clone(), rounds).await;
    burst(spec.clone(), rounds / 5).await;
    cold(spec, (rounds / 100).max(2)).await;
}

/// The test function beside this program, or in the dev profile.
fn function() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let target = own.ancestors().nth(3)?;
    ["debug", "release"]
        .map(|profile| target.join(profile).join("examples/test-function"))
        .into_iter()
        .find(|it| it.is_file())
}

async fn host(spec: FunctionSpec) -> Host {
    let options = HostOptions { max_processes_per_function: 8, ..HostOptions::default() };
    Host::start([spec], options).await.expect("the host starts")
}

fn event(bytes: usize) -> Bytes {
    Bytes::from(format!(r#"{{"do":"echo","value":"{}"}}"#, "x".repeat(bytes)))
}

async fn invoke(host: &Host, event: &Bytes) -> lambda::Invocation {
    let invocation = host.invoke("test", event.clone(), InvokeContext::default()).await.expect("it is reached");
    assert_eq!(invocation.function_error, None);
    invocation
}

/// One invocation after the other.
async fn warm(spec: FunctionSpec, rounds: usize, bytes: usize) {
    let host = host(spec).await;
    let event = event(bytes);
    for _ in 0..20 {
        invoke(&host, &event).await;
    }
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begun = Instant::now();
        invoke(&host, &event).await;
        times.push(begun.elapsed());
    }
    report(&format!("warm round trip, {bytes} bytes"), times);
    host.shutdown().await;
}

/// Eight callers at once.
async fn parallel(spec: FunctionSpec, rounds: usize) {
    let host = host(spec).await;
    let begun = Instant::now();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move {
                let event = event(0);
                for _ in 0..rounds / 8 {
                    invoke(&host, &event).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("the caller lives");
    }
    let calls = (rounds / 8 * 8) as f64;
    println!("{:<36} {:>9.0} per second", "8 callers at once", calls / begun.elapsed().as_secs_f64());
    host.shutdown().await;
}

/// So many callers at once that most wait, at a host that has no process yet.
async fn burst(spec: FunctionSpec, callers: usize) {
    let host = Host::start([spec], HostOptions::default()).await.expect("the host starts");
    let begun = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { invoke(&host, &event(0)).await })
        })
        .collect();
    let what = format!("burst of {}, cold", callers.len());
    for caller in callers {
        caller.await.expect("the caller lives");
    }
    println!("{what:<36} {:>9.1?} with {} processes", begun.elapsed(), host.processes().len());
    let begun = Instant::now();
    host.shutdown().await;
    println!("{:<36} {:>9.1?}", "their end", begun.elapsed());
}

/// The first invocation of a new host, every time.
async fn cold(spec: FunctionSpec, rounds: usize) {
    let (mut whole, mut init) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let host = host(spec.clone()).await;
        let begun = Instant::now();
        let invocation = invoke(&host, &event(0)).await;
        whole.push(begun.elapsed());
        init.extend(invocation.init_duration);
        host.shutdown().await;
    }
    report("cold start, first answer", whole);
    report("cold start, init phase of it", init);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{what:<36} median {:>9.1?}  min {:>9.1?}  p99 {:>9.1?}", at(0.5), times[0], at(0.99));
}
