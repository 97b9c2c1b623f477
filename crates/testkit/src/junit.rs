//! The report as JUnit XML, which CI systems read (<https://github.com/testmoapp/junitxml>).

use std::fmt::Write as _;
use std::time::Duration;

use crate::report::{CaseReport, MachineReport, Report};

/// The report as a JUnit XML document: a test suite for each machine, a test case for each case, and one named `coverage`
/// where coverage is demanded.
pub fn to_junit(report: &Report) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts: Vec<(usize, usize)> = report.machines.iter().map(|machine| count(machine, report.minimum)).collect();
    let tests: usize = counts.iter().map(|(tests, _)| tests).sum();
    let failures: usize = counts.iter().map(|(_, failures)| failures).sum();
    // Writing to a string does not fail, here and below.
    let _ = writeln!(
        xml,
        "<testsuites name=\"batuta\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{}\">",
        seconds(report.elapsed)
    );
    for (machine, (tests, failures)) in report.machines.iter().zip(counts) {
        let elapsed = machine.cases.iter().map(|case| case.elapsed).sum();
        let name = attribute(&machine.name);
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" \
             time=\"{}\">",
            seconds(elapsed)
        );
        for case in &machine.cases {
            add_case(&mut xml, &name, case);
        }
        if let Some(minimum) = report.minimum {
            add_coverage(&mut xml, &name, machine, minimum);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// How many test cases a suite has, and how many of them failed.
fn count(machine: &MachineReport, minimum: Option<f64>) -> (usize, usize) {
    let short = minimum.is_some_and(|minimum| machine.shortfall(minimum).is_some());
    let failed = machine.cases.len() - machine.passed();
    (machine.cases.len() + usize::from(minimum.is_some()), failed + usize::from(short))
}

fn add_case(xml: &mut String, suite: &str, case: &CaseReport) {
    let _ = writeln!(
        xml,
        "    <testcase classname=\"{suite}\" name=\"{}\" time=\"{}\">",
        attribute(&case.name),
        seconds(case.elapsed)
    );
    if let Some(first) = case.failures.first() {
        add_failure(xml, &first.summary, &case.explanation().join("\n"));
    }
    let mut said = case.entered.iter().map(|state| format!("entered {state}")).collect::<Vec<_>>();
    said.extend(case.log.iter().cloned());
    if !said.is_empty() {
        let _ = writeln!(xml, "      <system-out>{}</system-out>", text(&said.join("\n")));
    }
    xml.push_str("    </testcase>\n");
}

fn add_coverage(xml: &mut String, suite: &str, machine: &MachineReport, minimum: f64) {
    let _ = writeln!(xml, "    <testcase classname=\"{suite}\" name=\"coverage\" time=\"0.000\">");
    if let Some(shortfall) = machine.shortfall(minimum) {
        let missed: Vec<String> = machine
            .coverage
            .kinds()
            .into_iter()
            .flat_map(|(kind, points)| {
                let missed = points.iter().filter(|point| point.reached == 0);
                missed.map(move |point| format!("not reached ({kind}): {}", point.name))
            })
            .collect();
        add_failure(xml, &shortfall, &missed.join("\n"));
    }
    xml.push_str("    </testcase>\n");
}

fn add_failure(xml: &mut String, message: &str, body: &str) {
    let _ = writeln!(
        xml,
        "      <failure type=\"expectation\" message=\"{}\">{}</failure>",
        attribute(message),
        text(body)
    );
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.3}", elapsed.as_secs_f64())
}

/// Text between tags.
fn text(text: &str) -> String {
    escaped(text, false)
}

/// Text in an attribute, where white space would be made one space.
fn attribute(text: &str) -> String {
    escaped(text, true)
}

/// Escapes what XML gives a meaning; what XML 1.0 can't hold at all, even escaped
/// (<https://www.w3.org/TR/xml/#charsets>), becomes U+FFFD.
fn escaped(text: &str, in_attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if in_attribute => escaped.push_str("&quot;"),
            '\t' | '\n' if in_attribute => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            // A parser would make a bare one a line feed.
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => {
                escaped.push(character);
            }
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Failure;

    #[test]
    fn nothing_in_a_text_breaks_the_document() {
        assert_eq!(text("a<b>&\"'\u{1b}[31m\u{0}]]>\r\n\té"), "a&lt;b&gt;&amp;\"'\u{fffd}[31m\u{fffd}]]&gt;&#13;\n\té");
        assert_eq!(attribute("\"a\"\n\tb\u{ffff}"), "&quot;a&quot;&#10;&#9;b\u{fffd}");
    }

    #[test]
    fn a_report_becomes_suites_and_cases() {
        let failed = CaseReport {
            name: "b".into(),
            failures: vec![Failure::new("it <failed>").with_details(vec!["$.a: expected 1".into()])],
            entered: vec!["Buy & Sell".into()],
            command: "batuta run m".into(),
            elapsed: Duration::from_millis(1500),
            ..CaseReport::default()
        };
        let passed = CaseReport { name: "a".into(), ..CaseReport::default() };
        let machine = MachineReport { name: "m".into(), cases: vec![passed, failed], ..MachineReport::default() };
        let report = Report { machines: vec![machine], minimum: Some(100.0), elapsed: Duration::from_secs(2) };
        assert_eq!(
            to_junit(&report),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="batuta" tests="3" failures="1" errors="0" time="2.000">
  <testsuite name="m" tests="3" failures="1" errors="0" skipped="0" time="1.500">
    <testcase classname="m" name="a" time="0.000">
    </testcase>
    <testcase classname="m" name="b" time="1.500">
      <failure type="expectation" message="it &lt;failed&gt;">it &lt;failed&gt;
  $.a: expected 1
states: Buy &amp; Sell
by hand: batuta run m</failure>
      <system-out>entered Buy &amp; Sell</system-out>
    </testcase>
    <testcase classname="m" name="coverage" time="0.000">
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }
}
