//! The one door of the tests: a definition in, its problems out as text.

use asl::{Options, parse};
use diagnostic::{Diagnostic, Source};

/// The problems of a definition, each as `CODE line:column pointer message (help)`, warnings marked; `-` for the document.
pub(crate) fn check(definition: &str) -> Vec<String> {
    check_with(definition, &Options::default())
}

/// As [`check`], with options.
pub(crate) fn check_with(definition: &str, options: &Options) -> Vec<String> {
    let parsed = parse(definition, options);
    assert_eq!(
        parsed.machine.is_some(),
        !parsed.diagnostics.iter().any(Diagnostic::is_error),
        "there is a model if and only if there is no error: {definition}"
    );
    let source = Source::new("definition", definition);
    parsed.diagnostics.iter().map(|problem| render(&source, problem)).collect()
}

/// The problems of a machine with these states, the first of which is `A`.
pub(crate) fn states(states: &str) -> Vec<String> {
    check(&format!(r#"{{"StartAt": "A", "States": {{{states}}}}}"#))
}

/// The problems of a machine with the one state `A` that has these fields.
pub(crate) fn state(fields: &str) -> Vec<String> {
    states(&format!(r#""A": {{{fields}}}"#))
}

/// Without the variables that the rest of the definition would assign.
pub(crate) fn apart_from_variables(found: Vec<String>) -> Vec<String> {
    found.into_iter().filter(|found| !found.starts_with("warning UNDEFINED_VARIABLE")).collect()
}

fn render(source: &Source, problem: &Diagnostic) -> String {
    assert!(asl::codes::ALL.contains(&problem.code), "{} is no code", problem.code);
    assert!(problem.span.start <= problem.span.end && problem.span.end <= source.text.len(), "{problem:?}");
    assert!(source.text.get(problem.span.clone()).is_some(), "a span ends inside of a character: {problem:?}");
    let (line, column) = source.line_column(problem.span.start);
    let severity = if problem.is_error() { "" } else { "warning " };
    let pointer = if problem.pointer.is_empty() { "-" } else { &problem.pointer };
    let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{severity}{} {line}:{column} {pointer} {}{help}", problem.code, problem.message)
}
