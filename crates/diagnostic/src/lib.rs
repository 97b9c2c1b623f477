//! Problems found in a file, as data: a stable code, how bad it is, where it stands, and what would cure it.
//!
//! Nothing here renders or prints. The command line draws a [`Diagnostic`] with file, line, column and caret; tests and
//! tools read its fields.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but not as its author is likely to have meant it.
    Warning,
    /// The file can't be used as it is.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One problem at one place of one source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code that names the kind of problem and its page in `docs/errors/`, such as
    /// `MISSING_TRANSITION_TARGET`. AWS's own codes are used where AWS has one.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, one sentence, without the place.
    pub message: String,
    /// What would cure it, when that is known.
    pub help: Option<String>,
    /// The bytes of the source text that are to blame.
    pub span: Range<usize>,
    /// The same place as a JSON pointer (RFC 6901) into the document, such as `/States/Buy/Next`.
    pub pointer: String,
}

impl Diagnostic {
    /// An error with no help.
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
        pointer: impl Into<String>,
    ) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, span, pointer: pointer.into() }
    }

    /// A warning with no help.
    pub fn warning(
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
        pointer: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span, pointer) }
    }

    /// The same problem with its cure.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the file can't be used because of this.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A source text with the name to show for it (a path as the user wrote it).
#[derive(Debug, Clone)]
pub struct Source {
    /// The name to show, usually a path.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// A named text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The line and column, both counted from 1 (columns in characters), of a byte offset; an offset past the end is
    /// taken for the end.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// The closest of `candidates` to a mistyped `word`, for "did you mean"; none when nothing is near.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_from_one_in_characters() {
        let source = Source::new("a.json", "{\n  \"é\": x\n}");
        assert_eq!(source.line_column(0), (1, 1));
        let x = source.text.find('x').expect("the text holds an x");
        assert_eq!(source.line_column(x), (2, 8));
        assert_eq!(source.line_column(999), (3, 2));
    }

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        assert_eq!(closest("stock-tradin", ["task-timer", "stock-trading"]), Some("stock-trading"));
        assert_eq!(closest("nope", ["task-timer", "stock-trading"]), None);
    }
}
