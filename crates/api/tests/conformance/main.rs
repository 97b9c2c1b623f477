//! Replays what was recorded of the API over HTTP, each case on a server of its own: sequences of calls, calls of
//! `TestState`, synchronous executions, and executions of which only the outputs are recorded.
//!
//! The cases, the environment (`CONFORMANCE_CASES`, `CONFORMANCE_FILTER`, `CONFORMANCE_REPORT`, `CONFORMANCE_UPDATE`) and the
//! list of known failures are those of `crates/machine/tests/conformance`, whose comparer is used as well.

mod case;
mod door;
mod outcome_cases;
mod replay;
mod test_state;
mod today;
mod world;

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

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use case::{Case, CaseFile};
use known::Known;
use report::{Line, Verdict};

/// Where the cases lie, from the workspace.
const CASES: &str = "../shared/conformance/cases";
/// Where the list of known failures lies, from the workspace.
const KNOWN: &str = "conformance/known-failures.txt";
/// The replay classes whose cases are this target's.
const CLASSES: [&str; 4] = ["api-sequence", SYNC_RESULTS, OUTCOMES, TEST_STATES];
/// The class of calls of `TestState`.
const TEST_STATES: &str = "test-state-api";
/// The class of replies to `StartSyncExecution`.
const SYNC_RESULTS: &str = "sync-result";
/// The class of which only outputs are recorded.
const OUTCOMES: &str = "outcome-cases";
/// A case that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

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
    cases.retain(|case| CLASSES.contains(&case.case.flags.replay.as_str()));
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
    let mut cases = mine(folder)?;
    cases.retain(|case| filter.is_none_or(|filter| case.file.contains(filter)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no threads: {error}"))?;
    let mut lines = Vec::with_capacity(cases.len());
    for CaseFile { file, case } in cases {
        let class = case.flags.replay.clone();
        lines.push(Line { file, class, verdict: runtime.block_on(verdict(case)) });
    }
    if filter.is_some() {
        lines.iter().for_each(show);
    }
    println!("{}", report::summary(&lines));
    for line in &lines {
        if let Verdict::Skipped(reason) = &line.verdict {
            println!("NOT REPLAYED {}: {reason}", line.file);
        }
    }
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
    // Other targets have the rest of the list.
    Ok(known.check(lines, &CLASSES, false))
}

/// What comes of a case; a panic is a failure, and so is a case that does not end.
async fn verdict(case: Case) -> Verdict {
    let replay = tokio::spawn(async move { replay::replay(&case).await });
    match tokio::time::timeout(PATIENCE, replay).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(error)) => Verdict::Failed(format!("the replay panicked: {error}").into()),
        Err(_) => Verdict::Failed(format!("it did not end in {} s", PATIENCE.as_secs()).into()),
    }
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
