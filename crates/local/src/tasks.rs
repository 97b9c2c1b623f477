//! Who does the tasks of a stack's executions.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use integrations::{Integrations, MockTable, Mocked};
use machine::{Document, Scheduling, TaskCall};
use runtime::{Answer, TaskContext, TaskHandler};

/// The stack's own functions and services, with mocked answers before them once there are any.
#[derive(Clone)]
pub(crate) struct Tasks {
    real: Arc<Integrations>,
    mocked: Arc<RwLock<Option<Arc<Mocked>>>>,
}

impl Tasks {
    pub(crate) fn new(real: Integrations) -> Self {
        Self { real: Arc::new(real), mocked: Arc::default() }
    }

    /// From now on these answers stand before the tasks.
    pub(crate) fn mock(&self, table: MockTable) {
        let mocked = Arc::new(Mocked::new(self.real.clone(), table));
        *self.mocked.write().unwrap_or_else(PoisonError::into_inner) = Some(mocked);
    }
}

#[async_trait]
impl TaskHandler for Tasks {
    fn refusal(&self, task: &Scheduling<'_>) -> Option<Arc<str>> {
        // Mocked or not, parameters that no service could use are refused.
        self.real.refusal(task)
    }

    async fn resume(&self, call: TaskCall, context: TaskContext, submitted: Document) -> Answer {
        self.real.resume(call, context, submitted).await
    }

    async fn handle(&self, call: TaskCall, context: TaskContext) -> Answer {
        let mocked = self.mocked.read().unwrap_or_else(PoisonError::into_inner).clone();
        match mocked {
            Some(mocked) => mocked.handle(call, context).await,
            None => self.real.handle(call, context).await,
        }
    }
}
