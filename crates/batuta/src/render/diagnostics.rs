//! Problems in files, drawn with file, line, column and caret.

use diagnostic::{Diagnostic, Severity, Source};
use miette::{GraphicalReportHandler, LabeledSpan, MietteDiagnostic, NamedSource, Report};

/// The text for one problem, ready for standard error.
pub(crate) fn draw(source: &Source, problem: &Diagnostic) -> String {
    let severity = match problem.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
    };
    let at = if problem.pointer.is_empty() { String::new() } else { format!("at {}", problem.pointer) };
    let mut shown = MietteDiagnostic::new(problem.message.clone())
        .with_severity(severity)
        .with_code(problem.code)
        .with_label(LabeledSpan::new_with_span(Some(at), problem.span.clone()));
    if let Some(help) = &problem.help {
        shown = shown.with_help(help.clone());
    }
    let report = Report::new(shown).with_source_code(NamedSource::new(&*source.name, source.text.to_string()));
    let mut text = String::new();
    // Writing to a string does not fail; should the drawing itself, the bare facts are left.
    if GraphicalReportHandler::new().with_urls(false).render_report(&mut text, report.as_ref()).is_err() {
        let (line, column) = source.line_column(problem.span.start);
        text = format!("{}: {}:{line}:{column}: {}", problem.code, source.name, problem.message);
    }
    text
}
