//! Functions are built, and what changed in a project takes the place of what was there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use lambda::{Executor, Progress};
use sam::stack::Stack;

use crate::binaries::{Binaries, programs};
use crate::furnish::furnish;
use crate::machines::deploy;
use crate::project::Project;
use crate::stack::{Local, LocalError, check_overrides, specs};

/// The binaries that are in use, each with the time when it was built.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Built(BTreeMap<String, (PathBuf, Option<SystemTime>)>);

impl Built {
    pub(crate) fn of(stack: &Stack, binaries: &Binaries) -> Self {
        let of = |name: &str| {
            let path = binaries.path(name)?;
            let built_at = std::fs::metadata(path).and_then(|about| about.modified()).ok();
            Some((name.to_owned(), (path.to_owned(), built_at)))
        };
        Self(programs(stack).filter_map(of).collect())
    }

    /// Whether there is a file for each.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.values().all(|(path, _)| !path.as_os_str().is_empty())
    }
}

/// What a reload has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// The binaries of the functions and containers that are other ones now.
    pub programs: Vec<String>,
    /// The state machines whose definition is another now, by their names on the command line.
    pub machines: Vec<String>,
    /// Whether the template is another now.
    pub template: bool,
}

impl Reloaded {
    /// Whether everything is as it was.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Local {
    /// Builds the functions of a stack that was started without them, and hands over what has waited for them.
    ///
    /// # Errors
    /// [`LocalError::Compile`]; then everything waits on, and this can be called again.
    pub async fn build(&self, on_build: impl FnMut(&Progress)) -> Result<(), LocalError> {
        let project = self.project();
        self.replace_functions(&project, on_build).await?;
        Ok(())
    }

    /// Reads the project again, builds what has changed, and puts it in the place of what was there: new executions and
    /// invocations get the new, those that run keep what they have. Resources that are new in the template are made; those
    /// that are gone from it stay until the end.
    ///
    /// # Errors
    /// Any error of [`Local::start`]; then everything stays as it was.
    pub async fn reload(&self, on_build: impl FnMut(&Progress)) -> Result<Reloaded, LocalError> {
        let project = Project::read(&self.template, &self.parameters, Some(self.cloud.endpoint()))?;
        let (true, Some(stack)) = (project.is_sound(), &project.stack) else {
            return Err(LocalError::Unsound(Box::new(project)));
        };
        check_overrides(stack, &self.overrides)?;
        let (programs, binaries) = self.replace_functions(&project, on_build).await?;
        let before = self.project();
        let machines = project.machines.iter().filter(|machine| {
            before.machine(&machine.resource.arn).is_none_or(|known| known.substituted != machine.substituted)
        });
        let reloaded = Reloaded {
            programs,
            machines: machines.map(|machine| machine.name.clone()).collect(),
            template: before.template.text != project.template.text,
        };
        if reloaded.template {
            furnish(&self.cloud, stack, &binaries, &self.overrides).await?;
        }
        deploy(self.api.registry(), &project, self.runtime().now())?;
        for activity in &stack.activities {
            self.runtime().activities().open(&activity.arn);
        }
        *self.project.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(project);
        Ok(reloaded)
    }

    /// Builds the functions of a project and registers those that are other ones than before. Gives the names of their
    /// binaries.
    async fn replace_functions(
        &self,
        project: &Project,
        on_build: impl FnMut(&Progress),
    ) -> Result<(Vec<String>, Binaries), LocalError> {
        let Some(stack) = &project.stack else { return Ok((Vec::new(), Binaries::default())) };
        let Executor::Host(host) = &*self.functions else { return Ok((Vec::new(), Binaries::of_endpoint(stack))) };
        // One build at a time: a second one finds what the first has made.
        let mut built = self.built.lock().await;
        let binaries = Binaries::build(&project.folder, [stack], on_build).await?;
        let now = Built::of(stack, &binaries);
        let is_new = |binary: &str| now.0.get(binary) != built.0.get(binary);
        let known = host.functions();
        for (function, spec) in stack.functions.iter().zip(specs(stack, &binaries, &self.overrides)?) {
            let same = known.iter().any(|known| **known == spec);
            if !same || is_new(&function.binary) {
                host.register(spec)?;
            }
        }
        let changed: Vec<String> = now.0.keys().filter(|binary| is_new(binary)).cloned().collect();
        if !changed.is_empty() {
            crate::furnish::containers(&self.cloud, stack, &binaries, &self.overrides)?;
            self.tasks.containers_are_built(now.is_complete());
        }
        *built = now;
        Ok((changed, binaries))
    }
}
