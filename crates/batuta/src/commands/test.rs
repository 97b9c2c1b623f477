//! `batuta test`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use local::Project;
use testkit::{Bench, Case, Coverage, MachineReport, Report, Selection};

use super::{project, run};
use crate::cli::Test;
use crate::fault::{FAILED, Fault, WRONG_USE};
use crate::output::{say, tell};
use crate::render;
use crate::render::diagnostics;
use crate::render::style::Style;

/// Runs the cases that are meant, and tells what came of them and what they covered.
pub(crate) fn test(test: &Test) -> Result<u8, Fault> {
    let began = Instant::now();
    let template = project::template(&test.project)?;
    let project = project::read(&test.project)?;
    if !project.is_sound() {
        return Err(project::unsound(&project));
    }
    let selection = Selection::parse(&test.patterns, &project).map_err(|error| {
        let help = error.near.as_ref().map_or_else(
            || "batuta list shows the machines and their inputs".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        Fault::wrong_use(&error).with_help(help)
    })?;
    let (mut report, cases) = read(&project, &selection)?;
    if !test.no_coverage_check && selection.is_of_whole_machines() {
        report.minimum = Some(test.coverage_minimum);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format_args!("the runtime can't be started: {error}")))?;
    runtime.block_on(execute(test, &template, cases, &mut report))?;
    runtime.shutdown_background();
    report.elapsed = began.elapsed();
    if let Some(path) = &test.junit {
        write(path, &testkit::to_junit(&report))?;
    }
    if test.json {
        say!("{:#}", report.to_json());
    } else {
        crate::output::out(format_args!("{}", render::test::summary(&report, Style::stdout())));
    }
    Ok(if report.passed() { 0 } else { FAILED })
}

/// The cases that are meant, and a report that nothing has come into yet.
fn read(project: &Project, selection: &Selection) -> Result<(Report, Vec<Case>), Fault> {
    let mut report = Report::default();
    let mut all = Vec::new();
    let (mut broken, mut mistakes) = (0, 0);
    for (position, machine) in project.machines.iter().enumerate() {
        if !selection.has_machine(position) {
            continue;
        }
        let found = testkit::read(project, machine);
        for (source, problems) in &found.problems {
            broken += 1;
            mistakes += problems.len();
            for problem in problems {
                tell!("{}", diagnostics::draw(source, problem));
            }
        }
        let cases: Vec<Case> =
            found.cases.into_iter().filter(|case| selection.has_case(position, &case.name)).collect();
        if cases.is_empty() && !selection.is_of_whole_machines() {
            continue;
        }
        report.machines.push(MachineReport {
            name: machine.name.clone(),
            coverage: machine.compiled.as_deref().map(Coverage::of).unwrap_or_default(),
            without: found.without,
            cases: Vec::with_capacity(cases.len()),
        });
        all.extend(cases);
    }
    if mistakes > 0 {
        let (mistake, file) =
            (if mistakes == 1 { "mistake" } else { "mistakes" }, if broken == 1 { "file" } else { "files" });
        return Err(Fault {
            status: WRONG_USE,
            message: format!("{mistakes} {mistake} in {broken} {file} of cases"),
            help: Some("docs/testing.md has the format of cases".to_owned()),
        });
    }
    if all.is_empty() && !selection.is_of_whole_machines() {
        return Err(Fault::wrong_use("no case is meant by that").with_help(
            "an input is a case when <input>.expect.json stands beside it; docs/testing.md has the format",
        ));
    }
    Ok((report, all))
}

async fn execute(test: &Test, template: &Path, cases: Vec<Case>, report: &mut Report) -> Result<(), Fault> {
    if cases.is_empty() {
        return Ok(());
    }
    let patience = Duration::from_secs(test.timeout);
    let parameters = project::parameters(&test.project);
    let mut on_build = run::build_progress(Style::stderr());
    let prepared =
        Bench::prepare(template.to_owned(), parameters, &cases, patience, |progress| on_build(progress)).await;
    let bench = Arc::new(prepared.map_err(|error| run::fault(&error))?);
    let jobs = test
        .jobs
        .map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get), usize::from);
    let mut coverages: BTreeMap<String, Coverage> = report
        .machines
        .iter_mut()
        .map(|machine| (machine.name.clone(), std::mem::take(&mut machine.coverage)))
        .collect();
    let machines = &mut report.machines;
    bench
        .run_all(cases, jobs, |ran| {
            testkit::count(&mut coverages, &ran);
            tell(
                &render::test::case(&ran.report, if test.json { Style::stderr() } else { Style::stdout() }),
                test.json,
            );
            if let Some(machine) = machines.iter_mut().find(|machine| machine.name == ran.report.machine) {
                machine.cases.push(ran.report);
            }
        })
        .await;
    for machine in machines {
        machine.coverage = coverages.remove(&machine.name).unwrap_or_default();
    }
    Ok(())
}

/// Tells of a case as soon as it is over.
fn tell(text: &str, on_stderr: bool) {
    if on_stderr {
        crate::output::err(format_args!("{text}"));
    } else {
        crate::output::out(format_args!("{text}"));
    }
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let fault = |error| Fault::wrong_use(format_args!("{} can't be written: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    std::fs::write(path, text).map_err(fault)
}
