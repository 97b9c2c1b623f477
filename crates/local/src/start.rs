//! A project is put to work.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use api::{Registry, StepFunctions};
use aws::{Cloud, Config};
use integrations::{Executions, HostedFunctions, Integrations};
use lambda::{Endpoint, Executor, Host, HostOptions};
use runtime::{Resumed, Runtime};

use crate::admin::Admin;
use crate::binaries::{Binaries, location};
use crate::build::Built;
use crate::furnish::furnish;
use crate::log_delivery::LogDelivery;
use crate::logs;
use crate::machines::deploy;
use crate::objects::Objects;
use crate::project::Project;
use crate::stack::{Local, LocalError, Options, check_overrides, specs};
use crate::tasks::Tasks;

impl Local {
    /// Puts a project to work. Everything is ready when this returns.
    pub async fn start(mut options: Options) -> Result<Self, LocalError> {
        // A first look, before anything is built: files with errors are told of at once.
        let project = read(&options)?;
        let binaries = build(&mut options, &project).await?;
        Self::start_built(options, &binaries).await
    }

    /// Puts a project to work without asking cargo about its functions, if an earlier build has left binaries of all of them
    /// where they are looked for: beside this program, as `cargo run` does, or in the workspace's target directory. Those whose
    /// sources did not change since are used at once; what calls others waits for [`Local::build`]. If there are binaries
    /// missing, all are built first, as [`Local::start`] does.
    pub async fn start_early(mut options: Options) -> Result<Self, LocalError> {
        let project = read(&options)?;
        let left_behind = match (&project.stack, &options.lambda_endpoint) {
            (Some(stack), None) => Binaries::left_behind(stack, &project.folder),
            _ => None,
        };
        let Some(binaries) = left_behind else {
            let binaries = build(&mut options, &project).await?;
            return Self::start_built(options, &binaries).await;
        };
        Self::start_with(options, &binaries, Some(project)).await
    }

    /// Puts a project to work whose functions are built already; `on_build` is not told of anything. What
    /// [`Local::start`] does once, this is quick to do many times: each stack has services and processes of its own.
    pub async fn start_built(options: Options, binaries: &Binaries) -> Result<Self, LocalError> {
        Self::start_with(options, binaries, None).await
    }

    /// The project is read again if any port will do, since the functions' environment and the definitions name it.
    async fn start_with(options: Options, binaries: &Binaries, project: Option<Project>) -> Result<Self, LocalError> {
        let knows_address = options.bind.port() != 0;
        let Options {
            template,
            parameters,
            settings,
            journal,
            kept,
            observer,
            log_sink,
            overrides,
            bind,
            lambda_endpoint,
            on_build: _,
        } = options;
        // Every line goes to its log group; who asked for the lines hears them, too.
        let heard = log_sink.clone();
        let config = Config {
            container_log: heard.map(logs::of_containers),
            bind,
            data: kept.as_ref().map(|kept| kept.services.clone()),
            // Nobody is to find half of a stack.
            hold: true,
            region: binaries.location.region.clone(),
            account_id: binaries.location.account_id.clone(),
            ..Config::default()
        };
        let cloud = Cloud::start(config).await?;
        let project = match project.filter(|_| knows_address) {
            Some(project) => project,
            None => Project::read(&template, &parameters, Some(cloud.endpoint()))?,
        };
        let (true, Some(stack)) = (project.is_sound(), &project.stack) else {
            return Err(LocalError::Unsound(Box::new(project)));
        };
        check_overrides(stack, &overrides)?;
        let functions: Executor = if let Some(url) = lambda_endpoint {
            Endpoint::new(&url, specs(stack, binaries, &overrides)?, location(stack))?.into()
        } else {
            let environment = BTreeMap::from([
                ("AWS_ENDPOINT_URL".to_owned(), cloud.endpoint().to_owned()),
                ("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned()),
                ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
            ]);
            let log_sink = Some(logs::of_functions(cloud.log_writer(), log_sink));
            let host = HostOptions { location: location(stack), environment, log_sink, ..HostOptions::default() };
            Host::start(specs(stack, binaries, &overrides)?, host).await?.into()
        };
        let functions = Arc::new(functions);
        let integrations = Integrations::new(functions.clone(), Arc::new(cloud.clone()));
        let tasks = Tasks::new(integrations.clone());
        let log_delivery = Arc::new(LogDelivery::new(cloud.log_writer(), observer));
        let runtime = Runtime::new(settings, journal, Arc::new(tasks.clone()), Some(log_delivery.clone()))
            .with_objects(Arc::new(Objects(cloud.objects())));
        let (region, account_id) = (&binaries.location.region, &binaries.location.account_id);
        let goes_on = kept.is_some();
        let registry = match kept {
            Some(kept) => Registry::open(region, account_id, kept.registry)?,
            None => Registry::ephemeral(region, account_id),
        };
        let registry = Arc::new(registry);
        let mut resumed = if goes_on { Some(runtime.resume()?) } else { None };
        deploy(&registry, &project, runtime.now())?;
        let api = Arc::new(StepFunctions::new(runtime.clone(), registry).with_cloud(cloud.clone()));
        cloud.register(api.clone())?;
        let executions: Arc<dyn Executions> = api.clone();
        integrations.attach_executions(&executions);
        cloud.attach_functions(Arc::new(HostedFunctions::new(functions.clone(), runtime.clone())))?;
        let busy = runtime.clone();
        cloud.hold_while_tasks_run(move || Box::new(busy.busy()))?;
        cloud.register(Arc::new(Admin::new(runtime.clone(), cloud.endpoint())))?;
        furnish(&cloud, stack, binaries, &overrides).await?;
        let stuck = resumed.as_mut().map(|resumed| std::mem::take(&mut resumed.stuck)).unwrap_or_default();
        let count = resumed.as_ref().map_or(0, Resumed::len);
        if let Some(resumed) = resumed {
            resumed.go();
        }
        cloud.open();
        let built = Built::of(stack, binaries);
        tasks.containers_are_built(built.is_complete());
        Ok(Self {
            template,
            parameters,
            overrides,
            project: RwLock::new(Arc::new(project)),
            cloud,
            functions,
            tasks,
            api,
            runtime,
            log_delivery,
            built: tokio::sync::Mutex::new(built),
            resumed: count,
            stuck,
        })
    }
}

/// Reads the project as it will be at work: its services' address is known before they listen, unless any port will do.
fn read(options: &Options) -> Result<Project, LocalError> {
    let endpoint = (options.bind.port() != 0).then(|| aws::endpoint(options.bind));
    let project = Project::read(&options.template, &options.parameters, endpoint.as_deref())?;
    let (true, Some(stack)) = (project.is_sound(), &project.stack) else {
        return Err(LocalError::Unsound(Box::new(project)));
    };
    check_overrides(stack, &options.overrides)?;
    Ok(project)
}

/// The functions' binaries, or an endpoint in their place.
async fn build(options: &mut Options, project: &Project) -> Result<Binaries, LocalError> {
    let stack = project.stack.as_ref();
    if let (Some(stack), Some(_)) = (stack, &options.lambda_endpoint) {
        return Ok(Binaries::of_endpoint(stack));
    }
    let mut on_build = std::mem::replace(&mut options.on_build, Box::new(|_| {}));
    Ok(Binaries::build(&project.folder, stack, |progress| on_build(progress)).await?)
}
