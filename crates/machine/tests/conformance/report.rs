//! What came of the cases, for people and for a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::compare::Difference;

/// What came of one case.
pub(crate) enum Verdict {
    /// It is as recorded; perhaps with something to note.
    Passed(Option<String>),
    Failed(Failure),
    /// It was not replayed, and why.
    Skipped(String),
}

/// Why a replay failed.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    /// In one line.
    pub(crate) reason: String,
    /// Both sides, to be read.
    pub(crate) detail: String,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, detail: String::new() }
    }
}

/// One case and what came of it.
pub(crate) struct Line {
    pub(crate) file: String,
    pub(crate) class: String,
    pub(crate) verdict: Verdict,
}

/// The longest value shown in a line.
const MOST_CHARACTERS: usize = 240;

/// A difference in one line.
pub(crate) fn difference(difference: &Difference) -> String {
    let show = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), |value| shortened(&value.to_string()))
    };
    format!("{}: expected {}, got {}", difference.path, show(&difference.expected), show(&difference.actual))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A text as one field of a line.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// One line for each case: file, class, verdict, reason, with tabs between.
pub(crate) fn lines(lines: &[Line]) -> String {
    let mut text = String::new();
    for Line { file, class, verdict } in lines {
        let (word, reason) = match verdict {
            Verdict::Passed(note) => ("pass", note.as_deref().unwrap_or("")),
            Verdict::Failed(failure) => ("fail", &*failure.reason),
            Verdict::Skipped(reason) => ("skipped", &**reason),
        };
        writeln!(text, "{file}\t{class}\t{word}\t{}", one_line(reason)).expect("a string takes every text");
    }
    text
}

/// How many cases of each class passed, failed and were skipped.
pub(crate) fn summary(lines: &[Line]) -> String {
    let mut classes: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for line in lines {
        let place = match line.verdict {
            Verdict::Passed(_) => 0,
            Verdict::Failed(_) => 1,
            Verdict::Skipped(_) => 2,
        };
        classes.entry(&line.class).or_default()[place] += 1;
    }
    let mut text = format!("{:<28} {:>6} {:>6} {:>8}\n", "replay class", "passed", "failed", "skipped");
    for (class, [passed, failed, skipped]) in classes {
        writeln!(text, "{class:<28} {passed:>6} {failed:>6} {skipped:>8}").expect("a string takes every text");
    }
    text
}
