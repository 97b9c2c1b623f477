//! What came of cases, for people.

use std::fmt::Write as _;

use testkit::{CaseReport, MachineReport, Point, Report, percentage, reached};

use super::duration;
use super::style::Style;

/// How many of the functions' log lines are shown of a case that failed.
const LINES: usize = 12;

/// One line for a case that passed; everything there is to say about one that failed.
pub(crate) fn case(report: &CaseReport, style: Style) -> String {
    let name = format!("{}/{}", report.machine, report.name);
    let took = style.dim(&duration::show(report.elapsed));
    let mark = if report.passed() { style.good("✓") } else { style.bad("✗") };
    let mut text = format!("{mark} {name}  {took}\n");
    if !report.passed() {
        for line in report.explanation() {
            // Writing to a string does not fail, here and below.
            let _ = writeln!(text, "    {line}");
        }
        let skipped = report.log.len().saturating_sub(LINES);
        for line in &report.log[skipped..] {
            let _ = writeln!(text, "    {}", style.dim(&shortened(line)));
        }
    }
    text
}

/// A log line cut to what a few lines of a terminal hold; the reports for machines have it whole.
fn shortened(line: &str) -> String {
    const LENGTH: usize = 400;
    if line.chars().count() <= LENGTH { line.to_owned() } else { line.chars().take(LENGTH).collect::<String>() + "…" }
}

/// The table of machines, what was not reached, and how it ended.
pub(crate) fn summary(report: &Report, style: Style) -> String {
    let mut text = String::from("\n");
    text.push_str(&table(&report.machines, style));
    for machine in &report.machines {
        let missed: Vec<(&str, &Point)> = machine
            .coverage
            .kinds()
            .into_iter()
            .flat_map(|(kind, points)| points.iter().map(move |point| (kind, point)))
            .filter(|(_, point)| point.reached == 0)
            .collect();
        // Of a machine that nobody has written cases for nothing is reached: the table says so.
        if !missed.is_empty() && !machine.cases.is_empty() && report.minimum.is_some() {
            let _ = writeln!(text, "\nnot reached in {}:", style.bold(&machine.name));
            for (kind, point) in missed {
                let kind = match kind {
                    "states" => "state",
                    "arms" => "arm  ",
                    _ => "catch",
                };
                let _ = writeln!(text, "  {} {}", style.odd(kind), point.name);
            }
        }
        if !machine.without.is_empty() {
            let names: Vec<_> = machine.without.iter().filter_map(|path| path.file_name()?.to_str()).collect();
            let about = format!("of {}: nothing is expected of {}", machine.name, names.join(", "));
            let _ = writeln!(text, "\n{}", style.dim(&about));
        }
    }
    text.push('\n');
    if let Some(minimum) = report.minimum {
        for shortfall in report.machines.iter().filter_map(|machine| machine.shortfall(minimum)) {
            let _ = writeln!(text, "{} {shortfall}", style.bad("✗"));
        }
    }
    let (passed, cases) = report
        .machines
        .iter()
        .fold((0, 0), |(passed, cases), machine| (passed + machine.passed(), cases + machine.cases.len()));
    let mark = if report.passed() { style.good("✓") } else { style.bad("✗") };
    let about = format!("{passed} of {cases} cases passed in {}", duration::show(report.elapsed));
    let _ = writeln!(text, "{mark} {}", style.bold(&about));
    text
}

/// One line for each machine: cases, states, arms, catches.
fn table(machines: &[MachineReport], style: Style) -> String {
    let mut rows = vec![["MACHINE", "CASES", "STATES", "ARMS", "CATCHES"].map(str::to_owned)];
    rows.extend(machines.iter().map(|machine| {
        let [states, arms, catches] = machine.coverage.kinds().map(|(_, points)| share(points));
        [machine.name.clone(), format!("{}/{}", machine.passed(), machine.cases.len()), states, arms, catches]
    }));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let [machine, cases, states, arms, catches] = row;
        let [w0, w1, w2, w3, w4] = widths;
        let line = format!("{machine:<w0$}  {cases:>w1$}  {states:>w2$}  {arms:>w3$}  {catches:>w4$}");
        let _ = writeln!(text, "{}", if index == 0 { style.dim(&line) } else { line });
    }
    text
}

/// `3/4  75 %`; a machine that has none of them has nothing to reach.
fn share(points: &[Point]) -> String {
    if points.is_empty() {
        return "–".to_owned();
    }
    // Rounded down: 100 % is said of everything only.
    format!("{}/{} {:>3} %", reached(points), points.len(), percentage(points).floor())
}
