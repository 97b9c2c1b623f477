//! The list of recorded cases that still fail. It only shrinks.

use std::collections::BTreeSet;

use crate::report::{Line, Verdict, one_line};

/// What stands above a new list.
const HEADING: &str = "\
# Recorded cases that the engine does not replay as AWS recorded them yet: one file a line, then a tab, `#` and why.
# A case that fails and is not here, or is here and passes, fails the test. CONFORMANCE_UPDATE=1 takes the lines of
# cases that pass out; nothing puts lines in.
";

/// The list as its file has it.
pub(crate) struct Known {
    lines: Vec<String>,
}

impl Known {
    pub(crate) fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// A list of everything that fails.
    pub(crate) fn of(lines: &[Line]) -> Self {
        let failing = lines.iter().filter_map(|line| match &line.verdict {
            Verdict::Failed(failure) => Some(format!("{}\t# {}", line.file, one_line(&failure.reason))),
            _ => None,
        });
        Self { lines: HEADING.lines().map(str::to_owned).chain(failing).collect() }
    }

    /// The files on the list.
    pub(crate) fn files(&self) -> BTreeSet<&str> {
        self.lines.iter().filter_map(|line| file(line)).collect()
    }

    /// What is wrong with the list, given what came of the cases: a sentence for each file. `all` is false when only
    /// some cases were replayed. What it says of cases of classes other than these is for another target.
    pub(crate) fn check(&self, lines: &[Line], classes: &[&str], all: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut unmet = self.files();
        let (lines, others): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| classes.contains(&line.class.as_str()));
        for other in others {
            unmet.remove(other.file.as_str());
        }
        let mut seen = BTreeSet::new();
        let twice = self.lines.iter().filter_map(|line| file(line)).filter(|file| !seen.insert(*file));
        wrong.extend(twice.map(|file| format!("{file} is twice on the list of known failures.")));
        for line in lines {
            let known = unmet.remove(line.file.as_str());
            match (&line.verdict, known) {
                (Verdict::Failed(failure), false) => wrong.push(format!("{} fails: {}", line.file, failure.reason)),
                (Verdict::Passed(_), true) => wrong.push(format!(
                    "{} passes: take it off the list of known failures (CONFORMANCE_UPDATE=1 does).",
                    line.file
                )),
                (Verdict::Skipped(reason), true) => wrong
                    .push(format!("{} is on the list of known failures but was not replayed: {reason}.", line.file)),
                (Verdict::Failed(_), true) | (Verdict::Passed(_) | Verdict::Skipped(_), false) => {}
            }
        }
        if all {
            wrong.extend(unmet.iter().map(|file| format!("{file} is on the list of known failures, but is no case.")));
        }
        wrong
    }

    /// The list without the cases that pass.
    pub(crate) fn shrunk(&self, lines: &[Line]) -> Self {
        let passed: BTreeSet<&str> = lines
            .iter()
            .filter(|line| matches!(line.verdict, Verdict::Passed(_)))
            .map(|line| line.file.as_str())
            .collect();
        let stays = |line: &&String| file(line).is_none_or(|file| !passed.contains(file));
        Self { lines: self.lines.iter().filter(stays).cloned().collect() }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

/// The file that a line names. None: it names none.
fn file(line: &str) -> Option<&str> {
    let file = line.split('#').next().unwrap_or("").trim();
    (!file.is_empty()).then_some(file)
}
