//! Activities: tasks that wait for workers, and workers that wait for tasks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use machine::{Document, Input};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::driver::Runtime;
use crate::tokens::Tokens;

/// The activities that there are, each with the tasks that no worker has taken yet, first come first served.
#[derive(Default)]
pub struct Activities {
    queues: Mutex<HashMap<Arc<str>, Queue>>,
}

#[derive(Default)]
struct Queue {
    /// False: it was deleted, or never made.
    open: bool,
    waiting: VecDeque<ActivityTask>,
    /// A task came; wakes one worker.
    came: Arc<Notify>,
}

/// A task for a worker.
#[derive(Debug, Clone)]
pub struct ActivityTask {
    /// The token that answers it.
    pub token: Arc<str>,
    /// Its input.
    pub input: Document,
}

impl Activities {
    /// There is such an activity from now on.
    pub fn open(&self, arn: &str) {
        self.queues().entry(arn.into()).or_default().open = true;
    }

    /// There is no such activity any more: tasks of it are refused. Those that wait go on waiting, for nobody, until their
    /// time is up.
    pub fn close(&self, arn: &str) {
        self.queues().remove(arn);
    }

    /// Whether there is such an activity.
    pub fn is_open(&self, arn: &str) -> bool {
        self.queues().get(arn).is_some_and(|queue| queue.open)
    }

    /// Has a task wait for a worker.
    pub(crate) fn push(&self, arn: &Arc<str>, task: ActivityTask, tokens: &Tokens) {
        let mut queues = self.queues();
        let queue = queues.entry(arn.clone()).or_default();
        // Without workers, tasks whose time is up would pile up.
        while queue.waiting.front().is_some_and(|task| tokens.find(&task.token).is_none()) {
            queue.waiting.pop_front();
        }
        queue.waiting.push_back(task);
        queue.came.notify_one();
    }

    fn pop(&self, arn: &str) -> (Option<ActivityTask>, Arc<Notify>) {
        let mut queues = self.queues();
        let queue = queues.entry(arn.into()).or_default();
        (queue.waiting.pop_front(), queue.came.clone())
    }

    /// Each change of the queues is one call, so they are whole after any panic.
    fn queues(&self) -> MutexGuard<'_, HashMap<Arc<str>, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Activities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Activities").finish_non_exhaustive()
    }
}

/// A task on its way to a worker. If the worker goes away before it has it, the next one gets it.
struct Handed<'a> {
    activities: &'a Activities,
    activity_arn: &'a str,
    task: Option<ActivityTask>,
}

impl Handed<'_> {
    fn take(mut self) -> Option<ActivityTask> {
        self.task.take()
    }
}

impl Drop for Handed<'_> {
    fn drop(&mut self) {
        if let (Some(task), Some(queue)) = (self.task.take(), self.activities.queues().get_mut(self.activity_arn)) {
            queue.waiting.push_front(task);
            queue.came.notify_one();
        }
    }
}

impl Runtime {
    /// The activities.
    pub fn activities(&self) -> &Activities {
        &self.shared.activities
    }

    /// Waits for a task of an activity and takes it (`GetActivityTask`), for that long at most. That the worker has it is on
    /// record when this returns, so that no other worker is given it after a crash.
    pub async fn activity_task(
        &self,
        activity_arn: &str,
        worker_name: Option<&str>,
        patience: Duration,
    ) -> Option<ActivityTask> {
        let until = Instant::now() + patience;
        loop {
            let (task, came) = self.shared.activities.pop(activity_arn);
            let Some(task) = task else {
                // Only this wait has an end: a task that was taken is given to the worker.
                tokio::time::timeout_at(until, came.notified()).await.ok()?;
                continue;
            };
            // One whose time is up is nobody's, and so is one that can't be recorded.
            if let Some((execution, number)) = self.shared.tokens.find(&task.token) {
                let started = Input::TaskStarted { task: number, worker_name: worker_name.map(Into::into) };
                let handed = Handed { activities: &self.shared.activities, activity_arn, task: Some(task) };
                if self.record(&execution, started).await.is_ok() {
                    return handed.take();
                }
            }
        }
    }
}
