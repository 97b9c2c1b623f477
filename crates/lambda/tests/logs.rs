//! The log of a function: every line once, in order, with the invocation it belongs to.

mod common;

use bytes::Bytes;
use common::{Log, echo, order, spec};
use lambda::{Host, InvokeContext, LogFormat, LogSource};
use serde_json::{Value, json};

#[tokio::test]
async fn lines_belong_to_their_invocation() {
    let log = Log::default();
    let host = Host::start([spec()], log.options()).await.unwrap();
    let lines: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();
    for tag in ["one", "two"] {
        let context = InvokeContext { log_tag: Some(tag.into()), ..InvokeContext::default() };
        let event = Bytes::from(json!({ "do": "log", "lines": lines }).to_string());
        let invocation = host.invoke("test", event, context).await.unwrap();
        let id = invocation.request_id;
        let mut seen = log.take();
        if tag == "one" {
            assert_eq!(seen.remove(0), (LogSource::Function, None, None, "initialised".to_owned()));
        }
        assert!(seen.iter().all(|line| line.1.as_deref() == Some(&id) && line.2.as_deref() == Some(tag)));
        let messages: Vec<&str> = seen.iter().map(|line| line.3.as_str()).collect();
        assert_eq!(messages[0], format!("START RequestId: {id} Version: $LATEST"));
        assert_eq!(messages[1..201], lines);
        assert_eq!(messages[201], format!("END RequestId: {id}"));
        assert!(messages[202].starts_with(&format!("REPORT RequestId: {id}\tDuration: ")), "{}", messages[202]);
        assert_eq!(messages[202].contains("Init Duration: "), tag == "one", "{}", messages[202]);
        assert_eq!(messages.len(), 203);
        let platform: Vec<usize> = (0..203).filter(|&index| seen[index].0 == LogSource::Platform).collect();
        assert_eq!(platform, [0, 201, 202]);
    }
}

#[tokio::test]
async fn the_last_words_of_a_process_are_heard() {
    let log = Log::default();
    let host = Host::start([spec()], log.options()).await.unwrap();
    order(&host, echo()).await.unwrap();
    log.take();
    let invocation = order(&host, json!({ "do": "panic", "message": "the reason" })).await.unwrap();
    let seen = log.take();
    let words = seen.iter().position(|line| line.3.contains("the reason")).expect("a panic is told");
    assert_eq!(seen[words].1, Some(invocation.request_id));
    assert!(seen[seen.len() - 1].3.starts_with("REPORT "));
}

#[tokio::test]
async fn the_tail_is_returned_when_it_is_asked_for() {
    let host = common::host(spec()).await;
    let context = InvokeContext { log_tail: true, ..InvokeContext::default() };
    let event = Bytes::from(json!({ "do": "log", "lines": ["olá"] }).to_string());
    let invocation = host.invoke("test", event, context).await.unwrap();
    let tail = invocation.log_tail.unwrap();
    let lines: Vec<&str> = tail.lines().collect();
    assert_eq!(lines[..2], [&format!("START RequestId: {} Version: $LATEST", invocation.request_id), "olá"]);
    assert!(lines[3].starts_with("REPORT ") && lines[3].contains("\tMemory Size: 128 MB\t"), "{tail}");
    if cfg!(target_os = "linux") {
        assert!(lines[3].contains("\tMax Memory Used: ") && invocation.max_memory_used_mb > Some(0), "{tail}");
    }
}

#[tokio::test]
async fn the_platform_writes_json_if_the_function_is_so_configured() {
    let log = Log::default();
    let mut spec = spec();
    spec.logging.format = LogFormat::Json;
    let host = Host::start([spec], log.options()).await.unwrap();
    let invocation = order(&host, json!({ "do": "exit", "code": 1 })).await.unwrap();
    let events: Vec<Value> = log
        .take()
        .into_iter()
        .filter(|line| line.0 == LogSource::Platform)
        .map(|line| serde_json::from_str(&line.3).unwrap())
        .collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["type"], "platform.start");
    assert_eq!(events[1]["type"], "platform.report");
    assert_eq!(events[1]["record"]["requestId"], invocation.request_id.as_str());
    assert_eq!(events[1]["record"]["status"], "error");
    assert_eq!(events[1]["record"]["errorType"], "Runtime.ExitError");
}
