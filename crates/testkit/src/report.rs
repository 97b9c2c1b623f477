//! What came of running cases, as data.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::coverage::{Coverage, percentage, reached};

/// What came of a whole run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The machines, in the order of the template.
    pub machines: Vec<MachineReport>,
    /// The coverage that is demanded, in percent of each kind; none when it isn't.
    pub minimum: Option<f64>,
    /// How long it took in all.
    pub elapsed: Duration,
}

/// What came of the cases of one machine.
#[derive(Debug, Clone, Default)]
pub struct MachineReport {
    /// The machine, as the command line calls it.
    pub name: String,
    /// Its cases, in the order of their names.
    pub cases: Vec<CaseReport>,
    /// What they came through.
    pub coverage: Coverage,
    /// Inputs of which nothing is expected.
    pub without: Vec<PathBuf>,
}

/// What came of one case.
#[derive(Debug, Clone, Default)]
pub struct CaseReport {
    /// The machine.
    pub machine: String,
    /// The case.
    pub name: String,
    /// Why the case exists.
    pub comment: Option<String>,
    /// Everything that is not as expected; empty when it passed.
    pub failures: Vec<Failure>,
    /// How the execution ended, such as `FAILED`; none when it did not.
    pub status: Option<&'static str>,
    /// The error name that it ended with.
    pub error: Option<String>,
    /// The cause that it ended with.
    pub cause: Option<String>,
    /// The names of the states that it entered, in order.
    pub entered: Vec<String>,
    /// What the functions said, the last lines.
    pub log: Vec<String>,
    /// The command that runs the input by hand.
    pub command: String,
    /// How long it took, services included.
    pub elapsed: Duration,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What, in one line.
    pub summary: String,
    /// Where and how, a line each.
    pub details: Vec<String>,
}

impl Failure {
    pub(crate) fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), details: Vec::new() }
    }

    pub(crate) fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

/// How many of the states that were entered last are told of a case that failed.
const LAST: usize = 6;

impl CaseReport {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Everything there is to say about a case that failed, a line each.
    pub fn explanation(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(comment) = &self.comment {
            lines.push(format!("# {comment}"));
        }
        for failure in &self.failures {
            lines.push(failure.summary.clone());
            lines.extend(failure.details.iter().map(|detail| format!("  {detail}")));
        }
        if let Some(status) = self.status {
            let error = self.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            lines.push(format!("it ended as {status}{error}"));
        }
        if let Some(cause) = self.cause.as_deref().filter(|cause| !cause.is_empty()) {
            lines.push(format!("cause: {cause}"));
        }
        let skipped = self.entered.len().saturating_sub(LAST);
        if !self.entered.is_empty() {
            let states = self.entered[skipped..].join(" → ");
            lines.push(format!("states: {}{states}", if skipped > 0 { "… → " } else { "" }));
        }
        lines.push(format!("by hand: {}", self.command));
        lines
    }
}

impl MachineReport {
    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.passed()).count()
    }

    /// Whether every case passed.
    pub fn is_passed(&self) -> bool {
        self.passed() == self.cases.len()
    }

    /// What is missing of that coverage, in words; none when nothing is.
    pub fn shortfall(&self, minimum: f64) -> Option<String> {
        if self.cases.is_empty() {
            return Some(format!("{} has no cases", self.name));
        }
        let missing: Vec<String> = self
            .coverage
            .kinds()
            .into_iter()
            .filter(|(_, points)| percentage(points) < minimum)
            .map(|(kind, points)| format!("{} of {} {kind}", reached(points), points.len()))
            .collect();
        (!missing.is_empty())
            .then(|| format!("{} reached {}, and {minimum} % of each is demanded", self.name, missing.join(", ")))
    }
}

impl Report {
    /// Whether every case passed and the demanded coverage was reached.
    pub fn passed(&self) -> bool {
        self.machines.iter().all(|machine| {
            machine.is_passed() && self.minimum.is_none_or(|minimum| machine.shortfall(minimum).is_none())
        })
    }

    /// The report for machines.
    pub fn to_json(&self) -> Value {
        let seconds = |elapsed: Duration| (elapsed.as_secs_f64() * 1000.0).round() / 1000.0;
        let machines: Vec<Value> = self
            .machines
            .iter()
            .map(|machine| {
                let cases: Vec<Value> = machine
                    .cases
                    .iter()
                    .map(|case| {
                        let failures: Vec<Value> = case
                            .failures
                            .iter()
                            .map(|failure| json!({"summary": failure.summary, "details": failure.details}))
                            .collect();
                        json!({
                            "name": case.name,
                            "passed": case.passed(),
                            "seconds": seconds(case.elapsed),
                            "status": case.status,
                            "error": case.error,
                            "cause": case.cause,
                            "states": case.entered,
                            "failures": failures,
                            "command": case.command,
                        })
                    })
                    .collect();
                let mut coverage = serde_json::Map::new();
                for (kind, points) in machine.coverage.kinds() {
                    let missed: Vec<&str> =
                        points.iter().filter(|point| point.reached == 0).map(|point| point.name.as_str()).collect();
                    let about = json!({"reached": reached(points), "total": points.len(), "missed": missed});
                    coverage.insert(kind.to_owned(), about);
                }
                let without: Vec<String> = machine.without.iter().map(|path| path.display().to_string()).collect();
                json!({"name": machine.name, "cases": cases, "coverage": coverage, "inputsWithoutExpectation": without})
            })
            .collect();
        json!({
            "passed": self.passed(),
            "coverageMinimum": self.minimum,
            "seconds": seconds(self.elapsed),
            "machines": machines,
        })
    }
}
