//! Replays the cases that were recorded from AWS.
//!
//! The cases lie outside the project, in `../shared/conformance/cases` beside the workspace; a checkout without them says
//! loudly that nothing was replayed, and passes. What still fails is listed in `conformance/known-failures.txt`.
//!
//! Environment:
//! - `CONFORMANCE_CASES` another folder with cases; the list of known failures doesn't count for it, and failures don't
//!   fail the test: they are counted and reported.
//! - `CONFORMANCE_FILTER` replays only the cases whose file contains this, and shows each difference in full. An argument
//!   on the command line does the same.
//! - `CONFORMANCE_REPORT` a file to write one line for each case to: file, class, `pass`, `fail` or `skipped`, reason.
//! - `CONFORMANCE_UPDATE=1` takes cases that pass off the list of known failures, and writes the list if there is none.
//!
//! Relative paths start at the workspace.

mod bindings;
mod case;
mod compare;
mod distributed;
mod driver;
mod engine_history;
mod interleaving;
mod known;
mod normalise;
mod outcome_cases;
mod report;
mod script;
mod selftest;
mod sync_result;
mod text_diff;
mod today;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use case::{Case, CaseFile};
use known::Known;
use report::{Failure, Line, Verdict};

/// Where the cases lie, from the workspace.
const CASES: &str = "../shared/conformance/cases";
/// Where the list of known failures lies, from the workspace.
const KNOWN: &str = "conformance/known-failures.txt";

/// The replay classes of the cases that are replayed here; crates/api has tests for the others.
const CLASSES: [&str; 4] = ["engine-history", "engine-history-distributed", "outcome-cases", "sync-result"];

/// Room for deeply nested documents.
const STACK_BYTES: usize = 16 << 20;

thread_local! {
    /// What the last panic of a replay said, and where.
    static PANIC: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// The workspace's folder.
fn workspace() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("the crate lies in crates/machine of the workspace")
}

/// What one run of the target has to do.
struct Request {
    /// The folder of the cases, and whether it is the project's own.
    folder: PathBuf,
    own: bool,
    filter: Option<String>,
    report: Option<PathBuf>,
    update: bool,
    list: bool,
}

impl Request {
    fn read() -> Self {
        let workspace = workspace();
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let folder = set("CONFORMANCE_CASES");
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Self {
            own: folder.is_none(),
            folder: workspace.join(folder.as_deref().unwrap_or(CASES)),
            filter: set("CONFORMANCE_FILTER").or_else(|| filter_among(&arguments)),
            report: set("CONFORMANCE_REPORT").map(|file| workspace.join(file)),
            update: set("CONFORMANCE_UPDATE").is_some_and(|value| value != "0"),
            list: arguments.iter().any(|argument| argument == "--list"),
        }
    }
}

/// The first argument that is neither an option of a test target nor the value of one.
fn filter_among(arguments: &[String]) -> Option<String> {
    const WITH_VALUE: [&str; 6] = ["--test-threads", "--format", "--color", "--skip", "--logfile", "-Z"];
    let of_option = |index: usize| index.checked_sub(1).is_some_and(|before| WITH_VALUE.contains(&&*arguments[before]));
    let mut named = arguments.iter().enumerate().filter(|(_, argument)| !argument.starts_with('-'));
    named.find(|(index, _)| !of_option(*index)).map(|(_, argument)| argument.clone())
}

/// What is counted as in any other test target.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    /// Cases that are known to fail, and cases that are not replayed.
    ignored: usize,
    filtered_out: usize,
}

