//! What does not reach a function: too much at once, too large, not JSON.

mod common;

use bytes::Bytes;
use common::{Meeting, echo, host, order, spec, succeed};
use lambda::{FunctionSpec, Host, HostOptions, InvokeContext, InvokeError, ThrottleReason};
use serde_json::json;

#[tokio::test]
async fn more_than_the_reserved_concurrency_is_throttled() {
    let host = host(FunctionSpec { reserved_concurrency: Some(1), ..spec() }).await;
    let meeting = Meeting::new().await;
    let busy = order(&host, json!({ "do": "meet", "address": meeting.address }));
    let second = async {
        let guest = meeting.guest().await;
        let refusal = order(&host, echo()).await.unwrap_err();
        guest.release().await;
        refusal
    };
    let (first, refusal) = tokio::join!(busy, second);
    assert!(first.is_ok());
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(refusal, InvokeError::TooManyRequests { reason });
    assert_eq!((refusal.code(), refusal.status()), ("TooManyRequestsException", 429));
    assert_eq!(refusal.to_string(), "Rate Exceeded.");
    succeed(&host, echo()).await;

    host.register(FunctionSpec { reserved_concurrency: Some(0), ..spec() }).unwrap();
    assert_eq!(order(&host, echo()).await.unwrap_err(), InvokeError::TooManyRequests { reason });
}

#[tokio::test]
async fn functions_share_what_the_account_has_left() {
    let reserving = FunctionSpec {
        reserved_concurrency: Some(3),
        ..FunctionSpec::new("other", common::ARN.replace("test", "other"), spec().binary)
    };
    let options = HostOptions { account_concurrency: 4, ..HostOptions::default() };
    let host = Host::start([spec(), reserving], options).await.unwrap();
    let meeting = Meeting::new().await;
    let busy = order(&host, json!({ "do": "meet", "address": meeting.address }));
    let second = async {
        let guest = meeting.guest().await;
        let refusal = order(&host, echo()).await.unwrap_err();
        let other = host.invoke("other", Bytes::from(echo().to_string()), InvokeContext::default()).await;
        guest.release().await;
        (refusal, other)
    };
    let (first, (refusal, other)) = tokio::join!(busy, second);
    assert!(first.is_ok() && other.is_ok());
    let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
    assert_eq!(refusal, InvokeError::TooManyRequests { reason });
}

#[tokio::test]
async fn more_than_the_machine_may_run_waits_its_turn() {
    let options = HostOptions { max_processes_per_function: 2, ..HostOptions::default() };
    let host = Host::start([spec()], options).await.unwrap();
    let calls: Vec<_> = (0..40)
        .map(|number| {
            let host = host.clone();
            tokio::spawn(async move { succeed(&host, json!({ "do": "echo", "value": number })).await })
        })
        .collect();
    let mut pids = std::collections::BTreeSet::new();
    for (number, call) in calls.into_iter().enumerate() {
        let answer = call.await.unwrap();
        assert_eq!(answer["value"], number);
        pids.insert(answer["pid"].as_u64().unwrap());
    }
    assert!(pids.len() <= 2, "{pids:?}");
}

#[tokio::test]
async fn a_waiting_invocation_survives_the_crash_before_it() {
    let options = HostOptions { max_processes_per_function: 1, ..HostOptions::default() };
    let host = Host::start([spec()], options).await.unwrap();
    let (crash, next) = tokio::join!(order(&host, json!({ "do": "exit", "code": 1 })), order(&host, echo()));
    assert!(crash.unwrap().function_error.is_some());
    assert!(next.unwrap().function_error.is_none());
}

#[tokio::test]
async fn events_that_invoke_refuses_start_no_process() {
    let host = host(spec()).await;
    let invoke = |payload: Bytes| host.invoke("test", payload, InvokeContext::default());
    let refusal = invoke(Bytes::from_static(b"Hello World")).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("InvalidRequestContentException", 400));
    let refusal = invoke(Bytes::from(format!("\"{}\"", "x".repeat(6_291_456)))).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.status()), ("RequestEntityTooLargeException", 413));
    let context = InvokeContext { client_context: Some("not base64!".to_owned()), ..InvokeContext::default() };
    let refusal = host.invoke("test", Bytes::new(), context).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Client context must be a valid Base64-encoded JSON object.");
    assert!(host.processes().is_empty());
}

#[tokio::test]
async fn the_largest_event_arrives_whole() {
    let host = host(spec()).await;
    let frame = json!({ "do": "echo", "value": "" }).to_string().len();
    let value = "y".repeat(6_291_456 - frame);
    // Its echo, with the process ID beside it, is too large to come back; that it was read is known by that.
    let answer = order(&host, json!({ "do": "echo", "value": value })).await.unwrap();
    let whole = answer.payload.len() > 6_000_000;
    assert!(
        whole || answer.payload.starts_with(b"{\"errorMessage\":\"Response payload size"),
        "{:?}",
        answer.payload.len()
    );
}
