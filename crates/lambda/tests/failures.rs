//! A function that does not answer, or answers with an error: what stands in the place of its answer.

mod common;

use std::time::{Duration, Instant};

use common::{Log, Meeting, echo, example, fail, host, order, spec, succeed};
use lambda::{FunctionSpec, Host, HostError, HostOptions};
use serde_json::{Value, json};

/// The text of an object's `errorMessage` without the request ID, which must be that of the invocation.
fn message(object: &Value, request_id: &str) -> String {
    let text = object["errorMessage"].as_str().expect("an error object has a message");
    text.strip_prefix(&format!("RequestId: {request_id} Error: ")).expect("the message names the request").to_owned()
}

#[tokio::test]
async fn an_error_object_is_passed_on_as_it_was_posted() {
    let host = host(spec()).await;
    let (object, _) =
        fail(&host, json!({ "do": "fail", "error_type": "InsufficientFunds", "message": "need 10.00" })).await;
    assert_eq!(object, json!({ "errorType": "InsufficientFunds", "errorMessage": "need 10.00" }));
}

#[tokio::test]
async fn a_panic_is_a_function_error_and_the_process_lives() {
    let host = host(spec()).await;
    let pid = succeed(&host, echo()).await["pid"].clone();
    let (object, _) = fail(&host, json!({ "do": "panic", "message": "oh" })).await;
    assert_eq!(object["errorMessage"], "Lambda panicked: oh");
    assert_eq!(succeed(&host, echo()).await["pid"], pid);
}

#[tokio::test]
async fn an_event_of_another_shape_is_the_functions_own_error() {
    let host = host(spec()).await;
    let (object, _) = fail(&host, json!({ "do": "juggle" })).await;
    assert!(object["errorMessage"].as_str().unwrap().contains("unknown variant `juggle`"), "{object}");
}

#[tokio::test]
async fn a_timeout_kills_the_process_at_the_deadline() {
    let timeout = Duration::from_millis(200);
    let host = host(FunctionSpec { timeout, ..spec() }).await;
    let warm = succeed(&host, echo()).await["pid"].clone();
    let meeting = Meeting::new().await;
    let begun = Instant::now();
    let (guest, (object, invocation)) =
        tokio::join!(meeting.guest(), fail(&host, json!({ "do": "hang", "address": meeting.address })));
    let took = begun.elapsed();
    assert_eq!(guest.pid, warm, "a warm process was there");
    assert!(took >= timeout && took < timeout + Duration::from_secs(5), "{took:?}");
    assert_eq!(object["errorType"], "Sandbox.Timedout");
    assert_eq!(message(&object, &invocation.request_id), "Task timed out after 0.20 seconds");
    assert_eq!(invocation.duration, timeout);
    guest.dies().await;
    assert_ne!(succeed(&host, echo()).await["pid"], warm, "another process takes its place");
}

#[tokio::test]
async fn a_process_that_ends_is_an_exit_error() {
    let host = host(spec()).await;
    for (event, expected) in [
        (json!({ "do": "exit", "code": 1 }), "Runtime exited with error: exit status 1"),
        (json!({ "do": "exit", "code": 101 }), "Runtime exited with error: exit status 101"),
        (json!({ "do": "exit", "code": 0 }), "Runtime exited without providing a reason"),
        (json!({ "do": "abort" }), "Runtime exited with error: signal: aborted"),
    ] {
        let (object, invocation) = fail(&host, event).await;
        assert_eq!(object["errorType"], "Runtime.ExitError");
        assert_eq!(message(&object, &invocation.request_id), expected);
        succeed(&host, echo()).await;
    }
}

