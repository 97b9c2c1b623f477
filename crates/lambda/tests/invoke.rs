//! A function that answers: what it is told, and which process answers.

mod common;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use common::{ARN, Log, Meeting, echo, host, json_of, spec, succeed};
use lambda::{FunctionSpec, Host, HostOptions, InvokeContext};
use serde_json::json;

#[tokio::test]
async fn the_answer_comes_back() {
    let host = host(spec()).await;
    let value = json!({ "text": "Início 🎼", "number": 1.0, "nested": [null, true] });
    let invocation = common::order(&host, json!({ "do": "echo", "value": value })).await.unwrap();
    assert_eq!(json_of(&invocation.payload)["value"], value);
    assert_eq!(invocation.executed_version, "$LATEST");
    let init = invocation.init_duration.expect("the first invocation starts the process");
    assert!(invocation.billed_duration >= init + invocation.duration, "{invocation:?}");
    assert!(invocation.log_tail.is_none());

    let warm = common::order(&host, echo()).await.unwrap();
    assert_eq!(warm.init_duration, None);
    assert_ne!(warm.request_id, invocation.request_id);
    assert_eq!(host.invocations(), [(spec().name, 2)].into());
}

#[tokio::test]
async fn a_function_is_told_its_context() {
    let host = host(FunctionSpec { aliases: vec!["live".to_owned()], ..spec() }).await;
    let client = json!({
        "client": { "installation_id": "i", "app_title": "t", "app_version_name": "n", "app_version_code": "c", "app_package_name": "p" },
        "custom": { "quem": "João" },
        "environment": {}
    });
    let context = InvokeContext {
        trace_id: Some("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1".to_owned()),
        client_context: Some(BASE64_STANDARD.encode(client.to_string())),
        ..InvokeContext::default()
    };
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let invocation = host.invoke("test:live", Bytes::from(r#"{"do":"describe"}"#), context.clone()).await.unwrap();
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let told = json_of(&invocation.payload);
    assert_eq!(told["request_id"], invocation.request_id.as_str());
    assert_eq!(told["invoked_function_arn"], format!("{ARN}:live"));
    assert_eq!(told["trace_id"], context.trace_id.unwrap());
    assert_eq!(told["environment"]["_X_AMZN_TRACE_ID"], told["trace_id"]);
    assert_eq!(told["client_context"]["custom"]["quem"], "João");
    let deadline = Duration::from_millis(told["deadline"].as_u64().unwrap());
    let timeout = Duration::from_mins(1);
    // The deadline is cut to milliseconds.
    assert!(deadline + Duration::from_millis(1) >= before + timeout && deadline <= after + timeout, "{deadline:?}");

    let told = succeed(&host, json!({ "do": "describe" })).await;
    assert_eq!(told["invoked_function_arn"], ARN);
    let trace = told["trace_id"].as_str().unwrap();
    assert!(trace.starts_with("Root=1-") && trace.ends_with(";Sampled=0") && trace.len() == 74, "{trace}");
    assert_eq!(told["client_context"], json!(null));
}

#[tokio::test]
async fn one_process_serves_one_invocation_after_the_other() {
    let host = host(spec()).await;
    let first = succeed(&host, echo()).await["pid"].clone();
    for _ in 0..50 {
        assert_eq!(succeed(&host, echo()).await["pid"], first);
    }
    assert_eq!(host.processes().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_at_once_have_a_process_each_and_then_share_them() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    let mut pids = Vec::new();
    for _ in 0..2 {
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let (host, address) = (host.clone(), meeting.address.clone());
                tokio::spawn(async move { succeed(&host, json!({ "do": "meet", "address": address })).await })
            })
            .collect();
        let mut guests = Vec::new();
        for _ in 0..6 {
            guests.push(meeting.guest().await);
        }
        let round: BTreeSet<u64> = guests.iter().map(|guest| guest.pid).collect();
        assert_eq!(round.len(), 6, "six at once need six processes");
        pids.push(round);
        for guest in guests {
            guest.release().await;
        }
        for call in calls {
            call.await.unwrap();
        }
    }
    assert_eq!(pids[0], pids[1], "the second round finds the processes of the first");
}

#[tokio::test]
async fn an_invocation_goes_on_without_its_caller() {
    let log = Log::default();
    let host = Host::start([spec()], log.options()).await.unwrap();
    let meeting = Meeting::new().await;
    let (other, address) = (host.clone(), meeting.address.clone());
    let call = tokio::spawn(async move { succeed(&other, json!({ "do": "meet", "address": address })).await });
    let guest = meeting.guest().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    guest.release().await;
    let report = loop {
        if let Some(line) = log.messages().into_iter().find(|line| line.starts_with("REPORT ")) {
            break line;
        }
        tokio::task::yield_now().await;
    };
    assert!(!report.contains("Status:"), "{report}");
}

#[tokio::test]
async fn a_process_that_dawdles_after_its_answer_holds_nobody_up() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    let slow = succeed(&host, json!({ "do": "answer-and-dawdle", "address": meeting.address })).await;
    let guest = meeting.guest().await;
    assert_eq!(slow, guest.pid);
    // It is promised the next invocation, and does not come for it.
    let quick = succeed(&host, echo()).await["pid"].clone();
    assert_ne!(quick, slow);
    guest.release().await;
}

#[tokio::test]
async fn a_process_that_exits_after_its_answer_takes_no_invocation_with_it() {
    let host = host(spec()).await;
    for _ in 0..10 {
        assert_eq!(succeed(&host, json!({ "do": "answer-and-exit" })).await, "bye");
        succeed(&host, echo()).await;
    }
}

#[tokio::test]
async fn names_and_arns_find_the_function_and_others_do_not() {
    let host = host(spec()).await;
    let invoke = |name: &'static str| {
        host.invoke(name, Bytes::from_static(br#"{"do":"echo","value":1}"#), InvokeContext::default())
    };
    for name in ["test", "123456789012:function:test", "test:$LATEST", ARN] {
        assert!(invoke(name).await.is_ok(), "{name}");
    }
    let error = invoke("nobody").await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("ResourceNotFoundException", 404));
    assert_eq!(error.to_string(), "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody:$LATEST");
}

#[tokio::test]
async fn a_function_registered_anew_takes_over() {
    let host = host(spec()).await;
    let old = succeed(&host, echo()).await["pid"].clone();
    let mut changed = spec();
    changed.environment.insert("STAGE".to_owned(), "two".to_owned());
    host.register(changed).unwrap();
    let told = succeed(&host, json!({ "do": "describe" })).await;
    assert_eq!(told["environment"]["STAGE"], "two");
    assert_ne!(told["pid"], old);
    assert_eq!(host.functions().len(), 1);
}

#[tokio::test]
async fn hosts_can_be_shared_between_runtimes() {
    let host = Host::start([spec()], HostOptions::default()).await.unwrap();
    let shared = Arc::new(host);
    let other = Arc::clone(&shared);
    let pid = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move { succeed(&other, echo()).await["pid"].clone() })
    });
    let pid = pid.await.unwrap();
    assert_eq!(succeed(&shared, echo()).await["pid"], pid);
}
