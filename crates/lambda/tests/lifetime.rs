//! No process outlives its use: the idle time, the host, or the program the host runs in.

mod common;

use std::{process::Stdio, time::Duration};

use common::{Meeting, echo, example, host, order, spec, succeed};
use lambda::{Host, HostOptions, InvokeError};
use rustix::process::{Pid, test_kill_process};
use serde_json::json;

/// Whether the process exists, be it as a zombie.
fn exists(pid: u32) -> bool {
    test_kill_process(Pid::from_raw(pid.cast_signed()).unwrap()).is_ok()
}

#[tokio::test]
async fn a_shutdown_leaves_no_process_and_no_zombie() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    let (other, address) = (host.clone(), meeting.address.clone());
    let busy = tokio::spawn(async move { order(&other, json!({ "do": "hang", "address": address })).await });
    let guest = meeting.guest().await;
    succeed(&host, echo()).await;
    let pids = host.processes();
    assert_eq!(pids.len(), 2);
    host.shutdown().await;
    assert!(!pids.iter().any(|pid| exists(*pid)), "{pids:?}");
    guest.dies().await;
    assert_eq!(busy.await.unwrap().unwrap_err(), InvokeError::ShuttingDown);
    assert_eq!(order(&host, echo()).await.unwrap_err(), InvokeError::ShuttingDown);
    host.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_refuses_what_waits() {
    let options = HostOptions { max_processes_per_function: 1, ..HostOptions::default() };
    let host = Host::start([spec()], options).await.unwrap();
    let meeting = Meeting::new().await;
    let busy = order(&host, json!({ "do": "hang", "address": meeting.address }));
    let end = async {
        let guest = meeting.guest().await;
        let waiting = order(&host, echo());
        let ((), waiting) = tokio::join!(
            async {
                // Polled after the other, which is then in the queue.
                tokio::task::yield_now().await;
                host.shutdown().await;
            },
            waiting
        );
        guest.dies().await;
        waiting
    };
    let (busy, waiting) = tokio::join!(busy, end);
    assert_eq!(busy.unwrap_err(), InvokeError::ShuttingDown);
    assert_eq!(waiting.unwrap_err(), InvokeError::ShuttingDown);
}

#[tokio::test]
async fn a_dropped_host_leaves_no_process() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    let (busy, idle) = tokio::join!(
        async {
            let call = order(&host, json!({ "do": "hang", "address": meeting.address }));
            tokio::select! { biased; guest = meeting.guest() => guest, _ = call => unreachable!("it hangs") }
        },
        succeed(&host, echo())
    );
    assert!(idle["pid"].is_u64());
    drop(host);
    busy.dies().await;
}

#[test]
fn a_runtime_that_ends_takes_the_processes_with_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (host, guest) = runtime.block_on(async {
        let host = host(spec()).await;
        let meeting = Meeting::new().await;
        let (other, address) = (host.clone(), meeting.address.clone());
        tokio::spawn(async move { order(&other, json!({ "do": "hang", "address": address })).await });
        (host, meeting.guest().await)
    });
    let pid = u32::try_from(guest.pid).unwrap();
    runtime.shutdown_background();
    drop(host);
    // Nobody is left to read the guest's connection; the kernel tells.
    let gone = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !exists(pid) || status.contains("State:\tZ")
    };
    while !gone() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn what_a_function_has_started_dies_with_it() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    succeed(&host, json!({ "do": "fork", "address": meeting.address })).await;
    let child = meeting.guest().await;
    order(&host, json!({ "do": "exit", "code": 1 })).await.unwrap();
    child.dies().await;
}

#[tokio::test]
async fn an_idle_process_is_let_go() {
    let options = HostOptions { idle_timeout: Duration::from_millis(20), ..HostOptions::default() };
    let host = Host::start([spec()], options).await.unwrap();
    let pid = u32::try_from(succeed(&host, echo()).await["pid"].as_u64().unwrap()).unwrap();
    while exists(pid) {
        tokio::task::yield_now().await;
    }
    assert_ne!(succeed(&host, echo()).await["pid"], pid);
}

#[tokio::test]
async fn processes_die_with_a_host_that_is_killed() {
    let meeting = Meeting::new().await;
    for event in
        [json!({ "do": "hang", "address": meeting.address }), json!({ "do": "meet", "address": meeting.address })]
    {
        let mut program = tokio::process::Command::new(example("test-host"))
            .arg(event.to_string())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let guest = meeting.guest().await;
        // SIGKILL: the host can do nothing about it.
        program.kill().await.unwrap();
        guest.dies().await;
    }
}

#[tokio::test]
async fn an_interrupt_from_the_terminal_does_not_reach_a_function() {
    let host = host(spec()).await;
    let pid = u32::try_from(succeed(&host, echo()).await["pid"].as_u64().unwrap()).unwrap();
    let group = rustix::process::getpgid(Pid::from_raw(pid.cast_signed())).unwrap();
    assert_eq!(group.as_raw_nonzero().get().cast_unsigned(), pid, "it leads its own process group");
}
