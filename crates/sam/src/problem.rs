//! Collecting problems while a template is read.

use std::cell::RefCell;
use std::ops::Range;

use diagnostic::{Diagnostic, Severity};

use crate::syntax::{Place, Places};

/// How many problems are reported at most: a hostile text must not turn into more diagnostics than text.
const MOST: usize = 1_000;

/// One problem at a place of the document.
pub(crate) struct Problem {
    code: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    place: Place,
    /// A part of the place that is to blame, when it is narrower than the whole.
    span: Option<Range<usize>>,
}

impl Problem {
    pub(crate) fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, place, span: None }
    }

    pub(crate) fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a cure when there is one.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub(crate) fn at(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }
}

/// All problems found so far. Shared by reference, because evaluation is lazy and happens behind shared references.
#[derive(Default)]
pub(crate) struct Problems {
    found: RefCell<Vec<Problem>>,
}

impl Problems {
    pub(crate) fn add(&self, problem: Problem) {
        let mut found = self.found.borrow_mut();
        // One more than the most tells `into_diagnostics` that some were left out.
        if found.len() <= MOST {
            found.push(problem);
        }
    }

    /// The closest of some candidates to a mistyped word, for "did you mean". Texts longer than any name are left out, and
    /// none is looked for once there are more problems than are reported: a hostile text must not buy itself time.
    pub(crate) fn closest<'a>(&self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        const LONGEST: usize = 128;
        if word.len() > LONGEST || self.found.borrow().len() > MOST {
            return None;
        }
        diagnostic::closest(word, candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST))
    }

    /// The problems as data, in the order of the text, each once.
    pub(crate) fn into_diagnostics(self, places: &Places) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        let cut = found.len() > MOST;
        found.truncate(MOST);
        let mut diagnostics: Vec<Diagnostic> = found
            .into_iter()
            .map(|problem| Diagnostic {
                code: problem.code,
                severity: problem.severity,
                message: problem.message,
                help: problem.help,
                span: problem.span.unwrap_or_else(|| places.span(problem.place)),
                pointer: places.pointer(problem.place),
            })
            .collect();
        diagnostics.sort_by(|a, b| a.span.start.cmp(&b.span.start).then(b.severity.cmp(&a.severity)));
        diagnostics.dedup();
        if cut {
            let end = diagnostics.last().map_or(0..0, |last| last.span.clone());
            diagnostics.push(Diagnostic::error(
                crate::codes::LIMIT,
                format!("only the first {MOST} problems are reported"),
                end,
                "",
            ));
        }
        diagnostics
    }
}
