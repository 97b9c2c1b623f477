//! What the tests of this crate share.
#![allow(dead_code, reason = "each test uses a part of it")]

use diagnostic::{Diagnostic, Source};
use sam::{Read, Settings, Stack};

/// The settings of all tests.
pub(crate) fn settings() -> Settings {
    Settings { endpoint: Some("http://127.0.0.1:4566".to_owned()), ..Settings::new("demo") }
}

/// Reads a template under the settings of all tests.
pub(crate) fn read(template: &str) -> Read {
    read_with(template, &settings())
}

pub(crate) fn read_with(template: &str, settings: &Settings) -> Read {
    sam::read(&Source::new("template.yaml", template), settings)
}

/// The stack of a template that must be without problems.
pub(crate) fn stack(template: &str) -> Stack {
    let read = read(template);
    assert_eq!(shown(template, &read.diagnostics), Vec::<String>::new(), "{template}");
    read.stack.expect("a template without problems has a stack")
}

/// Diagnostics as lines: place, severity, code, message, and the help in brackets.
pub(crate) fn shown(template: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    let source = Source::new("template.yaml", template);
    let lines = diagnostics.iter().map(|diagnostic| {
        let (line, column) = source.line_column(diagnostic.span.start);
        let help = diagnostic.help.as_ref().map_or(String::new(), |help| format!(" [{help}]"));
        format!("{line}:{column} {} {}: {}{help}", diagnostic.severity, diagnostic.code, diagnostic.message)
    });
    lines.collect()
}
