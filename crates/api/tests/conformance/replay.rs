//! Replays the calls of a case, one after the other, and compares each reply that was recorded.

use std::collections::BTreeMap;

use runtime::Pace;
use serde_json::{Value, json};

use crate::bindings::Bindings;
use crate::case::{Call, Case, Wanted};
use crate::compare::Matcher;
use crate::normalise::parse_strings;
use crate::outcome_cases;
use crate::report::{Failure, Verdict, difference};
use crate::test_state;
use crate::text_diff;
use crate::today::as_recorded_today;
use crate::world::{Reply, World};
use crate::{OUTCOMES, SYNC_RESULTS, TEST_STATES};

/// Replays a case on a server of its own.
pub(crate) async fn replay(case: &Case) -> Verdict {
    if case.flags.replay == TEST_STATES {
        return test_state::replay(case).await;
    }
    if case.flags.replay == SYNC_RESULTS && case.flags.needs_services.iter().any(|service| service != "none") {
        return Verdict::Skipped("the outcomes of its tasks are not recorded".to_owned());
    }
    let stops = case.calls.iter().any(|call| call.method == "stop_execution");
    // Time that is skipped leaves nothing to be stopped.
    let world = World::start(if stops { Pace::Real } else { Pace::Skip }).await;
    let verdict = Replay {
        case,
        world: &world,
        bindings: Bindings::of(case),
        given: BTreeMap::new(),
        matcher: Matcher::new(&case.tokens),
        compared: 0,
        waits: !stops,
    }
    .run()
    .await;
    world.shut_down().await;
    verdict
}

struct Replay<'a> {
    case: &'a Case,
    world: &'a World,
    bindings: Bindings,
    /// What replies gave here, by what stands for it in the calls.
    given: BTreeMap<String, String>,
    matcher: Matcher,
    compared: usize,
    /// Whether executions are waited for when nothing tells how far they are.
    waits: bool,
}

