//! `batuta run`

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use journal::SqliteJournal;
use local::{Local, LocalError, Options, Override, Project};
use machine::{Document, Outcome, limits};
use runtime::{Pace, Settings};

use super::project;
use crate::answer;
use crate::cli::{Answer, Environment, Run, Time};
use crate::fault::{FAILED, Fault};
use crate::output::{say, tell};
use crate::render::progress::{Progress, took};
use crate::render::style::Style;

/// Runs one execution to its end.
pub(crate) fn run(run: Run) -> Result<u8, Fault> {
    let template = project::template(&run.project)?;
    let project = project::read(&run.project)?;
    // What was asked for is looked at before anything is built or started.
    let machine = project::machine(&project, &run.machine)?;
    if !project.is_sound() {
        return Err(project::unsound(&project));
    }
    let (input, shown) = input(&run, &project, machine)?;
    let name = machine.name.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format_args!("the runtime can't be started: {error}")))?;
    let done = runtime.block_on(execute(run, &template, &name, input, &shown));
    // A thread that still reads standard input must not hold the exit back.
    runtime.shutdown_background();
    done
}

async fn execute(run: Run, template: &Path, name: &str, input: Document, shown: &str) -> Result<u8, Fault> {
    let style = Style::stderr();
    let progress = Arc::new(Progress::new(false));
    progress.note(&format!("{} {}", style.bold(name), style.dim(shown)));
    let folder = project::data_folder(template);
    std::fs::create_dir_all(&folder)
        .map_err(|error| Fault::wrong_use(format_args!("{} can't be made: {error}", folder.display())))?;
    let journal = Arc::new(SqliteJournal::open(&project::runs(&folder)).map_err(Fault::wrong_use)?);
    let settings = Settings {
        pace: match run.time {
            Time::Real => Pace::Real,
            Time::Skip => Pace::Skip,
        },
        attended: run.answer != Answer::Nobody,
    };
    let logs = run.logs.then(|| log_sink(style));
    let local = Local::start(Options {
        template: template.to_owned(),
        parameters: project::parameters(&run.project),
        settings,
        journal: journal.clone(),
        kept: None,
        observer: Some(progress.clone()),
        log_sink: logs,
        overrides: overrides(&run.environment),
        bind: (Ipv4Addr::LOCALHOST, run.port).into(),
        lambda_endpoint: run.lambda_endpoint.clone(),
        on_build: build_progress(style),
    })
    .await
    .map_err(|error| fault(&error))?;
    progress.note(&format!("  {}", style.dim(&format!("services at {}", local.cloud().endpoint()))));
    tokio::spawn(answer::attend(run.answer, local.mails(), progress.clone()));
    let began = Instant::now();
    let execution = match local.execute(name, input).await {
        Some(Ok(execution)) => execution,
        Some(Err(error)) => return Err(Fault::failed(error)),
        // The machine was found in the same files a moment ago.
        None => return Err(Fault::wrong_use(format_args!("there is no state machine {name} any more"))),
    };
    let outcome = tokio::select! {
        outcome = execution.finished() => outcome,
        _ = tokio::signal::ctrl_c() => {
            local.runtime().stop(&execution, Some("Batuta.Interrupted"), Some("stopped by Ctrl-C"));
            execution.finished().await
        }
    };
    let elapsed = began.elapsed();
    local.shut_down().await;
    journal.close();
    let about = format!("{} after {}", outcome.status(), took(elapsed));
    match outcome {
        Outcome::Succeeded(output) => {
            progress.note(&format!("{} {}", style.good("✓"), style.bold(&about)));
            say!("{:#}", output.value());
            Ok(0)
        }
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            let error = failure.error.as_deref().unwrap_or("no error name");
            progress.note(&format!("{} {}  {}", style.bad("✗"), style.bold(&about), style.bad(error)));
            if let Some(cause) = failure.cause {
                progress.note(&format!("  {cause}"));
            }
            Ok(FAILED)
        }
    }
}

/// The input, and what to call it.
fn input(run: &Run, project: &Project, machine: &local::Machine) -> Result<(Document, String), Fault> {
    let (text, shown) = match run.input.as_deref() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| Fault::wrong_use(format_args!("standard input can't be read: {error}")))?;
            (text, "standard input".to_owned())
        }
        Some(given) if looks_like_json(given) && !Path::new(given).is_file() => {
            (given.to_owned(), "--input".to_owned())
        }
        Some(path) => (read(Path::new(path))?, path.to_owned()),
        None => match project.default_event(machine) {
            Some(path) => (read(&path)?, path.display().to_string()),
            None => ("{}".to_owned(), "no event lies ready: the input is {}".to_owned()),
        },
    };
    if text.len() > limits::MAX_PAYLOAD_BYTES {
        return Err(Fault::wrong_use(format_args!(
            "the input has {} bytes, and Step Functions takes at most {}",
            text.len(),
            limits::MAX_PAYLOAD_BYTES
        )));
    }
    let document = Document::parse(text.trim()).map_err(|error| {
        Fault::wrong_use(format_args!("the input ({shown}) is not JSON: {error}"))
            .with_help("give --input a file, JSON text in single quotes, or - for standard input")
    })?;
    Ok((document, shown))
}

fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"']) || serde_json::from_str::<serde_json::Value>(text).is_ok()
}

fn read(path: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|error| {
        Fault::wrong_use(format_args!("the input {} can't be read: {error}", path.display()))
            .with_help("give --input a file, JSON text in single quotes, or - for standard input")
    })
}

/// Shows what functions and containers log.
pub(crate) fn log_sink(style: Style) -> lambda::LogSink {
    Arc::new(move |record: &lambda::LogRecord<'_>| {
        tell!("    {}", style.dim(&format!("[{}] {}", record.function_name, record.message.trim_end())));
    })
}

/// The environment variables of the command line.
pub(crate) fn overrides(environment: &[Environment]) -> Vec<Override> {
    environment
        .iter()
        .map(|variable| Override {
            function: variable.function.clone(),
            name: variable.name.clone(),
            value: variable.value.clone(),
        })
        .collect()
}

/// Says what is being compiled, in one line that is written over on a terminal.
pub(crate) fn build_progress(style: Style) -> Box<dyn FnMut(&lambda::Progress) + Send> {
    let mut last = 0;
    Box::new(move |progress| {
        // A build that has nothing to do says nothing; a long one says every so often how far it is.
        if progress.completed < last + 20 && !progress.current.is_empty() && last > 0 {
            return;
        }
        if let Some(total) = progress.total {
            last = progress.completed.max(1);
            tell!("  {}", style.dim(&format!("building the functions: {} of {total}", progress.completed)));
        }
    })
}

/// The fault of a project that could not be put to work.
pub(crate) fn fault(error: &LocalError) -> Fault {
    match error {
        LocalError::Unsound(project) => project::unsound(project),
        LocalError::Compile(lambda::CompileError::Errors { errors }) => {
            for message in errors {
                tell!("{}", message.rendered.trim_end());
            }
            Fault::wrong_use(error)
        }
        LocalError::Project(_)
        | LocalError::UnknownFunction { .. }
        | LocalError::Compile(_)
        | LocalError::NotBuilt(_)
        | LocalError::Host(_) => Fault::wrong_use(error),
        LocalError::Cloud(aws::Error::Bind { address, .. }) => Fault::failed(error).with_help(format!(
            "another program has port {}: end it, or choose another one with --port",
            address.port()
        )),
        LocalError::Cloud(_) | LocalError::Registry(_) | LocalError::Journal(_) => Fault::failed(error),
    }
}
