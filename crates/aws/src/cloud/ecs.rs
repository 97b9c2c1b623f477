//! The cloud's doors to ECS.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::Cloud;
use crate::error::{Error, ServiceError};

impl Cloud {
    /// Makes a cluster, or finds it. Returns its ARN.
    ///
    /// # Errors
    /// [`Error::Refused`] when ECS refuses the name.
    pub fn create_cluster(&self, name: &str) -> Result<String, Error> {
        self.shared.ecs.furnish_cluster(name)
    }

    /// Registers a task definition from a `RegisterTaskDefinition` request, unless the newest revision of its family is the
    /// same. `programs` are the executables that run in place of the containers' images, by container; a container
    /// without one fails its tasks with a `CannotPullContainerError`. They stand for all revisions of the family. Returns
    /// the revision's ARN.
    ///
    /// A program gets the container's command as its arguments, before it the rest of its entry point, and sees the
    /// container's environment besides `PATH`, the region, credentials and `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// [`Error::Refused`] when ECS refuses the request, [`Error::Invalid`] when a program is for no container of it.
    pub fn register_task_definition(
        &self,
        request: Value,
        programs: BTreeMap<String, PathBuf>,
    ) -> Result<String, Error> {
        self.shared.ecs.furnish_definition(request, programs)
    }

    /// Waits until a task has stopped, and returns its description: as `DescribeTasks` gives it, with the attachment's type
    /// and the members of the task state change event that `ecs:runTask.sync` answers with
    /// (`services/ecs_task_service--run_task_sync.json`). Times are seconds since 1970, as in the API.
    ///
    /// # Errors
    /// The error reply of ECS when there is no such cluster or task.
    pub async fn wait_for_task(&self, cluster: &str, task_arn: &str) -> Result<Value, ServiceError> {
        self.shared.ecs.wait(cluster, task_arn).await
    }

    /// Has something be held from the start of each ECS task to its end, like a guard that keeps a clock from skipping.
    /// A holder that owns a handle of this cloud keeps it from being dropped: then only [`Cloud::shutdown`] ends it.
    ///
    /// # Errors
    /// [`Error::Registered`] when that was said before.
    pub fn hold_while_tasks_run(
        &self,
        holder: impl Fn() -> Box<dyn Any + Send + Sync> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        if self.shared.ecs.hold(Box::new(holder)) {
            Ok(())
        } else {
            Err(Error::Registered("something to hold while tasks run".to_owned()))
        }
    }
}
