//! Classes `engine-history` and `engine-history-distributed`: definition and input in, every task's outcome from the recording, and the whole history has to
//! be the recorded one.

use machine::Outcome;
use serde_json::Value;

use crate::bindings::Bindings;
use crate::case::Case;
use crate::compare::{Difference, Matcher};
use crate::driver::{Run, Subject};
use crate::normalise::{canonical_runs, has_no_id, parallel_unordered, parse_strings, sort_key};
use crate::report::{Failure, Verdict};
use crate::script::Script;
use crate::{interleaving, text_diff, today};

/// Replays each recorded history of the case.
pub(crate) fn replay(case: &Case) -> Verdict {
    let histories = case.histories();
    if histories.is_empty() {
        return Verdict::Skipped("no recorded history belongs to a captured execution".to_owned());
    }
    let mut note = None;
    for (key, execution, recorded) in &histories {
        match replay_one(case, *execution, recorded) {
            Ok(noted) => note = note.or(noted),
            Err(mut failure) => {
                if histories.len() > 1 {
                    failure.reason = format!("{key}: {}", failure.reason);
                }
                return Verdict::Failed(failure);
            }
        }
    }
    Verdict::Passed(note)
}

fn replay_one(case: &Case, execution: usize, recorded: &[Value]) -> Result<Option<String>, Failure> {
    let role_arn = recorded.first().and_then(|event| event["executionStartedEventDetails"]["roleArn"].as_str());
    let subject = Subject::new(case, execution, role_arn)?;
    let mut first = None;
    for choice in 0..Script::choices(recorded) {
        let run = subject.run(Script::of(recorded, choice))?;
        match compare(case, recorded, &run) {
            Ok(note) => return Ok(note),
            Err(failure) => _ = first.get_or_insert(failure),
        }
    }
    Err(first.unwrap_or_default())
}

/// Whether the events are the recorded ones; a note says what had to be allowed for.
fn compare(case: &Case, recorded: &[Value], run: &Run) -> Result<Option<String>, Failure> {
    let recorded = today::as_recorded_today(case, recorded);
    let (expected, mut actual) = normalised(case, &recorded, &run.events);
    let mut note = None;
    if !case.flags.recorded_terminal && actual.len() > expected.len() {
        actual.truncate(expected.len());
        note = Some("the recording stops before the end".to_owned());
    }
    let Some(difference) = differ(case, &expected, &actual) else { return Ok(note) };
    if !case.parallel_unordered
        && let (Some(expected), Some(actual)) = (interleaving::by_strand(&expected), interleaving::by_strand(&actual))
        && differ(case, &expected, &actual).is_none()
    {
        return Ok(Some("in another interleaving of its branches or iterations".to_owned()));
    }
    let mut reason = describe(&difference, &expected, &actual);
    if run.outcome.is_none() {
        reason.push_str(" (the execution did not end)");
    }
    let expected: Vec<Value> = expected.into_iter().map(without_time).collect();
    let actual: Vec<Value> = actual.into_iter().map(without_time).collect();
    let detail = text_diff::values(&mut Matcher::new(&case.tokens), &expected.into(), &actual.into());
    Err(Failure { reason, detail })
}

/// Both sides of a comparison as the recorder would have left them.
pub(crate) fn normalised(case: &Case, recorded: &[Value], events: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let mut expected = recorded.to_vec();
    let mut actual: Vec<Value> = events.iter().cloned().map(parse_strings).collect();
    if actual.iter().all(|event| event["id"].is_u64()) {
        actual.sort_by_key(|event| event["id"].as_u64());
    }
    if case.parallel_unordered {
        let bindings = Bindings::of(case);
        let key = |event: &Value| bindings.placeholders(&sort_key(event));
        if !actual.iter().any(has_no_id) {
            actual = parallel_unordered(actual, key);
        }
        actual = canonical_runs(actual, key);
        expected = canonical_runs(expected, sort_key);
    }
    let ids: Vec<_> = expected.iter().map(|event| event["id"].as_u64()).collect();
    if ids.len() > 1 && ids.iter().all(Option::is_some) && ids.is_sorted_by(|a, b| a > b) {
        // The recorded call asked for the reverse order.
        actual.reverse();
    }
    (expected, actual)
}

/// The first difference of two lists of events.
pub(crate) fn differ(case: &Case, expected: &[Value], actual: &[Value]) -> Option<Difference> {
    let mut matcher = Matcher::new(&case.tokens);
    if matcher.matches(&expected.to_vec().into(), &actual.to_vec().into()) {
        return None;
    }
    matcher.difference().cloned()
}

/// A difference in one line that tells what happened.
fn describe(difference: &Difference, expected: &[Value], actual: &[Value]) -> String {
    let index = difference.path.strip_prefix("$[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
    let Some(index) = index else { return crate::report::difference(difference) };
    let (wanted, given) = (expected.get(index), actual.get(index));
    let number = index + 1;
    match (wanted, given) {
        (Some(wanted), Some(given)) if wanted["type"] == given["type"] => {
            let kind = wanted["type"].as_str().unwrap_or("?");
            let rest = difference.path.split_once(']').map_or(&*difference.path, |(_, rest)| rest);
            let shown = Difference { path: rest.trim_start_matches('.').to_owned(), ..difference.clone() };
            format!("event {number} {kind}: {}", crate::report::difference(&shown))
        }
        _ => format!("event {number}: expected {}, got {}", title(wanted), title(given)),
    }
}

/// An event's type, with the failure that it tells of.
fn title(event: Option<&Value>) -> String {
    let Some(event) = event else { return "nothing more".to_owned() };
    let kind = event["type"].as_str().unwrap_or("?");
    let details = event.as_object().into_iter().flatten().find(|(name, _)| name.ends_with("EventDetails"));
    let part = |name: &str| details.and_then(|(_, details)| details[name].as_str());
    match (part("error"), part("cause"), part("name")) {
        (None, None, None) => kind.to_owned(),
        (None, None, Some(name)) => format!("{kind} of {name}"),
        (error, cause, _) => format!("{kind} ({}: {})", error.unwrap_or("no error"), cause.unwrap_or("no cause")),
    }
}

fn without_time(mut event: Value) -> Value {
    event["timestamp"] = "timestamp".into();
    event
}

/// The end of an execution in the form of `DescribeExecution`.
pub(crate) fn result(run: &Run) -> Result<serde_json::Map<String, Value>, Failure> {
    let Some(outcome) = &run.outcome else { return Err("the execution did not end".to_owned().into()) };
    let mut result = serde_json::Map::from_iter([("status".to_owned(), outcome.status().into())]);
    match outcome {
        Outcome::Succeeded(output) => _ = result.insert("output".to_owned(), output.text().into()),
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            let parts = [("error", &failure.error), ("cause", &failure.cause)];
            let parts = parts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
            result.extend(parts.map(|(name, text)| (name.to_owned(), text.into())));
        }
    }
    Ok(result)
}
