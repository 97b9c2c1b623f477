//! Running cases, each on a stack of its own.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use journal::{Journal, MemoryJournal};
use local::{Binaries, Local, LocalError, Machine, Options, Project};
use machine::{Document, Outcome};
use runtime::{ExecutionHandle, Pace, Settings};
use tokio::task::JoinSet;

use crate::case::{Answer, Case, pace_name};
use crate::check;
use crate::coverage::Coverage;
use crate::replay::{Visits, root_header, visits};
use crate::report::{CaseReport, Failure};
use crate::services;

/// How many lines of the functions' logs are kept of a case.
const LOG_LINES: usize = 400;
/// How long what goes on beside an execution (deliveries, queues) may take after its end.
const SETTLING: Duration = Duration::from_secs(3);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(25);

/// Runs cases: the functions are built, everything else is made anew for each case.
pub struct Bench {
    template: PathBuf,
    parameters: BTreeMap<String, String>,
    binaries: Binaries,
    patience: Duration,
}

/// A case that was run: what came of it, and what it came through by state machine ARN.
pub struct Ran {
    /// What came of it.
    pub report: CaseReport,
    /// What its executions came through, with the name of the state machine; those of `before` included.
    pub visits: Vec<(String, Visits)>,
}

impl Bench {
    /// Builds the functions that these cases need. `patience` is how long one execution may take by the wall's clock.
    pub async fn prepare(
        template: PathBuf,
        parameters: BTreeMap<String, String>,
        cases: impl IntoIterator<Item = &Case>,
        patience: Duration,
        on_build: impl FnMut(&lambda::Progress),
    ) -> Result<Self, LocalError> {
        // Parameters may decide which resources there are.
        let mut settings = vec![parameters.clone()];
        for case in cases {
            let with = merged(&parameters, &case.expected.parameters);
            if !settings.contains(&with) {
                settings.push(with);
            }
        }
        let mut projects = Vec::new();
        for parameters in settings {
            let project = Project::read(&template, &parameters, None)?;
            if !project.is_sound() {
                return Err(LocalError::Unsound(Box::new(project)));
            }
            projects.push(project);
        }
        let folder = projects.first().map(|project| project.folder.clone()).unwrap_or_default();
        let stacks = projects.iter().filter_map(|project| project.stack.as_ref());
        let binaries = Binaries::build(&folder, stacks, on_build).await?;
        Ok(Self { template, parameters, binaries, patience })
    }

    /// Runs cases, so many at the same time, and hands each to `done` in the order of the list as soon as it and all before
    /// it are over.
    pub async fn run_all(self: &Arc<Self>, cases: Vec<Case>, jobs: usize, mut done: impl FnMut(Ran)) {
        let mut waiting = cases.into_iter().enumerate();
        let mut running = JoinSet::new();
        let mut finished: BTreeMap<usize, Ran> = BTreeMap::new();
        let mut next = 0;
        loop {
            while running.len() < jobs.max(1)
                && let Some((index, case)) = waiting.next()
            {
                let bench = self.clone();
                running.spawn(async move {
                    // A task of its own, so that a panic is the case's failure.
                    let about = (case.machine.clone(), case.name.clone());
                    let ran = tokio::spawn(async move { bench.run(&case).await }).await;
                    (index, ran.unwrap_or_else(|error| broken(about, &error.to_string())))
                });
            }
            let Some(joined) = running.join_next().await else { return };
            if let Ok((index, ran)) = joined {
                finished.insert(index, ran);
            }
            while let Some(ran) = finished.remove(&next) {
                done(ran);
                next += 1;
            }
        }
    }

    /// Runs one case.
    pub async fn run(&self, case: &Case) -> Ran {
        let began = Instant::now();
        let log = Arc::new(Log::default());
        let mut report = CaseReport {
            machine: case.machine.clone(),
            name: case.name.clone(),
            comment: case.expected.comment.clone(),
            command: command(case),
            ..CaseReport::default()
        };
        let mut visits = Vec::new();
        let journal = Arc::new(MemoryJournal::new());
        match Local::start_built(self.options(case, &journal, &log), &self.binaries).await {
            Err(error) => report.failures.push(Failure::new(format!("the stack did not start: {}", told(&error)))),
            Ok(local) => {
                let answering = tokio::spawn(attend(local.mails(), case.expected.answer, log.clone()));
                visits = self.run_on(&local, &journal, case, &mut report).await;
                answering.abort();
                local.shut_down().await;
            }
        }
        report.log = log.take();
        report.elapsed = began.elapsed();
        Ran { report, visits }
    }

