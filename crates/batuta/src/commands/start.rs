//! `batuta start`

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::SqliteRegistry;
use journal::{Journal, MemoryJournal, SqliteJournal};
use local::{DataFolder, Kept, Local, LocalError, Options, Watcher};
use runtime::{Observer, Pace, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{project, run};
use crate::cli::{Start, Time};
use crate::fault::Fault;
use crate::output::tell;
use crate::render::server::Chronicle;
use crate::render::style::Style;

/// How long tasks in flight may go on when the server is asked to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until it is told to end.
pub(crate) fn start(start: &Start) -> Result<u8, Fault> {
    let began = Instant::now();
    if !start.host.is_loopback() && !start.expose {
        return Err(Fault::wrong_use(format_args!("{} can be reached from other machines", start.host)).with_help(
            "the server asks for no credentials, runs the functions of the template for whoever calls, and gives out all \
             that is stored; say --expose if that is what you want",
        ));
    }
    let template = project::template(&start.project)?;
    tell_of_trouble();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format_args!("the runtime can't be started: {error}")))?;
    let done = runtime.block_on(serve(start, &template, began));
    runtime.shutdown_background();
    done
}

/// Warnings and errors of the parts go to standard error.
fn tell_of_trouble() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    // The S3 library calls every object that is not there an error.
    let targets = Targets::new().with_default(LevelFilter::WARN).with_target("s3s", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .with_ansi(false);
    // Nobody else sets one in this process; if somebody did, theirs counts.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}

async fn serve(start: &Start, template: &Path, began: Instant) -> Result<u8, Fault> {
    let style = Style::stderr();
    let data = if start.ephemeral {
        None
    } else {
        let folder = start.data.clone().unwrap_or_else(|| project::data_folder(template));
        let help = "end the other one, or choose another folder with --data";
        Some((DataFolder::open(&folder).map_err(|error| Fault::failed(error).with_help(help))?, folder))
    };
    let kept = match &data {
        None => None,
        Some((data, _)) => Some(Kept {
            registry: Box::new(SqliteRegistry::open(&data.registry()).map_err(Fault::failed)?),
            services: data.services(),
        }),
    };
    let recorded = match &data {
        None => None,
        Some((data, _)) => Some(Arc::new(SqliteJournal::open(&data.journal()).map_err(Fault::failed)?)),
    };
    let journal: Arc<dyn Journal> = match &recorded {
        Some(journal) => journal.clone(),
        None => Arc::new(MemoryJournal::new()),
    };
    let pace = match start.time {
        Time::Real => Pace::Real,
        Time::Skip => Pace::Skip,
    };
    let chronicle: Arc<dyn Observer> = Arc::new(Chronicle::new());
    let options = Options {
        template: template.to_owned(),
        parameters: project::parameters(&start.project),
        settings: Settings { pace, attended: true },
        journal,
        kept,
        // Thousands of lines in a file help nobody, and cost time.
        observer: std::io::IsTerminal::is_terminal(&std::io::stderr()).then_some(chronicle),
        log_sink: start.logs.then(|| run::log_sink(style)),
        overrides: run::overrides(&start.environment),
        bind: (start.host, start.port).into(),
        lambda_endpoint: start.lambda_endpoint.clone(),
        on_build: run::build_progress(style),
    };
    // Before anything is read, so that no change is missed.
    let watcher = if start.watch {
        let folder = template.parent().unwrap_or(Path::new(""));
        Some(Watcher::new(folder).map_err(|error| {
            Fault::failed(format_args!("changes can't be followed: {error}")).with_help("start without --watch")
        })?)
    } else {
        None
    };
    // Tasks have time limits: a first build of minutes must not use them up. To see that nothing has changed takes cargo a
    // moment, and that is not waited for.
    let local = Local::start_early(options).await;
    let local = Arc::new(local.map_err(|error| run::fault(&error))?);
    // Not before: what takes minutes, a first build, may be interrupted. Not later: who reads that it serves may end it.
    let mut told = Told::listen()?;
    let endpoint = local.cloud().endpoint().to_owned();
    let ready = began.elapsed();
    welcome(&local, template, &endpoint, ready, style);
    if let Some((data, folder)) = &data {
        data.announce(&endpoint);
        let count = local.resumed();
        let running = match count {
            0 => String::new(),
            1 => "; 1 execution goes on".to_owned(),
            count => format!("; {count} executions go on"),
        };
        tell!("  {}", style.dim(&format!("kept in {}{running}", folder.display())));
    }
    for (execution, reason) in local.stuck() {
        tell!("  {} {execution} can't go on: {reason}", style.bad("✗"));
    }
    tokio::spawn(show_mails(local.clone(), style));
    let building = local.clone();
    let watch = start.watch;
    let built = tokio::spawn(async move {
        match building.build(run::build_progress(style)).await {
            Ok(()) => Ok(()),
            Err(error) if watch => {
                tell(&error, style);
                Ok(())
            }
            Err(error) => Err(error),
        }
    });
    let watching = watcher.map(|watcher| tokio::spawn(follow(local.clone(), watcher, style)));
    let ended = until_told(&mut told, built).await;
    tell!("{}", style.dim("ending: tasks in flight may answer, what is left undone is on record"));
    if let Some(watching) = watching {
        watching.abort();
    }
    let drained = tokio::select! {
        drained = local.drain(PATIENCE) => drained,
        // A second one is impatient.
        _ = told.interrupted.recv() => false,
    };
    if !drained {
        tell!("{}", style.dim("some tasks did not answer in time; they are called again at the next start"));
    }
    local.shut_down().await;
    if let Some(journal) = recorded {
        journal.close();
    }
    ended
}

/// Ctrl-C and SIGTERM: from now on they don't end the process by themselves.
struct Told {
    interrupted: Signal,
    terminated: Signal,
}

impl Told {
    fn listen() -> Result<Self, Fault> {
        let listen = |kind| signal(kind).map_err(|error| Fault::failed(format_args!("no signals: {error}")));
        Ok(Self { interrupted: listen(SignalKind::interrupt())?, terminated: listen(SignalKind::terminate())? })
    }
}

/// Waits until it is told to end, or a build failed.
async fn until_told(told: &mut Told, built: tokio::task::JoinHandle<Result<(), LocalError>>) -> Result<u8, Fault> {
    let failed = async {
        match built.await {
            Ok(Err(error)) => error,
            // Built, or the process is ending.
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = told.interrupted.recv() => Ok(0),
        _ = told.terminated.recv() => Ok(0),
        error = failed => Err(run::fault(&error)),
    }
}

fn welcome(local: &Local, template: &Path, endpoint: &str, ready: Duration, style: Style) {
    let took = format!("(ready in {} ms)", ready.as_millis());
    let serves = format!("{} is served at {endpoint}", template.display());
    tell!("{}  {}", style.bold(&serves), style.dim(&took));
    tell!("  export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION={}", local.cloud().region());
    tell!("  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local");
    for machine in &local.project().machines {
        tell!("  {}  {}", style.bold(&machine.name), style.dim(&machine.resource.arn));
    }
}

/// Shows what people would be mailed, with the links that they could follow.
async fn show_mails(local: Arc<Local>, style: Style) {
    let mut mails = local.mails();
    while let Some(mail) = mails.recv().await {
        tell!("{} {}", style.link("✉"), style.bold(&mail.subject));
        for link in local::links(&mail.body) {
            tell!("    {}: {}", link.label, style.link(&link.url));
        }
    }
}

/// Takes up changes for ever.
async fn follow(local: Arc<Local>, mut watcher: Watcher, style: Style) {
    loop {
        watcher.changed().await;
        match local.reload(run::build_progress(style)).await {
            Ok(reloaded) if reloaded.is_nothing() => {}
            Ok(reloaded) => {
                let template = reloaded.template.then(|| "template".to_owned());
                let changed: Vec<String> =
                    template.into_iter().chain(reloaded.machines).chain(reloaded.programs).collect();
                tell!("{} {}", style.good("↻"), changed.join(", "));
            }
            Err(error) => tell(&error, style),
        }
    }
}

/// Says why a change was not taken up.
fn tell(error: &LocalError, style: Style) {
    let fault = run::fault(error);
    tell!("{} {}; what was there before goes on", style.bad("✗"), fault.message);
}
