//! A text that is no JSON, in the words of AWS where they are known.

use std::fmt::Write as _;
use std::ops::Range;

use diagnostic::Diagnostic;
use jsonc_parser::errors::{ParseError, ParseErrorKind};

use crate::codes;

/// AWS's words for a text that holds no JSON object: recorded in
/// `sfn_api_validation--validate_state_machine_definition_not_a_definition-EMPTY_STRING`.
pub(crate) fn not_an_object(span: Range<usize>) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_VALIDATION_FAILED, "Definition must be a valid JSON object", span, "")
}

/// What `jsonc-parser` found.
pub(crate) fn from_jsonc(text: &str, error: &ParseError) -> Diagnostic {
    let range = error.range();
    let start = floor(text, range.start);
    let message = match error.kind() {
        ParseErrorKind::UnexpectedWord | ParseErrorKind::UnexpectedToken | ParseErrorKind::MultipleRootJsonValues => {
            unrecognized_token(text, start)
        }
        ParseErrorKind::ExpectedStringObjectProperty
        | ParseErrorKind::UnexpectedTokenInObject
        | ParseErrorKind::SingleQuotedStringsNotAllowed => unexpected_in_object(text, start),
        _ => None,
    };
    diagnose(text, start, range.end, message.unwrap_or_else(|| error.kind().to_string()))
}

/// What `serde_json` found where `jsonc-parser` had found nothing.
pub(crate) fn from_serde(text: &str, error: &serde_json::Error) -> Diagnostic {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let start = floor(text, line_start + error.column().saturating_sub(1));
    let message = error.to_string();
    // The place is the diagnostic's own.
    let message = message.split(" at line ").next().unwrap_or(&message);
    diagnose(text, start, start, message.to_owned())
}

fn diagnose(text: &str, start: usize, end: usize, message: String) -> Diagnostic {
    let next = start + text[start..].chars().next().map_or(0, char::len_utf8);
    let end = floor(text, end).max(next);
    Diagnostic::error(codes::INVALID_JSON_DESCRIPTION, message, start..end, "")
}

/// A word where a value should be, as AWS says it: recorded in
/// `sfn_api_validation--validate_state_machine_definition_not_a_definition-NOT_A_DEF`. The first word of the text counts:
/// AWS's parser stops there, whatever follows.
fn unrecognized_token(text: &str, at: usize) -> Option<String> {
    let mut start = at;
    // `not a definition`: AWS complains of the first word.
    let before = text[..at].trim_end();
    if !before.is_empty() && before.chars().all(|c| c.is_alphanumeric() || c.is_whitespace()) {
        start = text.len() - text.trim_start().len();
    }
    let word: String = text[start..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).collect();
    if word.is_empty() {
        return None;
    }
    let expected = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
    Some(format!("Unrecognized token '{word}': {expected}{}", source(text, start + word.len())))
}

/// Something other than a string where a field's name should be, as AWS's parser says it: recorded for an execution's
/// input in `sfn_api--invalid_start_execution_input`.
fn unexpected_in_object(text: &str, at: usize) -> Option<String> {
    let found = text[at..].chars().next()?;
    Some(format!(
        "Unexpected character ('{found}' (code {})): was expecting double-quote to start field name{}",
        u32::from(found),
        source(text, at + found.len_utf8())
    ))
}

/// Where AWS's parser stood, as it says so behind its message.
fn source(text: &str, at: usize) -> String {
    const SHOWN: usize = 500;
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let (line, column) = (text[..at].matches('\n').count() + 1, text[line_start..at].chars().count() + 1);
    let shown = text.char_indices().nth(SHOWN).map_or(text, |(end, _)| &text[..end]);
    let mut source = format!("\n at [Source: (String)\"{shown}\"");
    if shown.len() < text.len() {
        let _ = write!(source, "[truncated {} chars]", text[shown.len()..].chars().count());
    }
    let _ = write!(source, "; line: {line}, column: {column}]");
    source
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