#[tokio::test]
async fn a_process_killed_from_outside_is_an_exit_error() {
    let host = host(spec()).await;
    let meeting = Meeting::new().await;
    let killed = async {
        let guest = meeting.guest().await;
        let pid = rustix::process::Pid::from_raw(i32::try_from(guest.pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    };
    let ((), (object, invocation)) =
        tokio::join!(killed, fail(&host, json!({ "do": "hang", "address": meeting.address })));
    assert_eq!(message(&object, &invocation.request_id), "Runtime exited with error: signal: killed");
}

#[tokio::test]
async fn a_response_may_have_6291556_bytes_and_no_more() {
    let host = host(spec()).await;
    let full = order(&host, json!({ "do": "large", "bytes": 6_291_556 })).await.unwrap();
    assert_eq!((full.payload.len(), full.function_error), (6_291_556, None));
    let pid = succeed(&host, echo()).await["pid"].clone();
    let (object, _) = fail(&host, json!({ "do": "large", "bytes": 6_291_557 })).await;
    assert_eq!(
        object,
        json!({
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge"
        })
    );
    assert_eq!(succeed(&host, echo()).await["pid"], pid, "the process is not to blame");
}

/// A host for a function that starts as `TEST_INIT` says, and its log.
async fn starting(init: &str, options: impl FnOnce(HostOptions) -> HostOptions) -> (Host, Log) {
    let log = Log::default();
    let mut spec = spec();
    if init == "hang" {
        spec.timeout = Duration::from_millis(300);
    }
    spec.environment.insert("TEST_INIT".to_owned(), init.to_owned());
    (Host::start([spec], options(log.options())).await.unwrap(), log)
}

#[tokio::test]
async fn an_init_phase_that_exits_is_tried_twice_as_on_aws() {
    let (host, log) = starting("exit", |options| options).await;
    let (object, invocation) = fail(&host, echo()).await;
    assert_eq!(object["errorType"], "Runtime.ExitError");
    assert_eq!(message(&object, &invocation.request_id), "Runtime exited with error: exit status 3");
    assert_eq!(invocation.init_duration, None);
    let lines = log.messages();
    let starts: Vec<&str> = lines.iter().map(|line| line.split([':', '\t']).next().unwrap()).collect();
    assert_eq!(
        starts,
        [
            "no configuration",
            "INIT_REPORT Init Duration",
            "no configuration",
            "INIT_REPORT Init Duration",
            "START RequestId",
            "END RequestId",
            "REPORT RequestId"
        ]
    );
    assert!(lines[1].ends_with("\tPhase: init\tStatus: error\tError Type: Runtime.ExitError"), "{}", lines[1]);
    assert!(lines[3].ends_with("\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError"), "{}", lines[3]);
    assert!(lines[6].ends_with("Status: error\tError Type: Runtime.ExitError"), "{}", lines[6]);
}

#[tokio::test]
async fn an_init_phase_that_succeeds_the_second_time_is_part_of_the_invocation() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("started-once");
    let (host, _) = starting(file.to_str().unwrap(), |options| options).await;
    let invocation = order(&host, echo()).await.unwrap();
    assert_eq!((invocation.function_error, invocation.init_duration), (None, None));
}

#[tokio::test]
async fn a_posted_init_error_is_the_answer() {
    let (host, _) = starting("report", |options| options).await;
    let (object, _) = fail(&host, echo()).await;
    assert_eq!(object, json!({ "errorType": "Config.Missing", "errorMessage": "no table" }));
}

#[tokio::test]
async fn an_init_phase_that_hangs_ends_with_the_functions_timeout() {
    let limit = Duration::from_millis(50);
    let (host, log) = starting("hang", |options| HostOptions { init_limit: limit, ..options }).await;
    let (object, invocation) = fail(&host, echo()).await;
    assert_eq!(object["errorType"], "Sandbox.Timedout");
    assert_eq!(message(&object, &invocation.request_id), "Task timed out after 0.30 seconds");
    let lines = log.messages();
    let took = lines[0].strip_prefix("INIT_REPORT Init Duration: ").and_then(|rest| rest.split_once(" ms")).unwrap().0;
    assert!(took.parse::<f64>().unwrap() >= 50.0, "{lines:?}");
    assert!(lines[0].ends_with("\tPhase: init\tStatus: timeout"), "{lines:?}");
    assert!(lines[1].ends_with("\tPhase: invoke\tStatus: timeout"), "{lines:?}");
}

#[tokio::test]
async fn streaming_is_refused_by_name() {
    let (host, _) = starting("stream", |options| options).await;
    let (object, invocation) = fail(&host, echo()).await;
    assert_eq!(object["errorType"], "Runtime.ResponseStreamingUnsupported");
    assert!(message(&object, &invocation.request_id).contains("return a buffered response"));
}

#[tokio::test]
async fn a_process_can_answer_nothing_but_its_own_invocation_once() {
    let (host, log) = starting("meddle", |options| options).await;
    let refusals = succeed(&host, json!({})).await;
    assert_eq!(
        refusals,
        json!({
            "another request": "HTTP/1.1 400 Bad Request",
            "next without an answer": "HTTP/1.1 403 Forbidden",
            "init error after init": "HTTP/1.1 403 Forbidden",
            "no operation": "HTTP/1.1 404 Not Found",
        })
    );
    succeed(&host, json!({})).await;
    let again = log.messages().into_iter().find(|line| line.starts_with("again: "));
    assert_eq!(again.as_deref(), Some("again: HTTP/1.1 400 Bad Request"));
}

#[tokio::test]
async fn a_binary_must_be_there_and_be_one() {
    let missing = FunctionSpec { binary: "/nowhere/check-price".into(), ..spec() };
    let refusal = Host::start([missing], HostOptions::default()).await.unwrap_err();
    assert!(matches!(refusal, HostError::NoBinary { .. }), "{refusal}");
    assert!(refusal.to_string().contains("`test` has no binary at /nowhere/check-price"), "{refusal}");

    let directory = tempfile::tempdir().unwrap();
    let binary = directory.path().join("bootstrap");
    std::fs::write(&binary, "no program").unwrap();
    let host = host(FunctionSpec { binary: binary.clone(), ..spec() }).await;
    let (object, invocation) = fail(&host, echo()).await;
    assert_eq!(object["errorType"], "Runtime.InvalidEntrypoint");
    assert_eq!(
        message(&object, &invocation.request_id),
        format!("Couldn't find valid bootstrap(s): [{}]", binary.display())
    );
    // Once it is repaired, the next invocation finds it.
    std::fs::remove_file(&binary).unwrap();
    std::os::unix::fs::symlink(example("test-function"), &binary).unwrap();
    succeed(&host, echo()).await;
}