    async fn run_on(
        &self,
        local: &Local,
        journal: &MemoryJournal,
        case: &Case,
        report: &mut CaseReport,
    ) -> Vec<(String, Visits)> {
        let expected = &case.expected;
        for (path, input) in &expected.before {
            if let Err(failure) = self.execute(local, &case.machine, input).await {
                let summary = format!("before, with {}: {}", path.display(), failure.summary);
                report.failures.push(Failure { summary, ..failure });
                return all_visits(local, journal);
            }
        }
        if let Some(table) = &expected.mock {
            local.mock(table.clone());
        }
        let ended = self.execute(local, &case.machine, &case.input).await;
        let mut failures = Vec::new();
        match ended {
            Err(failure) => failures.push(failure),
            Ok((execution, outcome)) => {
                report.status = Some(outcome.status());
                if let Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) = &outcome {
                    report.error = failure.error.as_deref().map(str::to_owned);
                    report.cause = failure.cause.as_deref().map(str::to_owned);
                }
                let came_through = visits_of(local, journal, &execution.identity.execution_arn);
                report.entered = came_through.entered.iter().map(ToString::to_string).collect();
                failures.extend(check::ending(expected, &outcome, &report.entered));
                // After another ending than expected nothing is waited for.
                let patience = if failures.is_empty() { SETTLING } else { Duration::ZERO };
                failures.extend(settled(local, case, patience).await);
            }
        }
        report.failures = failures;
        let all = all_visits(local, journal);
        if report.entered.is_empty() {
            // It did not end: what it came to so far.
            let name = &case.machine;
            if let Some((_, last)) = all.iter().rev().find(|(machine, _)| machine == name) {
                report.entered = last.entered.iter().map(ToString::to_string).collect();
            }
        }
        all
    }

    /// Runs an execution to its end.
    async fn execute(
        &self,
        local: &Local,
        machine: &str,
        input: &Document,
    ) -> Result<(Arc<ExecutionHandle>, Outcome), Failure> {
        let started = local.execute(machine, input.clone()).await;
        let execution = started
            .ok_or_else(|| Failure::new(format!("with these parameters the stack has no state machine {machine}")))?
            .map_err(|error| Failure::new(format!("the execution did not start: {error}")))?;
        let Ok(outcome) = tokio::time::timeout(self.patience, execution.finished()).await else {
            let summary = format!("the execution did not end within {} s", self.patience.as_secs());
            let details = vec!["a task token that nobody answers waits as long as it may".to_owned()];
            return Err(Failure::new(summary).with_details(details));
        };
        Ok((execution, outcome))
    }

    fn options(&self, case: &Case, journal: &Arc<MemoryJournal>, log: &Arc<Log>) -> Options {
        let sink = log.clone();
        Options {
            template: self.template.clone(),
            parameters: merged(&self.parameters, &case.expected.parameters),
            settings: Settings { pace: case.expected.time, attended: case.expected.answer != Answer::Nobody },
            journal: journal.clone(),
            kept: None,
            observer: None,
            log_sink: Some(Arc::new(move |record: &lambda::LogRecord<'_>| {
                sink.add(format!("[{}] {}", record.function_name, record.message.trim_end()));
            })),
            overrides: case.expected.environment.clone(),
            bind: local::ANY_PORT,
            lambda_endpoint: None,
            on_build: Box::new(|_| {}),
        }
    }
}

/// What is counted of each machine.
pub fn count(coverages: &mut BTreeMap<String, Coverage>, ran: &Ran) {
    for (machine, visits) in &ran.visits {
        if let Some(coverage) = coverages.get_mut(machine) {
            coverage.count(visits);
        }
    }
}

