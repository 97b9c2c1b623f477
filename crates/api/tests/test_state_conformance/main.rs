//! Replays the recorded cases of `TestState` and `ValidateStateMachineDefinition` over HTTP.
//!
//! A state that is not mocked has its service's answer from the recording; how many cases that were is printed.
//!
//! The cases, the environment (`CONFORMANCE_CASES`, `CONFORMANCE_FILTER`, `CONFORMANCE_REPORT`, `CONFORMANCE_UPDATE`) and the
//! list of known failures are those of `crates/machine/tests/conformance`, whose comparer is used as well.

mod case;
#[path = "../conformance/door.rs"]
mod door;
mod replay;

#[path = "../../../machine/tests/conformance/bindings.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod bindings;
#[path = "../../../machine/tests/conformance/compare.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod compare;
#[path = "../../../machine/tests/conformance/known.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod known;
#[path = "../../../machine/tests/conformance/normalise.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod normalise;
#[path = "../../../machine/tests/conformance/report.rs"]
mod report;
#[path = "../../../machine/tests/conformance/text_diff.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod text_diff;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use case::CaseFile;
use known::Known;
use report::{Failure, Line, Verdict};

/// Where the cases lie, from the workspace.
const CASES: &str = "../shared/conformance/cases";
/// Where the list of known failures lies, from the workspace.
const KNOWN: &str = "conformance/known-failures.txt";
/// The replay class whose cases are this target's.
const CLASS: &str = "test-state-api";
/// Cases of another class that are looked at here as well: their target has them on its list, if any is on it.
const VALIDATION: &str = "validate_state_machine_definition";

fn workspace() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("the crate lies in crates/api of the workspace")
}

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first argument that is neither an option of a test target nor the value of one.
fn filter_among(arguments: &[String]) -> Option<String> {
    const WITH_VALUE: [&str; 6] = ["--test-threads", "--format", "--color", "--skip", "--logfile", "-Z"];
    let of_option = |index: usize| index.checked_sub(1).is_some_and(|before| WITH_VALUE.contains(&&*arguments[before]));
    let mut named = arguments.iter().enumerate().filter(|(_, argument)| !argument.starts_with('-'));
    named.find(|(index, _)| !of_option(*index)).map(|(_, argument)| argument.clone())
}

fn main() -> ExitCode {
    let begun = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let own = set("CONFORMANCE_CASES").is_none();
    let folder = workspace().join(set("CONFORMANCE_CASES").as_deref().unwrap_or(CASES));
    let filter = set("CONFORMANCE_FILTER").or_else(|| filter_among(&arguments));
    if arguments.iter().any(|argument| argument == "--list") {
        for case in mine(&folder).unwrap_or_default() {
            println!("{}: test", case.file);
        }
        return ExitCode::SUCCESS;
    }
    println!("\nrunning the recorded cases");
    let (lines, failures) = match run(&folder, own, filter.as_deref()) {
        Ok(done) => done,
        Err(error) => (Vec::new(), vec![error]),
    };
    if !failures.is_empty() {
        println!("\nfailures:");
        for failure in &failures {
            println!("    {failure}");
        }
    }
    let passed = lines.iter().filter(|line| matches!(line.verdict, Verdict::Passed(_))).count();
    let result = if failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
        failures.len(),
        (lines.len() - passed).saturating_sub(failures.len()),
        begun.elapsed().as_secs_f64()
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The cases that are replayed here.
fn mine(folder: &Path) -> Result<Vec<CaseFile>, String> {
    let mut cases = case::load(folder)?;
    cases
        .retain(|case| case.case.flags.replay == CLASS || case.case.calls.iter().any(|call| call.method == VALIDATION));
    Ok(cases)
}

/// Replays the cases: what came of each, and each reason for which the target fails.
fn run(folder: &Path, own: bool, filter: Option<&str>) -> Result<(Vec<Line>, Vec<String>), String> {
    if !folder.is_dir() {
        let warning = format!(
            "WARNING: the cases recorded from AWS were NOT replayed: there is no folder {} (CONFORMANCE_CASES names \
             another).",
            folder.display()
        );
        println!("{warning}");
        eprintln!("{warning}");
        return Ok((Vec::new(), Vec::new()));
    }
    let cases = mine(folder)?;
    let wanted = |case: &&CaseFile| filter.is_none_or(|filter| case.file.contains(filter));
    let lines: Vec<Line> = cases.iter().filter(wanted).map(line).collect();
    if filter.is_some() {
        lines.iter().for_each(show);
    }
    println!("{}", report::summary(&lines));
    let recorded = lines.iter().filter(|line| matches!(line.verdict, Verdict::Passed(Some(_)))).count();
    println!("{recorded} of the cases that passed took a service's answer from the recording.");
    if let Some(file) = set("CONFORMANCE_REPORT").map(|file| workspace().join(file)) {
        std::fs::write(&file, report::lines(&lines)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if !own {
        let failed = lines.iter().filter(|line| matches!(line.verdict, Verdict::Failed(_))).count();
        println!("{failed} cases of {} failed; the list of known failures is not for them.", folder.display());
        return Ok((lines, Vec::new()));
    }
    let failures = against_the_list(&workspace().join(KNOWN), &lines)?;
    Ok((lines, failures))
}

fn against_the_list(path: &PathBuf, lines: &[Line]) -> Result<Vec<String>, String> {
    let describe = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut known = Known::parse(&std::fs::read_to_string(path).map_err(describe)?);
    if set("CONFORMANCE_UPDATE").is_some_and(|value| value != "0") {
        known = known.shrunk(lines);
        std::fs::write(path, known.text()).map_err(describe)?;
    }
    let mut wrong = known.check(lines, &[CLASS], false);
    // Other targets have the rest of the list.
    let listed = known.files();
    for line in lines.iter().filter(|line| line.class != CLASS && !listed.contains(line.file.as_str())) {
        if let Verdict::Failed(failure) = &line.verdict {
            wrong.push(format!("{} fails: {}", line.file, failure.reason));
        }
    }
    Ok(wrong)
}

fn line(case: &CaseFile) -> Line {
    let CaseFile { file, case } = case;
    let verdict = std::panic::catch_unwind(AssertUnwindSafe(|| {
        if case.flags.replay == CLASS {
            replay::replay(case, "test_state", "TestState")
        } else {
            replay::replay(case, VALIDATION, "ValidateStateMachineDefinition")
        }
    }));
    let verdict =
        verdict.unwrap_or_else(|_| Verdict::Failed(Failure::from("the replay panicked: see above".to_owned())));
    Line { file: file.clone(), class: case.flags.replay.clone(), verdict }
}

/// Shows what came of one case in full.
fn show(line: &Line) {
    match &line.verdict {
        Verdict::Passed(None) => println!("pass     {}", line.file),
        Verdict::Passed(Some(note)) => println!("pass     {} ({note})", line.file),
        Verdict::Skipped(reason) => println!("skipped  {}: {reason}", line.file),
        Verdict::Failed(failure) => println!("FAIL     {}\n  {}\n{}", line.file, failure.reason, failure.detail),
    }
}
