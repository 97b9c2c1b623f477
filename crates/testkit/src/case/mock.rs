//! `mock`: what tasks answer instead of being done, in the words of Step Functions Local's mock files
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>).

use std::ops::RangeInclusive;

use integrations::MockTable;

use super::fields::{At, Problems};
use crate::codes::{CONFLICT, INVALID_VALUE};

const RESPONSES: [&str; 3] = ["Return", "Throw", "CallThenThrow"];

/// Reads the attempts of all states, and tells of every mistake at its place. `tasks` are the names of the Task states that
/// the machine has.
pub(super) fn read(problems: &mut Problems<'_>, at: &At<'_>, tasks: &[&str]) -> Option<MockTable> {
    let before = problems.found.len();
    problems.object(at, "an object of state names")?;
    for (state, attempts) in at.members() {
        if problems.knows(&attempts.pointer, "Task state", state, tasks)
            && problems.object(&attempts, "an object of attempts, such as {\"0\": {\"Return\": {}}}").is_some()
        {
            check_attempts(problems, &attempts);
        }
    }
    if problems.found.len() > before {
        return None;
    }
    match MockTable::from_json(at.value) {
        Ok(table) => Some(table),
        Err(error) => {
            problems.add(INVALID_VALUE, &at.pointer, format!("{error}."), "docs/testing.md has the format.");
            None
        }
    }
}

fn check_attempts(problems: &mut Problems<'_>, attempts: &At<'_>) {
    let mut ranges: Vec<(&str, RangeInclusive<u32>)> = Vec::new();
    for (attempt, response) in attempts.members() {
        let Some(range) = range(attempt) else {
            let message = format!("{attempt:?} is neither an attempt nor a range of attempts.");
            problems.add(INVALID_VALUE, &response.pointer, message, "Write \"0\" for the first, \"1-3\" for a range.");
            continue;
        };
        let overlaps = |other: &RangeInclusive<u32>| other.start() <= range.end() && range.start() <= other.end();
        if let Some((other, _)) = ranges.iter().find(|(_, other)| overlaps(other)) {
            let message = format!("{attempt:?} and {other:?} speak of the same attempt.");
            problems.add(CONFLICT, &response.pointer, message, "Name each attempt once.");
        }
        ranges.push((attempt, range));
        check_response(problems, &response);
    }
}

/// `"2"` or `"0-2"`.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    // `parse` would take a sign.
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    match text.split_once('-') {
        None => number(text).map(|attempt| attempt..=attempt),
        Some((first, last)) => {
            let range = number(first)?..=number(last)?;
            (!range.is_empty()).then_some(range)
        }
    }
}

fn check_response(problems: &mut Problems<'_>, at: &At<'_>) {
    let Some(members) = problems.object(at, "an object with Return, Throw or CallThenThrow") else { return };
    problems.only(at, &RESPONSES);
    let mut given = RESPONSES.iter().filter(|name| members.contains_key(**name));
    let (Some(name), None) = (given.next(), given.next()) else {
        // Of an unknown field it is told already.
        if members.keys().all(|name| RESPONSES.contains(&name.as_str())) {
            let message = "An attempt comes to exactly one thing.";
            problems.add(INVALID_VALUE, &at.pointer, message, "Write one of Return, Throw and CallThenThrow.");
        }
        return;
    };
    let Some(failure) = at.get(name).filter(|_| *name != "Return") else { return };
    if problems.object(&failure, "an object with Error and Cause").is_none() {
        return;
    }
    problems.only(&failure, &["Error", "Cause"]);
    if failure.get("Error").is_none() {
        let cure = "Write {\"Error\": \"…\", \"Cause\": \"…\"}.";
        problems.add(INVALID_VALUE, &failure.pointer, "The Error is missing.", cure);
    }
    for field in ["Error", "Cause"] {
        if let Some(text) = failure.get(field) {
            problems.text(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_from_zero() {
        assert_eq!(range("0"), Some(0..=0));
        assert_eq!(range("1-3"), Some(1..=3));
        for wrong in ["", "-1", "+1", "3-1", "1-", "a", "1-2-3", "99999999999"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