impl Replay<'_> {
    async fn run(mut self) -> Verdict {
        let mut started = Vec::new();
        for call in &self.case.calls {
            if call.client_side_error.is_some() || call.phase == "teardown" {
                continue;
            }
            let params = self.concrete(&call.params);
            if call.service == "cloudformation" {
                self.cloudformation(call).await;
                continue;
            }
            if call.service != "stepfunctions" {
                if !self.world.set_up(&call.service, &call.method, &params).await {
                    return Verdict::Skipped(format!("{} {} is not played here", call.service, call.method));
                }
                continue;
            }
            let wanted = self.case.wanted(call.number);
            self.wait(call, &params, &wanted).await;
            let reply = self.world.call(&pascal(&call.method), &params).await;
            if let ("start_execution", Some(execution)) = (call.method.as_str(), reply.body["executionArn"].as_str()) {
                started.push(execution.to_owned());
            }
            for produced in self.case.produced.iter().filter(|produced| produced.call == call.number) {
                if let Some(text) = at(&reply.body, produced.field.split('.')).and_then(Value::as_str) {
                    self.given.insert(self.bindings.text(&produced.value), text.to_owned());
                }
            }
            for wanted in &wanted {
                if let Err(failure) = self.compare(call, wanted, &reply) {
                    return Verdict::Failed(failure);
                }
            }
        }
        if self.case.flags.replay == OUTCOMES {
            match outcome_cases::compare(self.case, self.world, &started).await {
                Ok(compared) => self.compared += compared,
                Err(failure) => return Verdict::Failed(failure),
            }
        }
        match self.compared {
            0 => Verdict::Skipped("no reply to compare was recorded".to_owned()),
            _ => Verdict::Passed(None),
        }
    }

    /// Stacks have one state machine each, which is recorded with the case.
    async fn cloudformation(&self, call: &Call) {
        if call.method != "create_stack" {
            return;
        }
        for machine in self.case.state_machines.iter().filter(|machine| machine.op == "cloudformation") {
            let name = self.bindings.text(machine.name.as_deref().unwrap_or_default());
            let definition = self.bindings.value(machine.definition.as_ref().unwrap_or(&Value::Null));
            self.world.deploy(&name, &definition, &self.bindings.text("snf_role_arn")).await;
        }
    }

    /// Waits for the end of an execution before somebody looks at it, if what was seen is the end.
    async fn wait(&self, call: &Call, params: &Value, wanted: &[Wanted<'_>]) {
        if !matches!(call.method.as_str(), "get_execution_history" | "describe_execution") {
            return;
        }
        let texts: String = wanted.iter().map(|wanted| wanted.value.to_string()).collect();
        let shows_end = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut", "stopDate"]
            .iter()
            .any(|end| texts.contains(end));
        let running = params["executionArn"].as_str().and_then(|arn| self.world.runtime.execution(arn));
        if let Some(running) = running.filter(|_| shows_end || self.waits) {
            running.finished().await;
        }
    }

    /// The parameters of a call with what stands for something replaced.
    fn concrete(&self, params: &Value) -> Value {
        match self.bindings.value(params) {
            Value::Null => json!({}),
            params => self.given_in(&params),
        }
    }

    fn given_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.given_in_text(text)),
            Value::Array(items) => items.iter().map(|item| self.given_in(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.given_in(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Of texts that begin alike, the longest is meant.
    fn given_in_text(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let found = self.given.iter().filter(|(value, _)| rest.starts_with(value.as_str()));
            if let Some((value, given)) = found.max_by_key(|(value, _)| value.len()) {
                replaced.push_str(given);
                rest = &rest[value.len()..];
            } else {
                replaced.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        replaced
    }

    fn compare(&mut self, call: &Call, wanted: &Wanted<'_>, reply: &Reply) -> Result<(), Failure> {
        let recorded = as_recorded_today(self.case.recorded_on(), &without_metadata(wanted.value));
        let of_error = matches!(wanted.path.first().and_then(Value::as_str), Some("$error" | "$exception"));
        if of_error != (reply.status >= 400) {
            let reason = format!("{}: expected {recorded}, got status {}: {}", wanted.key, reply.status, reply.body);
            return Err(reason.into());
        }
        let (expected, actual) = if of_error {
            error(call, &recorded, &reply.body)
        } else {
            let path = wanted.path.iter().map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned));
            let Some(part) = at(&reply.body, path) else {
                return Err(format!("{}: the reply has no {:?}: {}", wanted.key, wanted.path, reply.body).into());
            };
            (recorded, parse_strings(part.clone()))
        };
        self.compared += 1;
        if self.matcher.matches(&expected, &actual) {
            return Ok(());
        }
        let reason = self.matcher.difference().map_or_else(String::new, difference);
        let detail = text_diff::values(&mut Matcher::new(&self.case.tokens), &expected, &actual);
        Err(Failure { reason: format!("{}: {reason}", wanted.key), detail })
    }
}

/// A recorded error and ours in the same form: AWS's, or the sentence that the SDK makes of it.
fn error(call: &Call, recorded: &Value, body: &Value) -> (Value, Value) {
    let (kind, message) = (&body["__type"], &body["message"]);
    if let Value::Object(error) = recorded.get("Error").unwrap_or(recorded) {
        return (
            json!({"Code": error.get("Code"), "Message": error.get("Message")}),
            json!({"Code": kind, "Message": message}),
        );
    }
    let sentence = format!(
        "An error occurred ({}) when calling the {} operation: {}",
        kind.as_str().unwrap_or_default(),
        pascal(&call.method),
        message.as_str().unwrap_or_default()
    );
    (recorded.clone(), json!(sentence))
}

/// What the SDK adds to every reply.
pub(crate) fn without_metadata(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "ResponseMetadata")
            .map(|(name, value)| (name.clone(), without_metadata(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_metadata).collect(),
        other => other.clone(),
    }
}

fn at<S: AsRef<str>>(value: &Value, path: impl IntoIterator<Item = S>) -> Option<&Value> {
    path.into_iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.as_ref().parse::<usize>().ok()?),
        value => value.get(step.as_ref()),
    })
}

/// `list_map_runs` is `ListMapRuns`.
fn pascal(method: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    method.split('_').map(capital).collect()
}
