//! The life of a task, from its provisioning to its end.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Ecs;
use super::container::{Orders, Prepared, prepare};
use super::state::Status;
use super::task::Task;

const ESSENTIAL: &str = "Essential container in task exited";

/// Lives a task's life. However it ends, no process is left.
pub(super) async fn live(ecs: &Ecs, task: &Arc<Task>) {
    {
        let mut progress = task.progress();
        progress.enter(Status::Pending);
        progress.connected_at = Some(Timestamp::now());
    }
    match prepare(ecs, task).await {
        Ok(containers) => run(ecs, task, containers).await,
        Err(reason) => {
            tracing::warn!(task = task.arn, reason, "an ECS task failed to start");
            task.progress().stop("TaskFailedToStart", reason);
        }
    }
    {
        let mut progress = task.progress();
        progress.execution_stopped_at = Some(Timestamp::now());
        progress.enter(Status::Deprovisioning);
    }
    {
        let mut progress = task.progress();
        progress.enter(Status::Stopped);
        progress.stopped_at = Some(Timestamp::now());
    }
    // It is set once, here.
    let _ = task.stopped.set(());
}

/// Runs the containers until an essential one ends or the task is to stop, and then ends the others.
async fn run(ecs: &Ecs, task: &Arc<Task>, containers: Vec<Prepared>) {
    let pulled = Timestamp::now();
    let orders = Orders { terminate: CancellationToken::new(), kill: ecs.cancel.child_token() };
    // A drop of the set, with the runtime, kills what runs.
    let mut running = JoinSet::new();
    for container in containers {
        let name = container.name.clone();
        match container.start(ecs) {
            Ok(started) => {
                let (index, orders) = (started.index, orders.clone());
                running.spawn(async move { (index, started.attend(orders).await) });
            }
            Err(error) => {
                let reason =
                    format!("CannotStartContainerError: the program of the container {name} can't be started: {error}");
                tracing::warn!(task = task.arn, reason, "an ECS task failed to start");
                task.progress().stop("TaskFailedToStart", reason);
                orders.kill.cancel();
                break;
            }
        }
    }
    {
        let mut progress = task.progress();
        progress.pull_started_at = Some(pulled);
        progress.pull_stopped_at = Some(pulled);
        if !orders.kill.is_cancelled() {
            progress.started_at = Some(Timestamp::now());
            progress.enter(Status::Running);
        }
    }
    loop {
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = task.stopping.cancelled(), if !orders.terminate.is_cancelled() => {
                orders.terminate.cancel();
                continue;
            }
            () = ecs.cancel.cancelled(), if task.progress().stop.is_none() => {
                task.progress().stop("UserInitiated", "The local services were shut down".to_owned());
                continue;
            }
        };
        match ended {
            None => return,
            Some(Ok((index, code))) => {
                let mut progress = task.progress();
                progress.exit_codes[index] = Some(code);
                if task.definition.containers[index].essential {
                    progress.stop("EssentialContainerExited", ESSENTIAL.to_owned());
                    orders.terminate.cancel();
                }
            }
            Some(Err(panic)) => {
                tracing::error!(task = task.arn, %panic, "a container's attendant panicked");
                task.progress().stop("EssentialContainerExited", ESSENTIAL.to_owned());
                orders.terminate.cancel();
            }
        }
    }
}
