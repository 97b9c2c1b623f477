//! Class `test-state-api`: calls of `TestState`. A state that is not mocked has its service's answer from the recording.

use std::sync::Arc;

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::{Cloud, Config};
use journal::MemoryJournal;
use machine::{Document, TaskCall, TaskOutcome};
use runtime::{Answer, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

use crate::bindings::{ACCOUNT, Bindings, REGION};
use crate::case::{Call, Case};
use crate::compare::Matcher;
use crate::door::Door;
use crate::normalise::parse_strings;
use crate::replay::without_metadata;
use crate::report::{Failure, Verdict, difference};
use crate::text_diff;

/// Makes each call, and compares its reply with the recorded one.
pub(crate) async fn replay(case: &Case) -> Verdict {
    let Some(calls) = case.calls_of("test_state") else {
        return Verdict::Failed("a recorded reply belongs to no call".to_owned().into());
    };
    if calls.is_empty() {
        return Verdict::Skipped("no reply to compare was recorded".to_owned());
    }
    let bindings = Bindings::of(case);
    let mut matcher = Matcher::new(&case.tokens);
    let mut from_recording = false;
    for (key, call, expected) in calls {
        let world = Recording::of(expected, &bindings);
        let (reply, asked) = answer(call, world, &bindings).await;
        from_recording |= asked;
        let expected = without_metadata(expected);
        let actual = parse_strings(as_recorded(&expected, reply));
        if !matcher.matches(&expected, &actual) {
            let found = matcher.difference().map(difference).unwrap_or_default();
            let detail = text_diff::values(&mut Matcher::new(&case.tokens), &expected, &actual);
            return Verdict::Failed(Failure { reason: format!("{key}: {found}"), detail });
        }
    }
    Verdict::Passed(from_recording.then(|| "the service's answer is the recorded one".to_owned()))
}

/// The reply in the form in which the recorder got it: errors are exceptions of the SDK, which come in two forms.
fn as_recorded(expected: &Value, reply: Result<Value, Value>) -> Value {
    match reply {
        Ok(reply) => reply,
        Err(error) if expected.get("exception_value").is_some() => {
            let (kind, message) = (error["__type"].as_str().unwrap_or(""), error["message"].as_str().unwrap_or(""));
            let value = format!("An error occurred ({kind}) when calling the TestState operation: {message}");
            json!({"exception_typename": kind, "exception_value": value})
        }
        Err(error) => {
            json!({"Error": {"Code": error["__type"], "Message": error["message"]}, "message": error["message"]})
        }
    }
}

/// Makes one call; also says whether a service was asked.
async fn answer(call: &Call, world: Recording, bindings: &Bindings) -> (Result<Value, Value>, bool) {
    let asked = world.asked.clone();
    let settings = Settings { pace: Pace::Skip, attended: false };
    let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), Arc::new(world), None);
    let api = StepFunctions::new(runtime.clone(), Arc::new(Registry::ephemeral(REGION, ACCOUNT)));
    let config = Config { account_id: ACCOUNT.to_owned(), region: REGION.to_owned(), ..Config::default() };
    let cloud = Cloud::start(config).await.expect("a port is free");
    cloud.register(Arc::new(api)).expect("nobody else has its prefix");
    let (status, body) = Door::of(&cloud).call("AWSStepFunctions.TestState", &bindings.value(&call.params)).await;
    runtime.shut_down();
    cloud.shutdown().await;
    let asked = asked.load(std::sync::atomic::Ordering::Relaxed);
    (if status == 200 { Ok(body) } else { Err(body) }, asked)
}

/// Answers a task with what its service answered when AWS was recorded.
struct Recording {
    result: Option<Value>,
    asked: Arc<std::sync::atomic::AtomicBool>,
}

impl Recording {
    fn of(expected: &Value, bindings: &Bindings) -> Self {
        let result = expected.pointer("/inspectionData/result").or_else(|| expected.get("output"));
        let result = result.map(|result| match result {
            // The recorder parsed only objects.
            Value::String(text) => serde_json::from_str(&bindings.text(text)).expect("a result is JSON"),
            other => bindings.value(other),
        });
        Self { result, asked: Arc::default() }
    }
}

#[async_trait]
impl TaskHandler for Recording {
    async fn handle(&self, _: TaskCall, _: TaskContext) -> Answer {
        self.asked.store(true, std::sync::atomic::Ordering::Relaxed);
        match &self.result {
            Some(result) => Answer::Ended(TaskOutcome::Succeeded(Document::new(result.clone()))),
            None => Answer::failed("Test.NotRecorded", "The recording has no answer of the service."),
        }
    }
}