/// Checks the services; what goes on beside the execution gets a moment to end.
async fn settled(local: &Local, case: &Case, patience: Duration) -> Vec<Failure> {
    let began = Instant::now();
    loop {
        let failures = services::check(local, &case.expected.then).await;
        if failures.is_empty() || began.elapsed() >= patience {
            return failures;
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn merged(base: &BTreeMap<String, String>, more: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut merged = base.clone();
    merged.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    merged
}

/// What an execution came through.
fn visits_of(local: &Local, journal: &MemoryJournal, execution_arn: &str) -> Visits {
    let project = local.project();
    let machine = machine_of(&project, journal, execution_arn).and_then(|machine| machine.compiled.clone());
    match machine {
        // The journal is in memory, and reading it does not fail.
        Some(machine) => visits(journal, execution_arn, machine).ok().flatten().unwrap_or_default(),
        None => Visits::default(),
    }
}

/// The machine that an execution belongs to.
fn machine_of<'p>(project: &'p Project, journal: &MemoryJournal, execution_arn: &str) -> Option<&'p Machine> {
    let root = root_header(journal, execution_arn).ok()??;
    project.machine(&root.state_machine_arn)
}

/// What all executions of a stack came through, oldest first, with the machines' names.
fn all_visits(local: &Local, journal: &MemoryJournal) -> Vec<(String, Visits)> {
    let project = local.project();
    let summaries = journal.summaries().unwrap_or_default();
    summaries
        .iter()
        .rev()
        .filter_map(|summary| {
            let machine = machine_of(&project, journal, &summary.execution_arn)?;
            Some((machine.name.clone(), visits_of(local, journal, &summary.execution_arn)))
        })
        .collect()
}

/// Answers mails as the case says.
async fn attend(mut mails: tokio::sync::mpsc::UnboundedReceiver<Arc<aws::Mail>>, answer: Answer, log: Arc<Log>) {
    if answer == Answer::Nobody {
        return;
    }
    while let Some(mail) = mails.recv().await {
        let links = local::links(&mail.body);
        if links.is_empty() {
            continue;
        }
        let Some(link) = local::choose(&links, answer.name()) else {
            log.add(format!("[batuta] no link to {} in the mail {:?}", answer.name(), mail.subject));
            continue;
        };
        if let Err(error) = local::follow(&link.url).await {
            log.add(format!("[batuta] {error}"));
        }
    }
}

/// The last lines that the functions of a case logged.
#[derive(Default)]
struct Log(Mutex<VecDeque<String>>);

impl Log {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

/// A case whose run broke off.
fn broken((machine, name): (String, String), error: &str) -> Ran {
    let failures = vec![Failure::new(format!("the run broke off: {error}"))];
    Ran { report: CaseReport { machine, name, failures, ..CaseReport::default() }, visits: Vec::new() }
}

/// An error with the problems of the project that it is about.
fn told(error: &LocalError) -> String {
    let LocalError::Unsound(project) = error else { return error.to_string() };
    let problems = project.problems.iter().chain(project.machines.iter().flat_map(|machine| &machine.problems));
    let first = problems
        .filter(|problem| problem.is_error())
        .map(|problem| format!("{}: {}", problem.pointer, problem.message));
    first.collect::<Vec<_>>().join("; ")
}

/// The command that runs a case's input by hand.
fn command(case: &Case) -> String {
    let expected = &case.expected;
    let mut command =
        format!("batuta run {} --input {}", quoted(&case.machine), quoted(&case.input_path.display().to_string()));
    if expected.time == Pace::Skip {
        let _ = write!(command, " --time {}", pace_name(expected.time));
    }
    let _ = write!(command, " --answer {}", expected.answer.name());
    for variable in &expected.environment {
        let program = variable.function.as_deref().map(|name| format!("{name}:")).unwrap_or_default();
        let _ = write!(command, " --env {}", quoted(&format!("{program}{}={}", variable.name, variable.value)));
    }
    for (name, value) in &expected.parameters {
        let _ = write!(command, " --parameter {}", quoted(&format!("{name}={value}")));
    }
    if expected.mock.is_some() || !expected.before.is_empty() {
        let _ = write!(
            command,
            "  (without its mocks and earlier runs; with them: batuta test {})",
            quoted(&format!("{}/{}", case.machine, case.name))
        );
    }
    command
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("check-price:URL=http://127.0.0.1:9/"), "check-price:URL=http://127.0.0.1:9/");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