fn main() -> ExitCode {
    let begun = Instant::now();
    let request = Request::read();
    let mut counts = Counts::default();
    let wanted = |name: &str| request.filter.as_deref().is_none_or(|filter| name.contains(filter));
    if request.list {
        let cases = case::load(&request.folder).unwrap_or_default();
        let names = selftest::TESTS.iter().map(|(name, _)| *name).chain(cases.iter().map(|case| case.file.as_str()));
        for name in names.filter(|name| wanted(name)) {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    println!("\nrunning the recorded cases");
    let mut failures = Vec::new();
    for (name, test) in selftest::TESTS {
        if !wanted(name) {
            counts.filtered_out += 1;
            continue;
        }
        match std::panic::catch_unwind(test) {
            Ok(()) => counts.passed += 1,
            Err(_) => failures.push(format!("{name} failed: see above.")),
        }
    }
    match replay_all(&request, &mut counts) {
        Ok(more) => failures.extend(more),
        Err(error) => failures.push(error),
    }
    counts.failed = failures.len();
    if !failures.is_empty() {
        println!("\nfailures:");
        for failure in &failures {
            println!("    {failure}");
        }
    }
    let Counts { passed, failed, ignored, filtered_out } = counts;
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; {filtered_out} filtered \
         out; finished in {:.2}s\n",
        begun.elapsed().as_secs_f64()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Replays the cases. Each text that comes back is a failure of the target.
fn replay_all(request: &Request, counts: &mut Counts) -> Result<Vec<String>, String> {
    if !request.folder.is_dir() {
        let warning = format!(
            "WARNING: the cases recorded from AWS were NOT replayed: there is no folder {} (CONFORMANCE_CASES names \
             another).",
            request.folder.display()
        );
        println!("{warning}");
        eprintln!("{warning}");
        return Ok(Vec::new());
    }
    let mut cases = case::load(&request.folder)?;
    let all = cases.len();
    if let Some(filter) = &request.filter {
        cases.retain(|case| case.file.contains(filter.as_str()));
        counts.filtered_out += all - cases.len();
    }
    let lines = replay_in_parallel(&cases);
    if request.filter.is_some() {
        for line in &lines {
            show(line);
        }
    }
    println!("{}", report::summary(&lines));
    if let Some(file) = &request.report {
        std::fs::write(file, report::lines(&lines)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if !request.own {
        let passed = lines.iter().filter(|line| matches!(line.verdict, Verdict::Passed(_))).count();
        let failed = lines.iter().filter(|line| matches!(line.verdict, Verdict::Failed(_))).count();
        counts.passed += passed;
        counts.ignored += lines.len() - passed;
        println!("{failed} cases of {} failed; the list of known failures is not for them.", request.folder.display());
        return Ok(Vec::new());
    }
    let known = known_failures(request, &lines, lines.len() == all)?;
    let listed = known.files();
    for line in &lines {
        match (&line.verdict, listed.contains(line.file.as_str())) {
            (Verdict::Passed(_), false) => counts.passed += 1,
            (Verdict::Failed(_), true) | (Verdict::Skipped(_), false) => counts.ignored += 1,
            (_, true) if !CLASSES.contains(&line.class.as_str()) => counts.ignored += 1,
            // Against the list: counted with the failures.
            (Verdict::Failed(_), false) | (Verdict::Passed(_) | Verdict::Skipped(_), true) => {}
        }
    }
    println!("{} cases are known to fail ({KNOWN}).", listed.len());
    Ok(known.check(&lines, &CLASSES, lines.len() == all))
}

/// The list of known failures, brought up to date if that was asked for.
fn known_failures(request: &Request, lines: &[Line], all: bool) -> Result<Known, String> {
    let path = workspace().join(KNOWN);
    let mut known = match std::fs::read_to_string(&path) {
        Ok(text) => Known::parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && request.update && all => Known::of(lines),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    if request.update {
        known = known.shrunk(lines);
        std::fs::write(&path, known.text()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(known)
}

/// Replays each case, on every core.
fn replay_in_parallel(cases: &[CaseFile]) -> Vec<Line> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(Vec::with_capacity(cases.len()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = std::panic::catch_unwind(AssertUnwindSafe(|| replay(&case.case)))
                        .unwrap_or_else(|_| Verdict::Failed(Failure::from(PANIC.take())));
                    let line = Line { file: case.file.clone(), class: case.case.flags.replay.clone(), verdict };
                    lines.lock().expect("no thread panics while it holds this").push(line);
                }
            });
            worker.expect("the machine has room for one thread per core");
        }
    });
    std::panic::set_hook(hook);
    let mut lines = lines.into_inner().expect("no thread panics while it holds this");
    lines.sort_by(|a, b| a.file.cmp(&b.file));
    lines
}

/// Replays a case as its class asks for.
fn replay(case: &Case) -> Verdict {
    match case.flags.replay.as_str() {
        "engine-history" | "engine-history-distributed" => engine_history::replay(case),
        "outcome-cases" => outcome_cases::replay(case),
        "sync-result" => sync_result::replay(case),
        other => Verdict::Skipped(format!("cases of class {other} are not replayed here")),
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
