//! `DescribeTasks`, `ListTasks`, `StopTask`, and waiting for a task's end.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::Status;
use super::task::{Task, View};
use super::{Ecs, cluster, fault};
use crate::error::ServiceError;

#[derive(Deserialize)]
pub(super) struct Describe {
    cluster: Option<String>,
    tasks: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    cluster: Option<String>,
    family: Option<String>,
    started_by: Option<String>,
    desired_status: Option<String>,
    launch_type: Option<String>,
    container_instance: Option<String>,
    service_name: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Stop {
    cluster: Option<String>,
    task: String,
    reason: Option<String>,
}

impl Ecs {
    /// The task of a cluster by identifier or ARN.
    fn find(&self, cluster: Option<&str>, task: &str) -> Result<Arc<Task>, ServiceError> {
        let state = self.state();
        let cluster = state.cluster(&self.place, cluster)?;
        let found =
            state.tasks.iter().find(|known| known.cluster == cluster.name && (known.arn == task || known.id == task));
        found.cloned().ok_or_else(fault::task_not_found)
    }

    pub(super) fn describe_tasks(&self, request: Describe) -> Result<Value, ServiceError> {
        if request.tasks.is_empty() {
            return Err(fault::invalid("Tasks cannot be empty."));
        }
        if request.tasks.len() > 100 {
            return Err(fault::invalid("Tasks cannot have more than 100 elements."));
        }
        let with_tags = request.include.iter().any(|member| member == "TAGS");
        let cluster = self.state().cluster(&self.place, request.cluster.as_deref())?.name.clone();
        let (mut tasks, mut failures) = (Vec::new(), Vec::new());
        for name in request.tasks {
            if let Ok(task) = self.find(Some(&cluster), &name) {
                tasks.push(task.describe(View::Api, with_tags));
            } else {
                let id = name.rsplit('/').next().unwrap_or_default();
                let arn = self.place.arn("ecs", &format!("task/{cluster}/{id}"));
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
        Ok(json!({"failures": failures, "tasks": tasks}))
    }

    pub(super) fn list_tasks(&self, request: &List) -> Result<Value, ServiceError> {
        let stopped = match request.desired_status.as_deref() {
            // ECS never wants a task to be pending.
            Some("PENDING") => None,
            None | Some("RUNNING") => Some(false),
            Some("STOPPED") => Some(true),
            Some(other) => {
                let sentence = format!("desiredStatus must be RUNNING, PENDING or STOPPED, not {other}.");
                return Err(fault::invalid(sentence));
            }
        };
        let nowhere = request.container_instance.is_some()
            || request.service_name.is_some()
            || request.launch_type.as_ref().is_some_and(|kind| kind != "FARGATE");
        let state = self.state();
        let cluster = state.cluster(&self.place, request.cluster.as_deref())?;
        let wanted = |task: &&Arc<Task>| {
            task.cluster == cluster.name
                && Some(task.progress().stop.is_some()) == stopped
                && request.family.as_ref().is_none_or(|family| *family == task.definition.family)
                && request.started_by.as_ref().is_none_or(|who| task.started_by.as_ref() == Some(who))
                && !nowhere
        };
        let arns = state.tasks.iter().filter(wanted).map(|task| task.arn.clone()).collect();
        cluster::list("taskArns", arns, request.max_results, request.next_token.as_deref())
    }

    pub(super) fn stop_task(&self, request: Stop) -> Result<Value, ServiceError> {
        let task = self.find(request.cluster.as_deref(), &request.task)?;
        {
            let mut progress = task.progress();
            if progress.status != Status::Stopped {
                let reason = request.reason.unwrap_or_else(|| "Task stopped by user".to_owned());
                progress.stop("UserInitiated", reason);
            }
        }
        task.stopping.cancel();
        Ok(json!({"task": task.describe(View::Api, false)}))
    }

    /// Waits until a task has stopped, and describes it as the event that Step Functions receives.
    pub(crate) async fn wait(&self, cluster: &str, task: &str) -> Result<Value, ServiceError> {
        let task = self.find(Some(cluster), task)?;
        task.stopped.wait().await;
        Ok(task.describe(View::Event, true))
    }
}
