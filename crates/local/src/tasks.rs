//! Who does the tasks of a stack's executions.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use integrations::{Integrations, MockTable, Mocked};
use machine::{Document, Resource, Scheduling, TaskCall};
use runtime::{Answer, TaskContext, TaskHandler};
use tokio::sync::watch;

/// The stack's own functions and services, with mocked answers before them once there are any.
#[derive(Clone)]
pub(crate) struct Tasks {
    real: Arc<Integrations>,
    mocked: Arc<RwLock<Option<Arc<Mocked>>>>,
    /// Whether there are programs for containers. Functions wait for theirs by themselves.
    built: Arc<watch::Sender<bool>>,
}

impl Tasks {
    pub(crate) fn new(real: Integrations) -> Self {
        Self { real: Arc::new(real), mocked: Arc::default(), built: Arc::new(watch::Sender::new(false)) }
    }

    /// From now on these answers stand before the tasks.
    pub(crate) fn mock(&self, table: MockTable) {
        let mocked = Arc::new(Mocked::new(self.real.clone(), table));
        *self.mocked.write().unwrap_or_else(PoisonError::into_inner) = Some(mocked);
    }
}

impl Tasks {
    /// Containers can be started from now on, or can't yet.
    pub(crate) fn containers_are_built(&self, built: bool) {
        self.built.send_replace(built);
    }

    /// Waits until what the task needs is there.
    async fn ready(&self, call: &TaskCall) {
        if matches!(&call.resource, Resource::Service { service, .. } if matches!(&**service, "ecs" | "aws-sdk:ecs")) {
            // The sender lives in `self`, so the channel can't close before.
            let _ = self.built.subscribe().wait_for(|built| *built).await;
        }
    }
}

#[async_trait]
impl TaskHandler for Tasks {
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        // Mocked or not, parameters that no service could use are refused.
        self.real.refusal(task)
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        self.ready(&call).await;
        self.real.resume(call, context, submitted).await
    }

    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        self.ready(&call).await;
        let mocked = self.mocked.read().unwrap_or_else(PoisonError::into_inner).clone();
        match mocked {
            Some(mocked) => mocked.handle(call, context).await,
            None => self.real.handle(call, context).await,
        }
    }
}
