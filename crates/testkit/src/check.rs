//! Whether an execution ended as expected.

use machine::Outcome;

use crate::case::{ErrorName, Expected};
use crate::compare::differences;
use crate::report::Failure;

/// Everything about an execution's end and way that is not as expected.
pub(crate) fn ending(expected: &Expected, outcome: &Outcome, entered: &[String]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let (wanted, got) = (expected.status.name(), outcome.status());
    if wanted != got {
        failures.push(Failure::new(format!("expected {wanted}, got {got}")));
    }
    match outcome {
        Outcome::Succeeded(output) => {
            if let Some(wanted) = &expected.output {
                let found = differences(wanted, output.value());
                if !found.is_empty() {
                    let details = found.iter().map(ToString::to_string).collect();
                    failures.push(Failure::new("the output is not as expected").with_details(details));
                }
            }
        }
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            let wanted = match &expected.error {
                None => None,
                Some(ErrorName::Is(name)) => Some(Some(name.as_str())),
                Some(ErrorName::Absent) => Some(None),
            };
            if let Some(wanted) = wanted {
                failures.extend(text("error", wanted, failure.error.as_deref()));
            }
            if let Some(wanted) = &expected.cause {
                failures.extend(text("cause", Some(wanted), failure.cause.as_deref()));
            }
        }
    }
    if let Some(wanted) = &expected.states {
        failures.extend(states(wanted, entered));
    }
    failures
}

fn text(what: &str, wanted: Option<&str>, got: Option<&str>) -> Option<Failure> {
    let shown = |text: Option<&str>| text.map_or_else(|| format!("no {what}"), |text| format!("{text:?}"));
    (wanted != got).then(|| {
        let details = vec![format!("expected {}", shown(wanted)), format!("got      {}", shown(got))];
        Failure::new(format!("the {what} is another")).with_details(details)
    })
}

/// Compares the states that were entered with those that were to be.
fn states(wanted: &[String], entered: &[String]) -> Option<Failure> {
    if wanted == entered {
        return None;
    }
    let at = wanted.iter().zip(entered).take_while(|(wanted, entered)| wanted == entered).count();
    let shown = |states: &[String]| match states.get(at) {
        Some(state) => format!("{state:?}"),
        None => "the end".to_owned(),
    };
    let after = at.checked_sub(1).map_or_else(String::new, |last| format!(" after {:?}", wanted[last]));
    let details = vec![
        format!("state {}{after}: expected {}, got {}", at + 1, shown(wanted), shown(entered)),
        format!("expected {}", wanted.join(" → ")),
        format!("entered  {}", entered.join(" → ")),
    ];
    Some(Failure::new("it went another way").with_details(details))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_state_that_differs_is_named() {
        assert_eq!(states(&names(&["A", "B"]), &names(&["A", "B"])), None);
        let first = |wanted: &[&str], entered: &[&str]| {
            states(&names(wanted), &names(entered)).expect("another way").details[0].clone()
        };
        assert_eq!(first(&["A", "B"], &["A", "C"]), r#"state 2 after "A": expected "B", got "C""#);
        assert_eq!(first(&["A"], &["A", "C"]), r#"state 2 after "A": expected the end, got "C""#);
        assert_eq!(first(&["A"], &[]), r#"state 1: expected "A", got the end"#);
    }

    #[test]
    fn a_missing_text_is_not_an_empty_one() {
        assert_eq!(text("error", Some("E"), Some("E")), None);
        assert_eq!(text("error", None, None), None);
        assert_eq!(text("error", Some(""), None).expect("differs").details[1], "got      no error");
    }
}
